#include "report/reproduce.h"

#include "base/time.h"
#include "report/compare.h"
#include "report/figure.h"
#include "report/scanning.h"

#include <math.h>
#include <stdio.h>

enum { HOUR = PZ_SECONDS_PER_HOUR };
#define DAY PZ_DAY_SECONDS

/* Seconds since 1970 of what the page dates. */
#define FIRST_DAY 1224720000LL    /* 2008-10-23: recording of the port starts */
#define PEAK_2008 1228140000LL    /* 2008-12-01T14:00 */
#define NEW_YEAR 1230768000LL     /* 2009-01-01 */
#define SINKHOLE_DAY 1232841600LL /* 2009-01-25 */

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
    struct pz_buf *csv;
};

static struct pz_comparison row_of(const char *id, const char *quantity, const char *unit, const char *note)
{
    return (struct pz_comparison){.id = id, .quantity = quantity, .unit = unit, .note = note};
}

static void publish(struct pz_comparison *row, double value)
{
    snprintf(row->published, sizeof row->published, "%.0f", value);
}

static void put(const struct work *work, const struct pz_comparison *row)
{
    pz_comparison_write(row, work->csv);
}

static void background(const struct work *work)
{
    const struct pz_series *hourly = &work->hourly;
    double scale = work->results->scale, median;
    struct pz_comparison row = row_of("S1", "recording of TCP/445 starts", "day", "ours: the first hour at hand");
    snprintf(row.published, sizeof row.published, "2008-10-23");
    if (hourly->n && hourly->points[0].second < FIRST_DAY + DAY) {
        row.covered = PZ_COVERED_YES;
        pz_compare_time(&row, FIRST_DAY, hourly->points[0].second / DAY * DAY, DAY);
    }
    put(work, &row);

    row = row_of("S2", "unique sources per hour at that time", "sources", "ours: the median of the first week's hours");
    snprintf(row.published, sizeof row.published, "%.0f-%.0f", 1000 * scale, 2000 * scale);
    row.covered = pz_series_covers(hourly, FIRST_DAY, FIRST_DAY + 7 * DAY);
    if (pz_series_median(hourly, FIRST_DAY, FIRST_DAY + 7 * DAY, &median))
        pz_compare_range(&row, 1000 * scale, 2000 * scale, median, 0);
    put(work, &row);

    row = row_of("S3", "highest hour before 21 November", "sources", NULL);
    publish(&row, 3222 * scale);
    row.covered = pz_series_covers(hourly, FIRST_DAY, PZ_OUTBREAK_SECOND);
    const struct pz_point *most = pz_series_most(hourly, FIRST_DAY, PZ_OUTBREAK_SECOND);
    if (most)
        pz_compare_count(&row, 3222 * scale, most->value, tolerance_of(work->results, 3222 * scale));
    put(work, &row);

    row = row_of("S4", "sources per hour before the outbreak", "sources",
                 "published as approximately; ours: the median of the hours of 12 to 20 November");
    publish(&row, 2000 * scale);
    int64_t begin = PZ_OUTBREAK_SECOND - 9 * DAY;
    row.covered = pz_series_covers(hourly, begin, PZ_OUTBREAK_SECOND);
    if (pz_series_median(hourly, begin, PZ_OUTBREAK_SECOND, &median))
        pz_compare_count(&row, 2000 * scale, median, ROUGH_TOLERANCE);
    put(work, &row);

    /* The page contradicts itself here, so there are two readings. */
    double day_sources = 0;
    const struct pz_point *peak = pz_series_most(hourly, PZ_OUTBREAK_SECOND, PZ_OUTBREAK_SECOND + DAY);
    const struct pz_point *day = pz_series_at(&work->daily, PZ_OUTBREAK_SECOND);
    enum pz_covered outbreak = pz_series_covers(hourly, PZ_OUTBREAK_SECOND, PZ_OUTBREAK_SECOND + DAY);
    bool known = pz_series_median(hourly, begin, PZ_OUTBREAK_SECOND, &median);
    row = row_of("S5a", "background as a share of the first day's jump, hour by hour", "percent",
                 "the page's own 2,000 of 114,911 an hour are 1.7 %");
    snprintf(row.published, sizeof row.published, "< 1");
    row.covered = known && peak && outbreak == PZ_COVERED_YES ? PZ_COVERED_YES : PZ_COVERED_NO;
    if (known && peak)
        pz_compare_range(&row, 0, 1, 100 * median / peak->value, 2);
    put(work, &row);
    row = row_of("S5b", "the same, an hour's background over all the day's sources", "percent",
                 "the other reading: sources of the whole day");
    snprintf(row.published, sizeof row.published, "< 1");
    row.covered = known && day && outbreak == PZ_COVERED_YES ? PZ_COVERED_YES : PZ_COVERED_NO;
    day_sources = day ? day->value : 0;
    if (known && day_sources > 0)
        pz_compare_range(&row, 0, 1, 100 * median / day_sources, 2);
    put(work, &row);
}

