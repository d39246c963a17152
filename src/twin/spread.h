/* SPDX-License-Identifier: BSD-2-Clause */
/* The epidemic: who was infected when, by whom and how.
 *
 * It is played at full size, whatever the scale: the thinning picks from its hosts afterwards and changes neither its
 * growth nor any host. It is played in the order of time and nothing in it depends on how far it is played, so that a
 * longer archive begins with a shorter one. */
#ifndef PZ_TWIN_SPREAD_H
#define PZ_TWIN_SPREAD_H

#include "base/time.h"
#include "twin/twin.h"
#include "worm/outbreak.h"

/* The outbreak that is played. */
#define PZ_TWIN_WORM (&pz_conficker)

/* The microseconds are made up. */
#define PZ_TWIN_FIRST_SCAN_USEC (PZ_TWIN_WORM->first_scan * PZ_USEC_PER_SECOND + 314159)

/* Unique sources in an hour: published for two hours. That the first of them was the most of its day is published too:
 * the hours around it are assumed to be a bit below. */
struct pz_twin_anchor {
    uint32_t after;        /* hours after the outbreak's begin */
    uint32_t assumed;      /* sources, where they aren't published */
    const char *published; /* the number's id in the profile, or NULL */
};
extern const struct pz_twin_anchor pz_twin_anchors[PZ_TWIN_NANCHORS];
uint32_t pz_twin_anchor_sources(int i);
/* Its hour, since 1970. */
static inline uint32_t pz_twin_anchor_hour(int i)
{
    return pz_outbreak_hour(PZ_TWIN_WORM) + pz_twin_anchors[i].after;
}

/* Fills the hosts of `twin`, whose world and rand are there. */
void pz_twin_outbreak(struct pz_twin *twin);

enum {
    PZ_TWIN_SLOT_SECONDS = 600, /* the share changes in steps of this */
    PZ_TWIN_SLOTS_PER_DAY = 24 * 3600 / PZ_TWIN_SLOT_SECONDS,
};

/* The share of a country's hosts that are on, Q16 (random.h), in a slot, counted from 1970 on in local time.
 *
 * A host has a place in its country, from 0 (never off) to 65535 (on only when most are), and is on while the share is
 * above its place. So the number of hosts that are on is not random, every host has one session a day, and mornings and
 * evenings follow the country's clock. */
uint32_t pz_twin_share_on(uint32_t local_slot);

/* Sets how many hosts are on, so that the sources expected in the two published hours are the published ones, times
 * scale. It wants the hosts infected until then. */
void pz_twin_set_share_on(struct pz_twin *twin);
/* Whether a host is on at a time. */
bool pz_twin_is_on(const struct pz_twin *twin, const struct pz_twin_host *host, int64_t second);

/* The same in two parts. A host was on when it was infected, and is for an hour; then slots of 10 minutes by its own
 * clock tell. */
static inline bool pz_twin_is_new(const struct pz_twin_host *host, int64_t second)
{
    return (second - PZ_SECONDS_PER_HOUR) * PZ_USEC_PER_SECOND < host->infected_usec;
}
uint32_t pz_twin_clock_slot(const struct pz_twin *twin, const struct pz_twin_host *host, int64_t second);
bool pz_twin_is_on_in(const struct pz_twin *twin, const struct pz_twin_host *host, uint32_t slot);

#endif
