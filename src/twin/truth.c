/* SPDX-License-Identifier: BSD-2-Clause */
/* An hour's file has its scanners and whom their sources met, in the order of sources. A share of all hours is read into
 * two arrays, which are sorted by source; then each source is a stretch of both. */
#include "twin/truth.h"

#include "base/error.h"
#include "base/file.h"
#include "base/sort.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int by_source_and_hour(const void *a, const void *b)
{
    const struct pz_twin_scanner *x = a, *y = b;
    int order = PZ_ORDER(x->source, y->source);
    return order ? order : PZ_ORDER(x->hour, y->hour);
}

/* Sorts the numbers and takes out repetitions; returns how many are left. */
static size_t unique(uint64_t *values, size_t n)
{
    size_t left = 0;
    pz_sort_u64(values, n);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || values[i] != values[i - 1])
            values[left++] = values[i];
    return left;
}

void pz_twin_truth_encode(struct pz_twin_traffic *traffic, uint64_t npackets, struct pz_buf *to)
{
    struct pz_twin_truth_head head = {.hour = traffic->hour, .npackets = npackets};
    struct pz_twin_scanner *scanners = pz_alloc(traffic->nscanners * sizeof *scanners);
    size_t start = to->nbytes, nmet = unique(traffic->met, traffic->nmet), met = 0;
    uint32_t nheard = 0, at = 0;
    for (uint32_t i = 0; i < traffic->nscanners; i++)
        if (traffic->scanners[i].nscans)
            scanners[nheard++] = traffic->scanners[i];
    qsort(scanners, nheard, sizeof *scanners, by_source_and_hour);
    pz_buf_extend(to, sizeof head);
    for (uint32_t share = 0; share < PZ_TWIN_NSHARES; share++) {
        uint32_t from = at;
        uint64_t before = 0;
        head.begins[share] = to->nbytes - start;
        while (at < nheard && scanners[at].source >> 24 == share)
            at++;
        pz_buf_put_u32(to, at - from);
        pz_buf_put(to, scanners + from, (at - from) * sizeof *scanners);
        for (; met < nmet && traffic->met[met] >> 56 == share; before = traffic->met[met++])
            pz_buf_put_varint(to, traffic->met[met] - before);
    }
    head.begins[PZ_TWIN_NSHARES] = to->nbytes - start;
    memcpy(to->bytes + start, &head, sizeof head);
    free(scanners);
}

static bool is_worm(enum pz_twin_class class)
{
    return class == PZ_TWIN_WORM_A || class == PZ_TWIN_WORM_B;
}

void pz_twin_truth_init(struct pz_twin_truth *truth, const struct pz_twin *twin)
{
    uint32_t nhours = twin->params->end_hour - twin->params->first_hour;
    *truth = (struct pz_twin_truth){.twin = twin, .hours = pz_alloc(nhours * sizeof *truth->hours)};
}

void pz_twin_truth_release(struct pz_twin_truth *truth)
{
    free(truth->hours);
}

struct pz_path pz_twin_truth_path(const char *folder, uint32_t hour)
{
    return pz_path("%s/%u", folder, hour);
}

/* Of all hours, the scanners at the addresses of a share, and whom their sources met. */
struct share {
    struct pz_twin_scanner *scanners; /* owned */
    uint64_t *met;                    /* owned */
    size_t nscanners, nmet;
};

static void decode(struct share *share, struct pz_cursor *cursor)
{
    uint64_t met = 0;
    uint32_t n = pz_cursor_u32(cursor);
    for (uint32_t i = 0; i < n; i++) {
        const uint8_t *bytes = pz_cursor_take(cursor, sizeof *share->scanners);
        if (!bytes)
            return;
        share->scanners = pz_room(share->scanners, share->nscanners, sizeof *share->scanners);
        memcpy(&share->scanners[share->nscanners++], bytes, sizeof *share->scanners);
    }
    while (pz_cursor_left(cursor) && !cursor->bad) {
        share->met = pz_room(share->met, share->nmet, sizeof *share->met);
        share->met[share->nmet++] = met += pz_cursor_varint(cursor);
    }
}

/* Adds a share of one hour, and counts the hour with share 0. */
static int read_hour(struct share *share, uint32_t number, const char *path, uint32_t hour,
                     struct pz_twin_hour_truth *counts, struct pz_error *error)
{
    struct pz_twin_truth_head head = {0};
    struct pz_buf bytes = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return 0; /* the telescope was dark */
    if (fd < 0)
        return pz_fail(error, "cannot read %s: %s", path, strerror(errno));
    int status = pz_file_pread(fd, path, &head, sizeof head, 0, error);
    uint64_t begin = head.begins[number], end = head.begins[number + 1];
    size_t nbytes = end > begin ? (size_t)(end - begin) : 0;
    if (status == 0)
        status = pz_file_pread(fd, path, pz_buf_extend(&bytes, nbytes), nbytes, begin, error);
    struct pz_cursor cursor = pz_cursor_of(bytes.bytes, nbytes);
    if (status == 0)
        decode(share, &cursor);
    if (status == 0 && (cursor.bad || head.hour != hour))
        status = pz_fail(error, "%s is damaged: remove it and start again", path);
    if (status == 0 && number == 0) {
        counts->ncaptures++;
        counts->npackets += head.npackets;
    }
    close(fd);
    pz_buf_release(&bytes);
    return status;
}

