/* SPDX-License-Identifier: BSD-2-Clause */
#include "geo/load.h"

#include <stdlib.h>

static uint32_t hash_of(const char *text, size_t length)
{
    uint32_t hash = 0x811c9dc5; /* FNV-1a */
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)text[i]) * 0x01000193;
    return hash;
}

static uint32_t *slot_of(const struct pz_geo_names *names, const char *text, size_t length)
{
    size_t at = hash_of(text, length) & (names->nslots - 1);
    for (; names->slots[at]; at = (at + 1) & (names->nslots - 1)) {
        const char *name = names->all[names->slots[at] - 1];
        if (strncmp(name, text, length) == 0 && !name[length])
            break;
    }
    return &names->slots[at];
}

static void grow(struct pz_geo_names *names)
{
    names->capacity = names->capacity ? 2 * names->capacity : 256;
    names->all = pz_realloc(names->all, names->capacity * sizeof *names->all);
    free(names->slots);
    names->nslots = 4 * names->capacity;
    names->slots = pz_alloc(names->nslots * sizeof *names->slots);
    for (size_t i = 0; i < names->n; i++)
        *slot_of(names, names->all[i], strlen(names->all[i])) = (uint32_t)i + 1;
}

uint32_t pz_geo_name(struct pz_geo_names *names, const char *text, size_t length)
{
    if (names->n == names->capacity)
        grow(names);
    uint32_t *slot = slot_of(names, text, length);
    if (!*slot) {
        char *name = pz_alloc(length + 1);
        memcpy(name, text, length);
        name[length] = 0;
        names->all[names->n++] = name;
        *slot = (uint32_t)names->n;
    }
    return *slot - 1;
}

void pz_geo_names_release(struct pz_geo_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->all[i]);
    free(names->all);
    free(names->slots);
    *names = (struct pz_geo_names){0};
}
