/* SPDX-License-Identifier: BSD-2-Clause */
/* patientzero overlap: compares our sources with another list. */
#include "base/csv.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/check_drawings.h"
#include "cli/list_note.h"
#include "cli/selection_options.h"
#include "jobs/jobs.h"
#include "reduce/timeline.h"
#include "report/recapture.h"
#include "report/result_sets.h"

#include <inttypes.h>
#include <stdlib.h>

static const struct pz_option options[] = {
    {"out", "DIR", "The folder with the results of a run; the tables go there too.", PZ_AS_TEXT(out)},
    {"with", "FILE",
     "The other list, as of a sinkhole: an IPv4 address, prefix (1.2.3.0/24) or range\n"
     "(1.2.3.4-1.2.3.9) a line or in the first column of a CSV, or a Roaring bitmap in\n"
     "the portable format; compressed or not. Comments are skipped, as is IPv6, which is counted.",
     PZ_AS_TEXT(with)},
    {PZ_OPTION_COUNTRIES},
    {"json", NULL, "Print the row of overlap.csv as JSON.", PZ_AS_FLAG(json)},
    {0},
};

/* Hours since 1970 that packets can have. */
enum {
    EARLIEST = (int)(PZ_EARLIEST_SECOND / PZ_SECONDS_PER_HOUR),
    HOURS = (int)((PZ_LATEST_SECOND - PZ_EARLIEST_SECOND) / PZ_SECONDS_PER_HOUR)
};

struct counts {
    uint64_t ours, both;
    bool there; /* the hour has sources, by any rule */
};

struct overlap {
    roaring_bitmap_t *ours, *others; /* owned */
    struct counts *hours;            /* owned: HOURS of them, from EARLIEST on */
    uint32_t first, last;            /* hours that have sources */
};

static void take(void *context, uint32_t hour, const roaring_bitmap_t *set)
{
    struct overlap *work = context;
    if (hour < EARLIEST || hour - EARLIEST >= HOURS)
        return; /* an hour that no run writes, from the name of a file */
    struct counts *counts = &work->hours[hour - EARLIEST];
    counts->there = true;
    counts->ours += roaring_bitmap_get_cardinality(set);
    counts->both += roaring_bitmap_and_cardinality(set, work->others);
    work->first = hour < work->first ? hour : work->first;
    work->last = hour > work->last ? hour : work->last;
    roaring_bitmap_or_inplace(work->ours, set);
}

/* A row an hour, also for hours without sources, so that a curve breaks there; a long stretch of these is one row, as
 * in other tables. */
static void put_hours(const struct overlap *work, struct pz_csv *csv)
{
    uint32_t left = 0; /* hours to be passed over */
    for (uint32_t hour = work->first; hour <= work->last; hour++, left -= left > 0) {
        const struct counts *counts = &work->hours[hour - EARLIEST];
        if (left)
            continue;
        csv->unrecorded = !counts->there;
        pz_put_time(csv, hour);
        pz_put_count(csv, counts->ours);
        pz_put_count(csv, counts->both);
        pz_put_ratio(csv, counts->both, counts->ours);
        uint32_t n = 0;
        while (!counts[n].there) /* the last hour is there */
            n++;
        left = n > PZ_STRETCH_HOURS ? n : 0;
    }
}

static void put_sizes(struct pz_csv *csv, uint64_t ours, uint64_t others, uint64_t both)
{
    uint64_t either = ours + others - both;
    pz_put_count(csv, ours);
    pz_put_count(csv, others);
    pz_put_count(csv, both);
    pz_put_count(csv, either);
    pz_put_ratio(csv, both, either);
    /* The estimate assumes independent lists of one population. They are neither, and what both lists miss isn't
     * counted. An empty list tells nothing. */
    struct pz_recapture estimate = pz_recapture_of(ours, others, both);
    const double numbers[] = {estimate.best, estimate.low, estimate.high};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (ours && others)
            pz_put_number(csv, numbers[i]);
        else
            pz_put_nothing(csv);
}

static void put_countries(const struct overlap *work, const struct pz_geo *geo, struct pz_csv *csv)
{
    enum { OURS, OTHERS, BOTH, KINDS };
    const struct pz_geo_edition *countries = pz_geo_at(geo, work->last);
    size_t n = geo->nplaces + 1;
    uint64_t *counts = pz_alloc(KINDS * n * sizeof *counts);
    roaring_bitmap_t *both = roaring_bitmap_and(work->ours, work->others);
    PZ_CHECK_MEMORY(both);
    pz_sets_count(work->ours, countries, counts + OURS * n);
    pz_sets_count(work->others, countries, counts + OTHERS * n);
    pz_sets_count(both, countries, counts + BOTH * n);
    for (size_t i = 0; i < n; i++) {
        uint64_t ours = counts[OURS * n + i], others = counts[OTHERS * n + i];
        if (!ours && !others)
            continue;
        pz_put_text(csv, i < geo->nplaces ? geo->places[i] : PZ_COUNTRY_UNKNOWN);
        put_sizes(csv, ours, others, counts[BOTH * n + i]);
    }
    roaring_bitmap_free(both);
    free(counts);
}

