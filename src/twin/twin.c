/* SPDX-License-Identifier: BSD-2-Clause */
#include "twin/twin.h"

#include "base/error.h"
#include "twin/spread.h"

#include <stdlib.h>

struct pz_twin *pz_twin_new(const struct pz_twin_params *params, const struct pz_buf *delegated, struct pz_error *error)
{
    struct pz_twin *twin = pz_alloc(sizeof *twin);
    twin->params = params;
    if (pz_twin_world_read(&twin->world, delegated, params->lens_octet, error) != 0) {
        free(twin);
        return NULL;
    }
    pz_twin_rand_init(&twin->rand, params->lens_octet);
    pz_twin_outbreak(twin);
    return twin;
}

void pz_twin_free(struct pz_twin *twin)
{
    if (!twin)
        return;
    pz_twin_world_release(&twin->world);
    pz_twin_rand_release(&twin->rand);
    free(twin->hosts);
    free(twin);
}
