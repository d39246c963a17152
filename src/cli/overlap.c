/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of `patientzero overlap`: a result has those of each list that its sources were compared with. The last field
 * of each row names the list. So earlier tables are merged with new ones line by line. */
#include "base/csv.h"
#include "base/file.h"
#include "base/json_read.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/command.h"
#include "cli/notes.h"
#include "reduce/small_cells.h"
#include "report/recapture.h"
#include "report/result_sets.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Hours since 1970 that packets can have. */
enum {
    EARLIEST = (int)(PZ_EARLIEST_SECOND / PZ_SECONDS_PER_HOUR),
    HOURS = (int)((PZ_LATEST_SECOND - PZ_EARLIEST_SECOND) / PZ_SECONDS_PER_HOUR)
};

struct hour {
    uint64_t ours, both;
    bool there; /* the hour has sources, by any rule */
};

enum { LABEL = 96 };

/* What the other list is. */
struct list {
    char label[LABEL];            /* NAME:DIGITS; lists with the same digits are the same list */
    struct pz_sha256_text digest; /* empty where it would give the addresses away */
    uint64_t entries, passed_over;
};

struct overlap {
    roaring_bitmap_t *ours, *others; /* owned */
    struct hour *hours;              /* owned: HOURS of them, from EARLIEST on */
    uint32_t first, last;            /* hours that have sources */
    uint32_t since, until;           /* hours that were asked for */
    const char *rule;                /* borrowed */
    struct list list;
};

enum {
    DIGITS = 12, /* of a digest, in a label: two of a thousand lists share them with probability 2^-29 */
    FEW = 4      /* A digest of fewer addresses reveals them to anybody who tries all addresses. */
};

/* A field that needs no quotes. */
static void take_name(const char *path, char *to, size_t nbytes)
{
    const char *slash = strrchr(path, '/'), *name = slash && slash[1] ? slash + 1 : path;
    snprintf(to, nbytes, "%s", name);
    for (char *c = to; *c; c++)
        if ((unsigned char)*c < ' ' || (unsigned char)*c > '~' || strchr(",\"\\:<&", *c))
            *c = '_';
}

/* What is written of a list that was read from `path`. */
static struct list list_of(const char *path, const struct pz_address_list *list)
{
    uint64_t addresses = roaring_bitmap_get_cardinality(list->set);
    struct list about = {.entries = list->text ? list->lines : addresses, .passed_over = list->nipv6 + list->nheadings};
    char name[LABEL - DIGITS - 1];
    take_name(path, name, sizeof name);
    if (addresses >= FEW)
        about.digest = list->file.digest;
    snprintf(about.label, sizeof about.label, "%s:%.*s", name, DIGITS,
             addresses < FEW ? pz_sha256_text(name, strlen(name)).text : about.digest.text);
    return about;
}

/* A row an hour, also for hours without sources, so that a curve breaks there; a long stretch of these is one row, as
 * in other tables. */
