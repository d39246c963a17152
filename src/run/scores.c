/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/scores.h"

#include "base/sort.h"
#include "run/windows.h"
#include "worm/growth.h"

#include <stdlib.h>

struct row {
    uint32_t window, address; /* the window as its first hour since 1970 */
    int64_t first_usec;
    int32_t llr;
    struct pz_features features;
};

static void take(void *context, const struct pz_window *window)
{
    struct pz_buf *rows = context;
    for (size_t i = 0; i < window->sources.n; i++) {
        const struct pz_source *source = pz_table_row(&window->sources, i);
        struct row row = {window->number * window->timeline->options.window, source->address, source->first_usec,
                          window->llrs[i], window->features[i]};
        pz_buf_put(rows, &row, sizeof row);
    }
}

static int compare(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    return x->window != y->window ? PZ_ORDER(x->window, y->window) : PZ_ORDER(x->address, y->address);
}

/* Of the worm among a window's sources, by group. */
static void find_shares(const struct row *rows, size_t n, double shares[PZ_GROUPS])
{
    uint64_t counts[PZ_GROUP_BINS] = {0};
    for (size_t i = 0; i < n; i++)
        counts[pz_group_bin(rows[i].features.targets, rows[i].llr)]++;
    for (unsigned group = 0; group < PZ_GROUPS; group++)
        shares[group] = pz_likeliest_share(counts + group * PZ_LLR_BINS);
}

static void put_row(struct pz_csv *csv, const struct row *row, double share)
{
    static const char *const levels[] = {"none", "some", "all", ""};
    const struct pz_features *e = &row->features;
    pz_put_time(csv, row->window);
    pz_put_address(csv, row->address);
    pz_put_time(csv, row->first_usec);
    pz_put_count(csv, e->targets);
    for (int quadrant = 0; quadrant < PZ_QUADRANTS; quadrant++)
        pz_put_count(csv, e->quadrants[quadrant]);
    const uint32_t bounds[] = {e->local,      e->networks,   e->octet2_min, e->octet2_max, e->octet3_min,
                               e->octet3_max, e->octet4_min, e->octet4_max, e->active,     e->silent};
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++)
        pz_put_count(csv, bounds[i]);
    for (int pattern = 0; pattern < PZ_PATTERNS; pattern++)
        pz_put_count(csv, e->attempts[pattern]);
    for (int trait = 0; trait < PZ_LEVEL_TRAITS; trait++)
        pz_put_text(csv, levels[e->levels[trait]]);
    pz_put_count(csv, pz_rule_strict(e));
    pz_put_count(csv, pz_rule_caida2011(e));
    pz_put_number(csv, row->llr / 1000.0);
    pz_put_number(csv, pz_growth_posterior(share, row->llr));
}

