#include "reduce/slice.h"

#include <stdlib.h>
#include <unistd.h>

/* A unit of an open file: the hour that comes next and its rows. */
struct lane {
    struct pz_cursor shard, rows;
    uint32_t hour;
    size_t n;
    bool more;
};

struct open_file {
    char *path;
    struct pz_buf bytes;
    struct lane *lanes; /* one a unit of the slice */
};

struct pz_slice {
    const struct pz_stored *stored;
    size_t nstored, next;       /* `next` is the first that was not opened yet */
    struct pz_units units;
    unsigned nunits;
    uint32_t since, until;
    char *(*path_of)(const void *context, const struct pz_identity *identity);
    const void *context;
    bool takes;                 /* it is given its units, and doesn't read them */
    struct pz_buf *given;       /* those not opened yet, from `next` on */
    size_t ngiven;
    struct open_file *files;
    size_t nfiles;
    struct pz_source *rows, *more, *merged; /* of the hour; of one unit of one file; of a merge */
    size_t capacity;                        /* of each of the three */
    struct pz_buf edges;                    /* pz_attempt structs that wait for their hour, or for later pieces */
    struct pz_buf decided;                  /* those of the hour */
};

bool pz_stored_wanted(const struct pz_stored *stored, uint32_t since, uint32_t until)
{
    return stored->first_hour <= stored->last_hour && stored->last_hour + 1 >= since && stored->first_hour <= until;
}

static int compare_stored(const void *a, const void *b)
{
    const struct pz_stored *x = a, *y = b;
    if (x->first_hour != y->first_hour)
        return x->first_hour < y->first_hour ? -1 : 1;
    return pz_identity_compare(&x->identity, &y->identity);
}

void pz_stored_sort(struct pz_stored *stored, size_t n)
{
    if (n)
        qsort(stored, n, sizeof *stored, compare_stored);
}

struct pz_slice *pz_slice_open(const struct pz_stored *stored, size_t n, unsigned first_shard, unsigned end_shard,
                               uint32_t since, uint32_t until,
                               char *(*path_of)(const void *context, const struct pz_identity *identity),
                               const void *context)
{
    const struct pz_units units = {1, first_shard, end_shard};
    struct pz_slice *slice = pz_slice_open_given(stored, n, &units, since, until, path_of, context);
    slice->takes = false;
    return slice;
}

struct pz_slice *pz_slice_open_given(const struct pz_stored *stored, size_t n, const struct pz_units *units,
                                     uint32_t since, uint32_t until,
                                     char *(*path_of)(const void *context, const struct pz_identity *identity),
                                     const void *context)
{
    struct pz_slice *slice = pz_alloc(sizeof *slice);
    *slice = (struct pz_slice){.stored = stored, .nstored = n, .units = *units, .nunits = units->end - units->first,
                               .since = since, .until = until, .path_of = path_of, .context = context, .takes = true};
    return slice;
}

void pz_slice_give(struct pz_slice *slice, struct pz_buf *bytes)
{
    PZ_CHECK(slice->takes && slice->next + slice->ngiven < slice->nstored);
    slice->given = pz_realloc(slice->given, (slice->ngiven + 1) * sizeof *slice->given);
    slice->given[slice->ngiven++] = *bytes;
    *bytes = (struct pz_buf){0};
}

static void close_file(struct open_file *file)
{
    free(file->path);
    free(file->lanes);
    pz_buf_release(&file->bytes);
}

void pz_slice_close(struct pz_slice *slice)
{
    for (size_t i = 0; i < slice->nfiles; i++)
        close_file(&slice->files[i]);
    for (size_t i = 0; i < slice->ngiven; i++)
        pz_buf_release(&slice->given[i]);
    free(slice->given);
    free(slice->files);
    free(slice->rows);
    free(slice->more);
    free(slice->merged);
    pz_buf_release(&slice->edges);
    pz_buf_release(&slice->decided);
    free(slice);
}

static int fail_damaged(const char *path, struct pz_error *error)
{
    unlink(path);
    return pz_fail(error, "the tally file %s was damaged, and is removed: run again to scan its capture once more", path);
}

