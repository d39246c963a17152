/* SPDX-License-Identifier: BSD-2-Clause */
/* What the scans of one worm look like: facts of its outbreak profile. worm/traits.h and worm/reachable.h compute from
 * them. */
#ifndef PZ_WORM_FINGERPRINT_H
#define PZ_WORM_FINGERPRINT_H

#include <stdint.h>

struct pz_fingerprint {
    uint32_t never_set; /* bits of a destination, in host order, that its random scan never sets; 0 if there are none */
    uint16_t syn_length; /* bytes of the IP packet */
    uint8_t ttl_min, ttl_max;
    uint16_t port_min, port_max;        /* of the source */
    int32_t gap_min_usec, gap_max_usec; /* from the first SYN of an attempt to the second */
};

#endif
