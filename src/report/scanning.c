#include "report/scanning.h"

#include "base/time.h"
#include "report/compare.h"
#include "report/figure.h"

#include <stdio.h>
#include <stdlib.h>

enum { HOUR = PZ_SECONDS_PER_HOUR };
#define DAY PZ_DAY_SECONDS

/* The first scan that the page's author thought to be the worm's: 2008-11-21T01:44:46. */
#define FIRST_SCAN (PZ_OUTBREAK_SECOND + 3600 + 44 * 60 + 46)

static struct pz_comparison row_of(const char *id, const char *quantity, const char *unit, const char *published,
                                   const char *note)
{
    struct pz_comparison row = {.id = id, .quantity = quantity, .unit = unit, .note = note};
    snprintf(row.published, sizeof row.published, "%s", published);
    return row;
}

static void first_scan(struct pz_results *results, const struct pz_series *hourly, struct pz_buf *csv)
{
    const struct pz_sheet *sheet = pz_results_sheet(results, "candidates");
    struct pz_comparison row = row_of("S10", "the worm's first scan", "time", "2008-11-21T01:44:46",
                                      "ours: the first of the candidates; the page's rule is not published in full");
    int64_t second;
    row.covered = pz_series_covers(hourly, PZ_OUTBREAK_SECOND + HOUR, PZ_OUTBREAK_SECOND + 2 * HOUR);
    if (sheet && sheet->nrows && pz_sheet_time(sheet, 0, pz_sheet_column(sheet, "first_scan"), &second))
        pz_compare_time(&row, FIRST_SCAN, second, 1);
    pz_comparison_write(&row, csv);
}

/* Sums over the rows of fingerprint.csv of one day. */
struct attempts {
    double all, worm_like;         /* of any traits; with all of them and a second SYN in time */
    double one, two, more;         /* SYNs of attempts with all traits */
    double scans, like, reachable; /* scans; with the three traits of the header; of these, to reachable destinations */
};

static bool count_attempts(struct pz_results *results, struct attempts *sums)
{
    static const char *const names[] = {
        "reachable",      "length_48",          "ttl_65_128",       "port_1024_5000",    "scans",
        "attempts_1_syn", "attempts_2_in_time", "attempts_2_other", "attempts_3_or_more"};
    enum { REACHABLE, LENGTH, TTL, PORT, SCANS, ONE, IN_TIME, OTHER, MORE, NAMES };
    const struct pz_sheet *sheet = pz_results_sheet(results, "fingerprint");
    size_t columns[NAMES];
    *sums = (struct attempts){0};
    for (int i = 0; sheet && i < NAMES; i++)
        if ((columns[i] = pz_sheet_column(sheet, names[i])) == PZ_NO_COLUMN)
            return false;
    for (size_t row = 0; sheet && row < sheet->nrows; row++) {
        int64_t second;
        double v[NAMES];
        if (!pz_sheet_time(sheet, row, 0, &second) || second < PZ_OUTBREAK_SECOND || second >= PZ_OUTBREAK_SECOND + DAY)
            continue;
        for (int i = 0; i < NAMES; i++)
            pz_sheet_number(sheet, row, columns[i], &v[i]);
        bool like = v[LENGTH] > 0 && v[TTL] > 0 && v[PORT] > 0, reachable = v[REACHABLE] > 0;
        double all = v[ONE] + v[IN_TIME] + v[OTHER] + v[MORE];
        sums->all += all;
        sums->scans += v[SCANS];
        sums->like += like ? v[SCANS] : 0;
        sums->reachable += like && reachable ? v[SCANS] : 0;
        if (!like || !reachable)
            continue;
        sums->worm_like += v[IN_TIME];
        sums->one += v[ONE];
        sums->two += v[IN_TIME] + v[OTHER];
        sums->more += v[MORE];
    }
    return sums->all > 0;
}

static void behaviour(struct pz_results *results, const struct pz_series *hourly, struct pz_buf *csv)
{
    struct attempts sums;
    bool known = count_attempts(results, &sums);
    enum pz_covered covered =
        known ? pz_series_covers(hourly, PZ_OUTBREAK_SECOND, PZ_OUTBREAK_SECOND + DAY) : PZ_COVERED_NO;
    double attempts = sums.one + sums.two + sums.more;
    struct pz_comparison row =
        row_of("S11", "share of TCP/445 scanning that an aggressive rule removes", "percent", "80",
               "ours, of 21 November's attempts: without all traits and a second SYN in time; the"
               " page's rule is not published in full");
    row.covered = covered;
    if (known)
        pz_compare_range(&row, 50, 90, 100 * (1 - sums.worm_like / sums.all), 1);
    row.verdict = PZ_VERDICT_OPEN; /* two rules, one of them unknown */
    *row.tolerance = 0;
    pz_comparison_write(&row, csv);

    row = row_of("S12", "worm-like scans to the quarter of the lens that the worm reaches", "percent", "100",
                 "ours, of 21 November's scans with the worm's length, TTL and ports; a quarter would be 25 by chance");
    row.covered = covered;
    if (known && sums.like > 0)
        pz_compare_range(&row, 90, 100, 100 * sums.reachable / sums.like, 1);
    snprintf(row.tolerance, sizeof row.tolerance, "90 to 100");
    pz_comparison_write(&row, csv);

    row =
        row_of("S13a", "attempts with two SYNs", "percent", "most", "ours, of 21 November's attempts with all traits");
    row.covered = covered;
    if (known && attempts > 0)
        pz_compare_range(&row, 50, 100, 100 * sums.two / attempts, 1);
    snprintf(row.tolerance, sizeof row.tolerance, "50 to 100");
    pz_comparison_write(&row, csv);
    row = row_of("S13b", "attempts with three SYNs or more", "percent", "none",
                 "a whole stack would send three; ours, of 21 November's attempts with all traits");
    row.covered = covered;
    if (known && attempts > 0)
        pz_compare_range(&row, 0, 10, 100 * sums.more / attempts, 1);
    snprintf(row.tolerance, sizeof row.tolerance, "0 to 10");
    pz_comparison_write(&row, csv);
}