/* One source over all hours. */
struct source {
    const struct pz_twin_scanner *scanners; /* in the order of hours */
    size_t nscanners;
    uint64_t *hosts; /* owned: ascending, each once */
    size_t nhosts;
    size_t nmet; /* destinations */
    enum pz_twin_class class;
};

/* Classes and how many hosts of each, where several share the address. */
static void put_mixture(struct pz_csv *csv, const struct source *source)
{
    struct pz_buf text = {0};
    for (size_t i = 0, end; i < source->nhosts; i = end) {
        enum pz_twin_class class = pz_twin_scanner_class(source->hosts[i]);
        for (end = i; end < source->nhosts && pz_twin_scanner_class(source->hosts[end]) == class;)
            end++;
        pz_buf_printf(&text, "%s%s*%zu", i ? " " : "", pz_twin_class_name(class), end - i);
    }
    pz_buf_put(&text, "", 1);
    pz_put_text(csv, (const char *)text.bytes);
    pz_buf_release(&text);
}

static int64_t first_scan(const struct pz_twin_scanner *scanner)
{
    return scanner->hour * PZ_USEC_PER_HOUR + scanner->first_usec;
}

static void put_source(const struct source *source, struct pz_csv *csv)
{
    const struct pz_twin_scanner *infected = NULL; /* the host at this address that was infected first */
    int64_t first_usec = INT64_MAX;
    for (size_t i = 0; i < source->nscanners; i++) {
        const struct pz_twin_scanner *scanner = &source->scanners[i];
        if (scanner->infected_usec && (!infected || scanner->infected_usec < infected->infected_usec))
            infected = scanner;
        if (first_scan(scanner) < first_usec)
            first_usec = first_scan(scanner);
    }
    pz_put_address(csv, source->scanners->source);
    pz_put_text(csv, pz_twin_class_name(source->class));
    pz_put_time(csv, first_usec);
    pz_put_count(csv, source->nmet);
    pz_put_time_if(csv, infected, infected ? infected->infected_usec : 0);
    if (infected && infected->infector)
        pz_put_address(csv, infected->infector);
    else
        pz_put_nothing(csv);
    if (source->class == PZ_TWIN_MIXED)
        put_mixture(csv, source);
    else
        pz_put_nothing(csv);
}

static void add_up(struct pz_twin_truth *truth, const struct source *source)
{
    const struct pz_twin *twin = truth->twin;
    bool zero = twin->nhosts && source->scanners->source == twin->hosts[0].address;
    uint32_t heard = 0, worm_heard = 0; /* hours in which the source was counted last */
    for (size_t i = 0; i < source->nscanners; i++) {
        const struct pz_twin_scanner *scanner = &source->scanners[i];
        struct pz_twin_hour_truth *hour = &truth->hours[scanner->hour - twin->params->first_hour];
        hour->all.sources += heard != scanner->hour;
        hour->all.scans += scanner->nscans;
        hour->classes[source->class].sources += heard != scanner->hour;
        hour->classes[source->class].scans += scanner->nscans;
        heard = scanner->hour;
        if (!is_worm(pz_twin_scanner_class(scanner->host)))
            continue;
        hour->worm.sources += worm_heard != scanner->hour;
        hour->worm.scans += scanner->nscans;
        worm_heard = scanner->hour;
        uint64_t first_usec = (uint64_t)first_scan(scanner);
        if (zero && (!truth->zero_first_usec || first_usec < truth->zero_first_usec))
            truth->zero_first_usec = first_usec;
    }
}

/* Sorts a share and goes through it, source by source. */
static void count(struct pz_twin_truth *truth, struct share *share, struct pz_csv *csv)
{
    const uint64_t *met = share->met, *met_end = met + unique(share->met, share->nmet);
    const struct pz_twin_scanner *at = share->scanners, *end = at + share->nscanners;
    qsort(share->scanners, share->nscanners, sizeof *share->scanners, by_source_and_hour);
    while (at < end) {
        struct source source = {.scanners = at};
        for (; at < end && at->source == source.scanners->source; at++)
            source.nscanners++;
        for (; met < met_end && *met >> 32 == source.scanners->source; met++)
            source.nmet++;
        source.hosts = pz_alloc(source.nscanners * sizeof *source.hosts);
        for (size_t i = 0; i < source.nscanners; i++)
            source.hosts[i] = source.scanners[i].host;
        source.nhosts = unique(source.hosts, source.nscanners);
        source.class = source.nhosts > 1 ? PZ_TWIN_MIXED : pz_twin_scanner_class(source.hosts[0]);
        put_source(&source, csv);
        add_up(truth, &source);
        free(source.hosts);
    }
}

int pz_twin_truth_share(struct pz_twin_truth *truth, const char *folder, uint32_t number, struct pz_buf *to,
                        struct pz_error *error)
{
    const struct pz_twin_params *params = truth->twin->params;
    const struct pz_schema *sources = &pz_twin_truth_sources;
    struct pz_csv csv = {.schema = sources, .to = to, .at = sources->columns}; /* its header is written once for all */
    struct share share = {0};
    int status = 0;
    for (uint32_t hour = params->first_hour; hour < params->end_hour && status == 0; hour++)
        status = read_hour(&share, number, pz_twin_truth_path(folder, hour).text, hour,
                           &truth->hours[hour - params->first_hour], error);
    if (status == 0 && share.nscanners)
        count(truth, &share, &csv);
    free(share.scanners);
    free(share.met);
    return status;
}
