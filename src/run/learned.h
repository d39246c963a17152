/* SPDX-License-Identifier: BSD-2-Clause */
/* What calibration learns from what it kept. On rank 0, from numbers that don't depend on the ranks. */
#ifndef PZ_RUN_LEARNED_H
#define PZ_RUN_LEARNED_H

#include "reduce/reduce.h"
#include "worm/calibrated.h"

struct pz_kept {
    struct pz_topk others; /* of windows before the outbreak's */
    uint64_t early_worms;  /* of these windows, sources that are the worm beyond doubt */
    struct pz_buf late;    /* all that was kept of the outbreak's window */
};

/* Stacks and choices. `outbreak`: the row of its first hour. */
void pz_learned_stacks(struct pz_calibrated *calibrated, const struct pz_timeline *timeline, size_t outbreak,
                       struct pz_kept *kept);
/* The ratios, of hours without damage, long enough before the outbreak, as `counted` has them. */
void pz_learned_ratios(struct pz_calibrated *calibrated, const struct pz_timeline *timeline, size_t outbreak,
                       const struct pz_result *counted);

#endif
