/* SPDX-License-Identifier: BSD-2-Clause */
/* If no outbreak is found, there is no worm, or its sources come at one rate, or at a rate that grows, but too slowly
 * or among too many others to be found. All evidence of all sources weighs these against each other. */
#include "worm/growth.h"

#include "base/error.h"
#include "worm/features.h"

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

/* That a source of this group in the hour is the worm's, apart from its evidence, if these come at such a rate an hour. */
static double odds_of(const struct pz_growth *growth, double rate, size_t h, unsigned group)
{
    return rate * growth->groups[group] / (growth->news[h][group] + 1);
}

/* Of the worm among the sources first seen in the hour. */
static double expected_in(const struct pz_growth *growth, double rate, size_t h)
{
    double sum = 0;
    for (unsigned i = 0; i < PZ_GROUP_BINS; i++) {
        const uint64_t n = growth->hours[h].groups[i];
        double odds =
            n ? odds_of(growth, rate, h, i / PZ_LLR_BINS) * pz_growth_likelier(pz_llr_of_bin(i % PZ_LLR_BINS)) : 0;
        sum += (double)n * odds / (1 + odds);
    }
    return sum;
}

/* log P(the hour's histograms | rate) - log P(these | no worm). */
static double log_gain(const struct pz_growth *growth, double rate, size_t h)
{
    double sum = 0;
    for (unsigned i = 0; i < PZ_GROUP_BINS; i++) {
        const double odds = odds_of(growth, rate, h, i / PZ_LLR_BINS), n = (double)growth->hours[h].groups[i];
        if (n > 0)
            sum += n * log1p(odds / (1 + odds) * (pz_growth_likelier(pz_llr_of_bin(i % PZ_LLR_BINS)) - 1));
    }
    return sum;
}

/* How a rate may have come about: it held from a day before the data on, it began within them, or it was reached within
 * them by growth, with its first source within them, or before. */
enum { BEFORE, WITHIN, GREW, GREW_BEFORE, WAYS };

/* Adds the probabilities under a rate that holds all the time. If it began or grew within the data, its sources are
 * taken to be as likely to be the worm's, but that does not say which was the first. */
static void add_rate(struct pz_growth *growth, double rate, const double ways[WAYS], struct pz_growth_source *sources,
                     size_t n)
{
    const double weight = ways[BEFORE], all = weight + ways[WITHIN] + ways[GREW] + ways[GREW_BEFORE];
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
            double odds = odds_of(growth, rate, h, pz_target_group(source->targets)) * pz_growth_likelier(source->llr);
            source->now = source->old ? 0 : odds / (1 + odds);
            rest -= source->now;
        }
        rest = fmax(rest, 0);
        for (; i < end; i++) {
            double is_first = sources[i].now * none * exp(-rest * (sources[i].onset - hour->hour) / hour->nhours);
            sources[i].worm += all * sources[i].now;
            sources[i].first += weight * is_first;
            first += is_first;
            none *= 1 - sources[i].now;
        }
        none *= exp(-rest);
        growth->left_out += weight * fmax(begin - none - first, 0);
    }
    growth->none += weight * (missed + none) + ways[GREW_BEFORE];
    growth->unknown += ways[WITHIN] + ways[GREW];
}

/* The gain of the hours before row `top`, if the rate climbs to `rate` at its beginning. `gains`: log_gain of each hour
 * and rate. `before`: how many sources came before the data. */
static double log_climb(const struct pz_growth *growth, double (*gains)[RATES], size_t rate, size_t top, unsigned climb,
                        double *before)
{
    double sum = 0;
    size_t steps = 0;
    *before = 0;
    for (size_t h = top; h-- && steps <= rate;) {
        uint32_t hours = growth->hours[top].hour - growth->hours[h].hour;
        steps = (hours + climb - 1) / climb;
        sum += steps <= rate ? gains[h][rate - steps] : 0;
    }
    if (steps < rate) /* each earlier rate is a part of the one after it */
        *before = rate_of(rate - steps - 1) * climb / (1 - 1 / rate_step);
    return sum;
}

/* As logarithms. It began at any time from a day before the data to their end, each hour as likely. Half of the rates
 * that begin within the data are steady, half grow until that time. */
static void weigh(const struct pz_growth *growth, double (*gains)[RATES], size_t rate, double ways[WAYS])
{
    double hours = HOURS_PER_DAY, before = 0, earlier;
    for (int way = WITHIN; way < WAYS; way++)
        ways[way] = -INFINITY;
    for (size_t h = growth->nhours; h--;) {
        double gain = gains[h][rate], nhours = growth->hours[h].nhours;
        ways[WITHIN] = pz_log_sum(ways[WITHIN], before + gain / 2 + log(nhours / 2));
        before += gain;
        for (int i = 0; i < CLIMBS; i++) {
            double climbed = before + log_climb(growth, gains, rate, h, climbs[i], &earlier);
            climbed += log(nhours / 2 / CLIMBS);
            ways[GREW] = pz_log_sum(ways[GREW], climbed - earlier);
            ways[GREW_BEFORE] = pz_log_sum(ways[GREW_BEFORE], climbed + log(-expm1(-earlier)));
        }
        hours += nhours;
    }
    ways[BEFORE] = before + log(HOURS_PER_DAY);
    for (int way = 0; way < WAYS; way++)
        ways[way] -= log(hours);
}

/* There is no worm, or one whose sources come at a rate. */
void pz_growth_steady(struct pz_growth *growth, struct pz_growth_source *sources, size_t n)
{
    double(*gains)[RATES] = pz_alloc((growth->nhours + 1) * sizeof *gains), ways[RATES][WAYS], most = 0, sum;
    for (size_t h = 0; h < growth->nhours; h++)
        for (size_t i = 0; i < RATES; i++)
            gains[h][i] = log_gain(growth, rate_of(i), h);
    for (size_t i = 0; i < RATES; i++) {
        weigh(growth, gains, i, ways[i]);
        for (int way = 0; way < WAYS; way++)
            most = fmax(most, ways[i][way]);
    }
    free(gains);
    sum = growth->none = (1 - PZ_GROWTH_ABOUT) * exp(-most);
    for (size_t i = 0; i < RATES; i++)
        for (int way = 0; way < WAYS; way++)
            sum += ways[i][way] = PZ_GROWTH_ABOUT / RATES * exp(ways[i][way] - most);
    growth->none /= sum;
    for (size_t i = 0; i < RATES; i++) {
        for (int way = 0; way < WAYS; way++)
            ways[i][way] /= sum;
        add_rate(growth, rate_of(i), ways[i], sources, n);
    }
}
