/* SPDX-License-Identifier: BSD-2-Clause */
#include "worm/estimate.h"

#include <math.h>

/* The worm's sources of which too little is seen to be sure, as a share of those that are, and how well that is known.
 * On made-up telescopes (docs/method.md); how many there were isn't published. */
static const double hidden = 0.0005, hidden_error = 0.001;
/* Addresses that the worm shares with one who scans more: as many as those it shares with one who scans less, which are
 * seen; give or take this, and chance. */
static const double shared = 1, shared_error = 0.3;
/* Others show fewer destinations in less time, so that more of them seem to scan within reach only: so much for half
 * the time, give or take the other. On two made-up telescopes, 0.02 and 0.06. */
static const double shorter = 0.04, shorter_error = 0.02;
/* By how much a ratio wanders in a day, as a share of it. Assumed: others of made-up telescopes stay the same. */
static const double pace = 0.005;

/* Hours that outweigh how much was said to scatter before. */
static const double outweigh = 6;

static double square(double x)
{
    return x * x;
}

/* Less the number expected, which scatters more than a count does and whose mean isn't known exactly. The worm's own
 * sources are counted, and have no band. */
struct pz_estimate pz_estimate_rest(double good, double bad, const struct pz_ratio *ratio)
{
    return (struct pz_estimate){good - ratio->mean * bad,
                                (ratio->mean + square(ratio->mean) + square(ratio->spread)) * bad +
                                    square(ratio->error * bad)};
}

struct pz_estimate pz_estimate_sources(const uint64_t counts[PZ_CLASSES], const struct pz_ratio *reached,
                                       const struct pz_ratio *mostly, double mistaken)
{
    const double rest = (double)counts[PZ_CLASS_REST], sure = fmax((double)counts[PZ_CLASS_SURE] - mistaken * rest, 0);
    const struct pz_estimate likely = pz_estimate_rest((double)counts[PZ_CLASS_REACHED], rest, reached),
                             halves = pz_estimate_rest((double)counts[PZ_CLASS_MOSTLY], rest, mostly);
    const double times = halves.worm > 2 * sqrt(halves.variance) ? shared : 0; /* few are chance */
    return (struct pz_estimate){sure * (1 + hidden) + likely.worm + (1 + times) * halves.worm,
                                sure * hidden + square(hidden_error * sure) + likely.variance +
                                    square(1 + times) * halves.variance + times * (1 + times) * fmax(halves.worm, 0) +
                                    square(shared_error * times * halves.worm)};
}

struct pz_band pz_estimate_band(const struct pz_estimate *estimate)
{
    const double half = 1.96 * sqrt(estimate->variance), nearest = nearbyint(estimate->worm);
    return (struct pz_band){fmax(fmin(ceil(estimate->worm - half), nearest), 0),
                            fmax(fmax(floor(estimate->worm + half), nearest), 0)};
}

struct pz_ratio pz_ratio_shorter(const struct pz_ratio *ratio, double halvings)
{
    return (struct pz_ratio){ratio->mean * (1 + shorter * halvings), ratio->spread,
                             hypot(ratio->error, shorter_error * halvings * ratio->mean)};
}

struct pz_ratio pz_ratio_after(const struct pz_ratio *ratio, double days)
{
    return (struct pz_ratio){ratio->mean, ratio->spread, hypot(ratio->error, pace * sqrt(days) * ratio->mean)};
}

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
