/* SPDX-License-Identifier: BSD-2-Clause */
/* The truth of all hours, share by share. */
#include "twin/truth.h"

#include "base/error.h"
#include "base/file.h"
#include "base/sort.h"
#include "base/text.h"
#include "twin/spread.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void pz_twin_totals_init(struct pz_twin_totals *totals, uint32_t first_hour, uint32_t nhours)
{
    *totals = (struct pz_twin_totals){.first_hour = first_hour, .nhours = nhours};
    totals->numbers = pz_alloc((size_t)nhours * PZ_TWIN_NTOTALS * sizeof *totals->numbers);
}

void pz_twin_totals_release(struct pz_twin_totals *totals)
{
    free(totals->numbers);
    *totals = (struct pz_twin_totals){0};
}

/* What is known of a source in an hour. Hosts and destinations lie in the share's heaps. */
struct row {
    uint32_t source, hour, nhosts, ntargets;
    uint64_t nscans, nworm;
    int64_t first_usec;
    size_t hosts, targets;
};

struct share {
    struct row *rows; /* owned */
    size_t nrows;
    struct pz_buf hosts, targets; /* u64 and u32, as the machine has them */
};

static void share_release(struct share *share)
{
    free(share->rows);
    pz_buf_release(&share->hosts);
    pz_buf_release(&share->targets);
}

static void read_row(struct share *share, struct pz_cursor *cursor, uint32_t hour, uint32_t *source)
{
    struct row row = {.hour = hour};
    row.source = *source += (uint32_t)pz_cursor_varint(cursor);
    row.nscans = pz_cursor_varint(cursor);
    row.nworm = pz_cursor_varint(cursor);
    row.first_usec = hour * PZ_USEC_PER_HOUR + (int64_t)pz_cursor_varint(cursor);
    row.nhosts = (uint32_t)pz_cursor_varint(cursor);
    row.hosts = share->hosts.nbytes / sizeof(uint64_t);
    for (uint32_t i = 0; i < row.nhosts && !cursor->bad; i++) {
        uint64_t host = pz_cursor_u64(cursor);
        pz_buf_put(&share->hosts, &host, sizeof host);
    }
    row.ntargets = (uint32_t)pz_cursor_varint(cursor);
    row.targets = share->targets.nbytes / sizeof(uint32_t);
    uint32_t target = 0;
    for (uint32_t i = 0; i < row.ntargets && !cursor->bad; i++) {
        target += (uint32_t)pz_cursor_varint(cursor);
        pz_buf_put(&share->targets, &target, sizeof target);
    }
    share->rows = pz_room(share->rows, share->nrows, sizeof *share->rows);
    share->rows[share->nrows++] = row;
}

/* Adds one hour's rows of a share. */
static int read_hour(struct share *share, uint32_t number, const char *path, uint32_t hour, uint64_t key,
                     uint64_t *totals, struct pz_error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return 0; /* the telescope was dark */
    if (fd < 0)
        return pz_fail(error, "cannot read %s: %s", path, strerror(errno));
    struct pz_buf head = {0}, rows = {0};
    int result = pz_file_pread(fd, path, pz_buf_extend(&head, PZ_TWIN_TRUTH_ROWS), PZ_TWIN_TRUTH_ROWS, 0, error);
    if (result == 0 && !pz_twin_truth_is(&head, hour, key))
        result = pz_fail(error, "%s was made with other parameters: remove it, or write into another folder", path);
    if (result == 0) {
        uint64_t begin = pz_get_le64(head.bytes + 24 + 8 * number), end = pz_get_le64(head.bytes + 32 + 8 * number);
        size_t nbytes = end > begin ? (size_t)(end - begin) : 0;
        result = pz_file_pread(fd, path, pz_buf_extend(&rows, nbytes), nbytes, PZ_TWIN_TRUTH_ROWS + begin, error);
        struct pz_cursor cursor = pz_cursor_of(rows.bytes, nbytes);
        uint32_t source = 0;
        while (result == 0 && pz_cursor_left(&cursor) && !cursor.bad)
            read_row(share, &cursor, hour, &source);
        if (result == 0 && cursor.bad)
            result = pz_fail(error, "%s is damaged: remove it and start again", path);
        if (number == 0) {
            totals[PZ_TWIN_TOTAL_PACKETS] += pz_get_le64(head.bytes + 16);
            totals[PZ_TWIN_TOTAL_WRITTEN]++;
        }
    }
    close(fd);
    pz_buf_release(&head);
    pz_buf_release(&rows);
    return result;
}

static int by_source_and_hour(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int order = PZ_ORDER(x->source, y->source);
    return order ? order : PZ_ORDER(x->hour, y->hour);
}

/* One source over all hours. */
struct source {
    const struct row *rows;
    size_t nrows;
    uint64_t *hosts; /* sorted, each once */
    size_t nhosts;
    size_t ntargets;
    enum pz_twin_class class;
};

/* Sorts the `n` numbers in `values` and takes out repetitions; returns how many are left. */
static size_t unique(uint64_t *values, size_t n)
{
    size_t left = 0;
    pz_sort_u64(values, n);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || values[i] != values[i - 1])
            values[left++] = values[i];
    return left;
}

