/* SPDX-License-Identifier: BSD-2-Clause */
/* Each row of reproduction.csv is computed here and compared with the number of the same id in the outbreak profile. A
 * row without a number in the profile isn't written. */
#include "report/reproduce.h"

#include "base/time.h"
#include "report/comparison.h"
#include "report/figure.h"
#include "report/reproduce_behaviour.h"

#include <math.h>
#include <stdio.h>

enum { HOUR = PZ_SECONDS_PER_HOUR };
#define DAY PZ_DAY_SECONDS

/* The same captures give the same numbers, but for rules of the page that are not published (which packets are scans,
 * what of the lens was in use). One percent allows for these. */
enum { COUNT_TOLERANCE = 1, ROUGH_TOLERANCE = 25 };

/* Compares ours with a published count, if the data have one. */
static void put_count(const struct pz_reproduction *work, struct pz_comparison *row, const struct pz_point *ours)
{
    if (ours)
        pz_compare_count(work, row, pz_expected(work, row->number), ours->value, COUNT_TOLERANCE);
    pz_comparison_write(work, row);
}

static void put_most(const struct pz_reproduction *work, const char *id)
{
    struct pz_comparison row = pz_comparison_of(work, id);
    put_count(work, &row, pz_series_most(&work->hourly, row.number->begin, row.number->end));
}

/* The hour with the most sources, of those that the number `of` is about. */
static void put_time_of_most(const struct pz_reproduction *work, const char *id, const char *of)
{
    struct pz_comparison row = pz_comparison_of(work, id), most = pz_comparison_of(work, of);
    const struct pz_point *point = pz_series_most(&work->hourly, most.number->begin, most.number->end);
    row.covered = most.covered;
    if (point)
        pz_compare_time(&row, row.number->begin, point->second, HOUR, 0);
    pz_comparison_write(work, &row);
}

static void put_hour(const struct pz_reproduction *work, const char *id)
{
    struct pz_comparison row = pz_comparison_of(work, id);
    put_count(work, &row, pz_series_at(&work->hourly, row.number->begin));
}

/* An hour's background as a share of the sources of the first day. It is in proportion to the noise. */
static void put_share(const struct pz_reproduction *work, const char *id, bool known, double background, double sources)
{
    struct pz_comparison row = pz_comparison_of(work, id);
    known = known && sources > 0;
    row.covered = known && row.covered == PZ_COVERED_YES ? PZ_COVERED_YES : PZ_COVERED_NO;
    if (known)
        pz_compare_range(&row, row.number->low, row.number->high * fmax(1, work->results->synthetic.noise),
                         100 * background / sources, 2);
    if (known && work->results->synthetic.any) {
        row.cases = background;
        row.needed = pz_cases_for_factor(2);
    }
    pz_comparison_write(work, &row);
}

static void background(const struct pz_reproduction *work)
{
    const struct pz_series *hourly = &work->hourly;
    double median;
    struct pz_comparison row = pz_comparison_of(work, "S1");
    if (hourly->n && hourly->points[0].second < row.number->begin + DAY) {
        row.covered = PZ_COVERED_YES;
        pz_compare_time(&row, row.number->begin, hourly->points[0].second / DAY * DAY, DAY, 0);
    }
    pz_comparison_write(work, &row);

    row = pz_comparison_of(work, "S2");
    double low = pz_expected_noise(work, row.number->low), high = pz_expected_noise(work, row.number->high);
    snprintf(row.published, sizeof row.published, "%.0f-%.0f", low, high);
    if (pz_series_median(hourly, row.number->begin, row.number->end, &median)) {
        pz_compare_count(work, &row, low, median, 0); /* for the number of cases */
        pz_compare_range(&row, floor(low), ceil(high), median, 0);
    }
    pz_comparison_write(work, &row);

    put_most(work, "S3");

    row = pz_comparison_of(work, "S4");
    bool known = pz_series_median(hourly, row.number->begin, row.number->end, &median);
    if (known)
        pz_compare_count(work, &row, pz_expected(work, row.number), median, ROUGH_TOLERANCE);
    pz_comparison_write(work, &row);

    int64_t first_day = work->results->outbreak->begin;
    const struct pz_point *peak = pz_series_most(hourly, first_day, first_day + DAY);
    const struct pz_point *day = pz_series_at(&work->daily, first_day);
    put_share(work, "S5a", known, median, peak ? peak->value : 0);
    put_share(work, "S5b", known, median, day ? day->value : 0);
}

/* The first hour from noon before on that has more sources than `most`, and so have the two after it. */
static bool find_rise(const struct pz_series *hourly, int64_t midnight, double most, int64_t *second)
{
    for (int64_t at = midnight - DAY / 2; at < midnight + DAY; at += HOUR) {
        bool risen = true;
        for (int i = 0; i < 3 && risen; i++) {
            const struct pz_point *point = pz_series_at(hourly, at + i * HOUR);
            risen = point && point->value > most;
        }
        *second = at;
        if (risen)
            return true;
    }
    return false;
}

