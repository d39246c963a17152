#include "worm/growth.h"

#include "base/error.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { BIN = 500, LOWEST = -20000, ROUNDS = 200 };

/* An outbreak is so many of the worm's new sources in an hour, and more in each of the next two. */
static const double outbreak_min = 15;
/* Growth is early while it is below this share of what it becomes: then hosts to infect are not scarce yet. */
static const double early_share = 0.2;

unsigned pz_ratio_bin(int32_t ratio)
{
    int bin = (ratio - LOWEST + BIN / 2) / BIN;
    return bin < 0 || ratio < LOWEST ? 0 : bin >= PZ_RATIO_BINS ? PZ_RATIO_BINS - 1 : (unsigned)bin;
}

unsigned pz_target_group(unsigned targets)
{
    return targets <= 2 ? (targets ? targets - 1 : 0) : targets < 5 ? 2 : 3;
}

static double ratio_of_bin(unsigned bin)
{
    return ((int)bin * BIN + LOWEST) / 1000.0;
}

double pz_growth_posterior(double share, int32_t ratio)
{
    double odds = share / (1 - share) * exp(fmin(fmax(ratio / 1000.0, -50), 50));
    return odds / (1 + odds);
}

double pz_likeliest_share(const uint64_t histogram[PZ_RATIO_BINS])
{
    double share = 0.5, n = 0;
    for (unsigned bin = 0; bin < PZ_RATIO_BINS; bin++)
        n += (double)histogram[bin];
    for (int round = 0; n > 0 && round < ROUNDS; round++) {
        double worms = 0;
        for (unsigned bin = 0; bin < PZ_RATIO_BINS; bin++)
            worms += (double)histogram[bin] * pz_growth_posterior(share, (int32_t)(1000 * ratio_of_bin(bin)));
        share = fmin(fmax(worms / n, 1e-12), 1 - 1e-9);
    }
    return share;
}

/* A straight line through the logarithms of the early hours, each weighed by how well it's known. */
static void fit_line(struct pz_growth *growth)
{
    double n = 0, x = 0, y = 0, xx = 0, xy = 0;
    for (size_t h = growth->first; h < growth->last; h++) {
        double weight = growth->worms[h];
        if (weight < 1)
            continue;
        n += weight;
        x += weight * (double)h;
        y += weight * log(growth->worms[h]);
        xx += weight * (double)h * (double)h;
        xy += weight * (double)h * log(growth->worms[h]);
    }
    double spread = n * xx - x * x;
    growth->rate = spread > 0 ? fmax((n * xy - x * y) / spread, 0) : 0;
    growth->level = n > 0 ? (y - growth->rate * x) / n : 0;
}

static void find_outbreak(struct pz_growth *growth)
{
    double most = 0;
    for (size_t h = 0; h < growth->nhours; h++)
        most = fmax(most, growth->worms[h]);
    for (size_t h = 0; h + 2 < growth->nhours; h++) {
        const double *w = growth->worms + h;
        if (w[0] < outbreak_min || w[1] <= w[0] || w[2] <= w[1])
            continue;
        growth->first = growth->last = h;
        while (growth->last < growth->nhours &&
               (growth->last < h + 3 || growth->worms[growth->last] < early_share * most))
            growth->last++;
        fit_line(growth);
        return;
    }
}

/* How the worm's early sources divide; even a little where none were seen. */
static void divide_groups(struct pz_growth *growth)
{
    double sum = 0;
    for (unsigned group = 0; group < PZ_GROUPS; group++) {
        growth->groups[group] = 0.5;
        for (size_t h = growth->first; h < growth->last; h++)
            growth->groups[group] += growth->in_group[h][group];
        sum += growth->groups[group];
    }
    for (unsigned group = 0; group < PZ_GROUPS; group++)
        growth->groups[group] /= sum;
}

void pz_growth_fit(struct pz_growth *growth, const uint64_t *const *hours, size_t nhours)
{
    *growth = (struct pz_growth){.nhours = nhours,
                                 .worms = pz_alloc(nhours * sizeof *growth->worms),
                                 .in_group = pz_alloc(nhours * sizeof *growth->in_group),
                                 .news = pz_alloc(nhours * sizeof *growth->news)};
    for (size_t h = 0; h < nhours; h++)
        for (unsigned group = 0; group < PZ_GROUPS; group++) {
            const uint64_t *histogram = hours[h] + group * PZ_RATIO_BINS;
            for (unsigned bin = 0; bin < PZ_RATIO_BINS; bin++)
                growth->news[h][group] += (double)histogram[bin];
            growth->in_group[h][group] = growth->news[h][group] * pz_likeliest_share(histogram);
            growth->worms[h] += growth->in_group[h][group];
        }
    find_outbreak(growth);
    divide_groups(growth);
}

void pz_growth_release(struct pz_growth *growth)
{
    free(growth->worms);
    free(growth->in_group);
    free(growth->news);
    *growth = (struct pz_growth){0};
}

double pz_growth_share(const struct pz_growth *growth, size_t hour, unsigned group, double part)
{
    double news = growth->news[hour][group] + 1, worms = growth->in_group[hour][group];
    bool outbreak = growth->first < growth->last;
    if (outbreak && hour < growth->first) {
        /* The mean number of an hour about that moment. */
        double back = exp(growth->level + growth->rate * ((double)hour + part - 0.5));
        worms = fmin(back * growth->groups[group], news / 2);
    }
    return fmin(fmax(worms / news, 1e-12), 1 - 1e-6);
}

double pz_growth_expected(const struct pz_growth *growth, const uint64_t *groups, size_t hour, int32_t ratio)
{
    double sum = 0;
    for (unsigned group = 0; group < PZ_GROUPS; group++) {
        double share = pz_growth_share(growth, hour, group, 0.5);
        for (unsigned bin = 0; bin < pz_ratio_bin(ratio); bin++)
            sum += (double)groups[group * PZ_RATIO_BINS + bin] *
                   pz_growth_posterior(share, (int32_t)(1000 * ratio_of_bin(bin)));
    }
    return sum;
}
