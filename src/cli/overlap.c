/* patientzero overlap: our sources beside somebody else's list. */
#include "base/text.h"
#include "base/time.h"
#include "cli/countries.h"
#include "cli/selection.h"
#include "jobs/jobs.h"
#include "reduce/frame.h"
#include "report/sets.h"

#include <inttypes.h>
#include <stdlib.h>

struct settings {
    struct pz_selection_settings selection;
    const char *with;
    struct pz_country_files countries;
};

#define FIELD(name) offsetof(struct settings, name)

static const struct pz_option options[] = {
    {"out", "DIR", "The folder with the results of a run; the tables go there too.", FIELD(selection.out),
     pz_parse_text},
    {"with", "FILE",
     "The other list, as of a sinkhole: an IPv4 address, prefix (1.2.3.0/24) or range\n"
     "(1.2.3.4-1.2.3.9) a line or in the first column of a CSV, or a Roaring bitmap in\n"
     "the portable format; gzip or not. Comments are skipped, as is IPv6, which is counted.",
     FIELD(with), pz_parse_text},
    PZ_OPTIONS_SELECTION(FIELD(selection)),
    PZ_OPTION_COUNTRIES(FIELD(countries)),
    {0},
};

/* Hours since 1970 that packets can have. */
enum {
    EARLIEST = (int)(PZ_EARLIEST_SECOND / PZ_SECONDS_PER_HOUR),
    HOURS = (int)((PZ_LATEST_SECOND - PZ_EARLIEST_SECOND) / PZ_SECONDS_PER_HOUR)
};

struct counts {
    uint64_t ours, both;
    bool there; /* the hour has sources, whatever a rule says of them */
};

struct work {
    roaring_bitmap_t *ours, *others; /* owned */
    struct counts *hours;            /* owned: HOURS of them, from EARLIEST on */
    uint32_t first, last;            /* hours that have sources */
};

static void take(void *context, uint32_t hour, const roaring_bitmap_t *set)
{
    struct work *work = context;
    if (hour < EARLIEST || hour - EARLIEST >= HOURS)
        return; /* a file's name said so: no run wrote it */
    struct counts *counts = &work->hours[hour - EARLIEST];
    counts->there = true;
    counts->ours += roaring_bitmap_get_cardinality(set);
    counts->both += roaring_bitmap_and_cardinality(set, work->others);
    work->first = hour < work->first ? hour : work->first;
    work->last = hour > work->last ? hour : work->last;
    roaring_bitmap_or_inplace(work->ours, set);
}

/* A row an hour, so that a curve breaks where hours have none; a long stretch of these is one row, as in other tables. */
static void put_hours(const struct work *work, struct pz_buf *csv)
{
    uint32_t left = 0; /* hours to be passed over */
    pz_buf_printf(csv, "hour,ours,both,share_of_ours\n");
    for (uint32_t hour = work->first; hour <= work->last; hour++, left -= left > 0) {
        const struct counts *counts = &work->hours[hour - EARLIEST];
        char time[PZ_TIME_TEXT];
        if (left)
            continue;
        pz_time_text(hour * (int64_t)PZ_SECONDS_PER_HOUR, time);
        if (counts->there)
            pz_buf_printf(csv, "%s,%" PRIu64 ",%" PRIu64 ",", time, counts->ours, counts->both);
        else
            pz_buf_printf(csv, "%s,,,", time);
        if (counts->ours)
            pz_buf_printf(csv, "%.6f", (double)counts->both / (double)counts->ours);
        pz_buf_printf(csv, "\n");
        uint32_t n = 0;
        while (!counts[n].there) /* the last hour is there */
            n++;
        left = n > PZ_STRETCH_HOURS ? n : 0;
    }
}

