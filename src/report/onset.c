/* SPDX-License-Identifier: BSD-2-Clause */
/* The candidates and their chances, the minutes in which sources were first seen, the hours without a record, and the
 * outbreak's growth come from tables. worm/origin.h weighs them; here its input is read, and its result summed up. */
#include "report/onset.h"

#include "base/time.h"

#include <math.h>
#include <stdlib.h>

/* When each source was seen first, in hours; within a minute, evenly. The caller frees. */
static double *read_minutes(const struct pz_csv_table *table, size_t *n)
{
    double count, *hours = NULL;
    int64_t second;
    *n = 0;
    for (size_t row = 0; row < table->nrows; row++)
        if (pz_csv_table_number(table, row, "candidates", &count) && count < 1e9 &&
            pz_csv_table_time(table, row, PZ_FIRST_COLUMN, &second))
            for (double i = 0; i < count; i++) {
                hours = pz_room(hours, *n, sizeof *hours);
                hours[(*n)++] = ((double)second + (i + 0.5) / count * 60) / PZ_SECONDS_PER_HOUR;
            }
    return hours;
}

/* Attempts of a candidate, and how many an hour: of the hours in which it scanned, the first from its onset on. False
 * if they aren't known. */
static bool rate_of(const struct pz_csv_table *table, size_t row, double *attempts, double *rate)
{
    const double least = 1.0 / 60;
    double hours;
    int64_t onset;
    if (!pz_csv_table_number(table, row, "attempts", attempts) || !pz_csv_table_number(table, row, "hours", &hours) ||
        !pz_csv_table_time(table, row, "onset", &onset) || !(hours > 0) || !(*attempts > 0))
        return false;
    hours -= (double)(onset % PZ_SECONDS_PER_HOUR) / PZ_SECONDS_PER_HOUR;
    *rate = *attempts / fmax(hours, least);
    return true;
}

static double mean_rate(const struct pz_csv_table *table)
{
    double worm, attempts, rate, sum = 0, n = 0;
    for (size_t row = 0; row < table->nrows; row++)
        if (pz_csv_table_number(table, row, "probability_worm", &worm) && worm > 0.99 &&
            rate_of(table, row, &attempts, &rate)) {
            sum += rate;
            n++;
        }
    return n > 0 ? sum / n : 0;
}

/* Whether all of the growth from `from` to `to`, and the hour before it, was recorded. After a gap many sources are
 * seen first within minutes that came in the gap. */
static bool recorded(const struct pz_csv_table *hourly, double from, double to)
{
    int64_t second;
    for (size_t row = 0; row < hourly->nrows; row++)
        if (pz_csv_table_time(hourly, row, PZ_FIRST_COLUMN, &second) &&
            (double)second >= (floor(from) - 1) * PZ_SECONDS_PER_HOUR && (double)second <= to * PZ_SECONDS_PER_HOUR &&
            !pz_csv_table_is(hourly, row, "status", "whole"))
            return false;
    return true;
}

/* The last gap before a source was seen. Where in an hour nothing was recorded isn't known: in the first hour of a gap
 * it is taken to be the last part, and in the last the first. */
static void find_gap(const struct pz_csv_table *hourly, struct pz_origin_first *first)
{
    const double hour = PZ_SECONDS_PER_HOUR, seen = first->seen * hour;
    double covered, begin = 0, end = 0, from = 0,
                    until = 0; /* of the gap that goes on; and of the last before `seen` */
    int64_t second, next;
    for (size_t row = 0; row < hourly->nrows; row++) {
        if (!pz_csv_table_time(hourly, row, PZ_FIRST_COLUMN, &second) ||
            !pz_csv_table_number(hourly, row, "covered_seconds", &covered) || covered >= hour)
            continue;
        bool goes_on = (double)second == end;
        if (!goes_on)
            begin = (double)second + covered;
        /* A row without a record may stand for many hours. */
        end = row + 1 < hourly->nrows && pz_csv_table_time(hourly, row + 1, PZ_FIRST_COLUMN, &next)
                  ? (double)next
                  : (double)second + hour;
        if (begin < seen) {
            from = begin;
            until = goes_on ? end - covered : end;
        }
    }
    if (until > seen) { /* it lies in the hour in which the source was seen, and is taken to end then */
        from -= until - seen;
        until = seen;
    }
    first->gap_from = from / hour;
    first->gap_until = until / hour;
}

