/* SPDX-License-Identifier: BSD-2-Clause */
/* A set of a run is read of the file of its hour, which the result lists, and a list from elsewhere of text or of a
 * portable Roaring bitmap. As text, a set is walked through once: its addresses, its runs of addresses, or its prefixes. */
#include "report/result_sets.h"

#include "base/text.h"
#include "base/time.h"
#include "tally/bitmap.h"

#include <inttypes.h>
#include <stdlib.h>

#define FOLDER PZ_RESULTS_SETS "/"

struct pz_path pz_set_name(uint32_t hour)
{
    return pz_path(FOLDER "%s" PZ_SET_ENDING, pz_time_text_hour(hour).text);
}

bool pz_set_hour(const char *file, uint32_t *hour)
{
    size_t length = strcspn(file, ".");
    int64_t second;
    if (strcmp(file + length, PZ_SET_ENDING) != 0 ||
        pz_time_parse(pz_path("%.*s", (int)length, file).text, &second) != 0 || second < 0)
        return false;
    *hour = (uint32_t)(second / PZ_SECONDS_PER_HOUR);
    return true;
}

/* The hours that have a set, ascending; the caller frees. */
static uint32_t *list_hours(const struct pz_results *results, uint32_t since, uint32_t until, size_t *n)
{
    const struct pz_manifest *manifest = &results->restricted;
    uint32_t *hours = pz_alloc(manifest->n * sizeof *hours), hour;
    *n = 0;
    for (size_t i = 0; i < manifest->n; i++)
        if (strncmp(manifest->files[i].name, FOLDER, sizeof FOLDER - 1) == 0 &&
            pz_set_hour(manifest->files[i].name + sizeof FOLDER - 1, &hour) && hour >= since && hour < until)
            hours[(*n)++] = hour;
    if (*n)
        qsort(hours, *n, sizeof *hours, pz_compare_u32);
    return hours;
}

/* Whether hours were recorded in that time, all without a source: such hours have no set. */
static bool is_without_sources(struct pz_results *results, uint32_t since, uint32_t until)
{
    const struct pz_csv_table *hourly = pz_results_table(results, "hourly");
    bool recorded = false;
    for (size_t row = 0; hourly && row < hourly->nrows; row++) {
        int64_t second;
        double sources;
        if (!pz_csv_table_time(hourly, row, "hour", &second) || second / PZ_SECONDS_PER_HOUR < since ||
            second / PZ_SECONDS_PER_HOUR >= until || !pz_csv_table_number(hourly, row, "sources", &sources))
            continue;
        if (sources > 0)
            return false;
        recorded = true;
    }
    return recorded;
}

int pz_sets_each(struct pz_results *results, uint32_t since, uint32_t until,
                 void (*take)(void *context, uint32_t hour, const roaring_bitmap_t *set), void *context,
                 struct pz_error *error)
{
    size_t n;
    uint32_t *hours = list_hours(results, since, until, &n);
    int status =
        n || is_without_sources(results, since, until)
            ? 0
            : pz_fail_usage(
                  error,
                  "%s has no sets of sources in these hours: give the folder with the results of a run, and hours "
                  "that it has",
                  results->directory);
    for (size_t i = 0; status == 0 && i < n; i++) {
        struct pz_buf bytes = {0};
        struct pz_path name = pz_set_name(hours[i]);
        status = pz_results_read(results, name.text, &bytes, error);
        roaring_bitmap_t *set = status == 0 ? pz_bitmap_read(bytes.bytes, bytes.nbytes, UINT64_MAX) : NULL;
        if (set) {
            take(context, hours[i], set);
            roaring_bitmap_free(set);
        } else if (status == 0) {
            status = pz_fail(error, "%s is not a set: run again to write it", name.text);
        }
        pz_buf_release(&bytes);
    }
    free(hours);
    return status;
}

roaring_bitmap_t *pz_sets_read(const char *path, struct pz_address_list *list, struct pz_error *error)
{
    struct pz_buf bytes = {0};
    struct pz_geo_file file = {0};
    *list = (struct pz_address_list){0};
    if (pz_geo_read_file(path, &bytes, &file, error) == 0) {
        list->set = pz_bitmap_read(bytes.bytes, bytes.nbytes - 1, UINT64_MAX);
        if (!list->set && memchr(bytes.bytes, 0, bytes.nbytes - 1))
            pz_fail_usage(
                error, "%s is neither text nor a Roaring bitmap in the portable format: give one IPv4 address a line",
                path);
        else if (!list->set && pz_address_list_read(list, path, (char *)bytes.bytes, error) != 0)
            list->set = NULL;
    }
    list->file = file;
    pz_buf_release(&bytes);
    return list->set;
}

