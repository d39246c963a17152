/* SPDX-License-Identifier: BSD-2-Clause */
/* Calibration: what tells the worm from others is learned from the archive's own quiet days, before the outbreak that
 * is found in it. All captures are looked at, whatever hours tables are made of.
 *
 * Tallies are reduced a window at a time until an outbreak is under way: counts of sources by hour, and of each window
 * the evidence of the lowest 4,096 under a hash. Both add up and merge as tallies do, so that the model is the same
 * whoever reduced what. Rank 0 learns it. The same hours are then counted by what was learned, which gives the ratios.
 */
#ifndef PZ_RUN_CALIBRATION_H
#define PZ_RUN_CALIBRATION_H

#include "mpi/comm.h"
#include "reduce/timeline.h"
#include "run/captures.h"
#include "tally/store.h"

struct pz_quiet {
    const struct pz_comm *comm;
    const struct pz_store *store;
    const struct pz_captures *captures; /* looked at on rank 0 only */
    const struct pz_hours *hours;       /* the same */
    const struct pz_model *model;       /* what is known before */
    struct pz_timeline_options options; /* of the tables; their hours don't matter */
    uint32_t progress_seconds;
    bool silent;
    /* Results. */
    bool unread;    /* what failed was reading a tally, on this rank */
    double seconds; /* on rank 0 */
};

/* Collective. 0 with `calibrated` filled, the same on every rank; 1 when stopped; -1 with `error` set. */
int pz_quiet_learn(struct pz_quiet *quiet, struct pz_calibrated *calibrated, struct pz_error *error);

#endif