static void put_whole(const struct pz_settings *settings, const struct overlap *work, struct pz_csv *csv)
{
    int64_t since = settings->since, until = settings->until;
    pz_put_time(csv, since < 0 ? work->first : since);
    pz_put_time(csv, until < 0 ? (int64_t)work->last + 1 : until);
    put_sizes(csv, roaring_bitmap_get_cardinality(work->ours), roaring_bitmap_get_cardinality(work->others),
              roaring_bitmap_and_cardinality(work->ours, work->others));
}

#define SIZES                                                                                                \
    {"ours", PZ_TYPE_COUNT, "sources", .doc = "in our hours"},                                               \
        {"others", PZ_TYPE_COUNT, "addresses", .doc = "in the other list"},                                  \
        {"both", PZ_TYPE_COUNT, "addresses", .doc = "intersection"},                                         \
        {"either", PZ_TYPE_COUNT, "addresses", .doc = "union"},                                              \
        {"jaccard", PZ_TYPE_NUMBER, .doc = "both / either, 0 to 1; empty if both are empty", .decimals = 6}, \
        {"estimate", PZ_TYPE_NUMBER, "addresses", .doc = ESTIMATE},                                          \
        {"estimate_low", PZ_TYPE_NUMBER, "addresses", .doc = "its interval at 95 %, from here"},             \
    {                                                                                                        \
        "estimate_high", PZ_TYPE_NUMBER, "addresses", .doc = "to here, of what chance leaves open"           \
    }
#define ESTIMATE                                                                                                 \
    "Chapman's two-sample estimate of all, if the lists were independent samples of one population, which they " \
    "are not; empty if one of them is empty"

static const struct pz_column whole_columns[] = {{"since", PZ_TYPE_HOUR, .doc = "the first hour"},
                                                 {"until", PZ_TYPE_HOUR, .doc = "the first behind the last"},
                                                 SIZES,
                                                 {0}};
static const struct pz_column hourly_columns[] = {
    {"hour", PZ_TYPE_HOUR,
     .doc = "all from the first to the last that have sources; a stretch of more than 30 days without is one row"},
    {"ours", PZ_TYPE_COUNT, "sources",
     .doc = "empty if there are none in the captures, whether nobody scanned or nothing was recorded; 0: there are, "
            "and the rule passes none",
     .recorded = true},
    {"both", PZ_TYPE_COUNT, "addresses", .doc = "in both lists", .recorded = true},
    {"share_of_ours", PZ_TYPE_NUMBER, .doc = "both / ours, 0 to 1; empty without any of ours", .decimals = 6},
    {0}};
static const struct pz_column country_columns[] = {
    {"country", PZ_TYPE_TEXT, .doc = "two letters, or `ZZ`"}, SIZES, {0}};

const struct pz_schema pz_schema_overlap = {"overlap",
                                            "By `patientzero overlap`, beside a list that you have. With `--rule`, "
                                            "ours are the sources that the rule calls the worm's.",
                                            whole_columns};
const struct pz_schema pz_schema_overlap_hourly = {
    "overlap_hourly", "The same by the hour. The list is the same for all hours.", hourly_columns};
const struct pz_schema pz_schema_overlap_country = {
    "overlap_country",
    "The same by country, as of our last hour, with `--countries` only; those with an address in either list.",
    country_columns};

static void put_estimate(struct pz_json *json, const char *name, bool known, double number)
{
    if (known)
        pz_json_u64(json, name, (uint64_t)(number + 0.5));
    else
        pz_json_null(json, name);
}

/* The numbers of overlap.csv, for a program to read. */
static int print_json(const struct pz_settings *settings, const struct overlap *work, struct pz_error *error)
{
    uint64_t ours = roaring_bitmap_get_cardinality(work->ours), others = roaring_bitmap_get_cardinality(work->others);
    uint64_t both = roaring_bitmap_and_cardinality(work->ours, work->others);
    struct pz_recapture estimate = pz_recapture_of(ours, others, both);
    char time[PZ_TIME_TEXT];
    struct pz_buf text = {0};
    struct pz_json json = {.to = &text};
    pz_json_open(&json, NULL, '{');
    pz_time_text((settings->since < 0 ? work->first : settings->since) * PZ_SECONDS_PER_HOUR, time);
    pz_json_text(&json, "since", time);
    pz_time_text((settings->until < 0 ? work->last + INT64_C(1) : settings->until) * PZ_SECONDS_PER_HOUR, time);
    pz_json_text(&json, "until", time);
    pz_json_u64(&json, "ours", ours);
    pz_json_u64(&json, "others", others);
    pz_json_u64(&json, "both", both);
    pz_json_u64(&json, "either", ours + others - both);
    if (ours + others)
        pz_json_number(&json, "jaccard", (double)both / (double)(ours + others - both));
    else
        pz_json_null(&json, "jaccard");
    put_estimate(&json, "estimate", ours && others, estimate.best);
    put_estimate(&json, "estimate_low", ours && others, estimate.low);
    put_estimate(&json, "estimate_high", ours && others, estimate.high);
    pz_json_close(&json, '}');
    int status = pz_file_print(text.bytes, text.nbytes, error);
    pz_buf_release(&text);
    return status;
}