enum { BITS = 32 };

static roaring_uint32_iterator_t *begin(const roaring_bitmap_t *set)
{
    roaring_uint32_iterator_t *at = roaring_iterator_create(set);
    PZ_CHECK_MEMORY(at);
    return at;
}

void pz_sets_count(const roaring_bitmap_t *set, const struct pz_geo_edition *countries, uint64_t *counts)
{
    roaring_uint32_iterator_t *at = begin(set);
    for (; at->has_value; roaring_uint32_iterator_advance(at))
        counts[pz_geo_find(countries, at->current_value)]++;
    roaring_uint32_iterator_free(at);
}

void pz_set_put_addresses(const roaring_bitmap_t *set, struct pz_buf *to)
{
    roaring_uint32_iterator_t *at = begin(set);
    for (; at->has_value; roaring_uint32_iterator_advance(at))
        pz_buf_printf(to, PZ_IPV4 "\n", PZ_OCTETS(at->current_value));
    roaring_uint32_iterator_free(at);
}

/* The prefixes of a run of addresses: from its first on, always the largest that fits. */
static void put_run(uint64_t first, uint64_t last, struct pz_buf *to)
{
    while (first <= last) {
        unsigned host = 0;
        while (host < BITS && !(first & UINT64_C(1) << host) && first + (UINT64_C(2) << host) - 1 <= last)
            host++;
        pz_buf_printf(to, PZ_IPV4 "/%u\n", PZ_OCTETS((uint32_t)first), BITS - host);
        first += UINT64_C(1) << host;
    }
}

/* The runs of addresses in a /16. */
static void put_runs(const roaring_bitmap_t *set, uint64_t first, uint64_t end, struct pz_buf *to)
{
    roaring_uint32_iterator_t *at = begin(set);
    bool more = roaring_uint32_iterator_move_equalorlarger(at, (uint32_t)first);
    while (more && at->current_value < end) {
        uint64_t run = at->current_value, last = run;
        while ((more = roaring_uint32_iterator_advance(at)) && last + 1 < end && at->current_value == last + 1)
            last++;
        put_run(run, last, to);
    }
    roaring_uint32_iterator_free(at);
}

/* A prefix that is all in the set is one line; others are halved down to a /16. */
static void put_prefix(const roaring_bitmap_t *set, uint64_t first, unsigned length, struct pz_buf *to)
{
    const uint64_t size = UINT64_C(1) << (BITS - length);
    uint64_t n = roaring_bitmap_range_cardinality(set, first, first + size);
    if (n == size)
        put_run(first, first + size - 1, to);
    else if (n && length == BITS / 2)
        put_runs(set, first, first + size, to);
    else if (n) {
        put_prefix(set, first, length + 1, to);
        put_prefix(set, first + size / 2, length + 1, to);
    }
}

void pz_set_put_prefixes(const roaring_bitmap_t *set, struct pz_buf *to)
{
    put_prefix(set, 0, 0, to);
}

/* Each prefix with its number of addresses; NULL for `to` counts prefixes only. */
static uint64_t each_prefix(const roaring_bitmap_t *set, unsigned length, struct pz_buf *to)
{
    const unsigned host = BITS - length;
    uint64_t prefixes = 0;
    roaring_uint32_iterator_t *at = begin(set);
    for (bool more = at->has_value; more; prefixes++) {
        uint64_t prefix = at->current_value >> host << host, next = prefix + (UINT64_C(1) << host);
        if (to)
            pz_buf_printf(to, PZ_IPV4 "/%u,%" PRIu64 "\n", PZ_OCTETS((uint32_t)prefix), length,
                          roaring_bitmap_range_cardinality(set, prefix, next));
        more = next <= UINT32_MAX && roaring_uint32_iterator_move_equalorlarger(at, (uint32_t)next);
    }
    roaring_uint32_iterator_free(at);
    return prefixes;
}

void pz_set_put_counts(const roaring_bitmap_t *set, unsigned length, struct pz_buf *to)
{
    pz_buf_printf(to, "prefix,sources\n");
    each_prefix(set, length, to);
}

uint64_t pz_set_count_prefixes(const roaring_bitmap_t *set, unsigned length)
{
    return each_prefix(set, length, NULL);
}
