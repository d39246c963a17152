/* SPDX-License-Identifier: BSD-2-Clause */
/* Who was first in an outbreak that was found.
 *
 * Suppose that source i was the first. Then sources of the worm come from its onset t0 on, W b e^(b (t - t0)) an
 * hour. b and W are not known, so all values of a range are weighed. How likely are then the times of the strong
 * sources, next to those that others bring, and that no source of the worm came before? So a source seen long before
 * an outbreak is not its first, however strong its evidence. */
#include "worm/growth.h"

#include "base/error.h"
#include "worm/features.h"

#include <math.h>
#include <stdlib.h>

/* Growth an hour, from doubling in 2.3 hours to doubling in 3.7 minutes, all equally likely. A hundred events tell
 * rates apart that differ by a tenth, so steps must not be much wider. */
enum { RATES = 27, PACES = 4 };
static const double least_rate = 0.3, rate_step = 1.15;
/* W: the rate of the first host relative to others, chance, and how long the outbreak waited before it grew. Shorter
 * waits are likelier: the mean in hours. */
static const double least_size = -15, most_size = 3, hung = 1.5;
/* Slow hosts come at a pace of their own, in sources an hour, before a fast one lets the outbreak grow. */
static const double paces[PACES] = {0, 0.3, 1, 3};

/* Probability that the first host came while nothing was recorded and was not heard again; a host of the worm goes
 * on scanning. */
static const double vanished = 0.01;

/* At a shared address, the probability that what was seen first was the worm: assumed. */
static const double own_onset = 0.05;

/* The share of others that may do what the worm does: most likely none, or one of these, all equally likely. */
enum { SHARES = 9 };
static const double least_share = 1e-5, share_step = 3.1623, no_share = 0.95;

struct supposed {
    const struct pz_growth *growth;
    double strong, weak; /* shares of the worm's sources: those among the events, and those too weak for any strength */
    size_t first_hour, end_hour;
    bool dark;             /* whether any second of these isn't recorded */
    double shares[SHARES]; /* of others that do what the worm does */
    double gains[SHARES];  /* log P(share) + log P(events | share, no worm) - log P(events | none, no worm) */
    double *odds[SHARES];  /* owned: of each event */
};

static double lit(const struct pz_growth_hour *hour)
{
    return hour->covered_seconds / (3600.0 * hour->nhours);
}

static void suppose(struct supposed *supposed, const struct pz_growth *growth)
{
    *supposed = (struct supposed){.growth = growth, .first_hour = growth->nhours, .weak = 1};
    for (unsigned i = 0; i < PZ_STRENGTHS; i++) {
        supposed->strong += i >= growth->from ? growth->strength_worms[i] : 0;
        supposed->weak = fmax(supposed->weak - growth->strength_worms[i], 0);
    }
    for (size_t h = 0; h < growth->nhours && growth->hours[h].hour < growth->end; h++) {
        if (growth->hours[h].hour + (double)growth->hours[h].nhours <= growth->begin)
            continue;
        supposed->first_hour = h < supposed->first_hour ? h : supposed->first_hour;
        supposed->end_hour = h + 1;
        supposed->dark |= lit(&growth->hours[h]) < 1;
    }
    for (int s = 0; s < SHARES; s++) {
        double share = s ? least_share * pow(share_step, s - 1) : 0;
        supposed->shares[s] = share;
        supposed->gains[s] = log(s ? (1 - no_share) / (SHARES - 1) : no_share) + pz_growth_alike(growth, share);
        supposed->odds[s] = pz_alloc((growth->nevents + 1) * sizeof(double));
        for (size_t k = 0; k < growth->nevents; k++) {
            const struct pz_growth_event *event = &growth->events[k];
            supposed->odds[s][k] = pz_growth_strength_odds(growth, event->hour, event->minute, event->strength, share);
        }
    }
}

static void forget(struct supposed *supposed)
{
    for (int s = 0; s < SHARES; s++)
        free(supposed->odds[s]);
}

