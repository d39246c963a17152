/* SPDX-License-Identifier: BSD-2-Clause */
/* If no outbreak is found, there is no worm, or its sources come at one rate, or at a rate that grows, but too slowly
 * or among too many others to be found. All evidence of all sources weighs these against each other. */
#include "worm/growth.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>

enum { HOURS_PER_DAY = 24 };

/* If no outbreak is found, the rate is one of these, in sources a day, all equally likely: the lowest, and each
 * higher by this factor. */
enum { RATES = 14 };
static const double least_a_day = 0.3, rate_step = 3.1623;

/* A rate that grows goes through these, from the lowest on, and stays for so many hours at each: its sources double in
 * 36 minutes to 5 hours. */
enum { CLIMBS = 3 };
static const unsigned climbs[CLIMBS] = {1, 3, 8};

/* In sources an hour. */
static double rate_of(size_t i)
{
    return least_a_day * pow(rate_step, (double)i) / HOURS_PER_DAY;
}

/* Of the worm among the sources first seen in the hour, if its sources come at such a rate an hour. */
static double expected_in(const struct pz_growth *growth, double rate, size_t h)
{
    double sum = 0;
    for (unsigned group = 0; group < PZ_GROUPS; group++) {
        double odds = rate * growth->groups[group] / (growth->news[h][group] + 1);
        for (unsigned bin = 0; bin < PZ_LLR_BINS; bin++) {
            uint64_t n = growth->hours[h].groups[group * PZ_LLR_BINS + bin];
            double of_bin = n ? odds * pz_growth_likelier(pz_llr_of_bin(bin)) : 0;
            sum += (double)n * of_bin / (1 + of_bin);
        }
    }
    return sum;
}

/* The likelihood of a rate, given what is seen, if it held from a day before the data on, if it began within them, and
 * if it was reached within them by growth: with its first source within them, or before. */
struct since {
    double before, within, grew, grew_before;
};

/* Adds the probabilities under a rate that holds all the time. If it began or grew within the data, its sources are
 * taken to be as likely to be the worm's, but that does not say which was the first. */
static void add_rate(struct pz_growth *growth, double rate, const struct since *since, struct pz_growth_source *sources,
                     size_t n)
{
    const double weight = since->before;
    double none = exp(-rate * HOURS_PER_DAY), missed = 1 - none; /* of all until now; and that the first was missed */
    for (size_t h = 0, i = 0; h < growth->nhours; h++) {
        const struct pz_growth_hour *hour = &growth->hours[h];
        double lost = exp(-rate * (hour->nhours - hour->covered_seconds / 3600.0)), first = 0;
        missed += none * (1 - lost);
        none *= lost;
        double rest = expected_in(growth, rate, h), begin = none;
        size_t end = i;
        for (; end < n && sources[end].onset < hour->hour + (double)hour->nhours; end++) {
            struct pz_growth_source *source = &sources[end];
            unsigned group = pz_target_group(source->targets);
            double odds = rate * growth->groups[group] / (growth->news[h][group] + 1) * pz_growth_likelier(source->llr);
            source->now = source->old ? 0 : odds / (1 + odds);
            rest -= source->now;
        }
        rest = fmax(rest, 0);
        for (; i < end; i++) {
            double is_first = sources[i].now * none * exp(-rest * (sources[i].onset - hour->hour) / hour->nhours);
            sources[i].worm += (weight + since->within + since->grew + since->grew_before) * sources[i].now;
            sources[i].first += weight * is_first;
            first += is_first;
            none *= 1 - sources[i].now;
        }
        none *= exp(-rest);
        growth->left_out += weight * fmax(begin - none - first, 0);
    }
    growth->none += weight * (missed + none) + since->grew_before;
    growth->unknown += since->within + since->grew;
}

/* log P(the hour's histograms | rate) - log P(these | no worm). */
static double log_gain(const struct pz_growth *growth, double rate, size_t h)
{
    double sum = 0;
    for (unsigned group = 0; group < PZ_GROUPS; group++) {
        double odds = rate * growth->groups[group] / (growth->news[h][group] + 1), share = odds / (1 + odds);
        const uint64_t *histogram = growth->hours[h].groups + group * PZ_LLR_BINS;
        for (unsigned bin = 0; bin < PZ_LLR_BINS; bin++)
            if (histogram[bin])
                sum += (double)histogram[bin] * log1p(share * (pz_growth_likelier(pz_llr_of_bin(bin)) - 1));
    }
    return sum;
}

