/* SPDX-License-Identifier: BSD-2-Clause */
/* What one SYN shows of the worm: four traits, each true or false. None of them proves anything alone; the worm's SYNs
 * have all four. */
#ifndef PZ_WORM_TRAITS_H
#define PZ_WORM_TRAITS_H

#include "worm/reachable.h"

enum pz_trait {
    /* The worm's random scan can reach this destination: worm/reachable.h. */
    PZ_TRAIT_REACHABLE = 1,
    /* 48 bytes: 20 of IP, 28 of TCP with the options that Windows 2000 and XP send by default (maximum segment size,
     * two fillers, selective acknowledgement). A. Dainotti et al., "Analysis of Country-wide Internet Outages Caused by
     * Censorship", IMC 2011, tell the worm by it; so does the length column of CAIDA's Figure 5 (2009). */
    PZ_TRAIT_LENGTH = 2,
    /* A TTL that began at Windows' 128, with up to 63 routers on the way: CAIDA 2009, "within reasonable distance from
     * Windows default TTL 128". */
    PZ_TRAIT_TTL = 4,
    /* A source port of Windows' default range then: CAIDA 2009, "in the Windows default range of 1024-5000". */
    PZ_TRAIT_PORT = 8,
    PZ_TRAITS = 16 /* combinations */
};

enum {
    PZ_WORM_SYN_LENGTH = 48,
    PZ_WORM_TTL_MIN = 65,
    PZ_WORM_TTL_MAX = 128,
    PZ_WORM_PORT_MIN = 1024,
    PZ_WORM_PORT_MAX = 5000
};

static inline unsigned pz_worm_traits(uint32_t destination, uint16_t wire_len, uint8_t ttl, uint16_t source_port)
{
    return (pz_worm_reaches(destination) ? PZ_TRAIT_REACHABLE : 0u) |
           (wire_len == PZ_WORM_SYN_LENGTH ? PZ_TRAIT_LENGTH : 0u) |
           (ttl >= PZ_WORM_TTL_MIN && ttl <= PZ_WORM_TTL_MAX ? PZ_TRAIT_TTL : 0u) |
           (source_port >= PZ_WORM_PORT_MIN && source_port <= PZ_WORM_PORT_MAX ? PZ_TRAIT_PORT : 0u);
}

/* How many SYNs a connection attempt had, and whether the second came when Windows sends it again: 3 seconds after the
 * first (CAIDA 2009: mostly two SYNs, sometimes one; the pairs of its Figure 5 are 2.84 to 3.01 s apart). Timers of
 * busy hosts and queues on the way move it: 2.5 to 3.6 s is taken, rounded to tenths. A stack that isn't cut off sends
 * a third. */
enum pz_pattern { PZ_ONE_SYN, PZ_TWO_IN_TIME, PZ_TWO_OTHER, PZ_THREE_OR_MORE, PZ_PATTERNS };

#define PZ_WORM_GAP_MIN_USEC 2450000
#define PZ_WORM_GAP_MAX_USEC 3650000

/* `gap_usec` between the first two SYNs. It is as good as random, so nothing branches on it. */
static inline enum pz_pattern pz_worm_pattern(uint32_t syns, int64_t gap_usec)
{
    unsigned other = (gap_usec < PZ_WORM_GAP_MIN_USEC) | (gap_usec > PZ_WORM_GAP_MAX_USEC);
    unsigned of_two = PZ_TWO_IN_TIME + other * (PZ_TWO_OTHER - PZ_TWO_IN_TIME);
    return (enum pz_pattern)((of_two & (0u - (syns >= 2))) | (PZ_THREE_OR_MORE & (0u - (syns > 2))));
}

_Static_assert(PZ_ONE_SYN == 0 && PZ_THREE_OR_MORE == 3, "a pattern is put together by AND and OR");

#endif
