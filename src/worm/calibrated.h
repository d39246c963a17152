/* SPDX-License-Identifier: BSD-2-Clause */
/* The model that judged sources, and what it was learned from if it was learned from quiet days of the archive.
 * Tables, summary.json and the page show this. */
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

/* For a model that was not learned from the archive, all numbers except the digest are 0. */
struct pz_calibrated {
    enum pz_calibration_state state;
    struct pz_sha256_text digest; /* of the model, as a file of patientzero calibrate has it */
    uint32_t outbreak;            /* its first hour since 1970, if one was found; else 0 */
    /* The number of hours that the ratios were learned from, and of windows for stacks and choices. */
    uint32_t hours, windows;
    uint32_t first, last;    /* of these hours, or of the hours of these windows if there are none */
    uint64_t sources, worms; /* how many stacks were learned: of others, and of the worm */
    struct pz_lens lens;
    double sure; /* of others, those that the evidence calls the worm, for each of the rest that scan elsewhere too */
    struct pz_model model; /* learned; or what is known before */
    struct pz_model half;  /* what is known before of a lens of which half is in reach */
};

/* calibrated, a file, ... */
const char *pz_calibration_words(enum pz_calibration_state state);
/* What is assumed of such a lens if `model` is the built-in one. */
struct pz_model pz_model_of_half(const struct pz_model *model);
/* Whether what was learned through one lens holds for the other: their sizes differ by less than four times. */
bool pz_lens_alike(const struct pz_lens *a, const struct pz_lens *b);

#endif
