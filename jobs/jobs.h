/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of jobs, which the build makes of the files in this folder. */
#ifndef PZ_JOBS_JOBS_H
#define PZ_JOBS_JOBS_H

#include "reduce/job.h"

/* All jobs, in the order of their files' names; ended by NULL. */
extern const struct pz_job *const pz_jobs[];

#endif
