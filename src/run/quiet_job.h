/* SPDX-License-Identifier: BSD-2-Clause */
/* What calibration keeps of sources: a job like those of jobs/, without a table. */
#ifndef PZ_RUN_QUIET_JOB_H
#define PZ_RUN_QUIET_JOB_H

#include "reduce/job.h"

/* The sums of an hour: sources that the evidence calls the worm's; of the others those that scanned reachable addresses
 * only, those that did mostly, and the rest. */
enum { PZ_QUIET_SURE, PZ_QUIET_REACHED, PZ_QUIET_MOSTLY, PZ_QUIET_ELSEWHERE, PZ_QUIET_SUMS };

/* So many sources tell what there is to know of others, down to kinds that are one in some hundreds. */
enum { PZ_QUIET_SAMPLE = 4096 };

/* A source of a window, of which the lowest are kept: of each window so many that are the worm beyond doubt, and so
 * many others. */
struct pz_quiet_source {
    uint64_t hash;
    uint32_t address, window, worm; /* worm: 1 or 0 */
    struct pz_features features;
    uint32_t unused;
};

/* By hash. */
int pz_quiet_compare(const void *a, const void *b);

extern const struct pz_job pz_quiet_job;

#endif
