/* patientzero overlap: our sources beside somebody else's list. */
#include "base/file.h"
#include "base/time.h"
#include "cli/countries.h"
#include "report/sets.h"

#include <inttypes.h>
#include <stdlib.h>

struct settings {
    const char *out, *with;
    int64_t since, until;
    struct pz_country_files countries;
};

#define FIELD(name) offsetof(struct settings, name)

static const struct pz_option options[] = {
    {"out", "DIR", "The folder with the results of a run; the tables go there too.", FIELD(out), pz_parse_text},
    {"with", "FILE",
     "The other list, as of a sinkhole: an IPv4 address a line, or a Roaring bitmap in\n"
     "the portable format; gzip or not.",
     FIELD(with), pz_parse_text},
    {"since", "TIME", "From this UTC hour on (the first).", FIELD(since), pz_parse_hour},
    {"until", "TIME", "Up to this UTC hour, which is not in it (the last).", FIELD(until), pz_parse_hour},
    PZ_OPTION_COUNTRIES(FIELD(countries)),
    {0},
};

struct work {
    roaring_bitmap_t *ours, *others; /* owned */
    struct pz_buf hourly;
    uint32_t first, last; /* hours that have a set */
};

static void take(void *context, uint32_t hour, const roaring_bitmap_t *set)
{
    struct work *work = context;
    char time[PZ_TIME_TEXT];
    pz_time_text(hour * (int64_t)PZ_SECONDS_PER_HOUR, time);
    uint64_t ours = roaring_bitmap_get_cardinality(set), both = roaring_bitmap_and_cardinality(set, work->others);
    pz_buf_printf(&work->hourly, "%s,%" PRIu64 ",%" PRIu64 ",%.6f\n", time, ours, both, (double)both / (double)ours);
    work->first = hour < work->first ? hour : work->first;
    work->last = hour;
    roaring_bitmap_or_inplace(work->ours, set);
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

static int write_table(const struct settings *settings, const char *name, const struct pz_buf *csv,
                       struct pz_error *error)
{
    char *path = pz_format("%s/tables/%s.csv", settings->out, name);
    int status = pz_file_write(path, csv->bytes, csv->nbytes, error);
    free(path);
    return status;
}

static int write_countries(const struct settings *settings, const struct work *work, const struct pz_geo *geo,
                           struct pz_error *error)
{
    enum { OURS, OTHERS, BOTH, KINDS };
    size_t n = geo->ncountries + 1;
    uint64_t *counts = pz_alloc(KINDS * n * sizeof *counts);
    roaring_bitmap_t *both = roaring_bitmap_and(work->ours, work->others);
    PZ_CHECK(both);
    pz_sets_count(work->ours, geo, counts + OURS * n);
    pz_sets_count(work->others, geo, counts + OTHERS * n);
    pz_sets_count(both, geo, counts + BOTH * n);
    struct pz_buf csv = {0};
    pz_buf_printf(&csv, "country,ours,others,both,either,jaccard,estimate\n");
    for (size_t i = 0; i < n; i++) {
        uint64_t ours = counts[OURS * n + i], others = counts[OTHERS * n + i];
        if (!ours && !others)
            continue;
        pz_buf_printf(&csv, "%s,", pz_geo_code(geo, i));
        put_sizes(&csv, ours, others, counts[BOTH * n + i]);
    }
    int status = write_table(settings, "overlap_country", &csv, error);
    pz_buf_release(&csv);
    roaring_bitmap_free(both);
    free(counts);
    return status;
}

static int make(const struct settings *settings, const struct pz_geo *geo, struct pz_error *error)
{
    uint32_t since = settings->since < 0 ? 0 : (uint32_t)settings->since;
    uint32_t until = settings->until < 0 ? UINT32_MAX : (uint32_t)settings->until;
    struct work work = {.others = pz_sets_read(settings->with, error), .first = UINT32_MAX};
    if (!work.others)
        return -1;
    work.ours = roaring_bitmap_create();
    PZ_CHECK(work.ours);
    pz_buf_printf(&work.hourly, "hour,ours,both,share_of_ours\n");
    int status = pz_sets_each(settings->out, since, until, take, &work, error);
    if (status == 0) {
        struct pz_buf csv = {0};
        char times[2][PZ_TIME_TEXT];
        uint32_t from = settings->since < 0 ? work.first : since, to = settings->until < 0 ? work.last + 1 : until;
        pz_time_text(from * (int64_t)PZ_SECONDS_PER_HOUR, times[0]);
        pz_time_text(to * (int64_t)PZ_SECONDS_PER_HOUR, times[1]);
        pz_buf_printf(&csv, "since,until,ours,others,both,either,jaccard,estimate\n%s,%s,", times[0], times[1]);
        put_sizes(&csv, roaring_bitmap_get_cardinality(work.ours), roaring_bitmap_get_cardinality(work.others),
                  roaring_bitmap_and_cardinality(work.ours, work.others));
        status = write_table(settings, "overlap", &csv, error);
        pz_buf_release(&csv);
    }
    if (status == 0)
        status = write_table(settings, "overlap_hourly", &work.hourly, error);
    if (status == 0 && geo->nranges)
        status = write_countries(settings, &work, geo, error);
    pz_buf_release(&work.hourly);
    roaring_bitmap_free(work.ours);
    roaring_bitmap_free(work.others);
    return status;
}

static int run(const struct pz_comm *comm, int argc, char **argv, struct pz_error *error)
{
    extern const struct pz_command pz_command_overlap;
    struct settings settings = {.since = -1, .until = -1};
    int nothers;
    if (pz_options_read(&pz_command_overlap, &settings, argc, argv, &nothers, error) != 0)
        return -1;
    if (nothers)
        return pz_fail_usage(error, "%s: overlap takes options only, --with FILE for the other list", argv[0]);
    if (!settings.out || !settings.with)
        return pz_fail_usage(error, "--%s is missing: overlap --out DIR --with FILE", settings.out ? "with" : "out");
    struct pz_geo geo;
    if (pz_countries_load(comm, &settings.countries, &geo, error) != 0)
        return -1;
    int status = pz_comm_agree(comm, comm->rank ? 0 : make(&settings, &geo, error), error);
    pz_geo_release(&geo);
    return status;
}

const struct pz_command pz_command_overlap = {
    .name = "overlap",
    .arguments = "--out DIR --with FILE [OPTION...]",
    .summary = "our sources beside somebody else's list",
    .help = "Compares the sources of some hours with another list, in numbers only: tables/overlap.csv, and by hour\n"
            "and, with --countries, by country. The estimate is of all hosts, if both lists were independent samples\n"
            "of them. They are not: an address is not a host, and what both lists miss is in no list.",
    .options = options,
    .run = run,
};
