/* SPDX-License-Identifier: BSD-2-Clause */
/* Which addresses a worm's random scan can reach. */
#ifndef PZ_WORM_REACHABLE_H
#define PZ_WORM_REACHABLE_H

#include "worm/conficker.h"

#include <stdbool.h>

/* The worm whose scans all tallies are compared with, whatever their port. */
#define PZ_WORM (&pz_conficker_fingerprint)

/* Addresses are in host order. */
static inline bool pz_reaches(const struct pz_fingerprint *worm, uint32_t address)
{
    return (address & worm->never_set) == 0;
}

static inline bool pz_worm_reaches(uint32_t address)
{
    return pz_reaches(PZ_WORM, address);
}

/* The top bits of octets 2 and 4 divide addresses into four quadrants; the worm never sets these bits, and so reaches
 * quadrant 0. */
enum { PZ_QUADRANT_OCTET2 = 1, PZ_QUADRANT_OCTET4 = 2, PZ_QUADRANTS = 4 };

static inline unsigned pz_quadrant_of(uint32_t address)
{
    return (address >> 23 & 1) | (address >> 6 & 2);
}

#endif
