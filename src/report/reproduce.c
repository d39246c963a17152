/* SPDX-License-Identifier: BSD-2-Clause */
/* Each number of the outbreak profile for which there is a rule, here or in reproduce_behaviour.c, gives a row of
 * reproduction.csv, in the order of the profile. */
#include "report/report.h"

#include "base/time.h"
#include "report/comparison.h"
#include "report/figure.h"

#include <math.h>
#include <stdio.h>

enum { HOUR = PZ_SECONDS_PER_HOUR };
#define DAY PZ_DAY_SECONDS

/* The same captures give the same numbers, but for rules of the page that are not published (which packets are scans,
 * what of the lens was in use). One percent allows for these. */
enum { COUNT_TOLERANCE = 1, ROUGH_TOLERANCE = 25 };

/* Compares ours with a published count, if the data have one. */
static void compare_count(const struct pz_reproduction *work, struct pz_comparison *row, const struct pz_point *ours)
{
    if (ours)
        pz_compare_count(work, row, ours->value, COUNT_TOLERANCE);
}

static void most(const struct pz_reproduction *work, struct pz_comparison *row)
{
    compare_count(work, row, pz_series_most(&work->hourly, row->number->begin, row->number->end));
}

/* The hour with the most sources, of those that another number is about. */
static void time_of_most(const struct pz_reproduction *work, struct pz_comparison *row)
{
    const struct pz_published *most = pz_number_of(work, row->of);
    const struct pz_point *point = pz_series_most(&work->hourly, most->begin, most->end);
    row->covered = most->end ? pz_series_covers(&work->hourly, most->begin, most->end) : PZ_COVERED_NO;
    if (point)
        pz_compare_time(row, point->second, HOUR);
}

static void hour(const struct pz_reproduction *work, struct pz_comparison *row)
{
    compare_count(work, row, pz_series_at(&work->hourly, row->number->begin));
}

static void first_hour(const struct pz_reproduction *work, struct pz_comparison *row)
{
    const struct pz_series *hourly = &work->hourly;
    if (!hourly->n || hourly->points[0].second >= row->number->begin + DAY)
        return;
    row->covered = PZ_COVERED_YES;
    pz_compare_time(row, hourly->points[0].second / DAY * DAY, DAY);
}

static bool median_of(const struct pz_reproduction *work, const struct pz_published *number, double *median)
{
    return pz_series_median(&work->hourly, number->begin, number->end, median);
}

static void first_week(const struct pz_reproduction *work, struct pz_comparison *row)
{
    double median, low = pz_expected_noise(work, row->low), high = pz_expected_noise(work, row->high);
    snprintf(row->published, sizeof row->published, "%.0f-%.0f", low, high);
    row->expected = low;
    row->low = floor(low);
    row->high = ceil(high);
    if (median_of(work, row->number, &median)) {
        pz_compare_count(work, row, median, 0); /* for the number of cases */
        pz_compare_range(row, median, 0);
    }
}

static void background(const struct pz_reproduction *work, struct pz_comparison *row)
{
    double median;
    if (median_of(work, row->number, &median))
        pz_compare_count(work, row, median, ROUGH_TOLERANCE);
}

/* An hour's background as a share of the sources of the first day, or of its highest hour. It is in proportion to the
 * noise. */
static void background_share(const struct pz_reproduction *work, struct pz_comparison *row)
{
    int64_t begin = work->results->outbreak->begin;
    double median;
    const struct pz_point *sources = strcmp(row->of, "daily") == 0 ? pz_series_at(&work->daily, begin)
                                                                   : pz_series_most(&work->hourly, begin, begin + DAY);
    bool known = median_of(work, pz_number_of(work, "S4"), &median) && sources && sources->value > 0;
    row->covered = known && row->covered == PZ_COVERED_YES ? PZ_COVERED_YES : PZ_COVERED_NO;
    row->high *= fmax(1, work->results->synthetic.noise);
    if (known) {
        pz_compare_range(row, 100 * median / sources->value, 2);
        pz_compare_cases(work, row, median, 2);
    }
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
    const struct pz_published *number = pz_number_of(work, "S3");
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
    const struct pz_published *peak = pz_number_of(work, "S6a"), *when = pz_number_of(work, "S6b");
    double hours = (double)(when->begin - outbreak->first_scan) / HOUR;
    return peak->count > 1 && hours > 0 ? pow(peak->count, 1 / hours) : 2;
}

static void rise(const struct pz_reproduction *work, struct pz_comparison *row)
{
    int64_t begin = row->number->begin, second;
    double before = most_before(work);
    row->covered = pz_series_covers(&work->hourly, begin - DAY / 2, begin + 8 * HOUR);
    if (before > 0 && find_rise(&work->hourly, begin, before, &second)) {
        pz_compare_time(row, second, HOUR);
        pz_compare_cases(work, row, before, growth(work));
    }
}

/* How often each hour of the day was the highest, on whole days from the day after the outbreak to the year's end. */
static void daily_peak(const struct pz_reproduction *work, struct pz_comparison *row)
{
    const struct pz_csv_table *diurnal = pz_results_table(work->results, "diurnal");
    size_t counts[24] = {0}, usual = 0, days = 0;
    for (size_t i = 0; diurnal && i < diurnal->nrows; i++) {
        int64_t second;
        double peak;
        if (!pz_csv_table_time(diurnal, i, "day", &second) || second <= row->number->begin ||
            second >= row->number->end || !pz_csv_table_number(diurnal, i, "peak_hour", &peak) ||
            !pz_csv_table_is(diurnal, i, "status", "whole"))
            continue;
        days++;
        counts[(size_t)peak % 24]++;
    }
    for (size_t i = 0; i < 24; i++)
        if (counts[i] > counts[usual]) /* of several the first, as Figure 3 has it */
            usual = i;
    row->covered = days >= 7 ? PZ_COVERED_YES : days ? PZ_COVERED_PART : PZ_COVERED_NO;
    if (days)
        pz_compare_range(row, (double)usual, 0);
}