/* The most sources of an hour before the outbreak. With less than a day of such hours, the published number, plus three
 * standard deviations for thinned data. */
static double most_before(const struct pz_reproduction *work)
{
    const struct pz_published *number = pz_comparison_of(work, "S3").number;
    int64_t begin = work->results->outbreak->begin;
    const struct pz_point *most = pz_series_most(&work->hourly, number->begin, begin - DAY / 2);
    double published = pz_expected_noise(work, number->count);
    if (most && pz_series_covers(&work->hourly, begin - 2 * DAY, begin - DAY) == PZ_COVERED_YES)
        return most->value;
    return published + (work->results->synthetic.any ? 3 * sqrt(published) : 0);
}

/* From the first scan to the highest hour of the first day, growth is at least a factor of 2.1 an hour: so precisely
 * must a count be known for its hour to be known. */
static double growth(const struct pz_reproduction *work)
{
    const struct pz_outbreak *outbreak = work->results->outbreak;
    const struct pz_published *peak = pz_comparison_of(work, "S6a").number,
                              *when = pz_comparison_of(work, "S6b").number;
    double hours = (double)(when->begin - outbreak->first_scan) / HOUR;
    return peak->count > 1 && hours > 0 ? pow(peak->count, 1 / hours) : 2;
}

static void rise(const struct pz_reproduction *work)
{
    struct pz_comparison row = pz_comparison_of(work, "S8");
    int64_t begin = row.number->begin, second;
    double most = most_before(work);
    row.covered = pz_series_covers(&work->hourly, begin - DAY / 2, begin + 8 * HOUR);
    if (most > 0 && find_rise(&work->hourly, begin, most, &second)) {
        pz_compare_time(&row, begin, second, HOUR, (int)((row.number->end - begin) / HOUR));
        if (work->results->synthetic.any) {
            row.cases = most;
            row.needed = pz_cases_for_factor(growth(work));
        }
    }
    pz_comparison_write(work, &row);
}

static void december(const struct pz_reproduction *work)
{
    /* How often each hour of the day was the highest, on whole days from the day after the outbreak to the year's end.
     */
    const struct pz_csv_table *diurnal = pz_results_table(work->results, "diurnal");
    struct pz_comparison row = pz_comparison_of(work, "S9");
    size_t counts[24] = {0}, usual = 0, days = 0;
    for (size_t i = 0; diurnal && i < diurnal->nrows; i++) {
        int64_t second;
        double peak;
        if (!pz_csv_table_time(diurnal, i, "day", &second) || second <= row.number->begin ||
            second >= row.number->end || !pz_csv_table_number(diurnal, i, "peak_hour", &peak) ||
            !pz_csv_table_is(diurnal, i, "status", "whole"))
            continue;
        days++;
        counts[(size_t)peak % 24]++;
    }
    for (size_t hour = 0; hour < 24; hour++)
        if (counts[hour] > counts[usual]) /* of several the first, as Figure 3 has it */
            usual = hour;
    row.covered = days >= 7 ? PZ_COVERED_YES : days ? PZ_COVERED_PART : PZ_COVERED_NO;
    if (days)
        pz_compare_range(&row, row.number->low, row.number->high, (double)usual, 0);
    pz_comparison_write(work, &row);

    /* The day whose sources exceed the mean of the three days before by 15 %: day by day, hence without the rhythm. */
    row = pz_comparison_of(work, "S15");
    int64_t begin = row.number->begin;
    row.covered = pz_series_covers(&work->hourly, begin - 5 * DAY, begin + 3 * DAY);
    for (int64_t day = begin - 2 * DAY; day < begin + 7 * DAY; day += DAY) {
        double before, now;
        if (!pz_series_mean(&work->hourly, day - 3 * DAY, day, &before) ||
            !pz_series_mean(&work->hourly, day, day + DAY, &now) || now < 1.15 * before)
            continue;
        pz_compare_time(&row, begin, day, DAY, (int)((row.number->end - begin) / DAY));
        break;
    }
    pz_comparison_write(work, &row);
}

static void put_never(const struct pz_reproduction *work, const char *id)
{
    struct pz_comparison row = pz_comparison_of(work, id);
    row.never = true;
    pz_comparison_write(work, &row);
}

/* Whether the overlap at hand is that of one day alone. */
static bool is_of_day(struct pz_results *results, int64_t day)
{
    const struct pz_csv_table *table = pz_results_table(results, "overlap");
    int64_t until;
    return table && table->nrows && pz_csv_table_time(table, 0, "until", &until) && until == day + DAY;
}

static void put_overlap(const struct pz_reproduction *work, const char *id, const char *column)
{
    struct pz_comparison row = pz_comparison_of(work, id);
    struct pz_series overlap = pz_series_of(work->results, "overlap", column, DAY);
    const struct pz_point *point =
        is_of_day(work->results, row.number->begin) ? pz_series_at(&overlap, row.number->begin) : NULL;
    row.covered = point ? PZ_COVERED_YES : PZ_COVERED_NO;
    put_count(work, &row, point);
    pz_series_release(&overlap);
}

