/* SPDX-License-Identifier: BSD-2-Clause */
/* All files are read, and the names of places are listed in order. Then one edition is made for each date: the ranges of
 * the files that hold from then on, without overlaps. A search begins at the first range of an address's upper 16 bits. */
#include "geo/load.h"

#include "base/sort.h"
#include "base/text.h"
#include "base/time.h"
#include "capture/kind.h"

#include <stdlib.h>

/* One of the files that were named, and the ranges that came of it. */
struct file {
    struct date {
        uint32_t hour; /* since 1970; 0 without a date */
        char *series;  /* owned: the name without it, and without what compression adds */
    } date;
    size_t begin, end;
};

#define DIGITS "0123456789"

/* The hour of YYYYMMDD, or of YYYYMMDD-HHMM; 0 if there is no such date. `length` is set to that of the text. */
static uint32_t read_date(const char *text, size_t *length)
{
    int64_t second;
    char *time = pz_format("%.4s-%.2s-%.2s", text, text + 4, text + 6);
    *length = 8;
    bool good = pz_time_parse(time, &second) == 0 && second >= PZ_EARLIEST_SECOND && second < PZ_LATEST_SECOND;
    free(time);
    if (!good)
        return 0;
    if (text[8] == '-' && strspn(text + 9, DIGITS) == 4) {
        *length = 13;
        second += (text[9] - '0') * 36000 + (text[10] - '0') * 3600 + (text[11] - '0') * 600;
    }
    return (uint32_t)(second / PZ_SECONDS_PER_HOUR);
}

/* A file's date as its name tells it. */
static struct date date_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    struct date date = {.series = pz_format("%.*s", (int)pz_kind_stem(name), name)};
    for (char *at = date.series + strcspn(date.series, DIGITS); *at; at += strcspn(at, DIGITS)) {
        size_t digits = strspn(at, DIGITS), length;
        date.hour = digits == 8 ? read_date(at, &length) : 0;
        if (date.hour) {
            memmove(at, at + length, strlen(at + length) + 1);
            break;
        }
        at += digits;
    }
    return date;
}

/* Takes the names over, in order. */
static void list_places(struct pz_geo *geo, struct pz_geo_raws *raws)
{
    struct pz_geo_names *names = &raws->names;
    size_t n = names->n;
    uint32_t *places = pz_alloc(n * sizeof *places);
    geo->places = pz_alloc(n * sizeof *geo->places);
    geo->nplaces = n;
    memcpy(geo->places, names->all, n * sizeof *geo->places);
    qsort(geo->places, n, sizeof *geo->places, pz_text_compare);
    for (size_t i = 0; i < n; i++)
        places[pz_geo_name(names, geo->places[i], strlen(geo->places[i]))] = (uint32_t)i;
    for (size_t i = 0; i < raws->n; i++)
        raws->all[i].place = places[raws->all[i].place];
    names->n = 0; /* the texts are the places' now */
    free(places);
}

static void index_ranges(struct pz_geo_edition *edition)
{
    enum { UPPERS = 1 << 16 };
    edition->by_upper = pz_alloc((UPPERS + 1) * sizeof *edition->by_upper);
    size_t at = 0;
    for (uint32_t upper = 0; upper < UPPERS; upper++) {
        while (at < edition->nranges && edition->ranges[at].last >> 16 < upper)
            at++;
        edition->by_upper[upper] = (uint32_t)at;
    }
    edition->by_upper[UPPERS] = (uint32_t)edition->nranges;
}

/* Whether a file holds at `hour`: no other of its series is nearer before it, or, where all are later, nearer after. */
static bool holds(const struct file *files, size_t n, size_t i, uint32_t hour)
{
    for (size_t j = 0; j < n; j++) {
        uint32_t mine = files[i].date.hour, other = files[j].date.hour;
        if (strcmp(files[i].date.series, files[j].date.series) != 0)
            continue;
        if (mine <= hour ? other <= hour && other > mine : other < mine)
            return false;
    }
    return true;
}

static void make_edition(struct pz_geo *geo, const struct pz_geo_raws *raws, const struct file *files, size_t n,
                         uint32_t hour)
{
    struct pz_geo_edition *edition = &geo->editions[geo->neditions];
    struct pz_geo_raw *held = pz_alloc(raws->n * sizeof *held);
    size_t nheld = 0;
    for (size_t i = 0; i < n; i++) {
        if (!holds(files, n, i, hour))
            continue;
        memcpy(held + nheld, raws->all + files[i].begin, (files[i].end - files[i].begin) * sizeof *held);
        nheld += files[i].end - files[i].begin;
    }
    *edition = (struct pz_geo_edition){.since = geo->neditions ? hour : 0, .nplaces = geo->nplaces};
    edition->addresses = pz_alloc(geo->nplaces * sizeof *edition->addresses);
    pz_geo_flatten(edition, held, nheld);
    index_ranges(edition);
    geo->neditions++;
    free(held);
}

static void make_editions(struct pz_geo *geo, const struct pz_geo_raws *raws, const struct file *files, size_t n)
{
    uint64_t *hours = pz_alloc((n + 1) * sizeof *hours);
    size_t nhours = 0;
    for (size_t i = 0; i < n; i++)
        if (files[i].date.hour)
            hours[nhours++] = files[i].date.hour;
    if (!nhours)
        hours[nhours++] = 0;
    pz_sort_u64(hours, nhours);
    geo->earliest = (uint32_t)hours[0];
    geo->editions = pz_alloc(nhours * sizeof *geo->editions);
    for (size_t i = 0; i < nhours; i++)
        if (!i || hours[i] != hours[i - 1])
            make_edition(geo, raws, files, n, (uint32_t)hours[i]);
    free(hours);
}