static void put_sizes(struct pz_buf *csv, uint64_t ours, uint64_t others, uint64_t both)
{
    uint64_t either = ours + others - both;
    pz_buf_printf(csv, "%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",", ours, others, both, either);
    if (either)
        pz_buf_printf(csv, "%.6f", (double)both / (double)either);
    /* Chapman's form of the two-sample estimate (D. G. Chapman, 1951), which is finite and hardly biased. Both lists would
     * have to be independent and of one population; they are neither, and what they miss in common isn't counted. */
    double estimate = ((double)ours + 1) * ((double)others + 1) / ((double)both + 1) - 1;
    pz_buf_printf(csv, ",%.0f\n", estimate);
}

static void put_countries(const struct work *work, const struct pz_geo *geo, struct pz_buf *csv)
{
    enum { OURS, OTHERS, BOTH, KINDS };
    size_t n = geo->ncountries + 1;
    uint64_t *counts = pz_alloc(KINDS * n * sizeof *counts);
    roaring_bitmap_t *both = roaring_bitmap_and(work->ours, work->others);
    PZ_CHECK(both);
    pz_sets_count(work->ours, geo, counts + OURS * n);
    pz_sets_count(work->others, geo, counts + OTHERS * n);
    pz_sets_count(both, geo, counts + BOTH * n);
    pz_buf_printf(csv, "country,ours,others,both,either,jaccard,estimate\n");
    for (size_t i = 0; i < n; i++) {
        uint64_t ours = counts[OURS * n + i], others = counts[OTHERS * n + i];
        if (!ours && !others)
            continue;
        pz_buf_printf(csv, "%s,", pz_geo_code(geo, i));
        put_sizes(csv, ours, others, counts[BOTH * n + i]);
    }
    roaring_bitmap_free(both);
    free(counts);
}

static void put_whole(const struct settings *settings, const struct work *work, struct pz_buf *csv)
{
    int64_t since = settings->selection.since, until = settings->selection.until;
    char times[2][PZ_TIME_TEXT];
    pz_time_text((since < 0 ? work->first : since) * PZ_SECONDS_PER_HOUR, times[0]);
    pz_time_text((until < 0 ? (int64_t)work->last + 1 : until) * PZ_SECONDS_PER_HOUR, times[1]);
    pz_buf_printf(csv, "since,until,ours,others,both,either,jaccard,estimate\n%s,%s,", times[0], times[1]);
    put_sizes(csv, roaring_bitmap_get_cardinality(work->ours), roaring_bitmap_get_cardinality(work->others),
              roaring_bitmap_and_cardinality(work->ours, work->others));
}

static int write_tables(const struct settings *settings, struct pz_results *results, const struct work *work,
                        const struct pz_geo *geo, struct pz_error *error)
{
    struct pz_buf whole = {0}, hourly = {0}, countries = {0};
    const struct pz_results_table tables[] = {
        {"overlap", &whole}, {"overlap_hourly", &hourly}, {"overlap_country", &countries}};
    put_whole(settings, work, &whole);
    put_hours(work, &hourly);
    if (geo->nranges)
        put_countries(work, geo, &countries);
    int status = pz_results_add(results, "overlap", tables, geo->nranges ? 3 : 2, error);
    pz_buf_release(&whole);
    pz_buf_release(&hourly);
    pz_buf_release(&countries);
    return status;
}

static void warn_of_skipped(const char *path, const struct pz_address_list *list)
{
    if (list->nipv6)
        pz_tell("%s: %" PRIu64 " lines with IPv6 addresses skipped", path, list->nipv6);
    if (list->nheadings)
        pz_tell("%s: the first line names columns, skipped", path);
}

static int compare(const struct settings *settings, struct pz_selection *selection, const struct pz_geo *geo,
                   struct pz_results *results, struct pz_error *error)
{
    struct pz_address_list list;
    struct work work = {.others = pz_sets_read(settings->with, &list, error), .first = UINT32_MAX};
    if (!work.others)
        return -1;
    warn_of_skipped(settings->with, &list);
    work.ours = roaring_bitmap_create();
    PZ_CHECK(work.ours);
    work.hours = pz_alloc(HOURS * sizeof *work.hours);
    selection->results = results;
    int status = pz_selection_each(selection, take, &work, error);
    if (status == 0 && work.first > work.last)
        status = pz_fail_usage(error, "no set is of an hour that packets can have");
    if (status == 0)
        status = write_tables(settings, results, &work, geo, error);
    free(work.hours);
    roaring_bitmap_free(work.ours);
    roaring_bitmap_free(work.others);
    return status;
}

/* With sources of a store, a folder may do that has no result yet. */
static int make(const struct settings *settings, struct pz_selection *selection, const struct pz_geo *geo,
                struct pz_error *error)
{
    struct pz_results results;
    int (*open)(struct pz_results *, const struct pz_job *const *, const char *, const char *, struct pz_error *) =
        settings->selection.store ? pz_results_open_or_new : pz_results_open;
    if (open(&results, pz_jobs, settings->selection.out, "overlap", error) != 0)
        return -1;
    int status = compare(settings, selection, geo, &results, error);
    pz_results_close(&results);
    return status;
}

static int run(const struct pz_comm *comm, int argc, char **argv, struct pz_error *error)
{
    extern const struct pz_command pz_command_overlap;
    struct settings settings = {.selection = PZ_SELECTION_DEFAULTS};
    struct pz_selection selection;
    struct pz_model model;
    int nothers;
    if (pz_options_read(&pz_command_overlap, &settings, argc, argv, &nothers, error) != 0)
        return -1;
    if (nothers)
        return pz_fail_usage(error, "%s: overlap takes options only, --with FILE for the other list", argv[0]);
    if (!settings.selection.out || !settings.with)
        return pz_fail_usage(error, "--%s is missing: overlap --out DIR --with FILE",
                             settings.selection.out ? "with" : "out");
    struct pz_geo geo;
    if (pz_selection_load(comm, &settings.selection, &model, &selection, error) != 0 ||
        pz_countries_load(comm, &settings.countries, &geo, error) != 0)
        return -1;
    int status = pz_comm_agree(comm, comm->rank ? 0 : make(&settings, &selection, &geo, error), error);
    pz_geo_release(&geo);
    return status;
}

const struct pz_command pz_command_overlap = {
    .name = "overlap",
    .arguments = "--out DIR --with FILE [OPTION...]",
    .summary = "our sources beside somebody else's list",
    .help =
        "Compares the sources of some hours with another list, in numbers only: tables/overlap.csv, and by hour\n"
        "and, with --countries, by country; patientzero report draws the hours. Ours are the sets of hours that a\n"
        "run left in DIR/restricted/sources, or with --store or --rule what the tallies of a store have. The\n"
        "estimate is of all hosts, if both lists were independent samples of them. They are not: an address is not\n"
        "a host, and what both lists miss is in no list.",
    .options = options,
    .run = run,
};