/* The integral of b e^(b (t - t0)), or of 1 if b is 0, over the recorded times from t0 to the end. */
static double recorded(const struct supposed *supposed, double rate, double t0)
{
    const struct pz_growth *growth = supposed->growth;
    double sum = rate > 0 ? exp(rate * (growth->end - t0)) - 1 : growth->end - t0;
    for (size_t h = supposed->first_hour; supposed->dark && h < supposed->end_hour; h++) {
        const struct pz_growth_hour *hour = &growth->hours[h];
        double from = fmax(hour->hour, t0), until = fmin(hour->hour + (double)hour->nhours, growth->end);
        if (from < until)
            sum -= (1 - lit(hour)) * (rate > 0 ? exp(rate * (until - t0)) - exp(rate * (from - t0)) : until - from);
    }
    return fmax(sum, 0);
}

/* What came after a supposed first, for one rate of growth. */
struct after {
    double rate, growing, steady; /* the expected number for each W, and for a pace of one source an hour */
    size_t n;
    const double *odds, *grown; /* of each event; grown: b e^(b (t - t0)) */
    double pace;
    double size; /* log W: the likeliest for a share so far; NAN at first */
};

/* log P(events | W, pace) - log P(events | no worm). */
static double log_events(const struct after *after, double w)
{
    const double large = 1e200;
    double product = 1, sum = -w * after->growing - after->pace * after->steady;
    for (size_t k = 0; k < after->n; k++) {
        product *= 1 + (w * after->grown[k] + after->pace) * after->odds[k];
        if (product > large) {
            sum += log(product);
            product = 1;
        }
    }
    return sum + log(product);
}

/* The size at which the events are likeliest, by Newton's method from the point where each event is the worm's, and
 * how wide the likely range around it is. */
static double likeliest_size(const struct after *after, double slope, double *width)
{
    const int rounds = isnan(after->size) ? 4 : 2;
    double size = isnan(after->size) ? log((slope + (double)after->n) / fmax(after->growing, 1e-9)) : after->size;
    double bend = 1;
    for (int round = 0; round < rounds; round++) {
        size = fmin(fmax(size, least_size), most_size);
        double w = exp(size), rise = slope - w * after->growing;
        bend = w * after->growing;
        for (size_t k = 0; k < after->n; k++) {
            double own = w * after->grown[k] * after->odds[k], part = own / (1 + own + after->pace * after->odds[k]);
            rise += part;
            bend -= part * (1 - part);
        }
        bend = fmax(bend, 0.1);
        size += fmin(fmax(rise / bend, -2), 2);
    }
    *width = 1 / sqrt(bend);
    return fmin(fmax(size, least_size), most_size);
}

/* Adds the mean over W of P(events | W) / P(events | no worm) to `sum`, both as logarithms, if that makes a difference.
 * The prior of log W is exponential, up to most_size. */
static void add_mean(struct after *after, double *sum)
{
    enum { SIDE = 4 }; /* steps of one width to either side */
    const double nothing = 16;
    double slope = 1 / (after->rate * hung), width, all = 0;
    double middle = after->size = likeliest_size(after, slope, &width), w = exp(middle);
    double norm = log(slope / (1 - exp(-slope * (most_size - least_size))) * width) - slope * most_size;
    double likely = norm + slope * middle + log_events(after, w);
    if (likely + log(2 * SIDE + 1) < *sum - nothing)
        return;
    const double step = exp(width);
    w *= pow(step, -SIDE);
    for (int i = -SIDE; i <= SIDE; i++) {
        double size = middle + i * width;
        if (size >= least_size && size <= most_size)
            all += exp(norm + slope * size + log_events(after, w) - likely);
        w *= step;
    }
    *sum = pz_log_sum(*sum, likely + log(all));
}

/* The rate nearest to the fitted one. Likely rates come first, so that hopeless ones are left out. */
static int near_rate(const struct pz_growth *growth)
{
    return (int)fmin(fmax(log(growth->rate / least_rate) / log(rate_step), 0), RATES - 1);
}