int pz_geo_load(struct pz_geo *geo, enum pz_geo_kind kind, const char *const *paths, size_t n, struct pz_error *error)
{
    const bool one_series = kind == PZ_GEO_NETWORKS;
    struct pz_geo_raws raws = {0};
    struct file *files = pz_alloc(n * sizeof *files);
    int status = 0;
    *geo = (struct pz_geo){.files = pz_alloc(n * sizeof *geo->files)};
    for (size_t i = 0; i < n; i++) {
        files[i].date = date_of(paths[i]);
        if (one_series)
            files[i].date.series[0] = 0;
        if (status == 0 && one_series && n > 1 && !files[i].date.hour)
            status = pz_fail_usage(
                error, "%s has no date in its name, such as 20081121: each of several files needs one", paths[i]);
    }
    for (size_t i = 0; status == 0 && i < n; i++) {
        if (i)
            pz_buf_printf(&geo->source, "; ");
        files[i].begin = raws.n;
        status = (kind == PZ_GEO_NETWORKS ? pz_geo_read_networks : pz_geo_read_countries)(&raws, paths[i], geo, error);
        files[i].end = raws.n;
    }
    if (status == 0) {
        list_places(geo, &raws);
        make_editions(geo, &raws, files, n);
        pz_buf_put(&geo->source, "", 1);
    }
    for (size_t i = 0; i < n; i++)
        free(files[i].date.series);
    free(files);
    free(raws.all);
    pz_geo_names_release(&raws.names);
    if (status != 0)
        pz_geo_release(geo);
    return status;
}

void pz_geo_release(struct pz_geo *geo)
{
    for (size_t i = 0; i < geo->neditions; i++) {
        free(geo->editions[i].ranges);
        free(geo->editions[i].by_upper);
        free(geo->editions[i].addresses);
    }
    for (size_t i = 0; i < geo->nplaces; i++)
        free(geo->places[i]);
    free(geo->editions);
    free(geo->places);
    free(geo->files);
    pz_buf_release(&geo->source);
    pz_buf_release(&geo->notes);
    *geo = (struct pz_geo){0};
}

const struct pz_geo_edition *pz_geo_at(const struct pz_geo *geo, uint32_t hour)
{
    size_t i = geo->neditions - 1;
    while (i && geo->editions[i].since > hour)
        i--;
    return &geo->editions[i];
}

static bool ends_before(const void *item, const void *address)
{
    return ((const struct pz_geo_range *)item)->last < *(const uint32_t *)address;
}

size_t pz_geo_find(const struct pz_geo_edition *edition, uint32_t address)
{
    /* The range that the address may lie in ends in its /16 or is the first one that ends after it. */
    size_t from = edition->by_upper[address >> 16], n = edition->by_upper[(address >> 16) + 1] - from;
    const struct pz_geo_range *ranges = edition->ranges;
    size_t at = from + pz_lower_bound(&address, ranges + from, n, sizeof *ranges, ends_before);
    return at < edition->nranges && ranges[at].first <= address ? ranges[at].place : edition->nplaces;
}

void pz_geo_encode(const struct pz_geo *geo, struct pz_buf *to)
{
    pz_buf_put_u64(to, geo->nplaces);
    for (size_t i = 0; i < geo->nplaces; i++)
        pz_buf_put_text(to, geo->places[i]);
    pz_buf_put_u64(to, geo->neditions);
    for (size_t i = 0; i < geo->neditions; i++) {
        const struct pz_geo_edition *edition = &geo->editions[i];
        pz_buf_put_u32(to, edition->since);
        pz_buf_put_u64(to, edition->nranges);
        pz_buf_put(to, edition->ranges, edition->nranges * sizeof *edition->ranges); /* to ranks of this program */
        pz_buf_put(to, edition->addresses, geo->nplaces * sizeof *edition->addresses);
    }
    pz_buf_put_u64(to, geo->source.nbytes);
    pz_buf_put(to, geo->source.bytes, geo->source.nbytes);
}

static void *take(struct pz_cursor *from, size_t n, size_t nbytes)
{
    const uint8_t *bytes = pz_cursor_take(from, n * nbytes);
    void *copy = pz_alloc(n * nbytes);
    PZ_CHECK(bytes || !n); /* it only ever comes from another rank */
    if (n)
        memcpy(copy, bytes, n * nbytes);
    return copy;
}

void pz_geo_decode(struct pz_geo *geo, struct pz_cursor *from)
{
    *geo = (struct pz_geo){.nplaces = pz_cursor_u64(from)};
    geo->places = pz_alloc(geo->nplaces * sizeof *geo->places);
    for (size_t i = 0; i < geo->nplaces; i++)
        geo->places[i] = pz_cursor_text(from);
    geo->neditions = pz_cursor_u64(from);
    geo->editions = pz_alloc(geo->neditions * sizeof *geo->editions);
    for (size_t i = 0; i < geo->neditions; i++) {
        struct pz_geo_edition *edition = &geo->editions[i];
        *edition = (struct pz_geo_edition){.since = pz_cursor_u32(from), .nplaces = geo->nplaces};
        edition->nranges = pz_cursor_u64(from);
        edition->ranges = take(from, edition->nranges, sizeof *edition->ranges);
        edition->addresses = take(from, geo->nplaces, sizeof *edition->addresses);
        index_ranges(edition);
    }
    uint64_t nbytes = pz_cursor_u64(from);
    const uint8_t *source = pz_cursor_take(from, nbytes);
    pz_buf_put(&geo->source, source, source ? nbytes : 0);
    PZ_CHECK(!from->bad);
}
