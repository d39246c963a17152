/* SPDX-License-Identifier: BSD-2-Clause */
/* The outbreak is found in the hourly counts of sources with strong evidence: it begins with the first hour from
 * which they grow beyond what others explain. Its growth is then fitted as a rate, from the times of the events; if
 * the beginning lies in a gap of the record, over all times that it may have had. The fit gives the probability that
 * a new source of an hour is the worm's, and from that the probability that a source was the first. docs/method.md
 * derives it. */
#include "worm/growth.h"

#include "base/error.h"
#include "worm/features.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HOURS_PER_DAY = 24 };

/* How the worm's sources divide by targets if it cannot be measured: one source, all in all. */
static const double usual_groups[PZ_GROUPS] = {0.1, 0.1, 0.15, 0.65};

/* Sources of the hour whose evidence is strong enough to show an outbreak. */
static double count_strong(const struct pz_growth *growth, size_t h)
{
    double sum = 0;
    for (unsigned i = growth->from * PZ_STRENGTH_MINUTES; i < PZ_STRENGTH_BINS; i++)
        sum += (double)growth->hours[h].strengths[i];
    return sum;
}

/* The same, if they are new. */
static double strong_of(const struct pz_growth *growth, size_t h)
{
    return growth->hours[h].fresh ? count_strong(growth, h) : 0;
}

/* Others have weak evidence too, so more weak sources are needed. */
static double least_of(const struct pz_growth *growth, double least)
{
    const double weak = 5;
    return growth->from < PZ_SURE ? weak * least : least;
}

struct start {
    size_t first; /* the first hour of growth, or of the gap in which there was growth */
    size_t shown; /* the hour whose sources show the growth: the first of growth, or the first after the gap */
    double gap;   /* hours without a record in which it grew, 0 if there are none */
};

/* Far more strong sources than in the hours before, and still more in the next hour. */
static bool grows(const struct pz_growth *growth, size_t h, double before)
{
    const double least = 10, altogether = 40, times = 4, growing = 1.2;
    double now = strong_of(growth, h), next = strong_of(growth, h + 1);
    return now >= least_of(growth, least) && now >= times * before && next >= growing * now &&
           now + next >= least_of(growth, altogether);
}

static double dark_hours(const struct pz_growth_hour *hour)
{
    return hour->nhours - hour->covered_seconds / 3600.0;
}

/* Far more strong sources after a gap than would have come during it at the earlier rate. Those that came in the gap
 * go on scanning, so all of them are seen in the first hour after it, which may have more than the next. */
static bool grew(const struct pz_growth *growth, size_t h, double before, double gap)
{
    const double least = 40, times = 4;
    double now = count_strong(growth, h);
    return gap > 0 && now >= least_of(growth, least) && now >= times * before * (gap + 1);
}

/* The first hour of growth, or the first hour of a gap of a day or less in which there was growth. */
static bool find_first(const struct pz_growth *growth, struct start *start)
{
    const double longest = HOURS_PER_DAY;
    double sum = 0, n = 0, gap = 0;
    size_t gap_first = 0;
    for (size_t h = 0; h + 1 < growth->nhours; h++) {
        const struct pz_growth_hour *hour = &growth->hours[h];
        double before = n > 0 ? sum / n : 0;
        bool dark = dark_hours(hour) > 0;
        if (dark && gap == 0)
            gap_first = h;
        gap += dark_hours(hour);
        bool in_gap = n > 0 && gap <= longest && grew(growth, h, before, gap);
        bool on_record = grows(growth, h, before) && !(in_gap && gap_first < h);
        *start = on_record ? (struct start){.first = h, .shown = h}
                           : (struct start){.first = gap_first, .shown = h, .gap = gap};
        if (on_record || in_gap)
            return true;
        gap = dark ? gap : 0;
        sum += strong_of(growth, h);
        n += hour->fresh && hour->covered_seconds;
    }
    return false;
}

/* How often others reach each strength: as before the outbreak, together with an expectation that some ten thousand
 * sources outweigh. The first sources of the worm must not be learned as others. Few of them come hours before it
 * grows, and the evidence for these is certain. */
static void measure_others(struct pz_growth *growth, const struct pz_growth_hour *first)
{
    static const double expected[PZ_STRENGTHS] = {1e-2, 2e-3, 3e-4, 4e-5, 4e-6, 5e-7};
    enum { OUTWEIGH = 10000 };
    for (unsigned i = 0; i < PZ_STRENGTHS; i++) {
        const uint32_t apart = i < growth->from ? 2 : 12; /* hours */
        double sources = OUTWEIGH, strong = OUTWEIGH * expected[i];
        for (size_t h = 0; growth->hours[h].hour + apart < first->hour; h++) {
            for (unsigned group = 0; group < PZ_GROUPS; group++)
                sources += growth->news[h][group];
            for (unsigned minute = 0; minute < PZ_STRENGTH_MINUTES; minute++)
                strong += (double)growth->hours[h].strengths[i * PZ_STRENGTH_MINUTES + minute];
        }
        growth->strength_others[i] = strong / sources;
    }
}

