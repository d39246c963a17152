/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts the sources of one hour together from all tallies of a source range. Pieces of tallies arrive in the order of
 * their first hour; each is a list of subshards with their hours in order. An hour is complete when no tally that may
 * still come begins before its end. Its rows are then collected from all pieces, sorted by subshard and address, and
 * merged where several captures have the same source; boundary rows are settled and closed last. A piece is dropped
 * after its last hour. */
#include "reduce/source_range.h"

#include "base/sort.h"
#include "reduce/boundary.h"

#include <stdlib.h>

struct open_file {
    char *path;          /* owned */
    struct pz_buf bytes; /* owned */
    size_t nlanes;       /* that have hours left; the file is closed with the last */
};

/* A subshard of an open file that has hours left: the one that comes next and its rows. */
struct lane {
    struct open_file *file;
    struct pz_cursor shard, rows;
    unsigned subshard; /* from the source range's first on */
    uint32_t hour;
    size_t n;
};

struct pz_range {
    const struct pz_stored *stored;
    size_t nstored, next; /* `next` is the first that was not opened yet */
    struct pz_subshards subshards;
    unsigned nsubshards;
    uint32_t since, until;
    const struct pz_store *store;
    bool takes;           /* it is given its subshards, and doesn't read them */
    struct pz_buf *given; /* those not opened yet are `first_given` to `ngiven` - 1, from `next` on */
    size_t first_given, ngiven;
    struct lane *lanes; /* of all open files, in no order */
    size_t nlanes;
    uint32_t earliest;               /* hour of the lanes; UINT32_MAX if there is none */
    struct pz_source *rows, *merged; /* of the hour; of a merge */
    size_t capacity;                 /* of each of the two */
    struct pz_boundary boundary;
};

struct pz_stored pz_stored_of(const struct pz_tally_index *index)
{
    return (struct pz_stored){index->identity,  index->first_hour, index->last_hour, index->rows + index->edge_rows,
                              index->edge_rows, index->stretch};
}

bool pz_stored_wanted(const struct pz_stored *stored, uint32_t since, uint32_t until)
{
    return stored->first_hour <= stored->last_hour && stored->last_hour + 1 >= since && stored->first_hour <= until;
}

static int compare_stored(const void *a, const void *b)
{
    const struct pz_stored *x = a, *y = b;
    int order = PZ_ORDER(x->first_hour, y->first_hour);
    return order ? order : pz_identity_compare(&x->identity, &y->identity);
}

void pz_stored_sort(struct pz_stored *stored, size_t n)
{
    if (n)
        qsort(stored, n, sizeof *stored, compare_stored);
}

struct pz_path pz_stored_path(const struct pz_store *store, const struct pz_stored *stored)
{
    return pz_store_path(store, &stored->identity, &stored->stretch);
}

struct pz_range *pz_range_open(const struct pz_store *store, const struct pz_stored *stored, size_t n,
                               const struct pz_subshards *subshards, bool given, uint32_t since, uint32_t until)
{
    struct pz_range *range = pz_alloc(sizeof *range);
    *range = (struct pz_range){.stored = stored,
                               .nstored = n,
                               .subshards = *subshards,
                               .nsubshards = subshards->end - subshards->first,
                               .since = since,
                               .until = until,
                               .store = store,
                               .takes = given,
                               .earliest = UINT32_MAX};
    pz_boundary_init(&range->boundary, since, until);
    return range;
}

void pz_range_check(struct pz_range *range, const struct pz_timeline *timeline)
{
    range->boundary.timeline = timeline;
}

