/* SPDX-License-Identifier: BSD-2-Clause */
/* Who was first in an outbreak that was found.
 *
 * Suppose that source i was. Then sources of the worm come from its onset t0 on, W b e^(b (t - t0)) an hour; b and W
 * aren't known, and all of a range are weighed. How likely are the strong sources then, at their times, beside those
 * that others bring? And none came of the worm before. So what was seen long before an outbreak isn't its first,
 * however much its evidence speaks for it. */
#include "worm/growth.h"

#include "base/error.h"
#include "worm/features.h"

#include <math.h>
#include <stdlib.h>

/* Growth an hour, from twice in 2.3 hours to twice in 3.7 minutes: each as likely. A hundred events tell rates apart
 * that differ by a tenth: steps must not be much wider. */
enum { RATES = 27, PACES = 4 };
static const double least_rate = 0.3, rate_step = 1.15;
/* W: how fast the first host scans beside others, chance, and for how long the outbreak hung before it grew, which is
 * the likelier the shorter: so many hours on average. */
static const double least_size = -15, most_size = 3, hung = 1.5;
/* Slow hosts come at a pace of their own before a fast one lets the outbreak grow: so many an hour. */
static const double paces[PACES] = {0, 0.3, 1, 3};

/* A first that came while nothing was recorded, and wasn't heard again: a host of the worm goes on scanning. */
static const double vanished = 0.01;

struct supposed {
    const struct pz_growth *growth;
    double strong, weak; /* of the worm's sources, the part that the events are, and the part below any strength */
    size_t first_hour, end_hour;
    bool dark; /* whether any second of these isn't recorded */
};

static double lit(const struct pz_growth_hour *hour)
{
    return hour->covered_seconds / (3600.0 * hour->nhours);
}

static struct supposed suppose(const struct pz_growth *growth)
{
    struct supposed supposed = {.growth = growth, .first_hour = growth->nhours};
    supposed.weak = 1;
    for (unsigned i = 0; i < PZ_STRENGTHS; i++) {
        supposed.strong += i >= growth->from ? growth->strength_worms[i] : 0;
        supposed.weak = fmax(supposed.weak - growth->strength_worms[i], 0);
    }
    for (size_t h = 0; h < growth->nhours && growth->hours[h].hour < growth->end; h++) {
        if (growth->hours[h].hour + (double)growth->hours[h].nhours <= growth->begin)
            continue;
        supposed.first_hour = h < supposed.first_hour ? h : supposed.first_hour;
        supposed.end_hour = h + 1;
        supposed.dark |= lit(&growth->hours[h]) < 1;
    }
    return supposed;
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
    double rate, growing, steady; /* what is expected for each W, and for each source that comes an hour at a pace */
    size_t n;
    const double *odds, *grown; /* of each event; grown: b e^(b (t - t0)) */
    double pace;
};

/* Times size: log P(events | W, pace) - log P(events | no worm), W being e to `size`. */
static double log_events(const struct after *after, double size)
{
    const double large = 1e200;
    double product = 1, sum = -exp(size) * after->growing - after->pace * after->steady, w = exp(size);
    for (size_t k = 0; k < after->n; k++) {
        product *= 1 + (w * after->grown[k] + after->pace) * after->odds[k];
        if (product > large) {
            sum += log(product);
            product = 1;
        }
    }
    return sum + log(product);
}

/* Near what size the events are likeliest, by Newton's method from where each of them is taken to be the worm's; and
 * how wide around it they are likely. */
