/* SPDX-License-Identifier: BSD-2-Clause */
/* What calibration keeps of sources: a job like those of jobs/, without a table. Its sums of an hour are sources by class. */
#ifndef PZ_RUN_QUIET_JOB_H
#define PZ_RUN_QUIET_JOB_H

#include "reduce/job.h"

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