static void put_hours(const struct overlap *work, struct pz_csv *csv)
{
    uint32_t left = 0; /* hours to be passed over */
    for (uint32_t hour = work->first; hour <= work->last; hour++, left -= left > 0) {
        const struct hour *counts = &work->hours[hour - EARLIEST];
        if (left)
            continue;
        csv->unrecorded = !counts->there;
        pz_put_time(csv, hour);
        pz_put_count(csv, counts->ours);
        pz_put_count(csv, counts->both);
        pz_put_ratio(csv, counts->both, counts->ours);
        pz_put_text(csv, work->list.label);
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
        pz_put_number_if(csv, ours && others, numbers[i]);
}

static void take_min_cell(void *context, const struct pz_json_value *value)
{
    if (value->depth == 2 && value->path[0].key && value->path[1].key && strcmp(value->path[0].key, "options") == 0 &&
        strcmp(value->path[1].key, "min_cell") == 0)
        *(uint64_t *)context = strtoull(value->text, NULL, 10);
}

/* The --min-cell that the result was made with. */
static uint64_t min_cell_of(const struct pz_results *results)
{
    uint64_t min_cell = 0;
    (void)pz_json_read(results->record.bytes, results->record.nbytes, take_min_cell, &min_cell);
    return min_cell;
}

/* Whether a country has too few of ours, or in both, for a row of its own. */
static bool is_small(uint64_t ours, uint64_t both, uint64_t min_cell)
{
    return (ours && ours < min_cell) || (both && both < min_cell);
}

static void put_countries(const struct overlap *work, const struct pz_geo *geo, uint64_t min_cell, struct pz_csv *csv)
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
    uint64_t few[KINDS] = {0};
    for (size_t i = 0; i < n; i++) {
        uint64_t ours = counts[OURS * n + i], others = counts[OTHERS * n + i], shared = counts[BOTH * n + i];
        if (!ours && !others)
            continue;
        if (is_small(ours, shared, min_cell)) {
            few[OURS] += ours;
            few[OTHERS] += others;
            few[BOTH] += shared;
            continue;
        }
        pz_put_text(csv, i < geo->nplaces ? geo->places[i] : PZ_COUNTRY_UNKNOWN);
        put_sizes(csv, ours, others, shared);
        pz_put_text(csv, work->list.label);
    }
    if (few[OURS] && !is_small(few[OURS], few[BOTH], min_cell)) {
        pz_put_text(csv, PZ_PLACES_FEW);
        put_sizes(csv, few[OURS], few[OTHERS], few[BOTH]);
        pz_put_text(csv, work->list.label);
    }
    roaring_bitmap_free(both);
    free(counts);
}

static void put_whole(const struct overlap *work, struct pz_csv *csv)
{
    pz_put_time(csv, work->since);
    pz_put_time(csv, work->until);
    put_sizes(csv, roaring_bitmap_get_cardinality(work->ours), roaring_bitmap_get_cardinality(work->others),
              roaring_bitmap_and_cardinality(work->ours, work->others));
    pz_put_text(csv, work->rule);
    pz_put_text(csv, work->list.digest.text);
    pz_put_count(csv, work->list.entries);
    pz_put_count(csv, work->list.passed_over);
    pz_put_text(csv, work->list.label);
}

#define SIZES                                                                                                \
    {"ours", PZ_TYPE_COUNT, "sources", .doc = "in our hours"},                                               \
        {"others", PZ_TYPE_COUNT, "addresses", .doc = "in the other list"},                                  \
        {"both", PZ_TYPE_COUNT, "addresses", .doc = "intersection"},                                         \
        {"either", PZ_TYPE_COUNT, "addresses", .doc = "union"},                                              \
        {"jaccard", PZ_TYPE_NUMBER, .doc = "both / either, 0 to 1; empty if both are empty", .decimals = 6}, \
        {"estimate", PZ_TYPE_NUMBER, "addresses", .doc = ESTIMATE},                                          \
        {"estimate_low", PZ_TYPE_NUMBER, "addresses",                                                        \
         .doc = "the lower end of its interval at 95 %, which covers chance only"},                          \
    {                                                                                                        \
        "estimate_high", PZ_TYPE_NUMBER, "addresses", .doc = "the upper end of that interval"                \
    }
#define ESTIMATE                                                                                                 \
    "Chapman's two-sample estimate of all, if the lists were independent samples of one population, which they " \
    "are not; empty if one of them is empty"

#define LIST_SHA256                                                                                              \
    "of the list, decompressed; empty for a list of fewer than 4 addresses, as trying all addresses would find " \
    "them"
#define LIST                                                                                                    \
    {                                                                                                           \
        "list", PZ_TYPE_TEXT,                                                                                   \
            .doc = "the file's name, and after a colon the first 12 digits of `list_sha256` or, where that is " \
                   "empty, of the SHA-256 of the name"                                                          \
    }