/* How the worm's sources divide at the start of the outbreak: by targets and by strength. Those weaker than any
 * strength count as none. */
static void measure_worms(struct pz_growth *growth, const struct start *start)
{
    enum { HOURS = 3 };
    double all = 1, sum = 0, others = 0, *counts = growth->strength_worms;
    memcpy(counts, (double[PZ_STRENGTHS]){0.05, 0.1, 0.3, 0.5, 0.5, 1.5}, sizeof growth->strength_worms);
    for (size_t h = start->shown;
         h < growth->nhours && growth->hours[h].hour < growth->hours[start->shown].hour + HOURS; h++) {
        if (!growth->hours[h].fresh && start->gap == 0)
            continue;
        for (unsigned group = 0; group < PZ_GROUPS; group++) {
            growth->groups[group] += growth->in_group[h][group];
            all += growth->in_group[h][group];
            others += growth->news[h][group] - growth->in_group[h][group];
        }
        for (int i = 0; i < PZ_STRENGTH_BINS; i++)
            counts[i / PZ_STRENGTH_MINUTES] += (double)growth->hours[h].strengths[i];
    }
    for (unsigned group = 0; group < PZ_GROUPS; group++)
        growth->groups[group] /= all;
    for (int i = 0; i < PZ_STRENGTHS; i++)
        sum += counts[i] = fmax(counts[i] - others * growth->strength_others[i], 0.1);
    for (int i = 0; i < PZ_STRENGTHS; i++)
        counts[i] /= fmax(all, sum);
}

static double others_in(const struct pz_growth *growth, size_t h)
{
    double others = 1;
    bool growing = growth->hours[h].hour + HOURS_PER_DAY > growth->end;
    for (unsigned group = 0; group < PZ_GROUPS; group++)
        others += growth->news[h][group] - (growing && growth->hours[h].fresh ? growth->in_group[h][group] : 0);
    return others;
}

/* Half of those that do what the worm does are as strong as it, and half have any strength. */
static double share_of_others(const struct pz_growth *growth, unsigned strength, double alike)
{
    return growth->strength_others[strength] + alike * (growth->strength_worms[strength] + 1.0 / PZ_STRENGTHS) / 2;
}

/* Of the sources that were there before a record, most are seen in its first minutes: how many come in this minute,
 * relative to an even number. */
static double crowded(const struct pz_growth_hour *hour, unsigned minute)
{
    const double even = 20; /* so many sources outweigh */
    double all = 0;
    if (hour->fresh || !hour->minutes)
        return 1;
    for (unsigned i = 0; i < PZ_STRENGTH_MINUTES; i++)
        all += (double)hour->minutes[i];
    return ((double)hour->minutes[minute] * PZ_STRENGTH_MINUTES + even) / (all + even);
}

double pz_growth_strength_odds(const struct pz_growth *growth, size_t h, unsigned minute, unsigned strength,
                               double alike)
{
    double others = others_in(growth, h) * crowded(&growth->hours[h], minute);
    return growth->strength_worms[strength] / (share_of_others(growth, strength, alike) * others);
}

double pz_growth_alike(const struct pz_growth *growth, double alike)
{
    double logs[PZ_STRENGTHS] = {0}, sum = 0, more = 0;
    for (unsigned i = growth->from; i < PZ_STRENGTHS; i++) {
        logs[i] = log(share_of_others(growth, i, alike) / growth->strength_others[i]);
        more += share_of_others(growth, i, alike) - growth->strength_others[i];
    }
    for (size_t k = 0; k < growth->nevents; k++)
        sum += logs[growth->events[k].strength];
    for (size_t h = 0; h < growth->nhours && growth->hours[h].hour < growth->end; h++) {
        const struct pz_growth_hour *hour = &growth->hours[h];
        sum -= more * others_in(growth, h) * fmin((growth->end - hour->hour) / hour->nhours, 1);
        for (unsigned i = 0; hour->hour < growth->begin && i < PZ_STRENGTH_BINS; i++)
            sum += logs[i / PZ_STRENGTH_MINUTES] * (double)hour->strengths[i];
    }
    return sum;
}

/* The events of the hours from `begin` on, before hour `last`. */
static void take_events(struct pz_growth *growth, size_t last)
{
    for (size_t h = 0; h < last; h++) {
        const struct pz_growth_hour *hour = &growth->hours[h];
        if (hour->hour < growth->begin)
            continue;
        growth->events = pz_realloc(growth->events,
                                    (growth->nevents + (size_t)count_strong(growth, h) + 1) * sizeof *growth->events);
        for (unsigned minute = 0; minute < PZ_STRENGTH_MINUTES; minute++) {
            uint64_t count = 0, at = 0;
            for (unsigned i = growth->from; i < PZ_STRENGTHS; i++)
                count += hour->strengths[i * PZ_STRENGTH_MINUTES + minute];
            for (unsigned i = growth->from; i < PZ_STRENGTHS; i++)
                for (uint64_t n = hour->strengths[i * PZ_STRENGTH_MINUTES + minute]; n; n--, at++)
                    growth->events[growth->nevents++] = (struct pz_growth_event){
                        hour->hour + (minute + ((double)at + 0.5) / (double)count) / PZ_STRENGTH_MINUTES, i, minute, h};
        }
    }
}

