/* SPDX-License-Identifier: BSD-2-Clause */
#include "worm/outbreak.h"

#include <string.h>

static const struct pz_outbreak *const outbreaks[] = {&pz_conficker};

const struct pz_outbreak *pz_outbreak_of_port(uint16_t port)
{
    for (size_t i = 0; i < sizeof outbreaks / sizeof *outbreaks; i++)
        if (outbreaks[i]->port == port)
            return outbreaks[i];
    return NULL;
}

const struct pz_published *pz_outbreak_published(const struct pz_outbreak *outbreak, const char *id)
{
    for (const struct pz_published *number = outbreak->published; number->id; number++)
        if (strcmp(number->id, id) == 0)
            return number;
    return NULL;
}
