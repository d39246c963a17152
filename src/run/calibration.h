/* SPDX-License-Identifier: BSD-2-Clause */
/* Calibration: the model is learned from the archive's own quiet days, before the outbreak that is found in it. All
 * captures are used, whatever hours the tables are of.
 *
 * Tallies are reduced a window at a time until an outbreak is under way: counts of sources by hour, and of each window
 * the features of the lowest 4,096 sources under a hash. Both add up and merge as tallies do, so the model doesn't
 * depend on the ranks. Rank 0 learns it. The same hours are then counted with the learned model, which gives the
 * ratios. */
#ifndef PZ_RUN_CALIBRATION_H
#define PZ_RUN_CALIBRATION_H

#include "run/tables.h"

/* Collective. 0 with the calibration of the tables filled, the same on every rank; 1 when stopped; -1 with `error`
 * set. */
int pz_calibration_learn(struct pz_tables *tables, struct pz_error *error);

#endif