static int write_tables(const struct pz_settings *settings, struct pz_results *results, const struct overlap *work,
                        const struct pz_geo *geo, struct pz_error *error)
{
    enum { WHOLE, HOURLY, COUNTRY, TABLES };
    const struct pz_schema *const schemas[TABLES] = {&pz_schema_overlap, &pz_schema_overlap_hourly,
                                                     &pz_schema_overlap_country};
    struct pz_buf bytes[TABLES] = {0};
    struct pz_results_table tables[TABLES];
    struct pz_csv csv[TABLES];
    for (int i = 0; i < TABLES; i++) {
        pz_csv_begin(&csv[i], schemas[i], NULL, &bytes[i]);
        tables[i] = (struct pz_results_table){schemas[i]->name, &bytes[i]};
    }
    put_whole(settings, work, &csv[WHOLE]);
    put_hours(work, &csv[HOURLY]);
    if (geo->neditions)
        put_countries(work, geo, &csv[COUNTRY]);
    int status = pz_results_add(results, "overlap", tables, geo->neditions ? TABLES : COUNTRY, error);
    for (int i = 0; i < TABLES; i++)
        pz_buf_release(&bytes[i]);
    return status;
}

static int compare(const struct pz_settings *settings, struct pz_selection *selection, const struct pz_geo *geo,
                   struct pz_results *results, struct pz_error *error)
{
    struct pz_address_list list;
    struct overlap work = {.others = pz_sets_read(settings->with, &list, error), .first = UINT32_MAX};
    if (!work.others)
        return -1;
    pz_tell_skipped(settings->with, &list);
    work.ours = roaring_bitmap_create();
    PZ_CHECK_MEMORY(work.ours);
    work.hours = pz_alloc(HOURS * sizeof *work.hours);
    selection->results = results;
    int status = pz_selection_each(selection, take, &work, error);
    if (status == 0 && work.first > work.last)
        status = pz_fail_usage(error, "no set is of an hour that packets can have");
    if (status == 0)
        status = write_tables(settings, results, &work, geo, error);
    if (status == 0 && settings->json)
        status = print_json(settings, &work, error);
    free(work.hours);
    roaring_bitmap_free(work.ours);
    roaring_bitmap_free(work.others);
    return status;
}

static int check(const struct pz_context *context, struct pz_error *error)
{
    const struct pz_settings *settings = &context->settings;
    if (context->narguments)
        return pz_fail_usage(error, "%s: overlap takes options only, --with FILE for the other list",
                             context->arguments[0]);
    if (!settings->out || !settings->with)
        return pz_fail_usage(error, "--%s is missing: overlap --out DIR --with FILE", settings->out ? "with" : "out");
    return 0;
}

/* With sources of a store, the folder may have no result yet. */
static int run(struct pz_context *context, struct pz_error *error)
{
    const struct pz_settings *settings = &context->settings;
    struct pz_selection selection = pz_selection_of(context);
    struct pz_results results;
    int (*open)(struct pz_results *, const struct pz_job *const *, const char *, uint16_t, const char *,
                struct pz_error *) = settings->store ? pz_results_open_or_new : pz_results_open_port;
    if (open(&results, pz_jobs, settings->out, settings->port, "overlap", error) != 0)
        return -1;
    pz_tell_drawings(&results);
    int status = compare(settings, &selection, &context->countries, &results, error);
    pz_results_close(&results);
    return status;
}

static const struct pz_example examples[] = {
    {"With a sinkhole's list of addresses:", "patientzero overlap --out results --with list-of-addresses.txt"},
    {"Only the worm's sources of one day, as JSON:", "patientzero overlap --out results --with list-of-addresses.txt "
                                                     "--rule evidence --since 2008-11-21 --until 2008-11-22 --json"},
    {0},
};

const struct pz_command pz_command_overlap = {
    .name = "overlap",
    .arguments = "--out DIR --with FILE [OPTION...]",
    .summary = "our sources beside somebody else's list",
    .help = "Compares the sources of some hours with another list, in numbers only: tables/overlap.csv, and by hour\n"
            "and, with --countries, by country; patientzero report draws the hours. Ours are the sets of hours that a\n"
            "run left in DIR/restricted/sources, or with --store or --rule what the tallies of a store have. The\n"
            "estimate, with an interval at 95 %, is of all hosts, if both lists were independent samples of them.\n"
            "They are not: an address is not a host, and what both lists miss is in no list.",
    .needs = PZ_NEEDS_MODEL | PZ_NEEDS_COUNTRIES | PZ_RUNS_ALONE,
    .options = options,
    .shared = pz_options_of_selection,
    .examples = examples,
    .defaults = pz_no_port,
    .check = check,
    .run = run,
};
