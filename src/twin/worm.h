/* SPDX-License-Identifier: BSD-2-Clause */
/* What an infected host sends to the telescope. */
#ifndef PZ_TWIN_WORM_H
#define PZ_TWIN_WORM_H

#include "twin/traffic.h"
#include "twin/twin.h"

/* The attempts of one thread that hit the telescope, in order of time. */
struct pz_twin_hits {
    const struct pz_twin_rand *rand; /* borrowed */
    int64_t origin_usec;             /* of pick 0 */
    uint32_t pick_usec, wobble_usec; /* a pick comes up to `wobble_usec` after its turn */
    uint64_t pick;
    uint32_t state; /* what the first rand() of the present hit left */
    int64_t usec;   /* when the present hit is */
};

/* Goes to the first hit that isn't before `usec`. */
void pz_twin_hits_begin(struct pz_twin_hits *hits, const struct pz_twin_rand *rand, const struct pz_twin_host *host,
                        uint32_t thread, int64_t usec);

/* Adds the packets of a host that arrive in the hour of `traffic`. */
void pz_twin_worm_add(const struct pz_twin *twin, const struct pz_twin_host *host, struct pz_twin_traffic *traffic);

#endif
