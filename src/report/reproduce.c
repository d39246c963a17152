#include "report/reproduce.h"

#include "base/time.h"
#include "report/compare.h"
#include "report/figure.h"
#include "report/scanning.h"

#include <math.h>
#include <stdio.h>

enum { HOUR = PZ_SECONDS_PER_HOUR };
#define DAY PZ_DAY_SECONDS

/* A telescope counts what it counts: the same captures give the same numbers, but for the page's own rules, which are
 * not published (which packets are scans, what of the lens was in use). A percent is for those. */
enum { COUNT_TOLERANCE = 1, ROUGH_TOLERANCE = 25 };

/* Thinned data scatter as a sample does: three standard deviations of a count. */
static double tolerance_of(const struct pz_results *results, double count)
{
    double scatter = results->scale < 1 && count > 0 ? 300 / sqrt(count) : 0;
    return scatter > COUNT_TOLERANCE ? scatter : COUNT_TOLERANCE;
}

struct work {
    struct pz_results *results;
    struct pz_series hourly, daily;
    struct pz_csv *csv;
};

/* A row on the time that its number is about. */
static struct pz_comparison row_of(const struct work *work, const char *id)
{
    struct pz_comparison row = pz_comparison_of(work->results->outbreak, id, work->results->scale);
    if (row.number->end)
        row.covered = pz_series_covers(&work->hourly, row.number->begin, row.number->end);
    return row;
}

static void put(const struct work *work, const struct pz_comparison *row)
{
    pz_comparison_write(row, work->csv);
}

/* Ours beside a published count, if the data have any. */
static void put_count(const struct work *work, struct pz_comparison *row, const struct pz_point *ours)
{
    double published = row->number->count * work->results->scale;
    if (ours)
        pz_compare_count(row, published, ours->value, tolerance_of(work->results, published));
    put(work, row);
}

static void put_most(const struct work *work, const char *id)
{
    struct pz_comparison row = row_of(work, id);
    put_count(work, &row, pz_series_most(&work->hourly, row.number->begin, row.number->end));
}

/* When the hour with the most was, of those that the number `of` is about. */
static void put_time_of_most(const struct work *work, const char *id, const char *of)
{
    struct pz_comparison row = row_of(work, id), most = row_of(work, of);
    const struct pz_point *point = pz_series_most(&work->hourly, most.number->begin, most.number->end);
    row.covered = most.covered;
    if (point)
        pz_compare_time(&row, row.number->begin, point->second, HOUR);
    put(work, &row);
}

static void put_hour(const struct work *work, const char *id)
{
    struct pz_comparison row = row_of(work, id);
    put_count(work, &row, pz_series_at(&work->hourly, row.number->begin));
}

/* An hour's background as a share of what came on the first day. */
static void put_share(const struct work *work, const char *id, bool known, double background, double sources)
{
    struct pz_comparison row = row_of(work, id);
    known = known && sources > 0;
    row.covered = known && row.covered == PZ_COVERED_YES ? PZ_COVERED_YES : PZ_COVERED_NO;
    if (known)
        pz_compare_range(&row, row.number->low, row.number->high, 100 * background / sources, 2);
    put(work, &row);
}

static void background(const struct work *work)
{
    const struct pz_series *hourly = &work->hourly;
    double scale = work->results->scale, median;
    struct pz_comparison row = row_of(work, "S1");
    if (hourly->n && hourly->points[0].second < row.number->begin + DAY) {
        row.covered = PZ_COVERED_YES;
        pz_compare_time(&row, row.number->begin, hourly->points[0].second / DAY * DAY, DAY);
    }
    put(work, &row);

    row = row_of(work, "S2");
    double low = row.number->low * scale, high = row.number->high * scale;
    snprintf(row.published, sizeof row.published, "%.0f-%.0f", low, high);
    if (pz_series_median(hourly, row.number->begin, row.number->end, &median))
        pz_compare_range(&row, low, high, median, 0);
    put(work, &row);

    put_most(work, "S3");

    row = row_of(work, "S4");
    bool known = pz_series_median(hourly, row.number->begin, row.number->end, &median);
    if (known)
        pz_compare_count(&row, row.number->count * scale, median, ROUGH_TOLERANCE);
    put(work, &row);

    int64_t first_day = work->results->outbreak->begin;
    const struct pz_point *peak = pz_series_most(hourly, first_day, first_day + DAY);
    const struct pz_point *day = pz_series_at(&work->daily, first_day);
    put_share(work, "S5a", known, median, peak ? peak->value : 0);
    put_share(work, "S5b", known, median, day ? day->value : 0);
}

/* The first hour from noon before on that has twice the background, and so have the two after it. */
static bool find_rise(const struct pz_series *hourly, int64_t midnight, double background, int64_t *second)
{
    for (int64_t at = midnight - DAY / 2; at < midnight + DAY; at += HOUR) {
        bool risen = true;
        for (int i = 0; i < 3 && risen; i++) {
            const struct pz_point *point = pz_series_at(hourly, at + i * HOUR);
            risen = point && point->value > 2 * background;
        }
        *second = at;
        if (risen)
            return true;
    }
    return false;
}

static enum pz_verdict verdict_of(const struct pz_published *number, int64_t second)
{
    return second >= number->begin && second <= number->end ? PZ_VERDICT_PASS : PZ_VERDICT_DIFFERS;
}

