/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses that no host on the Internet had on 21 November 2008: a scan from one had a forged source, or came from the
 * telescope's own network. */
#ifndef PZ_GEO_SPECIAL_H
#define PZ_GEO_SPECIAL_H

#include <stdint.h>

enum pz_special {
    PZ_SPECIAL_NOT,
    PZ_SPECIAL_RESERVED,    /* by a standard: private, loopback, multicast and others, at any time */
    PZ_SPECIAL_UNALLOCATED, /* not yet allocated by IANA on that day; later it may be */
    PZ_SPECIALS
};

enum pz_special pz_special_of(uint32_t address);
/* How many addresses are so. */
uint64_t pz_special_size(enum pz_special special);

#endif
