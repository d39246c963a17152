/* SPDX-License-Identifier: BSD-2-Clause */
/* One function a subject; each fills its rows from one or two tables. Hosts scatter, and packets of one host are alike,
 * so the cases that decide whether there are enough are sources, not packets. */
#include "report/reproduce_behaviour.h"

#include "base/time.h"
#include "report/comparison.h"
#include "report/figure.h"

#include <math.h>
#include <stdio.h>

enum { HOUR = PZ_SECONDS_PER_HOUR };
#define DAY PZ_DAY_SECONDS

static void first_scan(const struct pz_reproduction *work)
{
    const struct pz_csv_table *table = pz_results_table(work->results, "candidates");
    struct pz_comparison row = pz_comparison_of(work, "S10");
    int64_t second, hour = row.number->begin / HOUR * HOUR;
    row.covered = pz_series_covers(&work->hourly, hour, hour + HOUR);
    if (table && table->nrows && pz_csv_table_time(table, 0, "first_scan", &second))
        pz_compare_time(&row, row.number->begin, second, 1, 0);
    pz_comparison_write(work, &row);
}

/* Sums over the rows of fingerprint.csv of 21 November. */
struct attempts {
    double all, worm_like;                  /* of any traits; with all of them and a second SYN in time */
    double one, in_time, other, more;       /* of attempts with all traits */
    double without_ttl[2], without_port[2]; /* scans with all other traits: of these, with this one too */
};

static bool count_attempts(struct pz_results *results, struct attempts *sums)
{
    static const char *const names[] = {
        "reachable",      "length_48",          "ttl_65_128",       "port_1024_5000",    "scans",
        "attempts_1_syn", "attempts_2_in_time", "attempts_2_other", "attempts_3_or_more"};
    enum { REACHABLE, LENGTH, TTL, PORT, SCANS, ONE, IN_TIME, OTHER, MORE, NAMES };
    const struct pz_csv_table *table = pz_results_table(results, "fingerprint");
    const int64_t begin = results->outbreak->begin;
    *sums = (struct attempts){0};
    for (int i = 0; table && i < NAMES; i++)
        if (!pz_csv_table_has(table, names[i]))
            return false;
    for (size_t row = 0; table && row < table->nrows; row++) {
        int64_t second;
        double v[NAMES];
        if (!pz_csv_table_time(table, row, "hour", &second) || second < begin || second >= begin + DAY)
            continue;
        for (int i = 0; i < NAMES; i++)
            pz_csv_table_number(table, row, names[i], &v[i]);
        bool rest = v[REACHABLE] > 0 && v[LENGTH] > 0, ttl = v[TTL] > 0, port = v[PORT] > 0;
        sums->all += v[ONE] + v[IN_TIME] + v[OTHER] + v[MORE];
        sums->without_ttl[0] += rest && port ? v[SCANS] : 0;
        sums->without_ttl[1] += rest && port && ttl ? v[SCANS] : 0;
        sums->without_port[0] += rest && ttl ? v[SCANS] : 0;
        sums->without_port[1] += rest && ttl && port ? v[SCANS] : 0;
        if (!rest || !ttl || !port)
            continue;
        sums->worm_like += v[IN_TIME];
        sums->one += v[ONE];
        sums->in_time += v[IN_TIME];
        sums->other += v[OTHER];
        sums->more += v[MORE];
    }
    return sums->all > 0;
}

/* The worm's sources of 21 November, or fewer: those of the hour that has most. Attempts of one host are alike, so
 * sources are the cases that count. */
static double worm_sources(struct pz_results *results)
{
    struct pz_series evidence = pz_series_of(results, "population", "evidence", HOUR);
    const struct pz_point *most = pz_series_most(&evidence, results->outbreak->begin, results->outbreak->begin + DAY);
    double sources = most ? most->value : 0;
    pz_series_release(&evidence);
    return sources;
}

/* `k` of `n` in percent, of as many sources; n may be 0. */
static void put_share(const struct pz_reproduction *work, const char *id, enum pz_covered covered, double k, double n,
                      double sources)
{
    struct pz_comparison row = pz_comparison_of(work, id);
    double low = row.number->low, high = row.number->high;
    row.covered = covered;
    if (n > 0) {
        pz_compare_range(&row, low, high, 100 * k / n, 1);
        row.cases = sources;
        row.needed =
            low > 0 ? pz_cases_for_share(low / 100, low / 100 - 0.1) : pz_cases_for_share(high / 100, high / 100 + 0.1);
    }
    pz_comparison_write(work, &row);
}

static void behaviour(const struct pz_reproduction *work)
{
    struct attempts sums;
    const int64_t begin = work->results->outbreak->begin;
    enum pz_covered covered =
        count_attempts(work->results, &sums) ? pz_series_covers(&work->hourly, begin, begin + DAY) : PZ_COVERED_NO;
    double two = sums.in_time + sums.other, attempts = sums.one + two + sums.more,
           sources = worm_sources(work->results);
    put_share(work, "S11", covered, sums.all - sums.worm_like, sums.all, sources);
    put_share(work, "S13a", covered, two, attempts, sources);
    put_share(work, "S13b", covered, sums.more, attempts, sources);
    put_share(work, "S13c", covered, sums.in_time, two, sources);
    put_share(work, "S22a", covered, sums.without_ttl[1], sums.without_ttl[0], sources);
    put_share(work, "S22b", covered, sums.without_port[1], sums.without_port[0], sources);
}

