/* SPDX-License-Identifier: BSD-2-Clause */
/* Which addresses the worm's random scan can reach. */
#ifndef PZ_WORM_REACHABLE_H
#define PZ_WORM_REACHABLE_H

#include <stdbool.h>
#include <stdint.h>

/* Conficker builds a target from two 15-bit random numbers, the first as octets 1 and 2, the second as octets 3 and 4,
 * each with its low byte first; so the top bits of octets 2 and 4 are always 0 and a quarter of all addresses can be
 * hit. Sources: F. Leder and T. Werner, RSA Conference 2015, HT-R01 (two 15-bit words); CAIDA, "Conficker as seen from
 * the UCSD Network Telescope", 2009 (one quarter of the lens, two invariant bits; all its Figure 5 targets fit).
 * `address` in host order. */
static inline bool pz_worm_reaches(uint32_t address)
{
    return (address & 0x00800080u) == 0;
}

/* The two bits that the worm's random scan never sets make four cells of addresses; it reaches cell 0. */
enum { PZ_QUADRANT_OCTET2 = 1, PZ_QUADRANT_OCTET4 = 2, PZ_QUADRANTS = 4 };

static inline unsigned pz_quadrant_of(uint32_t address)
{
    return (address >> 23 & 1) | (address >> 6 & 2);
}

#endif