/* log P(events | the first came at t0) - log P(events | no worm) for each share; `own` is the event that is the first
 * itself. */
static void log_start(const struct supposed *supposed, double t0, size_t own, double sums[SHARES])
{
    const struct pz_growth *growth = supposed->growth;
    const double hopeless = 500;
    size_t from = growth->nevents, n = 0;
    while (from && growth->events[from - 1].t > t0)
        from--;
    const size_t most = growth->nevents - from + 1;
    double *times = pz_alloc((SHARES + 2) * most * sizeof *times), *grown = times + most, *odds = grown + most;
    for (size_t k = from; k < growth->nevents; k++) {
        if (k == own)
            continue;
        for (int s = 0; s < SHARES; s++)
            odds[(size_t)s * most + n] = supposed->odds[s][k];
        times[n++] = growth->events[k].t - t0;
    }
    for (int s = 0; s < SHARES; s++)
        sums[s] = -INFINITY;
    struct after after = {.n = n, .grown = grown, .steady = supposed->strong * recorded(supposed, 0, t0)};
    for (int nth = 0; nth < 2 * RATES; nth++) {
        int i = near_rate(growth) + (nth & 1 ? -1 - nth / 2 : nth / 2);
        if (i < 0 || i >= RATES)
            continue;
        after.rate = least_rate * pow(rate_step, i);
        after.growing = supposed->strong * recorded(supposed, after.rate, t0);
        if (exp(least_size) * after.growing > hopeless)
            continue;
        for (size_t k = 0; k < n; k++)
            grown[k] = after.rate * exp(after.rate * times[k]);
        for (int l = 0; l < PACES; l++) {
            after.pace = paces[l];
            after.size = NAN;
            for (int s = 0; s < SHARES; s++) {
                after.odds = odds + (size_t)s * most;
                add_mean(&after, &sums[s]);
            }
        }
    }
    free(times);
    for (int s = 0; s < SHARES; s++)
        sums[s] -= log(RATES * PACES);
}

/* The event of a source: the one nearest to its strength, in its minute. */
static size_t event_of(const struct pz_growth *growth, const struct pz_growth_source *source)
{
    unsigned strength = pz_strength(source->llr);
    size_t own = SIZE_MAX;
    double minute = floor(source->onset * 60);
    for (size_t k = 0; k < growth->nevents; k++) {
        const struct pz_growth_event *event = &growth->events[k];
        if (event->strength == strength && floor(event->t * 60) == minute &&
            (own == SIZE_MAX || fabs(event->t - source->onset) < fabs(growth->events[own].t - source->onset)))
            own = k;
    }
    return own;
}

/* All sources of the hour whose evidence speaks for the worm, as odds. */
static double odds_in(const struct pz_growth *growth, size_t h, double share)
{
    double sum = 0;
    for (unsigned i = 0; i < PZ_STRENGTHS; i++)
        for (unsigned minute = 0; minute < PZ_STRENGTH_MINUTES; minute++) {
            double count = (double)growth->hours[h].strengths[i * PZ_STRENGTH_MINUTES + minute];
            sum += count > 0 ? count * pz_growth_strength_odds(growth, h, minute, i, share) : 0;
        }
    return sum;
}

/* The weight of a first source that is not listed: in recorded hours, one of those that are left out; in other
 * hours, one that nobody saw. */
struct unlisted {
    double left_out, none; /* logarithms */
};

/* log of the sum over the shares of `factors`, or of `factor` if that is NULL, times the weight for a first source
 * at t0. */
static double weigh(const struct supposed *supposed, double t0, size_t own, double factor, const double *factors)
{
    double sums[SHARES], sum = -INFINITY;
    log_start(supposed, t0, own, sums);
    for (int s = 0; s < SHARES; s++)
        sum = pz_log_sum(sum, supposed->gains[s] + log(factors ? factors[s] * factor : factor) + sums[s]);
    return sum;
}