static const struct pz_column columns[] = {
    {"window", PZ_TYPE_HOUR, .doc = "its first hour"},
    {"source", PZ_TYPE_ADDRESS, .doc = "its address"},
    {"first_scan", PZ_TYPE_USEC, .doc = "its first scan in the window"},
    {"targets", PZ_TYPE_COUNT, "destinations", .doc = "distinct ones; an estimate from 8 on"},
    {"reached", PZ_TYPE_COUNT, "destinations", .doc = "of `targets`, those that the worm can reach"},
    {"high_octet2", PZ_TYPE_COUNT, "destinations", .doc = "that the worm cannot reach because octet 2 is 128 or above"},
    {"high_octet4", PZ_TYPE_COUNT, "destinations", .doc = "that the worm cannot reach because octet 4 is 128 or above"},
    {"high_both", PZ_TYPE_COUNT, "destinations",
     .doc = "that the worm cannot reach because both octets are 128 or above"},
    {"local", PZ_TYPE_COUNT, "scans",
     .doc = "of its own /16, as at an infected host. The other columns on destinations leave them out"},
    {"networks", PZ_TYPE_COUNT, "/16s", .doc = "of its destinations, distinct ones; 8 stands for 8 or more"},
    {"octet2_min", PZ_TYPE_COUNT, .doc = "the lowest value of the lower seven bits of octet 2 of its destinations"},
    {"octet2_max", PZ_TYPE_COUNT, .doc = "the highest value of the lower seven bits of octet 2 of its destinations"},
    {"octet3_min", PZ_TYPE_COUNT, .doc = "the lowest value of the upper seven bits of octet 3 of its destinations"},
    {"octet3_max", PZ_TYPE_COUNT, .doc = "the highest value of the upper seven bits of octet 3 of its destinations"},
    {"octet4_min", PZ_TYPE_COUNT, .doc = "the lowest value of the lower seven bits of octet 4 of its destinations"},
    {"octet4_max", PZ_TYPE_COUNT, .doc = "the highest value of the lower seven bits of octet 4 of its destinations"},
    {"active", PZ_TYPE_COUNT, "seconds", .doc = "from its first scan to its last"},
    {"silent", PZ_TYPE_COUNT, "seconds", .doc = "of the window that were recorded after its last scan"},
    {"one_syn", PZ_TYPE_COUNT, "attempts", .doc = "connection attempts of one SYN"},
    {"two_in_time", PZ_TYPE_COUNT, "attempts", .doc = "connection attempts of two SYNs, 2.5 to 3.6 s apart"},
    {"two_other", PZ_TYPE_COUNT, "attempts", .doc = "connection attempts of two SYNs, at another distance"},
    {"three_or_more", PZ_TYPE_COUNT, "attempts", .doc = "connection attempts of three SYNs or more"},
    {"length", PZ_TYPE_TEXT, .doc = "how many of its scans have the worm's length (48 bytes): `none`, `some`, `all`"},
    {"ttl", PZ_TYPE_TEXT, .doc = "how many of its scans have a TTL of 65 to 128: `none`, `some`, `all`"},
    {"port", PZ_TYPE_TEXT, .doc = "how many of its scans have a source port of 1024 to 5000: `none`, `some`, `all`"},
    {"ip_id", PZ_TYPE_TEXT,
     .doc = "of its attempts with a second SYN, how many had an ip.id that rose by 1 to 2,000: the same words; empty "
            "if there are no such attempts"},
    {"strict", PZ_TYPE_COUNT, "0 or 1", .doc = "1 if the rule `strict` takes it for the worm"},
    {"caida2011", PZ_TYPE_COUNT, "0 or 1", .doc = "1 if the rule `caida2011` takes it for the worm"},
    {"evidence", PZ_TYPE_NUMBER, .doc = "E, in natural units; the rule `evidence` is 6.908 or more", .decimals = 3},
    {"probability", PZ_TYPE_NUMBER,
     .doc = "of being the worm, 0 to 1, given how many of the window's sources with about as many targets seem to be",
     .decimals = 6},
    {0},
};

const struct pz_schema pz_schema_judged = {
    "judged", "By `patientzero judge`, where you say: a row for each source of each window, by window and address.",
    columns};

int pz_scores_make(struct pz_scoring *scoring, struct pz_buf *csv, struct pz_error *error)
{
    struct pz_buf rows = {0};
    struct pz_windows windows = {.take = take, .context = &rows};
    pz_windows_init(&windows, scoring->store, scoring->captures, scoring->hours, scoring->since, scoring->until,
                    scoring->window);
    windows.timeline.model = scoring->model;
    int status = pz_windows_run(&windows, error);
    scoring->nsources = rows.nbytes / sizeof(struct row);
    if (status == 0 && scoring->nsources)
        qsort(rows.bytes, scoring->nsources, sizeof(struct row), compare);
    struct pz_csv table;
    pz_csv_begin(&table, &pz_schema_judged, NULL, csv);
    const struct row *all = (const void *)rows.bytes;
    for (size_t i = 0, end; status == 0 && i < scoring->nsources; i = end) {
        double shares[PZ_GROUPS];
        for (end = i + 1; end < scoring->nsources && all[end].window == all[i].window;)
            end++;
        find_shares(all + i, end - i, shares);
        for (size_t j = i; j < end; j++)
            put_row(&table, &all[j], shares[pz_target_group(all[j].features.targets)]);
    }
    pz_buf_release(&rows);
    pz_windows_release(&windows);
    return status;
}
