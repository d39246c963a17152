/* SPDX-License-Identifier: BSD-2-Clause */
/* Which model judged, and what it was learned from, if it was learned from the archive's own quiet days: what tables,
 * summary.json and the page say of it. */
#ifndef PZ_WORM_CALIBRATED_H
#define PZ_WORM_CALIBRATED_H

#include "base/sha256.h"
#include "worm/features.h"

enum pz_calibration_state {
    PZ_CALIBRATED,
    PZ_CALIBRATED_BY_FILE,     /* --model */
    PZ_UNCALIBRATED_BY_OPTION, /* --no-calibrate */
    PZ_UNCALIBRATED_NO_OUTBREAK,
    PZ_UNCALIBRATED_NO_QUIET_HOURS, /* before the outbreak that was found */
    PZ_CALIBRATION_STATES
};

/* Of a model that wasn't learned from the archive all numbers but the digest are 0. */
struct pz_calibrated {
    enum pz_calibration_state state;
    char digest[PZ_SHA256_TEXT]; /* of the model, as a file of patientzero calibrate has it */
    uint32_t outbreak;           /* its first hour since 1970, if one was found; else 0 */
    /* The ratios were learned in so many hours, and the stacks and choices in so many windows. */
    uint32_t hours, windows;
    uint32_t first, last;    /* of these hours, or of those of the windows if there are none */
    uint64_t sources, worms; /* so many stacks were learned from: of others, and of the worm */
    struct pz_lens lens;
    double sure; /* of others, those that the evidence calls the worm, for each of the rest that scan elsewhere too */
    struct pz_model model; /* learned; or what is known before */
    struct pz_model half;  /* what is known before of a lens of which half is in reach */
};

/* calibrated, a file, ... */
const char *pz_calibration_words(enum pz_calibration_state state);
/* What is known before of such a lens, if `model` is the one that is built in. */
struct pz_model pz_model_of_half(const struct pz_model *model);
/* Whether what was learned through the one holds for the other: their sizes differ by less than four times. */
bool pz_lens_alike(const struct pz_lens *a, const struct pz_lens *b);

#endif