static double likeliest_size(const struct after *after, double slope, double *width)
{
    enum { ROUNDS = 3 };
    double size = log((slope + (double)after->n) / fmax(after->growing, 1e-9)), bend = 1;
    for (int round = 0; round < ROUNDS; round++) {
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

static double log_add(double a, double b)
{
    double high = fmax(a, b);
    return high == -INFINITY ? high : high + log(exp(a - high) + exp(b - high));
}

/* log of the mean over W of P(events | W) / P(events | no worm). The prior of log W is exponential, up to most_size. */
static double log_mean(const struct after *after)
{
    enum { SIDE = 4 }; /* steps of one width to either side */
    double slope = 1 / (after->rate * hung), width, sum = -INFINITY;
    double middle = likeliest_size(after, slope, &width),
           norm = log(slope / (1 - exp(-slope * (most_size - least_size))));
    for (int i = -SIDE; i <= SIDE; i++) {
        double size = middle + i * width;
        if (size >= least_size && size <= most_size)
            sum = log_add(sum, log(width) + norm + slope * (size - most_size) + log_events(after, size));
    }
    return sum;
}

/* log P(events | the first came at t0) - log P(events | no worm); `own` is the event that is the first itself. */
static double log_start(const struct supposed *supposed, double t0, size_t own)
{
    const struct pz_growth *growth = supposed->growth;
    const double hopeless = 500;
    size_t from = growth->nevents, n = 0;
    double sum = -INFINITY;
    while (from && growth->events[from - 1].t > t0)
        from--;
    double *odds = pz_alloc((growth->nevents - from + 1) * sizeof *odds),
           *times = pz_alloc((growth->nevents - from + 1) * sizeof *times);
    double *grown = pz_alloc((growth->nevents - from + 1) * sizeof *grown);
    for (size_t k = from; k < growth->nevents; k++) {
        if (k == own)
            continue;
        odds[n] = growth->events[k].odds;
        times[n++] = growth->events[k].t - t0;
    }
    struct after after = {.n = n, .odds = odds, .grown = grown, .steady = supposed->strong * recorded(supposed, 0, t0)};
    for (int i = 0; i < RATES; i++) {
        after.rate = least_rate * pow(rate_step, i);
        after.growing = supposed->strong * recorded(supposed, after.rate, t0);
        if (exp(least_size) * after.growing > hopeless)
            break;
        for (size_t k = 0; k < n; k++)
            grown[k] = after.rate * exp(after.rate * times[k]);
        for (int l = 0; l < PACES; l++) {
            after.pace = paces[l];
            sum = log_add(sum, log_mean(&after));
        }
    }
    free(odds);
    free(times);
    free(grown);
    return sum - log(RATES * PACES);
}

/* The event of a source: the nearest of its strength in its minute. */
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
static double odds_in(const struct pz_growth *growth, size_t h)
{
    double sum = 0;
    for (unsigned i = 0; i < PZ_STRENGTHS; i++) {
        double odds = pz_growth_strength_odds(growth, h, i);
        for (unsigned minute = 0; minute < PZ_STRENGTH_MINUTES; minute++)
            sum += odds * (double)growth->hours[h].strengths[i * PZ_STRENGTH_MINUTES + minute];
    }
    return sum;
}

/* What weighs for a first that isn't listed: in hours that were recorded, one of those that are left out; in others,
 * one that nobody saw. */
struct unlisted {
    double left_out, none; /* logarithms */
};

static struct unlisted weigh_unlisted(const struct supposed *supposed, const double *listed)
{
    const struct pz_growth *growth = supposed->growth;
    const double step = 0.25;
    struct unlisted unlisted = {-INFINITY, -INFINITY};
    double before = growth->nhours ? fmin(growth->hours[0].hour, growth->end) : growth->begin;
    for (double t = growth->begin + step / 2; t < before; t += step)
        unlisted.none = log_add(unlisted.none, log(vanished * step) + log_start(supposed, t, SIZE_MAX));
    if (growth->gap > 0) /* it came in the gap, and is heard with many others after it */
        unlisted.none = log_add(unlisted.none, log(growth->gap) + log_start(supposed, growth->end, SIZE_MAX));
    for (size_t h = supposed->first_hour; h < supposed->end_hour; h++) {
        const struct pz_growth_hour *hour = &growth->hours[h];
        double rest = odds_in(growth, h) - listed[h] + supposed->weak * lit(hour) * hour->nhours, dark = 1 - lit(hour);
        double until = fmin(hour->hour + (double)hour->nhours, growth->end);
        for (double t = fmax(hour->hour, growth->begin) + step / 2; t < until; t += step) {
            double start = log_start(supposed, t, SIZE_MAX);
            if (dark > 0)
                unlisted.none = log_add(unlisted.none, log(vanished * step * dark) + start);
            if (rest > 0)
                unlisted.left_out = log_add(unlisted.left_out, log(step / hour->nhours * rest) + start);
        }
    }
    return unlisted;
}

void pz_growth_first(struct pz_growth *growth, struct pz_growth_source *sources, size_t n)
{
    struct supposed supposed = suppose(growth);
    double *listed = pz_alloc(growth->nhours * sizeof *listed), most = 0, sum;
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
        size_t own = event_of(growth, source);
        double as_first = pz_growth_strength_odds(growth, h, pz_strength(source->llr));
        listed[h] += as_first;
        source->now = log(as_first) + log_start(&supposed, source->onset, own);
        most = fmax(most, source->now);
    }
    struct unlisted unlisted = weigh_unlisted(&supposed, listed);
    /* Beside all these: that there is no outbreak. */
    double quiet = log(24 / PZ_GROWTH_ABOUT * (1 - PZ_GROWTH_ABOUT));
    most = fmax(fmax(most, quiet), fmax(unlisted.none, unlisted.left_out));
    growth->none = exp(unlisted.none - most) + exp(quiet - most);
    growth->left_out = exp(unlisted.left_out - most);
    sum = growth->none + growth->left_out;
    for (size_t i = 0; i < n; i++)
        sum += sources[i].first = exp(sources[i].now - most);
    for (size_t i = 0; i < n; i++)
        sources[i].first /= sum;
    growth->none /= sum;
    growth->left_out /= sum;
    free(listed);
}