static void rise(const struct work *work)
{
    const struct pz_series *hourly = &work->hourly;
    struct pz_comparison row = row_of(work, "S8");
    int64_t begin = row.number->begin, second;
    double median;
    row.covered = pz_series_covers(hourly, begin - DAY / 2, begin + 6 * HOUR);
    /* Without the days before, the first hour of the day stands for the background. */
    if (!pz_series_median(hourly, begin - 9 * DAY, begin, &median))
        median = pz_series_at(hourly, begin) ? pz_series_at(hourly, begin)->value : 0;
    if (median > 0 && find_rise(hourly, begin, median, &second)) {
        pz_compare_time(&row, begin, second, HOUR);
        pz_comparison_tolerance(&row);
        row.verdict = verdict_of(row.number, second);
    }
    put(work, &row);
}

static void december(const struct work *work)
{
    /* How often each hour of the day was the highest, on whole days from the day after the outbreak to the year's end. */
    const struct pz_sheet *diurnal = pz_results_sheet(work->results, "diurnal");
    struct pz_comparison row = row_of(work, "S9");
    size_t counts[24] = {0}, usual = 0, days = 0;
    for (size_t i = 0; diurnal && i < diurnal->nrows; i++) {
        int64_t second;
        double peak;
        if (!pz_sheet_time(diurnal, i, 0, &second) || second <= row.number->begin || second >= row.number->end ||
            !pz_sheet_number(diurnal, i, 1, &peak) || strcmp(pz_sheet_text(diurnal, i, 6), "whole") != 0)
            continue;
        days++;
        if (++counts[(size_t)peak % 24] > counts[usual])
            usual = (size_t)peak % 24;
    }
    row.covered = days >= 7 ? PZ_COVERED_YES : days ? PZ_COVERED_PART : PZ_COVERED_NO;
    if (days)
        pz_compare_range(&row, row.number->low, row.number->high, (double)usual, 0);
    pz_comparison_tolerance(&row);
    put(work, &row);

    /* The day whose sources exceed the mean of the three days before by 15 %: day by day, hence without the rhythm. */
    row = row_of(work, "S15");
    int64_t begin = row.number->begin;
    row.covered = pz_series_covers(&work->hourly, begin - 5 * DAY, begin + 3 * DAY);
    for (int64_t day = begin - 2 * DAY; day < begin + 7 * DAY; day += DAY) {
        double before, now;
        if (!pz_series_mean(&work->hourly, day - 3 * DAY, day, &before) ||
            !pz_series_mean(&work->hourly, day, day + DAY, &now) || now < 1.15 * before)
            continue;
        pz_compare_time(&row, begin, day, DAY);
        pz_comparison_tolerance(&row);
        row.verdict = verdict_of(row.number, day);
        break;
    }
    put(work, &row);
}

static void put_never(const struct work *work, const char *id)
{
    struct pz_comparison row = row_of(work, id);
    row.never = true;
    put(work, &row);
}

static void put_overlap(const struct work *work, const char *id, const char *column)
{
    struct pz_comparison row = row_of(work, id);
    struct pz_series overlap = pz_series_of(work->results, "overlap", column, DAY);
    const struct pz_point *point = pz_series_at(&overlap, row.number->begin);
    row.covered = point ? PZ_COVERED_YES : PZ_COVERED_NO;
    put_count(work, &row, point);
    pz_series_release(&overlap);
}

static void sinkhole(const struct work *work)
{
    struct pz_comparison row = row_of(work, "S16a");
    row.covered = pz_series_covers(&work->daily, row.number->begin, row.number->end);
    put_count(work, &row, pz_series_at(&work->daily, row.number->begin));
    put_overlap(work, "S16b", "others");
    put_overlap(work, "S16c", "both");
}

static const struct pz_column columns[] = {
    {"id", PZ_TYPE_TEXT, .doc = "of the number"},
    {"quantity", PZ_TYPE_TEXT, .doc = "what it counts"},
    {"published", PZ_TYPE_TEXT, .doc = "times `--scale` for counts"},
    {"ours", PZ_TYPE_TEXT, .doc = "empty if it can't be told from these tables"},
    {"unit", PZ_TYPE_TEXT, .doc = "of both"},
    {"difference", PZ_TYPE_TEXT, .doc = "ours less the published one; empty where `ours` is"},
    {"tolerance", PZ_TYPE_TEXT, .doc = "how much of it passes; empty where `ours` is"},
    {"covered", PZ_TYPE_TEXT,
     .doc = "`yes`, `part`, `no`: whether the captures have what it is about; `never`: no telescope has"},
    {"verdict", PZ_TYPE_TEXT, .doc = "`pass`, `differs`, `open`. What is covered in part can pass, and not differ"},
    {"note", PZ_TYPE_TEXT, .doc = "may be empty"},
    {0},
};

const struct pz_schema pz_schema_reproduction = {
    "reproduction", "By `patientzero report`: each number of the published page beside ours.", columns};

void pz_reproduce(struct pz_results *results, struct pz_buf *to)
{
    struct pz_csv csv;
    pz_csv_begin(&csv, &pz_schema_reproduction, NULL, to);
    struct work work = {.results = results,
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
    pz_reproduce_scanning(results, &work.hourly, &csv);
    put_never(&work, "S17");
    put_never(&work, "S18");
    pz_series_release(&work.hourly);
    pz_series_release(&work.daily);
}
