/* SPDX-License-Identifier: BSD-2-Clause */
/* How many of an hour's sources are the worm's, from counts of kinds of sources, and how well that is known.
 * docs/method.md derives it. */
#ifndef PZ_WORM_ESTIMATE_H
#define PZ_WORM_ESTIMATE_H

#include "worm/features.h"

struct pz_estimate {
    double worm, variance;
};

/* `good`, less the number of others expected for `bad` others. */
struct pz_estimate pz_estimate_rest(double good, double bad, const struct pz_ratio *ratio);
/* Of an hour's sources by class. `mistaken`: others that the evidence calls the worm's, for each of the rest. */
struct pz_estimate pz_estimate_sources(const uint64_t counts[PZ_CLASSES], const struct pz_ratio *reached,
                                       const struct pz_ratio *mostly, double mistaken);

/* The whole numbers within 1.96 standard deviations, from `low` to `high`, or the nearest where there is none; none is
 * below 0. The estimate, rounded, is one of them. So the band has 95 % of the chance as counts are whole. */
struct pz_band {
    double low, high;
};
struct pz_band pz_estimate_band(const struct pz_estimate *estimate);

/* Estimates a ratio from what is known before and from `n` hours without the worm, each with a count of such sources
 * and a count of the others. */
struct pz_ratio pz_ratio_learn(const struct pz_ratio *before, const uint64_t (*counts)[2], size_t n);
/* A ratio that was learned in whole windows, as it is in a window of which only 1 / 2^`halvings` is on record. */
struct pz_ratio pz_ratio_shorter(const struct pz_ratio *ratio, double halvings);
/* A ratio as well as it is known so many days before or after it was learned: what else scans changes. */
struct pz_ratio pz_ratio_after(const struct pz_ratio *ratio, double days);

#endif
