/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules on how the worm scans and where its victims are. Hosts scatter, and packets of one host are alike,
 * so the cases that decide whether there are enough are sources, not packets. */
#include "report/comparison.h"

#include "base/time.h"
#include "report/figure.h"

#include <math.h>
#include <stdio.h>

enum { HOUR = PZ_SECONDS_PER_HOUR };
#define DAY PZ_DAY_SECONDS

static void first_scan(const struct pz_reproduction *work, struct pz_comparison *row)
{
    const struct pz_csv_table *table = pz_results_table(work->results, "candidates");
    int64_t second, hour = row->number->begin / HOUR * HOUR;
    row->covered = pz_series_covers(&work->hourly, hour, hour + HOUR);
    if (table && table->nrows && pz_csv_table_time(table, 0, "first_scan", &second))
        pz_compare_time(row, second, 1);
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

void pz_attempts_count(struct pz_results *results, struct pz_attempts *sums)
{
    static const char *const names[] = {
        "reachable",      "length_48",          "ttl_65_128",       "port_1024_5000",    "scans",
        "attempts_1_syn", "attempts_2_in_time", "attempts_2_other", "attempts_3_or_more"};
    enum { REACHABLE, LENGTH, TTL, PORT, SCANS, ONE, IN_TIME, OTHER, MORE, NAMES };
    const struct pz_csv_table *table = pz_results_table(results, "fingerprint");
    const int64_t begin = results->outbreak->begin;
    *sums = (struct pz_attempts){.sources = worm_sources(results)};
    for (int i = 0; table && i < NAMES; i++)
        if (!pz_csv_table_has(table, names[i]))
            return;
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
    sums->known = sums->all > 0;
}

/* `k` of `n` in percent, of as many sources; n may be 0. */
static void compare_share(struct pz_comparison *row, double k, double n, double sources)
{
    double low = row->low / 100, high = row->high / 100;
    if (n > 0) {
        pz_compare_range(row, 100 * k / n, 1);
        row->cases = sources;
        row->needed = low > 0 ? pz_cases_for_share(low, low - 0.1) : pz_cases_for_share(high, high + 0.1);
    }
}

static void share(const struct pz_reproduction *work, struct pz_comparison *row)
{
    const struct pz_attempts *sums = &work->attempts;
    const int64_t begin = work->results->outbreak->begin;
    const double two = sums->in_time + sums->other, attempts = sums->one + two + sums->more;
    const struct {
        const char *of;
        double k, n;
    } shares[] = {{"not worm-like", sums->all - sums->worm_like, sums->all},
                  {"two SYNs", two, attempts},
                  {"more SYNs", sums->more, attempts},
                  {"in time", sums->in_time, two},
                  {"ttl", sums->without_ttl[1], sums->without_ttl[0]},
                  {"port", sums->without_port[1], sums->without_port[0]}};
    row->covered = sums->known ? pz_series_covers(&work->hourly, begin, begin + DAY) : PZ_COVERED_NO;
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
        if (strcmp(shares[i].of, row->of) == 0)
            compare_share(row, shares[i].k, shares[i].n, sums->sources);
}

/* How much of the lens the worm scans. */
static void reach(const struct pz_reproduction *work, struct pz_comparison *row)
{
    const struct pz_csv_table *table = pz_results_table(work->results, "reach");
    double share, hits, distinct;
    if (table && table->nrows && pz_csv_table_number(table, 0, "share", &share) &&
        pz_csv_table_number(table, 0, "hits", &hits) && pz_csv_table_number(table, 0, "distinct", &distinct)) {
        pz_compare_range(row, 100 * share, 1);
        row->cases = hits - distinct;
        row->needed = pz_cases_for_factor(sqrt(2)); /* halfway to a bit more or fewer */
    } else {
        row->covered = PZ_COVERED_NO;
    }
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
static void counter(const struct pz_reproduction *work, struct pz_comparison *row)
{
    double n = steps(work->results, "steps");
    row->covered = n > 0 ? row->covered : PZ_COVERED_NO;
    compare_share(row, steps(work->results, row->of), n, steps(work->results, "sources"));
}

/* The stretch of `nbins` from `begin` to `end` with the highest share, of those that have `needed` sources; its begin,
 * or -1. */
static int64_t highest(const struct pz_reproduction *work, int64_t begin, int64_t end, int nbins, double needed)
{
    int64_t best = -1;
    double most = -1;
    for (int64_t at = begin; at + nbins * PZ_BIN <= end; at += PZ_BIN) {
        double n = pz_series_sum(&work->new_sources, at, at + nbins * PZ_BIN);
        double share = n >= needed && n > 0 ? pz_series_sum(&work->new_reachable, at, at + nbins * PZ_BIN) / n : -1;
        if (share > most) {
            most = share;
            best = at;
        }
    }
    return best;
}

static void compare_victims(const struct pz_reproduction *work, struct pz_comparison *row, int64_t begin, int64_t end)
{
    double n = pz_series_sum(&work->new_sources, begin, end);
    row->covered = pz_series_covers(&work->new_sources, row->number->begin, row->number->end);
    if (n > 0)
        pz_compare_share(row, pz_series_sum(&work->new_reachable, begin, end), n);
}

static void victims(const struct pz_reproduction *work, struct pz_comparison *row)
{
    compare_victims(work, row, row->number->begin, row->number->end);
}

/* The page: between 01:30 and 05:00 the share jumps to over 70 %, so it is over it at some time in between. */
static void find_jump(const struct pz_reproduction *work, int64_t *begin, int64_t *end)
{
    static const int widths[] = {1, 3, 6, 12, 21}; /* bins: ten minutes, or as much longer as must be */
    const struct pz_published *number = pz_number_of(work, "S14b");
    double needed = pz_cases_for_share(number->low / 100, number->low / 100 - 0.1);
    *begin = number->begin;
    *end = number->end;
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        int64_t at = highest(work, number->begin, number->end, widths[i], needed);
        if (at < 0)
            continue;
        *begin = at;
        *end = at + widths[i] * PZ_BIN;
        break;
    }
}

static void jump(const struct pz_reproduction *work, struct pz_comparison *row)
{
    int64_t begin, end;
    find_jump(work, &begin, &end);
    compare_victims(work, row, begin, end);
}

/* After its peak the share decays: what is left of it in the day's last hours is less. */
static void decay(const struct pz_reproduction *work, struct pz_comparison *row)
{
    const int64_t late = row->number->begin, end = row->number->end;
    int64_t peak, peak_end;
    find_jump(work, &peak, &peak_end);
    double n1 = pz_series_sum(&work->new_sources, peak, peak_end), n2 = pz_series_sum(&work->new_sources, late, end);
    row->covered = pz_series_covers(&work->new_sources, peak, end);
    if (n1 > 0 && n2 > 0) {
        double p1 = pz_series_sum(&work->new_reachable, peak, peak_end) / n1,
               p2 = pz_series_sum(&work->new_reachable, late, end) / n2;
        double half = 1.96 * sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2);
        snprintf(row->ours, sizeof row->ours, "%.1f", 100 * (p1 - p2));
        snprintf(row->tolerance, sizeof row->tolerance, "above 0; ours is %.1f to %.1f", 100 * (p1 - p2 - half),
                 100 * (p1 - p2 + half));
        row->verdict = p1 - p2 + half > 0 ? PZ_VERDICT_PASS : PZ_VERDICT_DIFFERS;
        row->cases = fmin(n1, n2);
        row->needed = 2 * pz_cases_for_share(0.7, 0.6); /* as both of them scatter */
    }
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

/* A country's number in the hour of a row; 0 if it has none. */
static double in_hour(const struct pz_csv_table *table, const struct pz_comparison *row, const char *country,
                      const char *column)
{
    int64_t second;
    double n;
    for (size_t i = 0; i < table->nrows; i++)
        if (pz_csv_table_is(table, i, "country", country) && pz_csv_table_time(table, i, "hour", &second) &&
            second == row->number->begin)
            return pz_csv_table_number(table, i, column, &n) ? n : 0;
    return 0;
}

static void place(const struct pz_csv_table *table, const struct pz_reproduction *work, struct pz_comparison *row)
{
    double argentina = in_hour(table, row, "AR", "per_million"), rate;
    int64_t second;
    int rank = 1;
    for (size_t i = 0; i < table->nrows; i++)
        rank += pz_csv_table_number(table, i, "per_million", &rate) && rate > argentina &&
                pz_csv_table_time(table, i, "hour", &second) && second == row->number->begin;
    if (argentina > 0) {
        pz_compare_range(row, rank, 0);
        /* Rates of countries lie so far apart. */
        pz_compare_cases(work, row, in_hour(table, row, "AR", "sources"), 2);
    }
}

static void countries(const struct pz_reproduction *work, struct pz_comparison *row)
{
    const struct pz_csv_table *table = pz_results_table(work->results, "country_hourly");
    if (!table)
        row->covered = PZ_COVERED_NO;
    else if (strcmp(row->of, "place") == 0)
        place(table, work, row);
    else if (strcmp(row->of, "sources") == 0)
        pz_compare_range(row, in_hour(table, row, "UA", "sources"), 0);
    else
        pz_compare_range(row, rated_small(work->results), 0);
}

static void listing(const struct pz_reproduction *work, struct pz_comparison *row)
{
    const struct pz_csv_table *table = pz_results_table(work->results, "published_packets");
    double found = 0, n;
    for (size_t i = 0; table && i < table->nrows; i++)
        found += pz_csv_table_number(table, i, "found", &n) ? n : 0;
    if (!table || work->results->synthetic.any) /* made-up data have other packets */
        row->covered = PZ_COVERED_NO;
    if (table)
        pz_compare_range(row, found, 0);
}

const struct pz_rule pz_rules_of_behaviour[] = {
    {"S10", NULL, first_scan},
    {"S11", "not worm-like", share},
    {"S12", NULL, reach},
    {"S13a", "two SYNs", share},
    {"S13b", "more SYNs", share},
    {"S13c", "in time", share},
    {"S14a", NULL, victims},
    {"S14b", NULL, jump},
    {"S14c", NULL, victims},
    {"S14d", NULL, decay},
    {"S19a", "place", countries},
    {"S19b", "sources", countries},
    {"S19c", "small", countries},
    {"S20", NULL, listing},
    {"S22a", "ttl", share},
    {"S22b", "port", share},
    {"S22c", "port_rises", counter},
    {"S22d", "ip_id_rises", counter},
    {0},
};