/* `listed`: for each hour and share, the odds of the listed sources. */
static struct unlisted weigh_unlisted(const struct supposed *supposed, const double *listed)
{
    const struct pz_growth *growth = supposed->growth;
    const double step = 0.25, wide = 1;
    struct unlisted unlisted = {-INFINITY, -INFINITY};
    double before = growth->nhours ? fmin(growth->hours[0].hour, growth->end) : growth->begin;
    for (double t = growth->begin + wide / 2; t < before; t += wide)
        unlisted.none = pz_log_sum(unlisted.none, weigh(supposed, t, SIZE_MAX, vanished * wide, NULL));
    if (growth->gap > 0) /* it came in the gap, and is heard with many others after it */
        unlisted.none = pz_log_sum(unlisted.none, weigh(supposed, growth->end, SIZE_MAX, growth->gap, NULL));
    for (size_t h = supposed->first_hour; h < supposed->end_hour; h++) {
        const struct pz_growth_hour *hour = &growth->hours[h];
        double rest[SHARES], dark = 1 - lit(hour), until = fmin(hour->hour + (double)hour->nhours, growth->end);
        for (size_t s = 0; s < SHARES; s++)
            rest[s] = fmax(odds_in(growth, h, supposed->shares[s]) - listed[h * SHARES + s], 0) +
                      supposed->weak * lit(hour) * hour->nhours;
        for (double t = fmax(hour->hour, growth->begin) + step / 2; t < until; t += step) {
            if (dark > 0)
                unlisted.none = pz_log_sum(unlisted.none, weigh(supposed, t, SIZE_MAX, vanished * step * dark, NULL));
            unlisted.left_out = pz_log_sum(unlisted.left_out, weigh(supposed, t, SIZE_MAX, step / hour->nhours, rest));
        }
    }
    return unlisted;
}

void pz_growth_first(struct pz_growth *growth, struct pz_growth_source *sources, size_t n)
{
    struct supposed supposed;
    double *listed = pz_alloc(growth->nhours * SHARES * sizeof *listed), quiet = -INFINITY, most, sum;
    suppose(&supposed, growth);
    for (int s = 0; s < SHARES; s++) /* beside all these: that there is no outbreak */
        quiet = pz_log_sum(quiet, supposed.gains[s] + log(24 / PZ_GROWTH_ABOUT * (1 - PZ_GROWTH_ABOUT)));
    most = quiet;
    for (size_t i = 0, h = 0; i < n; i++) {
        struct pz_growth_source *source = &sources[i];
        unsigned group = pz_target_group(source->targets);
        while (h + 1 < growth->nhours && growth->hours[h + 1].hour <= source->onset)
            h++;
        double odds = pz_growth_odds(growth, h, source->onset, group) * pz_growth_likelier(source->llr);
        source->worm = source->old ? 0 : odds / (1 + odds);
        source->now = -INFINITY;
        if (source->old || source->onset < growth->begin || source->onset > growth->end)
            continue;
        double as_first[SHARES];
        unsigned minute = (unsigned)fmin((source->onset - growth->hours[h].hour) * 60, PZ_STRENGTH_MINUTES - 1);
        for (size_t s = 0; s < SHARES; s++) {
            as_first[s] = pz_growth_strength_odds(growth, h, minute, pz_strength(source->llr), supposed.shares[s]);
            as_first[s] *= source->shared ? own_onset : 1;
            listed[h * SHARES + s] += as_first[s];
        }
        source->now = weigh(&supposed, source->onset, event_of(growth, source), 1, as_first);
        most = fmax(most, source->now);
    }
    struct unlisted unlisted = weigh_unlisted(&supposed, listed);
    most = fmax(most, fmax(unlisted.none, unlisted.left_out));
    growth->none = exp(unlisted.none - most) + exp(quiet - most);
    growth->left_out = exp(unlisted.left_out - most);
    sum = growth->none + growth->left_out;
    for (size_t i = 0; i < n; i++)
        sum += sources[i].first = exp(sources[i].now - most);
    for (size_t i = 0; i < n; i++)
        sources[i].first /= sum;
    growth->none /= sum;
    growth->left_out /= sum;
    forget(&supposed);
    free(listed);
}
