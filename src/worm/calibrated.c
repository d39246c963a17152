/* SPDX-License-Identifier: BSD-2-Clause */
#include "worm/calibrated.h"

const char *pz_calibration_words(enum pz_calibration_state state)
{
    static const char *const words[PZ_CALIBRATION_STATES] = {
        [PZ_CALIBRATED] = "calibrated",
        [PZ_CALIBRATED_BY_FILE] = "of a file",
        [PZ_UNCALIBRATED_BY_OPTION] = "built in: --no-calibrate",
        [PZ_UNCALIBRATED_NO_OUTBREAK] = "built in: no outbreak is found",
        [PZ_UNCALIBRATED_NO_QUIET_HOURS] = "built in: too few sources in quiet hours before the outbreak",
    };
    return words[state];
}

bool pz_lens_alike(const struct pz_lens *a, const struct pz_lens *b)
{
    enum { TIMES = 4 };
    uint64_t x = (uint64_t)a->low + a->high, y = (uint64_t)b->low + b->high;
    return x < TIMES * y && y < TIMES * x;
}

/* Of most other sources a /16 shows one or two destinations, each reachable with a probability of one half. Assumed,
 * and wide. */
struct pz_model pz_model_of_half(const struct pz_model *model)
{
    struct pz_model half = *model;
    half.source_ratio = (struct pz_ratio){0.8, 0.3, 0.4};
    half.scan_ratio = (struct pz_ratio){1.5, 22, 1};
    return half;
}