void pz_range_give(struct pz_range *range, struct pz_buf *bytes)
{
    PZ_CHECK(range->takes && range->next + range->ngiven - range->first_given < range->nstored);
    range->given = pz_room(range->given, range->ngiven, sizeof *range->given);
    range->given[range->ngiven++] = *bytes;
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

void pz_range_close(struct pz_range *range)
{
    for (size_t i = 0; i < range->nlanes; i++)
        close_lane(&range->lanes[i]);
    for (size_t i = range->first_given; i < range->ngiven; i++)
        pz_buf_release(&range->given[i]);
    free(range->given);
    free(range->lanes);
    free(range->rows);
    free(range->merged);
    pz_boundary_release(&range->boundary);
    free(range);
}

/* Advances a lane to its next hour inside the span: 1, 0 if there is none, or -1 with `error` set. */
static int advance(const struct pz_range *range, struct lane *lane, struct pz_error *error)
{
    bool more;
    do
        more = pz_shard_next(&lane->shard, &lane->hour, &lane->n, &lane->rows);
    while (more && (lane->hour < range->since || lane->hour >= range->until));
    const struct pz_timeline *timeline = range->boundary.timeline;
    return lane->shard.bad || (more && timeline && !pz_timeline_has_syns(timeline, lane->hour))
               ? pz_tally_fail_damaged(lane->file->path, error)
               : more;
}

/* Adds a subshard of a file that was opened, if it has hours inside the span. */
static int add_lane(struct pz_range *range, struct open_file *file, unsigned subshard, struct pz_cursor shard,
                    struct pz_error *error)
{
    struct lane lane = {.file = file, .subshard = subshard, .shard = shard};
    if (!pz_boundary_take(&range->boundary, &lane.shard, range->subshards.first + subshard, range->subshards.per_shard))
        return pz_tally_fail_damaged(file->path, error);
    int more = advance(range, &lane, error);
    if (more <= 0)
        return more;
    range->lanes = pz_room(range->lanes, range->nlanes, sizeof *range->lanes);
    range->lanes[range->nlanes++] = lane;
    range->earliest = lane.hour < range->earliest ? lane.hour : range->earliest;
    file->nlanes++;
    return 0;
}

/* Reads the subshards, which are shards. */
static int read_units(struct pz_range *range, struct open_file *file, struct pz_error *error)
{
    struct pz_tally_file tally;
    bool bad = false;
    int status = pz_tally_open(&tally, file->path, &bad, error);
    if (status == 0) {
        status = pz_tally_read_shards(&tally, range->subshards.first, range->subshards.end, &file->bytes, &bad, error);
        const uint8_t *at = file->bytes.bytes;
        for (unsigned i = 0; status == 0 && i < range->nsubshards; i++) {
            size_t nbytes = tally.index.shards[range->subshards.first + i].nbytes;
            status = add_lane(range, file, i, pz_cursor_of(at, nbytes), error);
            at += nbytes;
        }
        pz_tally_close(&tally);
    }
    return bad ? pz_tally_fail_damaged(file->path, error) : status;
}

/* Takes those that were given first. */
static int take_units(struct pz_range *range, struct open_file *file, struct pz_error *error)
{
    int status = 0;
    file->bytes = range->given[range->first_given++];
    if (range->first_given == range->ngiven)
        range->first_given = range->ngiven = 0;
    struct pz_cursor from = pz_cursor_of(file->bytes.bytes, file->bytes.nbytes);
    for (unsigned i = 0; status == 0 && i < range->nsubshards; i++) {
        size_t nbytes = pz_cursor_u64(&from);
        const uint8_t *at = pz_cursor_take(&from, nbytes);
        PZ_CHECK(!from.bad); /* it only ever comes from another rank */
        status = add_lane(range, file, i, pz_cursor_of(at, nbytes), error);
    }
    return status;
}

static int open_next(struct pz_range *range, struct pz_error *error)
{
    struct open_file *file = pz_alloc(sizeof *file);
    file->path = pz_strdup(pz_stored_path(range->store, &range->stored[range->next++]).text);
    int status = range->takes ? take_units(range, file, error) : read_units(range, file, error);
    if (!file->nlanes)
        close_file(file);
    return status;
}

static void reserve(struct pz_range *range, size_t n)
{
    if (n <= range->capacity)
        return;
    range->capacity = n + n / 2;
    range->rows = pz_realloc(range->rows, range->capacity * sizeof *range->rows);
    range->merged = pz_realloc(range->merged, range->capacity * sizeof *range->merged);
}

/* Merges neighbouring runs of rows, of `runs` lengths, two by two until there is one, which begins where the first did:
 * each row is moved a number of times that grows with the logarithm of the number of runs. Returns its length. */
static size_t merge_runs(struct pz_range *range, size_t begin, size_t *runs, size_t nruns)
{
    for (; nruns > 1; nruns = (nruns + 1) / 2) {
        struct pz_source *from = range->rows + begin, *to = range->merged;
        for (size_t i = 0; i < nruns; i += 2) {
            size_t more = i + 1 < nruns ? runs[i + 1] : 0;
            size_t n = pz_sources_merge(from, runs[i], from + runs[i], more, to);
            from += runs[i] + more;
            runs[i / 2] = n;
            to += n;
        }
        memcpy(range->rows + begin, range->merged, (size_t)(to - range->merged) * sizeof *range->rows);
    }
    return runs[0];
}

/* Appends one subshard's rows of the hour, which are those of `n` lanes. */
static int add_unit(struct pz_range *range, struct lane *const *lanes, size_t n, size_t *nrows, struct pz_error *error)
{
    size_t *runs = pz_alloc(n * sizeof *runs), at = *nrows;
    int status = 0;
    for (size_t i = 0; status == 0 && i < n; i++) {
        struct lane *lane = lanes[i];
        pz_sources_decode(&lane->rows, lane->hour,
                          (range->subshards.first + lane->subshard) / range->subshards.per_shard, range->rows + at,
                          lane->n);
        if (lane->rows.bad || pz_cursor_left(&lane->rows))
            status = pz_tally_fail_damaged(lane->file->path, error);
        at += runs[i] = lane->n;
    }
    if (status == 0 && n)
        *nrows += merge_runs(range, *nrows, runs, n);
    free(runs);
    return status;
}

/* The lanes that have the hour, by subshard: those of subshard i are places[i] to places[i + 1] - 1. */
static struct lane **lanes_of(const struct pz_range *range, uint32_t hour, size_t *places)
{
    struct lane **lanes = pz_alloc(range->nlanes * sizeof *lanes);
    for (size_t i = 0; i < range->nlanes; i++)
        places[range->lanes[i].subshard + 2] += range->lanes[i].hour == hour;
    for (unsigned i = 2; i < range->nsubshards + 2; i++)
        places[i] += places[i - 1];
    for (size_t i = 0; i < range->nlanes; i++)
        if (range->lanes[i].hour == hour)
            lanes[places[range->lanes[i].subshard + 1]++] = &range->lanes[i];
    return lanes;
}

/* Advances all lanes that have this hour; drops those without a next one. */
static int leave_hour(struct pz_range *range, uint32_t hour, struct pz_error *error)
{
    size_t kept = 0;
    int status = 0;
    range->earliest = UINT32_MAX;
    for (size_t i = 0; i < range->nlanes; i++) {
        struct lane *lane = &range->lanes[i];
        int more = 1;
        if (status == 0 && lane->hour == hour)
            more = advance(range, lane, error);
        if (more < 0)
            status = -1;
        if (more == 0) {
            close_lane(lane);
            continue;
        }
        range->earliest = lane->hour < range->earliest ? lane->hour : range->earliest;
        range->lanes[kept++] = *lane;
    }
    range->nlanes = kept;
    return status;
}

/* With room for `more` rows. */
static int add_rows(struct pz_range *range, uint32_t hour, size_t more, size_t *nrows, struct pz_error *error)
{
    size_t *places = pz_alloc((range->nsubshards + 2) * sizeof *places), room = more;
    struct lane **lanes = lanes_of(range, hour, places);
    int status = 0;
    for (size_t i = 0; i < places[range->nsubshards]; i++)
        room += lanes[i]->n;
    reserve(range, room);
    for (unsigned i = 0; status == 0 && i < range->nsubshards; i++)
        status = add_unit(range, lanes + places[i], places[i + 1] - places[i], nrows, error);
    free(lanes);
    free(places);
    return status == 0 ? leave_hour(range, hour, error) : -1;
}

/* The earliest hour that rows or boundary rows have. */
static uint32_t next_hour(const struct pz_range *range)
{
    return range->earliest < range->boundary.earliest ? range->earliest : range->boundary.earliest;
}

/* Opens all tallies that have anything of the next hour or of the one after: 1, 0 if no hour is left, -1 with `error`
 * set, or PZ_RANGE_WAITS. */
static int open_ahead(struct pz_range *range, struct pz_error *error)
{
    while (range->next < range->nstored) {
        const struct pz_stored *stored = &range->stored[range->next];
        uint32_t next = next_hour(range);
        if (next != UINT32_MAX && stored->first_hour > next + 1)
            break;
        if (range->takes && !range->ngiven)
            return PZ_RANGE_WAITS;
        if (!range->takes && !pz_stored_wanted(stored, range->since, range->until))
            range->next++;
        else if (open_next(range, error) != 0)
            return -1;
    }
    return next_hour(range) != UINT32_MAX;
}

int pz_range_next(struct pz_range *range, struct pz_range_hour *hour, struct pz_error *error)
{
    struct pz_boundary *boundary = &range->boundary;
    unsigned per_shard = range->subshards.per_shard;
    size_t n = 0;
    uint32_t next = 0;
    while (!n) { /* an hour may have no scans: its SYNs may all be copies of earlier ones */
        int status = open_ahead(range, error);
        if (status != 1)
            return status;
        next = next_hour(range);
        if (add_rows(range, next, pz_boundary_settle(boundary, next), &n, error) != 0)
            return -1;
        n = pz_boundary_add(boundary, range->rows, n, per_shard);
        pz_boundary_close(boundary, next, range->rows, n, per_shard);
    }
    *hour = (struct pz_range_hour){.hour = next,
                                   .port = range->store->filter.port,
                                   .rows = range->rows,
                                   .n = n,
                                   .scans = (const void *)boundary->settled.bytes,
                                   .nscans = boundary->settled.nbytes / sizeof(struct pz_scan_row),
                                   .boundary = (const void *)boundary->closed.bytes,
                                   .nboundary = boundary->closed.nbytes / sizeof(struct pz_attempt)};
    return 1;
}

void pz_range_hour_count(const struct pz_range_hour *hour, struct pz_timeline_slot *slot)
{
    slot->sources += hour->n;
    for (size_t i = 0; i < hour->nscans; i++) {
        slot->scans_by[hour->scans[i].traits]++;
        pz_tools_count(slot->tools, &hour->scans[i], hour->port);
    }
    for (size_t i = 0; i < hour->nboundary; i++)
        slot->attempts_by[pz_attempt_traits(&hour->boundary[i])][pz_attempt_pattern(&hour->boundary[i])]++;
}