/* The first hour from noon before on that has twice the background, and so have the two after it. */
static bool find_rise(const struct pz_series *hourly, double background, int64_t *second)
{
    for (int64_t at = PZ_OUTBREAK_SECOND - DAY / 2; at < PZ_OUTBREAK_SECOND + DAY; at += HOUR) {
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

static void outbreak(const struct work *work)
{
    const struct pz_series *hourly = &work->hourly;
    double scale = work->results->scale, median;
    const int64_t begin = PZ_OUTBREAK_SECOND, end = begin + DAY;
    const struct pz_point *peak = pz_series_most(hourly, begin, end);
    struct pz_comparison row = row_of("S6a", "21 November's highest hour", "sources", NULL);
    publish(&row, 114911 * scale);
    row.covered = pz_series_covers(hourly, begin, end);
    if (peak)
        pz_compare_count(&row, 114911 * scale, peak->value, tolerance_of(work->results, 114911 * scale));
    put(work, &row);
    row = row_of("S6b", "when it was", "hour", NULL);
    snprintf(row.published, sizeof row.published, "2008-11-21T17:00");
    row.covered = pz_series_covers(hourly, begin, end);
    if (peak)
        pz_compare_time(&row, begin + 17 * HOUR, peak->second, HOUR);
    put(work, &row);
    row = row_of("S6c", "sources from 17:00 to 18:00 of 21 November", "sources",
                 "the published hour, whatever the peak is");
    publish(&row, 114911 * scale);
    row.covered = pz_series_covers(hourly, begin + 17 * HOUR, begin + 18 * HOUR);
    const struct pz_point *hour = pz_series_at(hourly, begin + 17 * HOUR);
    if (hour)
        pz_compare_count(&row, 114911 * scale, hour->value, tolerance_of(work->results, 114911 * scale));
    put(work, &row);

    const int64_t year = FIRST_DAY;
    const struct pz_point *most = pz_series_most(hourly, year, NEW_YEAR);
    row = row_of("S7a", "highest hour of 2008", "sources", NULL);
    publish(&row, 145586 * scale);
    row.covered = pz_series_covers(hourly, year, NEW_YEAR);
    if (most)
        pz_compare_count(&row, 145586 * scale, most->value, tolerance_of(work->results, 145586 * scale));
    put(work, &row);
    row = row_of("S7b", "when it was", "hour", NULL);
    snprintf(row.published, sizeof row.published, "2008-12-01T14:00");
    row.covered = pz_series_covers(hourly, year, NEW_YEAR);
    if (most)
        pz_compare_time(&row, PEAK_2008, most->second, HOUR);
    put(work, &row);
    row = row_of("S7c", "sources from 14:00 to 15:00 of 1 December", "sources",
                 "the published hour, whatever the maximum is");
    publish(&row, 145586 * scale);
    row.covered = pz_series_covers(hourly, PEAK_2008, PEAK_2008 + HOUR);
    hour = pz_series_at(hourly, PEAK_2008);
    if (hour)
        pz_compare_count(&row, 145586 * scale, hour->value, tolerance_of(work->results, 145586 * scale));
    put(work, &row);

    int64_t rise;
    row = row_of(
        "S8", "the rise begins", "hour",
        "ours: the first of three hours with twice the background; published: after midnight, before the S-curve");
    snprintf(row.published, sizeof row.published, "after 2008-11-21T00:00");
    row.covered = pz_series_covers(hourly, begin - DAY / 2, begin + 6 * HOUR);
    /* Without the days before, the first hour of the day stands for the background. */
    if (!pz_series_median(hourly, begin - 9 * DAY, begin, &median))
        median = pz_series_at(hourly, begin) ? pz_series_at(hourly, begin)->value : 0;
    if (median > 0 && find_rise(hourly, median, &rise)) {
        pz_compare_time(&row, begin, rise, HOUR);
        snprintf(row.tolerance, sizeof row.tolerance, "0 to 5 hours");
        row.verdict = rise >= begin && rise <= begin + 5 * HOUR ? PZ_VERDICT_PASS : PZ_VERDICT_DIFFERS;
    }
    put(work, &row);
}

static void december(const struct work *work)
{
    /* How often each hour of the day was the highest, on whole days from 22 November to the year's end. */
    const struct pz_sheet *diurnal = pz_results_sheet(work->results, "diurnal");
    size_t counts[24] = {0}, usual = 0, days = 0;
    for (size_t row = 0; diurnal && row < diurnal->nrows; row++) {
        int64_t second;
        double peak;
        if (!pz_sheet_time(diurnal, row, 0, &second) || second <= PZ_OUTBREAK_SECOND || second >= NEW_YEAR ||
            !pz_sheet_number(diurnal, row, 1, &peak) || strcmp(pz_sheet_text(diurnal, row, 6), "whole") != 0)
            continue;
        days++;
        if (++counts[(size_t)peak % 24] > counts[usual])
            usual = (size_t)peak % 24;
    }
    struct pz_comparison row = row_of("S9", "hour of the daily peak", "hour of the day",
                                      "ours: the peak of most whole days from 22 November to 31 December");
    snprintf(row.published, sizeof row.published, "14");
    row.covered = days >= 7 ? PZ_COVERED_YES : days ? PZ_COVERED_PART : PZ_COVERED_NO;
    if (days)
        pz_compare_range(&row, 13, 15, (double)usual, 0);
    snprintf(row.tolerance, sizeof row.tolerance, "1 hour");
    put(work, &row);

    /* The day whose sources exceed the mean of the three days before by 15 %: day by day, hence without the rhythm. */
    row = row_of("S15", "second variant's rise begins", "day",
                 "ours: the first day from 27 December on with 15 % more than the three days before");
    snprintf(row.published, sizeof row.published, "2008-12-29 to 2008-12-31");
    row.covered = pz_series_covers(&work->hourly, PZ_VARIANT_B_SECOND - 5 * DAY, PZ_VARIANT_B_SECOND + 3 * DAY);
    for (int64_t day = PZ_VARIANT_B_SECOND - 2 * DAY; day < PZ_VARIANT_B_SECOND + 7 * DAY; day += DAY) {
        double before, now;
        if (!pz_series_mean(&work->hourly, day - 3 * DAY, day, &before) ||
            !pz_series_mean(&work->hourly, day, day + DAY, &now) || now < 1.15 * before)
            continue;
        pz_compare_time(&row, PZ_VARIANT_B_SECOND, day, DAY);
        snprintf(row.tolerance, sizeof row.tolerance, "0 to 2 days");
        row.verdict =
            day >= PZ_VARIANT_B_SECOND && day <= PZ_VARIANT_B_SECOND + 2 * DAY ? PZ_VERDICT_PASS : PZ_VERDICT_DIFFERS;
        break;
    }
    put(work, &row);
}

static void never(const struct work *work)
{
    struct pz_comparison row = row_of("S17", "domain names generated a day", "names", "not to be seen by a telescope");
    snprintf(row.published, sizeof row.published, "250");
    row.never = true;
    put(work, &row);
    row = row_of("S18", "local scans: the broadcast domain; a victim's /24 and the ten before it", "",
                 "not to be seen by a telescope");
    row.never = true;
    put(work, &row);
}

static void sinkhole(const struct work *work)
{
    double scale = work->results->scale;
    struct pz_comparison row =
        row_of("S16a", "sources on 25 January 2009", "sources",
               "published in millions with two decimals; which part of the telescope isn't said");
    publish(&row, 1270000 * scale);
    row.covered = pz_series_covers(&work->daily, SINKHOLE_DAY, SINKHOLE_DAY + DAY);
    const struct pz_point *day = pz_series_at(&work->daily, SINKHOLE_DAY);
    if (day)
        pz_compare_count(&row, 1270000 * scale, day->value, tolerance_of(work->results, 1270000 * scale));
    put(work, &row);
    static const struct {
        const char *id, *quantity, *column;
        double published;
    } rows[] = {{"S16b", "addresses in the sinkhole's log of that day", "others", 1510000},
                {"S16c", "in both", "both", 580722}};
    struct pz_series overlap = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        overlap = pz_series_of(work->results, "overlap", rows[i].column, DAY);
        row = row_of(rows[i].id, rows[i].quantity, "addresses", "by patientzero overlap --with the sinkhole's log");
        publish(&row, rows[i].published * scale);
        const struct pz_point *point = pz_series_at(&overlap, SINKHOLE_DAY);
        row.covered = point ? PZ_COVERED_YES : PZ_COVERED_NO;
        if (point)
            pz_compare_count(&row, rows[i].published * scale, point->value,
                             tolerance_of(work->results, rows[i].published * scale));
        put(work, &row);
        pz_series_release(&overlap);
    }
}

void pz_reproduce(struct pz_results *results, struct pz_buf *csv)
{
    struct work work = {.results = results,
                        .csv = csv,
                        .hourly = pz_series_of(results, "hourly", "sources", HOUR),
                        .daily = pz_series_of(results, "daily", "sources", DAY)};
    pz_buf_printf(csv, "id,quantity,published,ours,unit,difference,tolerance,covered,verdict,note\n");
    background(&work);
    outbreak(&work);
    december(&work);
    sinkhole(&work);
    pz_reproduce_scanning(results, &work.hourly, csv);
    never(&work);
    pz_series_release(&work.hourly);
    pz_series_release(&work.daily);
}
