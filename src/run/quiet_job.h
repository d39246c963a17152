/* SPDX-License-Identifier: BSD-2-Clause */
/* What calibration keeps of sources: a job like those of jobs/, without a table. */
#ifndef PZ_RUN_QUIET_JOB_H
#define PZ_RUN_QUIET_JOB_H

#include "reduce/job.h"

/* The sums of an hour: sources that the llr assigns to the worm; of the others, those that scanned reachable addresses
 * only, those that scanned mostly reachable ones, and the rest. */
enum { PZ_QUIET_SURE, PZ_QUIET_REACHED, PZ_QUIET_MOSTLY, PZ_QUIET_ELSEWHERE, PZ_QUIET_SUMS };

/* Enough sources to know the kinds of others, down to kinds of one in some hundreds. */
enum { PZ_QUIET_SAMPLE = 4096 };

/* A source of a window. Of each window, the PZ_QUIET_SAMPLE sources with the lowest hash are kept among those that are the
 * worm beyond doubt, and as many among the others. */
struct pz_quiet_source {
    uint64_t hash;
    uint32_t address, window, worm; /* worm: 1 or 0 */
    struct pz_features features;
};

/* By hash. */
int pz_quiet_compare(const void *a, const void *b);

extern const struct pz_job pz_quiet_job;

#endif
