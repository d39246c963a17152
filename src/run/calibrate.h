/* SPDX-License-Identifier: BSD-2-Clause */
/* Learns the model of worm/features.h from stored tallies: other sources from hours that are known to hold no worm, the
 * worm from sources that are the worm beyond doubt. Rank 0 does it alone: a few days are enough, and take seconds. */
#ifndef PZ_RUN_CALIBRATE_H
#define PZ_RUN_CALIBRATE_H

#include "reduce/reduce.h"
#include "run/captures.h"
#include "worm/features.h"

struct pz_calibration {
    struct pz_span others, worms;
    uint32_t window; /* hours */
    /* Results. */
    struct pz_model model;
    size_t nothers, nworms; /* sources in windows that it was learned from */
};

/* On rank 0, with facts of all captures and their hours. */
int pz_calibrate(struct pz_calibration *calibration, const struct pz_store *store, const struct pz_captures *captures,
                 const struct pz_hours *hours, struct pz_error *error);

#endif
