/* SPDX-License-Identifier: BSD-2-Clause */
/* What one SYN shows of the worm: four traits, each true or false. None of them proves anything alone; the worm's SYNs
 * have all four. Their bounds are facts of the worm: worm/fingerprint.h. */
#ifndef PZ_WORM_TRAITS_H
#define PZ_WORM_TRAITS_H

#include "worm/reachable.h"

enum pz_trait {
    PZ_TRAIT_REACHABLE = 1, /* the worm's random scan can reach the destination */
    PZ_TRAIT_LENGTH = 2,
    PZ_TRAIT_TTL = 4,
    PZ_TRAIT_PORT = 8,
    PZ_TRAITS = 16 /* combinations */
};

static inline unsigned pz_traits_of(const struct pz_fingerprint *worm, uint32_t destination, uint16_t wire_len,
                                    uint8_t ttl, uint16_t source_port)
{
    return (pz_reaches(worm, destination) ? PZ_TRAIT_REACHABLE : 0u) |
           (wire_len == worm->syn_length ? PZ_TRAIT_LENGTH : 0u) |
           (ttl >= worm->ttl_min && ttl <= worm->ttl_max ? PZ_TRAIT_TTL : 0u) |
           (source_port >= worm->port_min && source_port <= worm->port_max ? PZ_TRAIT_PORT : 0u);
}

static inline unsigned pz_worm_traits(uint32_t destination, uint16_t wire_len, uint8_t ttl, uint16_t source_port)
{
    return pz_traits_of(PZ_WORM, destination, wire_len, ttl, source_port);
}

/* How many SYNs a connection attempt had, and whether the second came when the worm's stack sends it again. A stack
 * that isn't cut off sends a third. */
enum pz_pattern { PZ_ONE_SYN, PZ_TWO_IN_TIME, PZ_TWO_OTHER, PZ_THREE_OR_MORE, PZ_PATTERNS };

/* `gap_usec` between the first two SYNs. It is as good as random, so nothing branches on it. */
static inline enum pz_pattern pz_pattern_of(const struct pz_fingerprint *worm, uint32_t syns, int64_t gap_usec)
{
    unsigned other = (gap_usec < worm->gap_min_usec) | (gap_usec > worm->gap_max_usec);
    unsigned of_two = PZ_TWO_IN_TIME + other * (PZ_TWO_OTHER - PZ_TWO_IN_TIME);
    return (enum pz_pattern)((of_two & (0u - (syns >= 2))) | (PZ_THREE_OR_MORE & (0u - (syns > 2))));
}

static inline enum pz_pattern pz_worm_pattern(uint32_t syns, int64_t gap_usec)
{
    return pz_pattern_of(PZ_WORM, syns, gap_usec);
}

_Static_assert(PZ_ONE_SYN == 0 && PZ_THREE_OR_MORE == 3, "a pattern is put together by AND and OR");

#endif
