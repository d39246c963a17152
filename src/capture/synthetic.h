/* SPDX-License-Identifier: BSD-2-Clause */
/* The mark of a synthetic capture: patientzero synth writes it into the header of every pcap file that it makes
 * (PZ_FORMAT_MARK). It says that the data are made up, and at which scale. A tool that rewrites a capture drops it.
 *
 *     bits 23 to 31    0x1a5
 *     bits 13 to 22    scale: three decimal digits, times
 *     bits 9 to 12     ten to the power of minus this
 *     bits 2 to 8      noise: digits up to 127, times
 *     bits 0 to 1      ten to the power of this less two */
#ifndef PZ_CAPTURE_SYNTHETIC_H
#define PZ_CAPTURE_SYNTHETIC_H

#include <stdbool.h>
#include <stdint.h>

#define PZ_SYNTHETIC_NONE 0u          /* not marked: recorded, as far as can be known */
#define PZ_SYNTHETIC_MIXED UINT32_MAX /* marked, but not all alike */

struct pz_synthetic {
    bool any;            /* some of it is marked */
    bool known;          /* all of it, and alike: the following hold */
    double scale, noise; /* of the hosts, how many there are; how many times the published noise */
};

uint32_t pz_synthetic_mark(double scale, double noise);
/* The field of a file header as a mark; PZ_SYNTHETIC_NONE if it isn't one. */
uint32_t pz_synthetic_of_header(uint32_t field);
struct pz_synthetic pz_synthetic_of_mark(uint32_t mark);
/* The mark of two captures together. */
uint32_t pz_synthetic_join(uint32_t a, uint32_t b);

#endif