/* Goes on to a lane's next hour inside the span. */
static int advance(const struct pz_slice *slice, const struct open_file *file, struct lane *lane, struct pz_error *error)
{
    do
        lane->more = pz_shard_next(&lane->shard, &lane->hour, &lane->n, &lane->rows);
    while (lane->more && (lane->hour < slice->since || lane->hour >= slice->until));
    return lane->shard.bad ? fail_damaged(file->path, error) : 0;
}

/* Reads the units, which are shards; `lanes` begin where each begins. */
static int read_units(const struct pz_slice *slice, struct open_file *file, struct pz_error *error)
{
    struct pz_tally_file tally;
    bool bad = false;
    int status = pz_tally_open(&tally, file->path, &bad, error);
    if (status == 0) {
        status = pz_tally_read_shards(&tally, slice->units.first, slice->units.end, &file->bytes, &bad, error);
        const uint8_t *at = file->bytes.bytes;
        for (unsigned i = 0; status == 0 && i < slice->nunits; i++) {
            size_t nbytes = tally.index.shards[slice->units.first + i].nbytes;
            file->lanes[i].shard = pz_cursor_of(at, nbytes);
            at += nbytes;
        }
        pz_tally_close(&tally);
    }
    return bad ? fail_damaged(file->path, error) : status;
}

/* Takes those that were given first. */
static void take_units(struct pz_slice *slice, struct open_file *file)
{
    file->bytes = slice->given[0];
    memmove(slice->given, slice->given + 1, --slice->ngiven * sizeof *slice->given);
    struct pz_cursor from = pz_cursor_of(file->bytes.bytes, file->bytes.nbytes);
    for (unsigned i = 0; i < slice->nunits; i++) {
        size_t nbytes = pz_cursor_u64(&from);
        file->lanes[i].shard = pz_cursor_of(pz_cursor_take(&from, nbytes), nbytes);
    }
    PZ_CHECK(!from.bad && !pz_cursor_left(&from));
}

static int open_next(struct pz_slice *slice, struct pz_error *error)
{
    struct open_file file = {.path = slice->path_of(slice->context, &slice->stored[slice->next++].identity),
                             .lanes = pz_alloc(slice->nunits * sizeof *file.lanes)};
    int status = 0;
    if (slice->takes)
        take_units(slice, &file);
    else
        status = read_units(slice, &file, error);
    for (unsigned i = 0; status == 0 && i < slice->nunits; i++) {
        if (!pz_shard_edges(&file.lanes[i].shard, &slice->edges))
            status = fail_damaged(file.path, error);
        else
            status = advance(slice, &file, &file.lanes[i], error);
    }
    if (status != 0) {
        close_file(&file);
        return -1;
    }
    slice->files = pz_realloc(slice->files, (slice->nfiles + 1) * sizeof *slice->files);
    slice->files[slice->nfiles++] = file;
    return 0;
}

static bool is_read(const struct pz_slice *slice, const struct open_file *file)
{
    for (unsigned i = 0; i < slice->nunits; i++)
        if (file->lanes[i].more)
            return false;
    return true;
}

static void close_read(struct pz_slice *slice)
{
    size_t kept = 0;
    for (size_t i = 0; i < slice->nfiles; i++) {
        if (is_read(slice, &slice->files[i]))
            close_file(&slice->files[i]);
        else
            slice->files[kept++] = slice->files[i];
    }
    slice->nfiles = kept;
}

/* The earliest hour of the open files; UINT32_MAX if there is none. */
static uint32_t earliest(const struct pz_slice *slice)
{
    uint32_t hour = UINT32_MAX;
    for (size_t i = 0; i < slice->nfiles; i++)
        for (unsigned j = 0; j < slice->nunits; j++) {
            const struct lane *lane = &slice->files[i].lanes[j];
            if (lane->more && lane->hour < hour)
                hour = lane->hour;
        }
    return hour;
}

static void reserve(struct pz_slice *slice, size_t n)
{
    if (n <= slice->capacity)
        return;
    slice->capacity = n + n / 2;
    slice->rows = pz_realloc(slice->rows, slice->capacity * sizeof *slice->rows);
    slice->more = pz_realloc(slice->more, slice->capacity * sizeof *slice->more);
    slice->merged = pz_realloc(slice->merged, slice->capacity * sizeof *slice->merged);
}

