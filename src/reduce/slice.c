#include "reduce/slice.h"

#include "reduce/edges.h"

#include <stdlib.h>
#include <unistd.h>

struct open_file {
    char *path;           /* owned */
    struct pz_buf bytes;  /* owned */
    size_t nlanes;        /* that have hours left; the file is closed with the last */
};

/* A unit of an open file that has hours left: the one that comes next and its rows. */
struct lane {
    struct open_file *file;
    struct pz_cursor shard, rows;
    unsigned unit;              /* from the slice's first on */
    uint32_t hour;
    size_t n;
};

struct pz_slice {
    const struct pz_stored *stored;
    size_t nstored, next;       /* `next` is the first that was not opened yet */
    struct pz_units units;
    unsigned nunits;
    uint32_t since, until;
    const struct pz_store *store;
    bool takes;                 /* it is given its units, and doesn't read them */
    struct pz_buf *given;       /* those not opened yet are `first_given` to `ngiven` - 1, from `next` on */
    size_t first_given, ngiven;
    struct lane *lanes;         /* of all open files, in no order */
    size_t nlanes, lanes_capacity;
    uint32_t earliest;          /* hour of the lanes; UINT32_MAX if there is none */
    struct pz_source *rows, *merged;        /* of the hour; of a merge */
    size_t capacity;                        /* of each of the two */
    struct pz_edges edges;
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

char *pz_stored_path(const struct pz_store *store, const struct pz_stored *stored)
{
    return pz_store_path(store, &stored->identity, &stored->stretch);
}

struct pz_slice *pz_slice_open(const struct pz_store *store, const struct pz_stored *stored, size_t n,
                               unsigned first_shard, unsigned end_shard, uint32_t since, uint32_t until)
{
    const struct pz_units units = {1, first_shard, end_shard};
    struct pz_slice *slice = pz_slice_open_given(store, stored, n, &units, since, until);
    slice->takes = false;
    return slice;
}

struct pz_slice *pz_slice_open_given(const struct pz_store *store, const struct pz_stored *stored, size_t n,
                                     const struct pz_units *units, uint32_t since, uint32_t until)
{
    struct pz_slice *slice = pz_alloc(sizeof *slice);
    *slice = (struct pz_slice){.stored = stored,
                               .nstored = n,
                               .units = *units,
                               .nunits = units->end - units->first,
                               .since = since,
                               .until = until,
                               .store = store,
                               .takes = true,
                               .earliest = UINT32_MAX};
    pz_edges_init(&slice->edges, since, until);
    return slice;
}

void pz_slice_check(struct pz_slice *slice, const struct pz_frame *frame)
{
    slice->edges.frame = frame;
}

void pz_slice_give(struct pz_slice *slice, struct pz_buf *bytes)
{
    PZ_CHECK(slice->takes && slice->next + slice->ngiven - slice->first_given < slice->nstored);
    slice->given = pz_realloc(slice->given, (slice->ngiven + 1) * sizeof *slice->given);
    slice->given[slice->ngiven++] = *bytes;
    *bytes = (struct pz_buf){0};
}

static void close_file(struct open_file *file)
{
    free(file->path);
    pz_buf_release(&file->bytes);
    free(file);
}

static void close_lane(struct lane *lane)
{
    if (--lane->file->nlanes == 0)
        close_file(lane->file);
}

void pz_slice_close(struct pz_slice *slice)
{
    for (size_t i = 0; i < slice->nlanes; i++)
        close_lane(&slice->lanes[i]);
    for (size_t i = slice->first_given; i < slice->ngiven; i++)
        pz_buf_release(&slice->given[i]);
    free(slice->given);
    free(slice->lanes);
    free(slice->rows);
    free(slice->merged);
    pz_edges_release(&slice->edges);
    free(slice);
}

static int fail_damaged(const char *path, struct pz_error *error)
{
    unlink(path);
    return pz_fail(error, "the tally file %s was damaged, and is removed: run again to scan its capture once more", path);
}

/* Goes on to a lane's next hour inside the span: 1, 0 if there is none, or -1 with `error` set. */
static int advance(const struct pz_slice *slice, struct lane *lane, struct pz_error *error)
{
    bool more;
    do
        more = pz_shard_next(&lane->shard, &lane->hour, &lane->n, &lane->rows);
    while (more && (lane->hour < slice->since || lane->hour >= slice->until));
    const struct pz_frame *frame = slice->edges.frame;
    return lane->shard.bad || (more && frame && !pz_frame_has_syns(frame, lane->hour)) ? fail_damaged(lane->file->path, error) : more;
}

/* Adds a unit of a file that was opened, if it has hours inside the span. */
static int add_lane(struct pz_slice *slice, struct open_file *file, unsigned unit, struct pz_cursor shard,
                    struct pz_error *error)
{
    struct lane lane = {.file = file, .unit = unit, .shard = shard};
    if (!pz_edges_take(&slice->edges, &lane.shard, slice->units.first + unit, slice->units.cuts))
        return fail_damaged(file->path, error);
    int more = advance(slice, &lane, error);
    if (more <= 0)
        return more;
    if (slice->nlanes == slice->lanes_capacity) {
        slice->lanes_capacity = slice->lanes_capacity ? 2 * slice->lanes_capacity : 256;
        slice->lanes = pz_realloc(slice->lanes, slice->lanes_capacity * sizeof *slice->lanes);
    }
    slice->lanes[slice->nlanes++] = lane;
    slice->earliest = lane.hour < slice->earliest ? lane.hour : slice->earliest;
    file->nlanes++;
    return 0;
}

/* Reads the units, which are shards. */
static int read_units(struct pz_slice *slice, struct open_file *file, struct pz_error *error)
{
    struct pz_tally_file tally;
    bool bad = false;
    int status = pz_tally_open(&tally, file->path, &bad, error);
    if (status == 0) {
        status = pz_tally_read_shards(&tally, slice->units.first, slice->units.end, &file->bytes, &bad, error);
        const uint8_t *at = file->bytes.bytes;
        for (unsigned i = 0; status == 0 && i < slice->nunits; i++) {
            size_t nbytes = tally.index.shards[slice->units.first + i].nbytes;
            status = add_lane(slice, file, i, pz_cursor_of(at, nbytes), error);
            at += nbytes;
        }
        pz_tally_close(&tally);
    }
    return bad ? fail_damaged(file->path, error) : status;
}

/* Takes those that were given first. */
static int take_units(struct pz_slice *slice, struct open_file *file, struct pz_error *error)
{
    int status = 0;
    file->bytes = slice->given[slice->first_given++];
    if (slice->first_given == slice->ngiven)
        slice->first_given = slice->ngiven = 0;
    struct pz_cursor from = pz_cursor_of(file->bytes.bytes, file->bytes.nbytes);
    for (unsigned i = 0; status == 0 && i < slice->nunits; i++) {
        size_t nbytes = pz_cursor_u64(&from);
        const uint8_t *at = pz_cursor_take(&from, nbytes);
        PZ_CHECK(!from.bad); /* it only ever comes from another rank */
        status = add_lane(slice, file, i, pz_cursor_of(at, nbytes), error);
    }
    return status;
}

static int open_next(struct pz_slice *slice, struct pz_error *error)
{
    struct open_file *file = pz_alloc(sizeof *file);
    file->path = pz_stored_path(slice->store, &slice->stored[slice->next++]);
    int status = slice->takes ? take_units(slice, file, error) : read_units(slice, file, error);
    if (!file->nlanes)
        close_file(file);
    return status;
}

static void reserve(struct pz_slice *slice, size_t n)
{
    if (n <= slice->capacity)
        return;
    slice->capacity = n + n / 2;
    slice->rows = pz_realloc(slice->rows, slice->capacity * sizeof *slice->rows);
    slice->merged = pz_realloc(slice->merged, slice->capacity * sizeof *slice->merged);
}

/* Merges neighbouring runs of rows, of `runs` lengths, two by two until there is one, which begins where the first did:
 * each row is moved a number of times that grows with the logarithm of the number of runs. Returns its length. */
static size_t merge_runs(struct pz_slice *slice, size_t begin, size_t *runs, size_t nruns)
{
    for (; nruns > 1; nruns = (nruns + 1) / 2) {
        struct pz_source *from = slice->rows + begin, *to = slice->merged;
        for (size_t i = 0; i < nruns; i += 2) {
            size_t more = i + 1 < nruns ? runs[i + 1] : 0;
            size_t n = pz_sources_merge(from, runs[i], from + runs[i], more, to);
            from += runs[i] + more;
            runs[i / 2] = n;
            to += n;
        }
        memcpy(slice->rows + begin, slice->merged, (size_t)(to - slice->merged) * sizeof *slice->rows);
    }
    return runs[0];
}

/* Appends one unit's rows of the hour, which are those of `n` lanes. */
static int add_unit(struct pz_slice *slice, struct lane *const *lanes, size_t n, size_t *nrows, struct pz_error *error)
{
    size_t *runs = pz_alloc(n * sizeof *runs), at = *nrows;
    int status = 0;
    for (size_t i = 0; status == 0 && i < n; i++) {
        struct lane *lane = lanes[i];
        pz_sources_decode(&lane->rows, lane->hour, (slice->units.first + lane->unit) / slice->units.cuts,
                          slice->rows + at, lane->n);
        if (lane->rows.bad || pz_cursor_left(&lane->rows))
            status = fail_damaged(lane->file->path, error);
        at += runs[i] = lane->n;
    }
    if (status == 0 && n)
        *nrows += merge_runs(slice, *nrows, runs, n);
    free(runs);
    return status;
}

/* The lanes that have the hour, by unit: those of unit i are places[i] to places[i + 1] - 1. */
static struct lane **lanes_of(const struct pz_slice *slice, uint32_t hour, size_t *places)
{
    struct lane **lanes = pz_alloc(slice->nlanes * sizeof *lanes);
    for (size_t i = 0; i < slice->nlanes; i++)
        places[slice->lanes[i].unit + 2] += slice->lanes[i].hour == hour;
    for (unsigned i = 2; i < slice->nunits + 2; i++)
        places[i] += places[i - 1];
    for (size_t i = 0; i < slice->nlanes; i++)
        if (slice->lanes[i].hour == hour)
            lanes[places[slice->lanes[i].unit + 1]++] = &slice->lanes[i];
    return lanes;
}

/* Goes on to the next hour in all lanes that have this one; drops those without. */
static int leave_hour(struct pz_slice *slice, uint32_t hour, struct pz_error *error)
{
    size_t kept = 0;
    int status = 0;
    slice->earliest = UINT32_MAX;
    for (size_t i = 0; i < slice->nlanes; i++) {
        struct lane *lane = &slice->lanes[i];
        int more = 1;
        if (status == 0 && lane->hour == hour)
            more = advance(slice, lane, error);
        if (more < 0)
            status = -1;
        if (more == 0) {
            close_lane(lane);
            continue;
        }
        slice->earliest = lane->hour < slice->earliest ? lane->hour : slice->earliest;
        slice->lanes[kept++] = *lane;
    }
    slice->nlanes = kept;
    return status;
}

/* With room for `more` rows. */
static int add_rows(struct pz_slice *slice, uint32_t hour, size_t more, size_t *nrows, struct pz_error *error)
{
    size_t *places = pz_alloc((slice->nunits + 2) * sizeof *places), room = more;
    struct lane **lanes = lanes_of(slice, hour, places);
    int status = 0;
    for (size_t i = 0; i < places[slice->nunits]; i++)
        room += lanes[i]->n;
    reserve(slice, room);
    for (unsigned i = 0; status == 0 && i < slice->nunits; i++)
        status = add_unit(slice, lanes + places[i], places[i + 1] - places[i], nrows, error);
    free(lanes);
    free(places);
    return status == 0 ? leave_hour(slice, hour, error) : -1;
}

/* The earliest hour that rows or edges have. */
static uint32_t next_hour(const struct pz_slice *slice)
{
    return slice->earliest < slice->edges.earliest ? slice->earliest : slice->edges.earliest;
}

/* Opens all tallies that have anything of the next hour or of the one after: 1, 0 if no hour is left, -1 with `error` set,
 * or PZ_SLICE_WAITS. */
static int open_ahead(struct pz_slice *slice, struct pz_error *error)
{
    while (slice->next < slice->nstored) {
        const struct pz_stored *stored = &slice->stored[slice->next];
        uint32_t next = next_hour(slice);
        if (next != UINT32_MAX && stored->first_hour > next + 1)
            break;
        if (slice->takes && !slice->ngiven)
            return PZ_SLICE_WAITS;
        if (!slice->takes && !pz_stored_wanted(stored, slice->since, slice->until))
            slice->next++;
        else if (open_next(slice, error) != 0)
            return -1;
    }
    return next_hour(slice) != UINT32_MAX;
}

int pz_slice_next(struct pz_slice *slice, struct pz_slice_hour *hour, struct pz_error *error)
{
    struct pz_edges *edges = &slice->edges;
    unsigned cuts = slice->units.cuts;
    size_t n = 0;
    uint32_t next = 0;
    while (!n) { /* what waits in an hour may turn out to be copies of what came before it */
        int status = open_ahead(slice, error);
        if (status != 1)
            return status;
        next = next_hour(slice);
        if (add_rows(slice, next, pz_edges_settle(edges, next), &n, error) != 0)
            return -1;
        n = pz_edges_add(edges, slice->rows, n, cuts);
        pz_edges_decide(edges, next, slice->rows, n, cuts);
    }
    *hour = (struct pz_slice_hour){.hour = next, .rows = slice->rows, .n = n,
                                   .scans = (const void *)edges->settled.bytes,
                                   .nscans = edges->settled.nbytes / sizeof(struct pz_scan_row),
                                   .edges = (const void *)edges->decided.bytes,
                                   .nedges = edges->decided.nbytes / sizeof(struct pz_attempt)};
    return 1;
}

void pz_slice_hour_count(const struct pz_slice_hour *hour, struct pz_frame_slot *slot)
{
    for (size_t i = 0; i < hour->nscans; i++)
        slot->scans_by[hour->scans[i].traits]++;
    for (size_t i = 0; i < hour->nedges; i++)
        slot->attempts_by[pz_attempt_traits(&hour->edges[i])][pz_attempt_pattern(&hour->edges[i])]++;
}