static double log_add(double a, double b)
{
    double high = fmax(a, b);
    return high == -INFINITY ? high : high + log(exp(a - high) + exp(b - high));
}

/* log_gain of each rate in each hour: gains[rate * nhours + h]. */
static double *log_gains(const struct pz_growth *growth)
{
    double *gains = pz_alloc((growth->nhours * RATES + 1) * sizeof *gains);
    for (size_t i = 0; i < RATES; i++)
        for (size_t h = 0; h < growth->nhours; h++)
            gains[i * growth->nhours + h] = log_gain(growth, rate_of(i), h);
    return gains;
}

/* The gain of the hours before row `top`, if the rate climbs to `rate` at its beginning. `before`: how many sources
 * came before the data. */
static double log_climb(const struct pz_growth *growth, const double *gains, size_t rate, size_t top, unsigned climb,
                        double *before)
{
    double sum = 0;
    size_t steps = 0;
    *before = 0;
    for (size_t h = top; h-- && steps <= rate;) {
        uint32_t hours = growth->hours[top].hour - growth->hours[h].hour;
        steps = (hours + climb - 1) / climb;
        sum += steps <= rate ? gains[(rate - steps) * growth->nhours + h] : 0;
    }
    if (steps < rate) /* each earlier rate is a part of the one after it */
        *before = rate_of(rate - steps - 1) * climb / (1 - 1 / rate_step);
    return sum;
}

/* As logarithms. It began at any time from a day before the data to their end, each hour as likely. Half of the rates
 * that begin within the data are steady, half grow until that time. */
static struct since weigh(const struct pz_growth *growth, const double *gains, size_t rate)
{
    struct since since = {0, -INFINITY, -INFINITY, -INFINITY};
    double hours = HOURS_PER_DAY, earlier;
    for (size_t h = growth->nhours; h--;) {
        double gain = gains[rate * growth->nhours + h], nhours = growth->hours[h].nhours;
        since.within = log_add(since.within, since.before + gain / 2 + log(nhours / 2));
        since.before += gain;
        for (int i = 0; i < CLIMBS; i++) {
            double climbed = since.before + log_climb(growth, gains, rate, h, climbs[i], &earlier);
            climbed += log(nhours / 2 / CLIMBS);
            since.grew = log_add(since.grew, climbed - earlier);
            since.grew_before = log_add(since.grew_before, climbed + log(-expm1(-earlier)));
        }
        hours += nhours;
    }
    since.within -= log(hours);
    since.grew -= log(hours);
    since.grew_before -= log(hours);
    since.before += log(HOURS_PER_DAY / hours);
    return since;
}

/* There is no worm, or one whose sources come at a rate. */
void pz_growth_steady(struct pz_growth *growth, struct pz_growth_source *sources, size_t n)
{
    double *gains = log_gains(growth), most = 0, sum;
    struct since since[RATES];
    for (size_t i = 0; i < RATES; i++) {
        since[i] = weigh(growth, gains, i);
        most = fmax(fmax(most, since[i].before), fmax(since[i].within, fmax(since[i].grew, since[i].grew_before)));
    }
    free(gains);
    sum = growth->none = (1 - PZ_GROWTH_ABOUT) * exp(-most);
    for (size_t i = 0; i < RATES; i++) {
        double *const logs[] = {&since[i].before, &since[i].within, &since[i].grew, &since[i].grew_before};
        for (size_t k = 0; k < sizeof logs / sizeof *logs; k++)
            sum += *logs[k] = PZ_GROWTH_ABOUT / RATES * exp(*logs[k] - most);
    }
    growth->none /= sum;
    for (size_t i = 0; i < RATES; i++) {
        since[i].before /= sum;
        since[i].within /= sum;
        since[i].grew /= sum;
        since[i].grew_before /= sum;
        add_rate(growth, rate_of(i), &since[i], sources, n);
    }
}
