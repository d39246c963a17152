/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of the epidemic while it is simulated; for spread.c and infect.c only. */
#ifndef PZ_TWIN_EPIDEMIC_H
#define PZ_TWIN_EPIDEMIC_H

#include "twin/spread.h"

enum {
    PZ_TWIN_PLACES = 16, /* hosts of a country are taken together by their place, see spread.h */
    PZ_TWIN_PLACE_WIDTH = 65536 / PZ_TWIN_PLACES,
};

/* The hosts of a country with one place. */
struct pz_twin_stratum {
    uint32_t susceptible; /* reachable, vulnerable, not infected yet */
    uint32_t guarded;     /* the same, but hard to infect */
    uint32_t infected;
    uint64_t rates_q16;    /* of the infected */
    uint64_t thinning_q32; /* each host adds the scale, and one is kept at each 1 */
};

struct pz_twin_epidemic {
    const struct pz_twin *twin; /* borrowed */
    struct pz_twin_rng rng;
    struct pz_twin_host *hosts; /* owned: all of them, at full size */
    uint32_t nhosts;
    struct pz_twin_spreader {
        uint64_t rate_until_q16; /* rates up to this one, to draw one by its rate */
        uint32_t host;
    } * spreaders; /* owned */
    uint32_t nspreaders;
    struct pz_twin_stratum *strata; /* owned */
    uint32_t nstrata;               /* countries times places */
    uint32_t first_slot, nslots;    /* since 1970, in UTC; of the time that is played */
    struct pz_twin_slot {
        uint32_t last_start; /* the last host that begins to scan then, plus 1 */
        uint32_t ncures;
    } * slots;              /* owned */
    uint32_t *start_before; /* owned, by host: the one before it in the same slot, plus 1 */
};

/* How a host is infected. */
struct pz_twin_infection {
    int64_t usec;
    uint32_t country, place;
    const struct pz_twin_host *infector; /* NULL for the patient zero; may lie in `hosts` */
    uint8_t flags;
};

void pz_twin_epidemic_init(struct pz_twin_epidemic *epidemic, const struct pz_twin *twin, uint32_t first_slot,
                           uint32_t nslots);
void pz_twin_epidemic_release(struct pz_twin_epidemic *epidemic);
void pz_twin_infect_zero(struct pz_twin_epidemic *epidemic);
/* Infects a host by random scan: it is at an address that the worm reaches. Its neighbours may follow. */
void pz_twin_infect_random(struct pz_twin_epidemic *epidemic, struct pz_twin_infection infection);
/* Infects a host in another way (laptops, shares, USB): it is anywhere in the country, maybe with others behind one
 * router. Its neighbours may follow. */
void pz_twin_infect_carried(struct pz_twin_epidemic *epidemic, struct pz_twin_infection infection);
/* An infected host that is on, drawn by its rate of scans. */
const struct pz_twin_host *pz_twin_epidemic_infector(struct pz_twin_epidemic *epidemic, int64_t usec);
/* The hosts that are due in a slot begin to scan. */
void pz_twin_epidemic_begin_slot(struct pz_twin_epidemic *epidemic, uint32_t slot);

#endif
