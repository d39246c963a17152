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

#include "mpi/comm.h"
#include "reduce/timeline.h"
#include "run/captures.h"
#include "tally/store.h"

struct pz_quiet {
    const struct pz_comm *comm;
    const struct pz_store *store;
    const struct pz_captures *captures; /* read on rank 0 only */
    const struct pz_hours *hours;       /* read on rank 0 only */
    const struct pz_model *model;       /* the model to start from */
    struct pz_timeline_options options; /* of the tables; their hours don't matter */
    uint32_t progress_seconds;
    bool silent;
    /* Results. */
    bool unread;    /* reading a tally failed on this rank */
    double seconds; /* on rank 0 */
};

/* Collective. 0 with `calibrated` filled, the same on every rank; 1 when stopped; -1 with `error` set. */
int pz_quiet_learn(struct pz_quiet *quiet, struct pz_calibrated *calibrated, struct pz_error *error);

#endif