/* The day whose sources exceed the mean of the three days before by 15 %: day by day, hence without the rhythm. */
static void second_rise(const struct pz_reproduction *work, struct pz_comparison *row)
{
    int64_t begin = row->number->begin;
    row->covered = pz_series_covers(&work->hourly, begin - 5 * DAY, begin + 3 * DAY);
    for (int64_t day = begin - 2 * DAY; day < begin + 7 * DAY; day += DAY) {
        double before, now;
        if (!pz_series_mean(&work->hourly, day - 3 * DAY, day, &before) ||
            !pz_series_mean(&work->hourly, day, day + DAY, &now) || now < 1.15 * before)
            continue;
        pz_compare_time(row, day, DAY);
        break;
    }
}

static void never(const struct pz_reproduction *work, struct pz_comparison *row)
{
    (void)work;
    row->never = true;
}

/* Whether the overlap at hand is that of one day alone. */
static bool is_of_day(struct pz_results *results, int64_t day)
{
    const struct pz_csv_table *table = pz_results_table(results, "overlap");
    int64_t until;
    return table && table->nrows && pz_csv_table_time(table, 0, "until", &until) && until == day + DAY;
}

static void overlap(const struct pz_reproduction *work, struct pz_comparison *row)
{
    struct pz_series overlap = pz_series_of(work->results, "overlap", row->of, DAY);
    const struct pz_point *point =
        is_of_day(work->results, row->number->begin) ? pz_series_at(&overlap, row->number->begin) : NULL;
    row->covered = point ? PZ_COVERED_YES : PZ_COVERED_NO;
    compare_count(work, row, point);
    pz_series_release(&overlap);
}

static void day(const struct pz_reproduction *work, struct pz_comparison *row)
{
    row->covered = pz_series_covers(&work->daily, row->number->begin, row->number->end);
    compare_count(work, row, pz_series_at(&work->daily, row->number->begin));
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
static void since_then(const struct pz_reproduction *work, struct pz_comparison *row)
{
    const struct pz_csv_table *lens = pz_results_table(work->results, "lens");
    const int64_t begin = work->results->outbreak->begin;
    double before = most_before(work), first_lens = 0, n = 0, high = 0, sources;
    int64_t second;
    for (size_t i = 0; lens && i < lens->nrows; i++)
        if (pz_csv_table_time(lens, i, "hour", &second) && second >= begin && second < begin + DAY)
            first_lens = fmax(first_lens, lens_at(lens, i));
    for (size_t i = 0; lens && i < lens->nrows; i++) {
        if (!pz_csv_table_time(lens, i, "hour", &second) || second < row->number->begin || second >= row->number->end ||
            !pz_csv_table_number(lens, i, "sources", &sources) || 2 * lens_at(lens, i) < first_lens ||
            !pz_csv_table_is(lens, i, "status", "whole"))
            continue;
        n++;
        high += sources > before;
    }
    if (n > 0) {
        pz_compare_range(row, 100 * high / n, 1);
        pz_compare_cases(work, row, before, 10); /* the page's Figure 1 shows twenty times as many */
    }
}

static const struct pz_rule rules[] = {
    {"S1", NULL, first_hour},
    {"S2", NULL, first_week},
    {"S3", NULL, most},
    {"S4", NULL, background},
    {"S5a", "hourly", background_share},
    {"S5b", "daily", background_share},
    {"S6a", NULL, most},
    {"S6b", "S6a", time_of_most},
    {"S6c", NULL, hour},
    {"S7a", NULL, most},
    {"S7b", "S7a", time_of_most},
    {"S7c", NULL, hour},
    {"S8", NULL, rise},
    {"S9", NULL, daily_peak},
    {"S15", NULL, second_rise},
    {"S16a", NULL, day},
    {"S16b", "others", overlap},
    {"S16c", "both", overlap},
    {"S17", NULL, never},
    {"S18", NULL, never},
    {"S21", NULL, since_then},
    {0},
};

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

/* Writes the row of a number, if there is a rule for it. */
static bool put_row(const struct pz_reproduction *work, const struct pz_rule *rule, const struct pz_published *number)
{
    while (rule->id && strcmp(rule->id, number->id) != 0)
        rule++;
    if (rule->id) {
        struct pz_comparison row = pz_comparison_of(work, number);
        row.of = rule->of;
        rule->fill(work, &row);
        pz_comparison_write(work, &row);
    }
    return rule->id;
}

void pz_reproduce(struct pz_results *results, struct pz_buf *to)
{
    struct pz_csv csv;
    pz_csv_begin(&csv, &pz_schema_reproduction, NULL, to);
    struct pz_reproduction work = {.results = results,
                                   .csv = &csv,
                                   .hourly = pz_series_of(results, "hourly", "sources", HOUR),
                                   .daily = pz_series_of(results, "daily", "sources", DAY),
                                   .new_sources = pz_series_of(results, "reachable", "new_sources", PZ_BIN),
                                   .new_reachable = pz_series_of(results, "reachable", "new_reachable", PZ_BIN)};
    pz_attempts_count(results, &work.attempts);
    for (const struct pz_published *number = results->outbreak->published; number->id; number++)
        if (!put_row(&work, rules, number))
            put_row(&work, pz_rules_of_behaviour, number);
    pz_series_release(&work.hourly);
    pz_series_release(&work.daily);
    pz_series_release(&work.new_sources);
    pz_series_release(&work.new_reachable);
}