static size_t events_before(const struct pz_growth *growth, double t)
{
    size_t n = 0;
    while (n < growth->nevents && growth->events[n].t < t)
        n++;
    return n;
}

static double bounded_rate(double rate)
{
    return fmin(fmax(rate, 0.02), 20);
}

/* Growth in a gap: all sure sources before it are one end, those of the hour after it the other. */
static void fit_gap(struct pz_growth *growth, const struct start *start)
{
    const struct pz_growth_hour *first = &growth->hours[start->first];
    growth->end = first->hour + first->covered_seconds / 3600.0;
    growth->gap = start->gap;
    take_events(growth, start->first + 1);
    growth->nevents = events_before(growth, growth->end);
    double before = fmax((double)growth->nevents, 1), after = count_strong(growth, start->shown);
    growth->rate = bounded_rate(log1p(after / before) / growth->gap);
    growth->level = log(growth->rate * before);
}

/* Growth on record: there are events until enough came since its first hour to know how it goes on. The rate of births
 * is their number divided by the sum of the living over time. */
static void fit_rate(struct pz_growth *growth, size_t first)
{
    enum { FEWEST = 15, MOST = 60, PART = 10 };
    double today = 0, exposure = 0;
    size_t last = first;
    for (; last < growth->nhours && growth->hours[last].hour < growth->hours[first].hour + HOURS_PER_DAY; last++)
        today += strong_of(growth, last);
    take_events(growth, last);
    const size_t before = events_before(growth, growth->hours[first].hour),
                 wanted = before + (size_t)fmin(fmax(today / PART, FEWEST), MOST);
    growth->nevents = growth->nevents < wanted ? growth->nevents : wanted;
    growth->end = growth->events[growth->nevents - 1].t;
    for (size_t i = before + 1; i < growth->nevents; i++)
        exposure += (double)(i - before + 1) * (growth->events[i].t - growth->events[i - 1].t);
    const double alive = (double)(growth->nevents - before + 1);
    growth->rate = bounded_rate((alive - 2) / fmax(exposure, 1e-3));
    growth->level = log(growth->rate * alive);
}

void pz_growth_fit(struct pz_growth *growth, const struct pz_growth_hour *hours, size_t nhours)
{
    enum { BEFORE_HOURS = 24 };
    struct start start = {0};
    *growth = (struct pz_growth){.hours = hours,
                                 .nhours = nhours,
                                 .in_group = pz_alloc(nhours * sizeof *growth->in_group),
                                 .news = pz_alloc(nhours * sizeof *growth->news)};
    for (size_t h = 0; h < nhours; h++)
        for (unsigned group = 0; group < PZ_GROUPS; group++) {
            const uint64_t *histogram = hours[h].groups + group * PZ_LLR_BINS;
            for (unsigned bin = 0; bin < PZ_LLR_BINS; bin++)
                growth->news[h][group] += (double)histogram[bin];
            growth->in_group[h][group] = growth->news[h][group] * pz_likeliest_share(histogram);
        }
    memcpy(growth->groups, usual_groups, sizeof growth->groups);
    /* If few targets of a source are seen, as on a /16, no source may reach the highest strength. */
    for (growth->from = PZ_SURE + 1; !growth->found && growth->from > 0;) {
        growth->from--;
        growth->found = find_first(growth, &start);
    }
    if (!growth->found)
        return;
    growth->begin = (double)hours[start.first].hour - BEFORE_HOURS;
    growth->end = hours[start.first].hour;
    measure_others(growth, &hours[start.first]);
    measure_worms(growth, &start);
    if (start.gap > 0)
        fit_gap(growth, &start);
    else
        fit_rate(growth, start.first);
}

void pz_growth_release(struct pz_growth *growth)
{
    free(growth->in_group);
    free(growth->news);
    free(growth->events);
    *growth = (struct pz_growth){0};
}

double pz_growth_odds(const struct pz_growth *growth, size_t h, double t, unsigned group)
{
    double others = growth->news[h][group] + 1, worms = growth->in_group[h][group];
    if (growth->hours[h].hour + HOURS_PER_DAY > growth->end) /* not long before */
        others -= worms;
    if (t >= growth->end)
        return worms / others;
    return exp(fmax(growth->level + growth->rate * (t - growth->end), -600)) * growth->groups[group] / others;
}

void pz_growth_rank(struct pz_growth *growth, struct pz_growth_source *sources, size_t n)
{
    growth->none = growth->left_out = growth->unknown = 0;
    for (size_t i = 0; i < n; i++)
        sources[i].worm = sources[i].first = 0;
    if (growth->found)
        pz_growth_first(growth, sources, n);
    else
        pz_growth_steady(growth, sources, n);
}
