/* SPDX-License-Identifier: BSD-2-Clause */
/* Evidence in bins, and the share of the worm that explains a histogram of evidence best. */
#include "worm/features.h"
#include "worm/growth.h"

#include <math.h>

enum { BIN = 500, LOWEST = -20000, ROUNDS = 200 };

/* The least evidence of each strength, in thousandths. */
static const int32_t strength_from[PZ_STRENGTHS] = {PZ_GROWTH_LLR_MIN, 4605, PZ_FEATURES_RATIO_MIN, 9000, 12000, 15000};

unsigned pz_llr_bin(int32_t llr)
{
    int bin = (llr - LOWEST + BIN / 2) / BIN;
    return bin < 0 || llr < LOWEST ? 0 : bin >= PZ_LLR_BINS ? PZ_LLR_BINS - 1 : (unsigned)bin;
}

unsigned pz_target_group(unsigned targets)
{
    return targets <= 2 ? (targets ? targets - 1 : 0) : targets < 5 ? 2 : 3;
}

int32_t pz_llr_of_bin(unsigned bin)
{
    return (int)bin * BIN + LOWEST;
}

unsigned pz_strength(int32_t llr)
{
    unsigned strength = 0;
    while (strength + 1 < PZ_STRENGTHS && llr >= strength_from[strength + 1])
        strength++;
    return strength;
}

double pz_growth_likelier(int32_t llr)
{
    return exp(fmin(fmax(llr / 1000.0, -50), 50));
}

double pz_growth_posterior(double share, int32_t llr)
{
    double odds = share / (1 - share) * pz_growth_likelier(llr);
    return odds / (1 + odds);
}

double pz_likeliest_share(const uint64_t histogram[PZ_LLR_BINS])
{
    const double settled = 1e-9;
    double share = 0.5, n = 0, likelier[PZ_LLR_BINS];
    for (unsigned bin = 0; bin < PZ_LLR_BINS; bin++) {
        n += (double)histogram[bin];
        likelier[bin] = pz_growth_likelier(pz_llr_of_bin(bin));
    }
    for (int round = 0; n > 0 && round < ROUNDS; round++) {
        double worms = 0, before = share, odds = share / (1 - share);
        for (unsigned bin = 0; bin < PZ_LLR_BINS; bin++)
            if (histogram[bin])
                worms += (double)histogram[bin] * (odds * likelier[bin] / (1 + odds * likelier[bin]));
        share = fmin(fmax(worms / n, 1e-12), 1 - 1e-9);
        if (fabs(share - before) < settled * share)
            break;
    }
    return share;
}