static struct source gather(const struct share *share, const struct row *rows, size_t nrows)
{
    struct source source = {.rows = rows, .nrows = nrows};
    size_t nhosts = 0, ntargets = 0;
    for (size_t i = 0; i < nrows; i++) {
        nhosts += rows[i].nhosts;
        ntargets += rows[i].ntargets;
    }
    source.hosts = pz_alloc(nhosts * sizeof *source.hosts);
    uint64_t *targets = pz_alloc(ntargets * sizeof *targets);
    nhosts = ntargets = 0;
    for (size_t i = 0; i < nrows; i++) {
        memcpy(source.hosts + nhosts, share->hosts.bytes + rows[i].hosts * sizeof(uint64_t),
               rows[i].nhosts * sizeof(uint64_t));
        const uint32_t *its = (const void *)share->targets.bytes;
        for (size_t j = 0; j < rows[i].ntargets; j++)
            targets[ntargets + j] = its[rows[i].targets + j];
        nhosts += rows[i].nhosts;
        ntargets += rows[i].ntargets;
    }
    source.nhosts = unique(source.hosts, nhosts);
    source.ntargets = unique(targets, ntargets);
    free(targets);
    source.class = source.nhosts > 1 ? PZ_TWIN_MIXED : pz_twin_scanner_class(source.hosts[0]);
    return source;
}

static bool is_before(const void *item, const void *id)
{
    return ((const struct pz_twin_truth_index *)item)->id < *(const uint64_t *)id;
}

static const struct pz_twin_host *find_host(const struct pz_twin *twin, const struct pz_twin_truth_index *index,
                                            uint64_t id)
{
    size_t at = pz_lower_bound(&id, index, twin->nhosts, sizeof *index, is_before);
    return at < twin->nhosts && index[at].id == id ? &twin->hosts[index[at].host] : NULL;
}

/* Classes and how many hosts of each, where several share the address. */
static void put_mixture(struct pz_csv *csv, const struct source *source)
{
    struct pz_buf text = {0};
    for (size_t i = 0; i < source->nhosts;) {
        enum pz_twin_class class = pz_twin_scanner_class(source->hosts[i]);
        size_t end = i;
        while (end < source->nhosts && pz_twin_scanner_class(source->hosts[end]) == class)
            end++;
        pz_buf_printf(&text, "%s%s*%zu", i ? " " : "", pz_twin_class_name(class), end - i);
        i = end;
    }
    pz_buf_put(&text, "", 1);
    pz_put_text(csv, (const char *)text.bytes);
    pz_buf_release(&text);
}

static void put_source(const struct pz_twin *twin, const struct pz_twin_truth_index *index, const struct source *source,
                       struct pz_csv *csv)
{
    const struct pz_twin_host *first = NULL; /* of the infected hosts at this address */
    for (size_t i = 0; i < source->nhosts; i++) {
        const struct pz_twin_host *host = find_host(twin, index, source->hosts[i]);
        if (host && (!first || host->infected_usec < first->infected_usec))
            first = host;
    }
    int64_t first_usec = INT64_MAX;
    for (size_t i = 0; i < source->nrows; i++)
        first_usec = source->rows[i].first_usec < first_usec ? source->rows[i].first_usec : first_usec;
    pz_put_address(csv, source->rows[0].source);
    pz_put_text(csv, pz_twin_class_name(source->class));
    pz_put_time(csv, first_usec);
    pz_put_count(csv, source->ntargets);
    pz_put_time_if(csv, first, first ? first->infected_usec : 0);
    if (first && first->infector)
        pz_put_address(csv, first->infector);
    else
        pz_put_nothing(csv);
    if (source->class == PZ_TWIN_MIXED)
        put_mixture(csv, source);
    else
        pz_put_nothing(csv);
}

static void add_up(const struct pz_twin *twin, const struct source *source, struct pz_twin_totals *totals)
{
    for (size_t i = 0; i < source->nrows; i++) {
        const struct row *row = &source->rows[i];
        uint64_t *numbers = totals->numbers + (size_t)(row->hour - totals->first_hour) * PZ_TWIN_NTOTALS;
        numbers[PZ_TWIN_TOTAL_SOURCES]++;
        numbers[PZ_TWIN_TOTAL_SCANS] += row->nscans;
        numbers[PZ_TWIN_TOTAL_WORM_SOURCES] += row->nworm > 0;
        numbers[PZ_TWIN_TOTAL_WORM_SCANS] += row->nworm;
        numbers[PZ_TWIN_TOTAL_CLASSES + 2 * source->class]++;
        numbers[PZ_TWIN_TOTAL_CLASSES + 2 * source->class + 1] += row->nscans;
        bool zero = twin->nhosts && row->source == twin->hosts[0].address && row->nworm;
        if (zero && (!totals->zero_first_usec || (uint64_t)row->first_usec < totals->zero_first_usec))
            totals->zero_first_usec = (uint64_t)row->first_usec;
    }
}

int pz_twin_truth_share(const struct pz_twin *twin, const struct pz_twin_truth_index *index, uint32_t number,
                        struct pz_path (*path)(void *context, uint32_t hour), void *context,
                        struct pz_twin_totals *totals, struct pz_buf *to, struct pz_error *error)
{
    const struct pz_schema *sources = &pz_twin_truth_sources;
    struct pz_csv csv = {.schema = sources, .to = to, .at = sources->columns}; /* its header is written once for all */
    struct share share = {0};
    int result = 0;
    uint64_t key = pz_twin_params_key(twin);
    for (uint32_t i = 0; i < totals->nhours && result == 0; i++) {
        result = read_hour(&share, number, path(context, totals->first_hour + i).text, totals->first_hour + i, key,
                           totals->numbers + (size_t)i * PZ_TWIN_NTOTALS, error);
    }
    if (result == 0 && share.nrows) {
        qsort(share.rows, share.nrows, sizeof *share.rows, by_source_and_hour);
        for (size_t i = 0, end; i < share.nrows; i = end) {
            for (end = i + 1; end < share.nrows && share.rows[end].source == share.rows[i].source;)
                end++;
            struct source source = gather(&share, share.rows + i, end - i);
            put_source(twin, index, &source, &csv);
            add_up(twin, &source, totals);
            free(source.hosts);
        }
    }
    share_release(&share);
    return result;
}