/* Appends one unit's rows of `hour`, of all files that have it; returns how many there are in all. */
static int add_unit(struct pz_slice *slice, uint32_t hour, unsigned i, size_t *n, struct pz_error *error)
{
    size_t begin = *n;
    for (size_t f = 0; f < slice->nfiles; f++) {
        struct open_file *file = &slice->files[f];
        struct lane *lane = &file->lanes[i];
        if (!lane->more || lane->hour != hour)
            continue;
        bool first = *n == begin;
        pz_sources_decode(&lane->rows, hour, (slice->units.first + i) / slice->units.cuts,
                          first ? slice->rows + begin : slice->more, lane->n);
        if (lane->rows.bad || pz_cursor_left(&lane->rows))
            return fail_damaged(file->path, error);
        if (first) {
            *n += lane->n;
        } else {
            size_t merged = pz_sources_merge(slice->rows + begin, *n - begin, slice->more, lane->n, slice->merged);
            memcpy(slice->rows + begin, slice->merged, merged * sizeof *slice->rows);
            *n = begin + merged;
        }
        if (advance(slice, file, lane, error) != 0)
            return -1;
    }
    return 0;
}

/* The place of an address among the hour's rows, which are sorted by unit and address. */
static struct pz_source *find_row(struct pz_slice *slice, size_t n, uint32_t address)
{
    unsigned unit = pz_unit_of(address, slice->units.cuts);
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct pz_source *row = &slice->rows[middle];
        unsigned its = pz_unit_of(row->address, slice->units.cuts);
        if (its < unit || (its == unit && row->address < address))
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && slice->rows[low].address == address ? &slice->rows[low] : NULL;
}

/* Joins the edges at hand; those that began in `hour` are decided, and added to its rows. What may still meet later pieces
 * stays, decided or not. */
static void decide_edges(struct pz_slice *slice, uint32_t hour, size_t n)
{
    struct pz_attempt *edges = (struct pz_attempt *)(void *)slice->edges.bytes;
    size_t nedges = pz_attempts_join(edges, slice->edges.nbytes / sizeof *edges), kept = 0;
    int64_t end = (hour + (int64_t)1) * PZ_USEC_PER_HOUR;
    pz_buf_clear(&slice->decided);
    for (size_t i = 0; i < nedges; i++) {
        struct pz_attempt *edge = &edges[i];
        if (!edge->decided && pz_attempt_hour(edge) <= hour) {
            /* One that began before the span, or in an hour whose file is gone, has no row. */
            struct pz_source *row = pz_attempt_hour(edge) == hour ? find_row(slice, n, edge->source) : NULL;
            if (row) {
                pz_source_add_attempt(row, edge);
                pz_buf_put(&slice->decided, edge, sizeof *edge);
            }
            edge->decided = true;
        }
        if (!edge->decided || edge->last_usec + PZ_ATTEMPT_GAP_USEC >= end)
            edges[kept++] = *edge;
    }
    slice->edges.nbytes = kept * sizeof *edges;
}

int pz_slice_next(struct pz_slice *slice, struct pz_slice_hour *hour, struct pz_error *error)
{
    close_read(slice);
    uint32_t next = earliest(slice);
    for (; slice->next < slice->nstored; next = earliest(slice)) {
        const struct pz_stored *stored = &slice->stored[slice->next];
        if (next != UINT32_MAX && stored->first_hour > next + 1)
            break;
        if (slice->takes && !slice->ngiven)
            return PZ_SLICE_WAITS;
        if (slice->takes || pz_stored_wanted(stored, slice->since, slice->until)) {
            if (open_next(slice, error) != 0)
                return -1;
        } else {
            slice->next++;
        }
    }
    if (next == UINT32_MAX)
        return 0;
    size_t room = 0, n = 0;
    for (size_t f = 0; f < slice->nfiles; f++)
        for (unsigned i = 0; i < slice->nunits; i++)
            room += slice->files[f].lanes[i].more ? slice->files[f].lanes[i].n : 0;
    reserve(slice, room);
    for (unsigned i = 0; i < slice->nunits; i++)
        if (add_unit(slice, next, i, &n, error) != 0)
            return -1;
    decide_edges(slice, next, n);
    *hour = (struct pz_slice_hour){.hour = next, .rows = slice->rows, .n = n,
                                   .edges = (const void *)slice->decided.bytes,
                                   .nedges = slice->decided.nbytes / sizeof(struct pz_attempt)};
    return 1;
}
