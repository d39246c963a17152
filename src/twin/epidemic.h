/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of the epidemic while it is simulated; for spread.c and infect.c only. */
#ifndef PZ_TWIN_EPIDEMIC_H
#define PZ_TWIN_EPIDEMIC_H

#include "twin/spread.h"

enum {
    PZ_TWIN_PLACES = 16, /* hosts of a country are taken together by their place, see daily_cycle.h */
    PZ_TWIN_PLACE_WIDTH = 65536 / PZ_TWIN_PLACES,
};

struct pz_twin_epidemic {
    const struct pz_twin *twin; /* borrowed */
    struct pz_twin_rng rng;
    struct pz_twin_host *hosts; /* owned: all of them, at full size */
    uint32_t nhosts, capacity;
    uint64_t *rate_until; /* owned: rates of the scanners up to each, Q16, to draw one by its rate */
    uint32_t *scanners;   /* owned: indices of hosts */
    uint32_t nscanners;
    uint32_t nstrata;            /* countries times places */
    uint32_t *susceptible;       /* owned, by stratum: reachable, vulnerable, not infected yet */
    uint32_t *guarded;           /* owned, by stratum: the same, but hard to infect */
    uint64_t *rates_q16;         /* owned, by stratum: of the infected */
    uint32_t *infected;          /* owned, by stratum */
    uint64_t *thinning;          /* owned, by stratum: Q32; each host adds the scale, and one is kept at each 1 */
    uint32_t first_slot, nslots; /* since 1970, in UTC; of the time that is played */
    uint32_t *starts;            /* owned, by slot: the last host that begins to scan then, plus 1 */
    uint32_t *start_before;      /* owned, by host: the one before it in the same slot, plus 1 */
    uint32_t *cures;             /* owned, by slot: how many */
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