static void victims(struct pz_results *results, struct pz_buf *csv)
{
    static const struct {
        const char *id, *quantity, *published, *tolerance;
        int64_t begin, end; /* seconds of the day */
        double low, high;
    } rows[] = {
        {"S14a", "reachable share of new sources, 00:00 to 01:30", "25", "15 to 35", 0, 5400, 15, 35},
        {"S14b", "the same, 01:30 to 05:00", "> 70", "70 to 100", 5400, 5 * HOUR, 70, 100},
        {"S14c", "the same, 05:00 to 24:00", "well over 25", "30 to 100", 5 * HOUR, DAY, 30, 100},
    };
    struct pz_series all = pz_series_of(results, "reachable", "new_sources", 600),
                     reachable = pz_series_of(results, "reachable", "new_reachable", 600);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pz_comparison row =
            row_of(rows[i].id, rows[i].quantity, "percent", rows[i].published,
                   i == 1 ? "read off the published Figure 6, where the rise within lies" : NULL);
        int64_t begin = PZ_OUTBREAK_SECOND + rows[i].begin, end = PZ_OUTBREAK_SECOND + rows[i].end;
        double n = pz_series_sum(&all, begin, end), k = pz_series_sum(&reachable, begin, end);
        row.covered = pz_series_covers(&all, begin, end);
        if (n > 0) {
            pz_compare_range(&row, rows[i].low, rows[i].high, 100 * k / n, 1);
            /* Few sources scatter widely: what their interval reaches isn't refuted. */
            double low, high;
            pz_wilson(k, n, &low, &high);
            if (100 * low <= rows[i].high && 100 * high >= rows[i].low)
                row.verdict = PZ_VERDICT_PASS;
        }
        snprintf(row.tolerance, sizeof row.tolerance, "%s", rows[i].tolerance);
        pz_comparison_write(&row, csv);
    }
    pz_series_release(&all);
    pz_series_release(&reachable);
}

static void countries(struct pz_results *results, const struct pz_series *hourly, struct pz_buf *csv)
{
    const struct pz_sheet *sheet = pz_results_sheet(results, "country_hourly");
    const int64_t at = PZ_OUTBREAK_SECOND + 19 * HOUR; /* the last hour of the animations */
    double argentina = 0, ukraine = 0, rate, n;
    int rank = 1;
    for (int pass = 0; sheet && pass < 2; pass++) /* Argentina's rate first, then how many are above it */
        for (size_t row = 0; row < sheet->nrows; row++) {
            const char *code = pz_sheet_text(sheet, row, 1);
            int64_t second;
            if (!pz_sheet_time(sheet, row, 0, &second) || second != at)
                continue;
            bool rated = pz_sheet_number(sheet, row, 3, &rate);
            if (pass == 0 && strcmp(code, "AR") == 0)
                argentina = rate;
            if (pass == 0 && strcmp(code, "UA") == 0 && pz_sheet_number(sheet, row, 2, &n))
                ukraine = n;
            rank += pass == 1 && rated && rate > argentina;
        }
    enum pz_covered covered = sheet ? pz_series_covers(hourly, at, at + HOUR) : PZ_COVERED_NO;
    struct pz_comparison row = row_of("S19a", "Argentina's place by sources per million addresses", "place",
                                      "stands out", "ours: of 21 November, 19:00, by the countries' table in use");
    row.covered = covered;
    if (sheet && argentina > 0)
        pz_compare_range(&row, 1, 5, rank, 0);
    snprintf(row.tolerance, sizeof row.tolerance, "1 to 5");
    pz_comparison_write(&row, csv);
    row = row_of("S19b", "Ukraine's sources", "sources", "significant",
                 "ours: of 21 November, 19:00; more than none passes");
    row.covered = covered;
    if (sheet)
        pz_compare_range(&row, 1, 1e9, ukraine, 0);
    snprintf(row.tolerance, sizeof row.tolerance, "1 or more");
    pz_comparison_write(&row, csv);
}

static void listing(struct pz_results *results, const struct pz_series *hourly, struct pz_buf *csv)
{
    const struct pz_sheet *sheet = pz_results_sheet(results, "published_packets");
    double found = 0, n;
    for (size_t row = 0; sheet && row < sheet->nrows; row++)
        found += pz_sheet_number(sheet, row, pz_sheet_column(sheet, "found"), &n) ? n : 0;
    struct pz_comparison row = row_of("S20", "the 19 packets of Figure 5, found as they are listed", "packets", "19",
                                      "by patientzero portrait with the capture of 21 November, 01:00");
    bool real = sheet && results->scale >= 1; /* synthetic data have other packets */
    row.covered =
        real ? pz_series_covers(hourly, PZ_OUTBREAK_SECOND + HOUR, PZ_OUTBREAK_SECOND + 2 * HOUR) : PZ_COVERED_NO;
    if (sheet)
        pz_compare_count(&row, 19, found, 0);
    pz_comparison_write(&row, csv);
}

void pz_reproduce_scanning(struct pz_results *results, const struct pz_series *hourly, struct pz_buf *csv)
{
    first_scan(results, hourly, csv);
    behaviour(results, hourly, csv);
    victims(results, csv);
    countries(results, hourly, csv);
    listing(results, hourly, csv);
}
