/* SPDX-License-Identifier: BSD-2-Clause */
/* Learning a ratio of worm/features.h. */
#include "worm/features.h"

#include <math.h>

/* Hours that outweigh how much was said to scatter before. */
static const double outweigh = 6;

struct pz_ratio pz_ratio_learn(const struct pz_ratio *before, const uint64_t (*counts)[2], size_t n)
{
    double good = 0, bad = 0, excess = 0;
    for (size_t i = 0; i < n; i++) {
        good += (double)counts[i][0];
        bad += (double)counts[i][1];
    }
    if (!(bad > 0))
        return *before;
    double ratio = good / bad;
    for (size_t i = 0; i < n; i++) {
        double b = (double)counts[i][1], off = (double)counts[i][0] - ratio * b;
        excess += off * off - (double)counts[i][0] - ratio * ratio * b;
    }
    /* What was said of the scatter before is a multiple of chance, so it follows the ratio. */
    double said = before->spread * before->spread * (before->mean > 0 ? ratio / before->mean : 1);
    double spread = outweigh * said + (double)n * excess / bad;
    spread = fmax(spread, 0) / (outweigh + (double)n);
    /* As if hours were independent. The same sources come in hours in a row, which makes the mean less sure; but they
     * come in the hours after these too, which makes it fit those better. */
    double variance = ((good + ratio * ratio * bad) / bad + spread) / bad;
    double known = before->error * before->error, weight = known / (known + variance);
    return (struct pz_ratio){before->mean + weight * (ratio - before->mean), sqrt(spread), sqrt(weight * variance)};
}

bool pz_features_mostly_reached(const struct pz_lens *lens, const struct pz_features *features)
{
    enum { LEAST = 20 }; /* attempts: the quadrants divide as these do */
    const uint64_t all = 4 * (uint64_t)(lens->low + lens->high),
                   even = 2 * (uint64_t)lens->low; /* of these an even choice reaches */
    return features->targets > PZ_TARGETS_EXACT && pz_features_attempts(features) >= LEAST &&
           features->quadrants[0] < features->targets &&
           2 * all * features->quadrants[0] >= (all + even) * features->targets;
}