static void read_firsts(const struct pz_csv_table *table, const struct pz_csv_table *hourly, struct pz_onset *known)
{
    const double least = 1e-4;
    double mean = mean_rate(table);
    int64_t second;
    known->firsts = pz_alloc((table->nrows + 1) * sizeof *known->firsts);
    for (size_t row = 0; row < table->nrows; row++) {
        struct pz_origin_first *first = &known->firsts[known->nfirsts];
        if (!pz_csv_table_number(table, row, "probability_first", &first->chance) || first->chance < least ||
            !pz_csv_table_time(table, row, "onset", &second) || !rate_of(table, row, &first->attempts, &first->rate))
            continue;
        first->seen = ((double)second + 1) / PZ_SECONDS_PER_HOUR;
        first->growth = (struct pz_origin){.share = known->share, .first_rate = mean > 0 ? first->rate / mean : 0};
        find_gap(hourly, first);
        size_t from = 0;
        while (from < known->nhours && known->hours[from] < first->seen)
            from++;
        first->grown = pz_origin_fit(&first->growth, known->hours + from, known->nhours - from) &&
                       recorded(hourly, first->growth.from, first->growth.to);
        known->nfirsts++;
    }
}

/* What speaks for the likeliest first, and how much of the chance the list has. */
static void sum_up(const struct pz_csv_table *table, struct pz_onset *known)
{
    for (size_t i = 0; i < known->nfirsts; i++)
        known->listed += known->firsts[i].chance;
    for (size_t row = 0; row < table->nrows; row++) {
        double llr;
        int64_t second;
        if (pz_csv_table_number(table, row, "evidence", &llr) && llr >= PZ_ONSET_STRONG &&
            pz_csv_table_time(table, row, "onset", &second)) {
            known->first_strong = known->nstrong && known->first_strong < second ? known->first_strong : second;
            known->nstrong++;
        }
    }
}

bool pz_onset_find(struct pz_onset *known, struct pz_results *results, double share)
{
    const struct pz_csv_table *minutes = pz_results_table(results, "outbreak"),
                              *candidates = pz_results_table(results, "candidates"),
                              *chances = pz_results_table(results, "first"),
                              *hourly = pz_results_table(results, "hourly");
    *known = (struct pz_onset){.share = share};
    if (!results->outbreak || !minutes || !candidates || !chances || !hourly)
        return false;
    known->hours = read_minutes(minutes, &known->nhours);
    read_firsts(candidates, hourly, known);
    pz_csv_table_number(chances, pz_csv_table_find(chances, "first", "none"), "probability", &known->none);
    sum_up(candidates, known);
    known->state = !known->nhours                              ? PZ_ONSET_NO_OUTBREAK
                   : known->listed < 1 - PZ_ONSET_MOST_UNKNOWN ? PZ_ONSET_UNKNOWN
                                                               : PZ_ONSET_STATED;
    if (known->state == PZ_ONSET_STATED)
        known->interval = pz_origin_interval(known->firsts, known->nfirsts, share);
    return true;
}

/* In hours. A double of hours since 1970 is exact to a millionth of a second, so smaller differences mean nothing. */
static const double ROUNDING = 1e-4;

int64_t pz_onset_earliest(const struct pz_onset *known)
{
    return (int64_t)floor(known->interval.earliest * PZ_SECONDS_PER_HOUR + ROUNDING);
}

int64_t pz_onset_latest(const struct pz_onset *known)
{
    return (int64_t)ceil(known->interval.latest * PZ_SECONDS_PER_HOUR - ROUNDING);
}

int64_t pz_onset_best(const struct pz_onset *known)
{
    return (int64_t)floor(known->interval.best * PZ_SECONDS_PER_HOUR + 0.5);
}

int64_t pz_onset_seen(const struct pz_onset *known)
{
    return (int64_t)floor(known->firsts[0].seen * PZ_SECONDS_PER_HOUR + 0.5) - 1; /* `seen` is its second's end */
}

void pz_onset_release(struct pz_onset *known)
{
    free(known->hours);
    free(known->firsts);
}