static void sinkhole(const struct pz_reproduction *work)
{
    struct pz_comparison row = pz_comparison_of(work, "S16a");
    row.covered = pz_series_covers(&work->daily, row.number->begin, row.number->end);
    put_count(work, &row, pz_series_at(&work->daily, row.number->begin));
    put_overlap(work, "S16b", "others");
    put_overlap(work, "S16c", "both");
}

/* /16s that an hour's packets went to, or 0. */
static double lens_at(const struct pz_csv_table *lens, size_t row)
{
    double low, high;
    bool known = pz_csv_table_number(lens, row, "networks_reachable", &low) &&
                 pz_csv_table_number(lens, row, "networks_unreachable", &high);
    return known ? low + high : 0;
}

/* Hours of the first day and later, whole and with a lens as large as on the 21st, and how many of them have more
 * sources than any before. */
static void since_then(const struct pz_reproduction *work)
{
    const struct pz_csv_table *lens = pz_results_table(work->results, "lens");
    struct pz_comparison row = pz_comparison_of(work, "S21");
    const int64_t begin = work->results->outbreak->begin;
    double most = most_before(work), first_lens = 0, n = 0, high = 0, sources;
    int64_t second;
    for (size_t i = 0; lens && i < lens->nrows; i++)
        if (pz_csv_table_time(lens, i, "hour", &second) && second >= begin && second < begin + DAY)
            first_lens = fmax(first_lens, lens_at(lens, i));
    for (size_t i = 0; lens && i < lens->nrows; i++) {
        if (!pz_csv_table_time(lens, i, "hour", &second) || second < row.number->begin || second >= row.number->end ||
            !pz_csv_table_number(lens, i, "sources", &sources) || 2 * lens_at(lens, i) < first_lens ||
            !pz_csv_table_is(lens, i, "status", "whole"))
            continue;
        n++;
        high += sources > most;
    }
    if (n > 0)
        pz_compare_range(&row, row.number->low, row.number->high, 100 * high / n, 1);
    if (n > 0 && work->results->synthetic.any) {
        row.cases = most;
        row.needed = pz_cases_for_factor(10); /* the page's Figure 1 shows twenty times as many */
    }
    pz_comparison_write(work, &row);
}

static const struct pz_column columns[] = {
    {"id", PZ_TYPE_TEXT, .doc = "of the published number"},
    {"quantity", PZ_TYPE_TEXT, .doc = "what the number counts"},
    {"published", PZ_TYPE_TEXT,
     .doc = "of made-up data, counts times their scale: as `synth` marked the captures, or as `report --scale` says"},
    {"ours", PZ_TYPE_TEXT, .doc = "empty if these tables do not tell"},
    {"unit", PZ_TYPE_TEXT, .doc = "of `published` and `ours`"},
    {"difference", PZ_TYPE_TEXT, .doc = "`ours` less `published`; empty if `ours` is"},
    {"tolerance", PZ_TYPE_TEXT,
     .doc = "how much of it passes; empty where `ours` is. After a semicolon: what ours may be by chance, at 95 %"},
    {"cases", PZ_TYPE_TEXT,
     .doc = "how many independent things ours was made of; empty where chance has no part in it"},
    {"needed", PZ_TYPE_TEXT,
     .doc = "how many show, nine times of ten, a difference that matters: of shares ten points, of counts a quarter"},
    {"covered", PZ_TYPE_TEXT,
     .doc = "`yes`, `part`, `no`: whether the captures have what it is about; `never`: no telescope has"},
    {"verdict", PZ_TYPE_TEXT,
     .doc = "`pass`, `differs`, `too few` cases, `open`. What is covered in part can pass, and not differ"},
    {"note", PZ_TYPE_TEXT, .doc = "a remark; may be empty"},
    {0},
};

const struct pz_schema pz_schema_reproduction = {
    "reproduction", "By `patientzero report`: each number of the published page beside ours.", columns};

void pz_reproduce(struct pz_results *results, struct pz_buf *to)
{
    struct pz_csv csv;
    pz_csv_begin(&csv, &pz_schema_reproduction, NULL, to);
    struct pz_reproduction work = {.results = results,
                                   .csv = &csv,
                                   .hourly = pz_series_of(results, "hourly", "sources", HOUR),
                                   .daily = pz_series_of(results, "daily", "sources", DAY)};
    background(&work);
    put_most(&work, "S6a");
    put_time_of_most(&work, "S6b", "S6a");
    put_hour(&work, "S6c");
    put_most(&work, "S7a");
    put_time_of_most(&work, "S7b", "S7a");
    put_hour(&work, "S7c");
    rise(&work);
    december(&work);
    sinkhole(&work);
    since_then(&work);
    pz_reproduce_scanning(&work);
    put_never(&work, "S17");
    put_never(&work, "S18");
    pz_series_release(&work.hourly);
    pz_series_release(&work.daily);
}