static const struct pz_column whole_columns[] = {
    {"since", PZ_TYPE_HOUR, .doc = "the first hour"},
    {"until", PZ_TYPE_HOUR, .doc = "the hour after the last"},
    SIZES,
    {"rule", PZ_TYPE_TEXT, .doc = "which sources of ours: `all`, `strict`, `caida2011` or `evidence`"},
    {"list_sha256", PZ_TYPE_TEXT, .doc = LIST_SHA256},
    {"entries", PZ_TYPE_COUNT, "entries",
     .doc = "lines of the list with an address, a prefix or a range; of a bitmap, addresses"},
    {"passed_over", PZ_TYPE_COUNT, "lines",
     .doc = "of the list that were skipped, as they have IPv6 addresses or the names of columns"},
    LIST,
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
    LIST,
    {0}};
static const struct pz_column country_columns[] = {
    {"country", PZ_TYPE_TEXT,
     .doc = "two letters, or `ZZ`; `few`: those with fewer of ours, or in both, than the result's `--min-cell`, "
            "together, if these are enough"},
    SIZES,
    LIST,
    {0}};

const struct pz_schema pz_schema_overlap = {
    "overlap",
    "By `patientzero overlap`: a row for each list that the sources were compared with. With `--rule`, "
    "ours are the sources that the rule calls the worm's. A list that is "
    "given again replaces its own rows.",
    whole_columns};
const struct pz_schema pz_schema_overlap_hourly = {
    "overlap_hourly", "The same by the hour, list by list. A list is the same for all hours.", hourly_columns};
const struct pz_schema pz_schema_overlap_country = {"overlap_country",
                                                    "The same by country, list by list, as of our last hour, with "
                                                    "`--countries` only; those with an address in either list.",
                                                    country_columns};

static const char *digits_of(const char *label)
{
    const char *colon = strchr(label, ':');
    return colon ? colon + 1 : label;
}

enum { WHOLE, HOURLY, COUNTRY, TABLES };

static const struct pz_schema *const schemas[TABLES] = {&pz_schema_overlap, &pz_schema_overlap_hourly,
                                                        &pz_schema_overlap_country};

/* The rows of the lists that this result was compared with, as lines after each table's `header`; false, after a word to
 * the user where something is lost, if there is nothing to be kept. */
static bool read_earlier(const struct pz_results *results, const struct pz_buf header[TABLES],
                         struct pz_buf earlier[TABLES])
{
    for (int i = 0; i < TABLES; i++) {
        int status = pz_results_read_added(results, "overlap", schemas[i]->name, &earlier[i]);
        bool fits =
            earlier[i].nbytes >= header[i].nbytes && memcmp(earlier[i].bytes, header[i].bytes, header[i].nbytes) == 0;
        if (status < 0 || (status == 0 && !fits)) {
            pz_tell("tables/%s.csv was changed: its results of other lists are dropped", schemas[i]->name);
            return false;
        }
        if (status > 0 && i != COUNTRY)
            return false;
        pz_buf_put(&earlier[i], "", 1);
    }
    return true;
}

/* Appends earlier rows of other lists and the new ones, in the order of labels. No field has quotes. */
static void merge(char *earlier, const char *label, const struct pz_buf *rows, struct pz_buf *to)
{
    bool put = false;
    for (char *line; (line = pz_text_line(&earlier));) {
        const char *other = strrchr(line, ',') + 1;
        if (strcmp(digits_of(other), digits_of(label)) == 0)
            continue;
        if (!put && strcmp(other, label) > 0) {
            pz_buf_put(to, rows->bytes, rows->nbytes);
            put = true;
        }
        pz_buf_printf(to, "%s\n", line);
    }
    if (!put)
        pz_buf_put(to, rows->bytes, rows->nbytes);
}

/* Writes the rows of this list in the place of its own earlier ones; rows of other lists stay, and are in the order of
 * the lists' labels. Tables of another result, or that aren't as they were written, are replaced. */
