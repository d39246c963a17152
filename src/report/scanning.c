#include "report/scanning.h"

#include "base/time.h"
#include "report/compare.h"
#include "report/figure.h"

enum { HOUR = PZ_SECONDS_PER_HOUR };
#define DAY PZ_DAY_SECONDS

static void first_scan(struct pz_results *results, const struct pz_series *hourly, struct pz_csv *csv)
{
    const struct pz_sheet *sheet = pz_results_sheet(results, "candidates");
    struct pz_comparison row = pz_comparison_of(results->outbreak, "S10", results->scale);
    int64_t second, hour = row.number->begin / HOUR * HOUR;
    row.covered = pz_series_covers(hourly, hour, hour + HOUR);
    if (sheet && sheet->nrows && pz_sheet_time(sheet, 0, pz_sheet_column(sheet, "first_scan"), &second))
        pz_compare_time(&row, row.number->begin, second, 1);
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
    int64_t begin = results->outbreak->begin;
    size_t columns[NAMES];
    *sums = (struct attempts){0};
    for (int i = 0; sheet && i < NAMES; i++)
        if ((columns[i] = pz_sheet_column(sheet, names[i])) == PZ_NO_COLUMN)
            return false;
    for (size_t row = 0; sheet && row < sheet->nrows; row++) {
        int64_t second;
        double v[NAMES];
        if (!pz_sheet_time(sheet, row, 0, &second) || second < begin || second >= begin + DAY)
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

static void put_share(struct pz_results *results, struct pz_csv *csv, const char *id, enum pz_covered covered, double k,
                      double n)
{
    struct pz_comparison row = pz_comparison_of(results->outbreak, id, results->scale);
    row.covered = covered;
    if (n > 0)
        pz_compare_range(&row, row.number->low, row.number->high, 100 * k / n, 1);
    if (!row.number->tolerance)
        row.verdict = PZ_VERDICT_OPEN; /* two rules, one of them unknown */
    pz_comparison_tolerance(&row);
    pz_comparison_write(&row, csv);
}

static void behaviour(struct pz_results *results, const struct pz_series *hourly, struct pz_csv *csv)
{
    struct attempts sums;
    int64_t begin = results->outbreak->begin;
    enum pz_covered covered =
        count_attempts(results, &sums) ? pz_series_covers(hourly, begin, begin + DAY) : PZ_COVERED_NO;
    double attempts = sums.one + sums.two + sums.more;
    put_share(results, csv, "S11", covered, sums.all - sums.worm_like, sums.all);
    put_share(results, csv, "S12", covered, sums.reachable, sums.like);
    put_share(results, csv, "S13a", covered, sums.two, attempts);
    put_share(results, csv, "S13b", covered, sums.more, attempts);
}

static void victims(struct pz_results *results, struct pz_csv *csv)
{
    static const char *const ids[] = {"S14a", "S14b", "S14c"};
    struct pz_series all = pz_series_of(results, "reachable", "new_sources", 600),
                     reachable = pz_series_of(results, "reachable", "new_reachable", 600);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        struct pz_comparison row = pz_comparison_of(results->outbreak, ids[i], results->scale);
        const struct pz_published *number = row.number;
        double n = pz_series_sum(&all, number->begin, number->end),
               k = pz_series_sum(&reachable, number->begin, number->end);
        row.covered = pz_series_covers(&all, number->begin, number->end);
        if (n > 0) {
            pz_compare_range(&row, number->low, number->high, 100 * k / n, 1);
            /* Few sources scatter widely: what their interval reaches isn't refuted. */
            double low, high;
            pz_wilson(k, n, &low, &high);
            if (100 * low <= number->high && 100 * high >= number->low)
                row.verdict = PZ_VERDICT_PASS;
        }
        pz_comparison_tolerance(&row);
        pz_comparison_write(&row, csv);
    }
    pz_series_release(&all);
    pz_series_release(&reachable);
}

static void countries(struct pz_results *results, const struct pz_series *hourly, struct pz_csv *csv)
{
    const struct pz_sheet *sheet = pz_results_sheet(results, "country_hourly");
    struct pz_comparison place = pz_comparison_of(results->outbreak, "S19a", results->scale),
                         sources = pz_comparison_of(results->outbreak, "S19b", results->scale);
    const int64_t at = place.number->begin;
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
    place.covered = sources.covered = sheet ? pz_series_covers(hourly, at, place.number->end) : PZ_COVERED_NO;
    if (sheet && argentina > 0)
        pz_compare_range(&place, place.number->low, place.number->high, rank, 0);
    if (sheet)
        pz_compare_range(&sources, sources.number->low, sources.number->high, ukraine, 0);
    pz_comparison_tolerance(&place);
    pz_comparison_tolerance(&sources);
    pz_comparison_write(&place, csv);
    pz_comparison_write(&sources, csv);
}

static void listing(struct pz_results *results, const struct pz_series *hourly, struct pz_csv *csv)
{
    const struct pz_sheet *sheet = pz_results_sheet(results, "published_packets");
    double found = 0, n;
    for (size_t row = 0; sheet && row < sheet->nrows; row++)
        found += pz_sheet_number(sheet, row, pz_sheet_column(sheet, "found"), &n) ? n : 0;
    struct pz_comparison row = pz_comparison_of(results->outbreak, "S20", results->scale);
    bool real = sheet && results->scale >= 1; /* synthetic data have other packets */
    row.covered = real ? pz_series_covers(hourly, row.number->begin, row.number->end) : PZ_COVERED_NO;
    if (sheet)
        pz_compare_count(&row, (double)results->outbreak->npackets, found, 0);
    pz_comparison_write(&row, csv);
}

void pz_reproduce_scanning(struct pz_results *results, const struct pz_series *hourly, struct pz_csv *csv)
{
    first_scan(results, hourly, csv);
    behaviour(results, hourly, csv);
    victims(results, csv);
    countries(results, hourly, csv);
    listing(results, hourly, csv);
}