/* How much of the lens the worm scans. */
static void reach(const struct pz_reproduction *work)
{
    const struct pz_csv_table *table = pz_results_table(work->results, "reach");
    struct pz_comparison row = pz_comparison_of(work, "S12");
    double share, hits, distinct;
    if (table && table->nrows && pz_csv_table_number(table, 0, "share", &share) &&
        pz_csv_table_number(table, 0, "hits", &hits) && pz_csv_table_number(table, 0, "distinct", &distinct)) {
        pz_compare_range(&row, row.number->low, row.number->high, 100 * share, 1);
        row.cases = hits - distinct;
        row.needed = pz_cases_for_factor(sqrt(2)); /* halfway to a bit more or fewer */
    } else {
        row.covered = PZ_COVERED_NO;
    }
    pz_comparison_write(work, &row);
}

/* Sums of a column of steps.csv on the first day. */
static double steps(struct pz_results *results, const char *column)
{
    struct pz_series series = pz_series_of(results, "steps", column, HOUR);
    double sum = pz_series_sum(&series, results->outbreak->begin, results->outbreak->begin + DAY);
    pz_series_release(&series);
    return sum;
}

/* What a stack counts up from one scan of a source to its next. */
static void counters(const struct pz_reproduction *work)
{
    static const char *const rows[][2] = {{"S22c", "port_rises"}, {"S22d", "ip_id_rises"}};
    double n = steps(work->results, "steps"), sources = steps(work->results, "sources");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum pz_covered covered = n > 0 ? pz_comparison_of(work, rows[i][0]).covered : PZ_COVERED_NO;
        put_share(work, rows[i][0], covered, steps(work->results, rows[i][1]), n, sources);
    }
}

/* New sources of bins of ten minutes, and how many are reachable. */
struct bins {
    struct pz_series all, reachable;
};

enum { BIN = 600 };

/* The stretch of `nbins` from `begin` to `end` with the highest share, of those that have `needed` sources; its begin,
 * or -1. */
static int64_t highest(const struct bins *bins, int64_t begin, int64_t end, int nbins, double needed)
{
    int64_t best = -1;
    double most = -1;
    for (int64_t at = begin; at + nbins * BIN <= end; at += BIN) {
        double n = pz_series_sum(&bins->all, at, at + nbins * BIN);
        double share = n >= needed && n > 0 ? pz_series_sum(&bins->reachable, at, at + nbins * BIN) / n : -1;
        if (share > most) {
            most = share;
            best = at;
        }
    }
    return best;
}

static void put_victims(const struct pz_reproduction *work, const struct bins *bins, const char *id, int64_t begin,
                        int64_t end)
{
    struct pz_comparison row = pz_comparison_of(work, id);
    double n = pz_series_sum(&bins->all, begin, end);
    row.covered = pz_series_covers(&bins->all, row.number->begin, row.number->end);
    if (n > 0)
        pz_compare_share(&row, row.number->low, row.number->high, pz_series_sum(&bins->reachable, begin, end), n);
    pz_comparison_write(work, &row);
}

static void put_stretch(const struct pz_reproduction *work, const struct bins *bins, const char *id)
{
    const struct pz_published *number = pz_comparison_of(work, id).number;
    put_victims(work, bins, id, number->begin, number->end);
}

/* The page: between 01:30 and 05:00 the share jumps to over 70 %, so it is over it at some time in between. */
static void jump(const struct pz_reproduction *work, const struct bins *bins, int64_t *peak, int64_t *peak_end)
{
    static const int widths[] = {1, 3, 6, 12, 21}; /* bins: ten minutes, or as much longer as must be */
    const struct pz_published *number = pz_comparison_of(work, "S14b").number;
    double needed = pz_cases_for_share(number->low / 100, number->low / 100 - 0.1);
    *peak = number->begin;
    *peak_end = number->end;
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        int64_t at = highest(bins, number->begin, number->end, widths[i], needed);
        if (at < 0)
            continue;
        *peak = at;
        *peak_end = at + widths[i] * BIN;
        break;
    }
    put_victims(work, bins, "S14b", *peak, *peak_end);
}