static int write_tables(struct pz_results *results, const struct overlap *work, const struct pz_geo *geo,
                        struct pz_error *error)
{
    struct pz_buf bytes[TABLES] = {0}, rows[TABLES] = {0}, earlier[TABLES] = {0};
    struct pz_results_table tables[TABLES];
    struct pz_csv csv[TABLES];
    char none[] = "", *kept[TABLES];
    for (int i = 0; i < TABLES; i++) {
        pz_csv_begin(&csv[i], schemas[i], NULL, &bytes[i]);
        csv[i].to = &rows[i];
        tables[i] = (struct pz_results_table){schemas[i], &bytes[i]};
    }
    bool good = read_earlier(results, bytes, earlier);
    put_whole(work, &csv[WHOLE]);
    put_hours(work, &csv[HOURLY]);
    if (geo->neditions)
        put_countries(work, geo, min_cell_of(results), &csv[COUNTRY]);
    for (int i = 0; i < TABLES; i++) {
        bool any = good && earlier[i].nbytes > bytes[i].nbytes;
        kept[i] = any ? (char *)earlier[i].bytes + bytes[i].nbytes : none;
    }
    size_t n = geo->neditions || *kept[COUNTRY] ? TABLES : COUNTRY;
    for (int i = 0; i < TABLES; i++)
        merge(kept[i], work->list.label, &rows[i], &bytes[i]);
    int status = pz_results_add(results, "overlap", tables, n, error);
    for (int i = 0; i < TABLES; i++) {
        pz_buf_release(&earlier[i]);
        pz_buf_release(&bytes[i]);
        pz_buf_release(&rows[i]);
    }
    return status;
}

/* Prints this list's row of overlap.csv, as JSON. */
static int print_row(const struct overlap *work, struct pz_error *error)
{
    struct pz_buf text = {0};
    struct pz_json json = {.to = &text};
    struct pz_csv csv = {.schema = &pz_schema_overlap, .json = &json, .at = whole_columns};
    pz_json_open(&json, NULL, '{');
    put_whole(work, &csv);
    pz_json_close(&json, '}');
    return pz_file_print(&text, error);
}

static void take(void *context, uint32_t hour, const roaring_bitmap_t *set)
{
    struct overlap *work = context;
    if (hour < EARLIEST || hour - EARLIEST >= HOURS)
        return; /* an hour that no run writes, from the name of a file */
    struct hour *counts = &work->hours[hour - EARLIEST];
    counts->there = true;
    counts->ours += roaring_bitmap_get_cardinality(set);
    counts->both += roaring_bitmap_and_cardinality(set, work->others);
    work->first = hour < work->first ? hour : work->first;
    work->last = hour > work->last ? hour : work->last;
    roaring_bitmap_or_inplace(work->ours, set);
}

/* In the order of enum pz_rule. */
static const char *const rules[] = {"all", "evidence", "strict", "caida2011"};

int pz_overlap_compare(const struct pz_context *context, const struct pz_selection *selection, struct pz_error *error)
{
    const struct pz_settings *settings = &context->settings;
    struct pz_address_list list;
    struct overlap work = {
        .others = pz_sets_read(settings->with, &list, error), .first = UINT32_MAX, .rule = rules[settings->rule]};
    if (!work.others)
        return -1;
    work.list = list_of(settings->with, &list);
    pz_tell_skipped(settings->with, &list);
    work.ours = roaring_bitmap_create();
    PZ_CHECK_MEMORY(work.ours);
    work.hours = pz_alloc(HOURS * sizeof *work.hours);
    int status = pz_selection_each(selection, take, &work, error);
    if (status == 0 && work.first > work.last)
        status = pz_fail_usage(error, "no set belongs to an hour that packets can have");
    work.since = settings->hours.since ? settings->hours.since : work.first;
    work.until = settings->hours.until < UINT32_MAX ? settings->hours.until : work.last + 1;
    if (status == 0)
        status = write_tables(selection->results, &work, &context->countries, error);
    if (status == 0 && settings->json)
        status = print_row(&work, error);
    free(work.hours);
    roaring_bitmap_free(work.ours);
    roaring_bitmap_free(work.others);
    return status;
}
