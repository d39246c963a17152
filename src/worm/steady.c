/* SPDX-License-Identifier: BSD-2-Clause */
/* If no outbreak is found, there is no worm, or its sources come at one rate. All evidence of all sources weighs
 * these against each other. */
#include "worm/growth.h"

#include <math.h>

enum { HOURS_PER_DAY = 24 };

/* If no outbreak is found, the rate is one of these, in sources a day, all equally likely: the lowest, and each
 * higher by this factor. */
enum { RATES = 14 };
static const double least_a_day = 0.3, rate_step = 3.1623;

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

/* The likelihood of a rate, given what is seen, if it held from a day before the data on, and if it began within
 * them. */
struct since {
    double before, within;
};

/* Adds the probabilities under a rate that holds all the time. If it began within the data, its sources are equally
 * likely to be the worm's, but that does not say which was the first. */
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
            sources[i].worm += (weight + since->within) * sources[i].now;
            sources[i].first += weight * is_first;
            first += is_first;
            none *= 1 - sources[i].now;
        }
        none *= exp(-rest);
        growth->left_out += weight * fmax(begin - none - first, 0);
    }
    growth->none += weight * (missed + none);
    growth->unknown += since->within;
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

/* As logarithms. It began at any time from a day before the data to their end, each hour as likely. */
static struct since weigh(const struct pz_growth *growth, double rate)
{
    struct since since = {0, -INFINITY};
    double hours = HOURS_PER_DAY;
    for (size_t h = growth->nhours; h--;) {
        double gain = log_gain(growth, rate, h), nhours = growth->hours[h].nhours;
        since.within = log_add(since.within, since.before + gain / 2 + log(nhours));
        since.before += gain;
        hours += nhours;
    }
    since.within -= log(hours);
    since.before += log(HOURS_PER_DAY / hours);
    return since;
}

/* There is no worm, or one whose sources come at a rate. */
void pz_growth_steady(struct pz_growth *growth, struct pz_growth_source *sources, size_t n)
{
    double rates[RATES], most = 0, sum;
    struct since since[RATES];
    for (int i = 0; i < RATES; i++) {
        rates[i] = least_a_day * pow(rate_step, i) / HOURS_PER_DAY;
        since[i] = weigh(growth, rates[i]);
        most = fmax(most, fmax(since[i].before, since[i].within));
    }
    sum = growth->none = (1 - PZ_GROWTH_ABOUT) * exp(-most);
    for (int i = 0; i < RATES; i++) {
        sum += since[i].before = PZ_GROWTH_ABOUT / RATES * exp(since[i].before - most);
        sum += since[i].within = PZ_GROWTH_ABOUT / RATES * exp(since[i].within - most);
    }
    growth->none /= sum;
    for (int i = 0; i < RATES; i++) {
        since[i].before /= sum;
        since[i].within /= sum;
        add_rate(growth, rates[i], &since[i], sources, n);
    }
}