/* After its peak the share decays: what is left of it in the day's last hours is less. */
static void decay(const struct pz_reproduction *work, const struct bins *bins, int64_t peak, int64_t peak_end)
{
    struct pz_comparison row = pz_comparison_of(work, "S14d");
    const int64_t late = row.number->begin, end = row.number->end;
    double n1 = pz_series_sum(&bins->all, peak, peak_end), n2 = pz_series_sum(&bins->all, late, end);
    row.covered = pz_series_covers(&bins->all, peak, end);
    if (n1 > 0 && n2 > 0) {
        double p1 = pz_series_sum(&bins->reachable, peak, peak_end) / n1,
               p2 = pz_series_sum(&bins->reachable, late, end) / n2;
        double half = 1.96 * sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2);
        snprintf(row.ours, sizeof row.ours, "%.1f", 100 * (p1 - p2));
        snprintf(row.tolerance, sizeof row.tolerance, "above 0; ours is %.1f to %.1f", 100 * (p1 - p2 - half),
                 100 * (p1 - p2 + half));
        row.verdict = p1 - p2 + half > 0 ? PZ_VERDICT_PASS : PZ_VERDICT_DIFFERS;
        row.cases = fmin(n1, n2);
        row.needed = 2 * pz_cases_for_share(0.7, 0.6); /* as both of them scatter */
    }
    pz_comparison_write(work, &row);
}

static void victims(const struct pz_reproduction *work)
{
    struct bins bins = {pz_series_of(work->results, "reachable", "new_sources", BIN),
                        pz_series_of(work->results, "reachable", "new_reachable", BIN)};
    int64_t peak, peak_end;
    put_stretch(work, &bins, "S14a");
    jump(work, &bins, &peak, &peak_end);
    put_stretch(work, &bins, "S14c");
    decay(work, &bins, peak, peak_end);
    pz_series_release(&bins.all);
    pz_series_release(&bins.reachable);
}

/* Countries with a rate although they have too few addresses for one. */
static double rated_small(struct pz_results *results)
{
    const struct pz_csv_table *hourly = pz_results_table(results, "country_hourly"),
                              *all = pz_results_table(results, "country");
    double n = 0, addresses, rate;
    for (size_t i = 0; all && hourly && i < all->nrows; i++) {
        bool rated = false;
        if (!pz_csv_table_number(all, i, "addresses", &addresses) || addresses >= 100000)
            continue;
        for (size_t row = 0; row < hourly->nrows && !rated; row++)
            rated = pz_csv_table_is(hourly, row, "country", pz_csv_table_text(all, i, "country")) &&
                    pz_csv_table_number(hourly, row, "per_million", &rate);
        n += rated;
    }
    return n;
}

static void countries(const struct pz_reproduction *work)
{
    const struct pz_csv_table *table = pz_results_table(work->results, "country_hourly");
    struct pz_comparison place = pz_comparison_of(work, "S19a"), sources = pz_comparison_of(work, "S19b"),
                         small = pz_comparison_of(work, "S19c");
    const int64_t at = place.number->begin;
    double argentina = 0, argentinas = 0, ukraine = 0, rate, n;
    int rank = 1;
    for (int pass = 0; table && pass < 2; pass++) /* Argentina's rate first, then how many are above it */
        for (size_t row = 0; row < table->nrows; row++) {
            const char *code = pz_csv_table_text(table, row, "country");
            int64_t second;
            if (!pz_csv_table_time(table, row, "hour", &second) || second != at)
                continue;
            bool rated = pz_csv_table_number(table, row, "per_million", &rate);
            n = 0;
            pz_csv_table_number(table, row, "sources", &n);
            if (pass == 0 && strcmp(code, "AR") == 0) {
                argentina = rate;
                argentinas = n;
            }
            if (pass == 0 && strcmp(code, "UA") == 0)
                ukraine = n;
            rank += pass == 1 && rated && rate > argentina;
        }
    if (!table)
        place.covered = sources.covered = small.covered = PZ_COVERED_NO;
    if (table && argentina > 0)
        pz_compare_range(&place, place.number->low, place.number->high, rank, 0);
    if (*place.ours && work->results->synthetic.any) {
        place.cases = argentinas;
        place.needed = pz_cases_for_factor(2); /* rates of countries lie so far apart */
    }
    if (table) {
        pz_compare_range(&sources, sources.number->low, sources.number->high, ukraine, 0);
        pz_compare_range(&small, small.number->low, small.number->high, rated_small(work->results), 0);
    }
    pz_comparison_write(work, &place);
    pz_comparison_write(work, &sources);
    pz_comparison_write(work, &small);
}

static void listing(const struct pz_reproduction *work)
{
    const struct pz_csv_table *table = pz_results_table(work->results, "published_packets");
    struct pz_comparison row = pz_comparison_of(work, "S20");
    double found = 0, n;
    for (size_t i = 0; table && i < table->nrows; i++)
        found += pz_csv_table_number(table, i, "found", &n) ? n : 0;
    if (!table || work->results->synthetic.any) /* made-up data have other packets */
        row.covered = PZ_COVERED_NO;
    if (table)
        pz_compare_range(&row, row.number->low, row.number->high, found, 0);
    pz_comparison_write(work, &row);
}

void pz_reproduce_scanning(const struct pz_reproduction *work)
{
    first_scan(work);
    behaviour(work);
    reach(work);
    counters(work);
    victims(work);
    countries(work);
    listing(work);
}
