/* SPDX-License-Identifier: BSD-2-Clause */
/* Estimates the size of a population from the overlap of two lists: D. G. Chapman's two-sample estimate (1951), which
 * is finite and hardly biased, with an interval at 95 %.
 *
 * It holds if both lists are independent samples of one population. */
#ifndef PZ_REPORT_RECAPTURE_H
#define PZ_REPORT_RECAPTURE_H

#include <stdint.h>

struct pz_recapture {
    double best, low, high;
};

/* Of `ours` and `others` in each of the lists, `both` are in both. */
struct pz_recapture pz_recapture_of(uint64_t ours, uint64_t others, uint64_t both);

#endif
