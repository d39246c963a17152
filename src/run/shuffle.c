/* SPDX-License-Identifier: BSD-2-Clause */
/* How stored tallies come to the ranks that reduce them.
 *
 * A rank reduces one source range at a time, and there are as many passes as keep each source range's memory bounded.
 * In a pass every tally is needed by every rank, a few subshards of it each. Were each rank to open every tally, the
 * file system would see ranks times tallies opens. So one rank opens a tally and sends each other rank its piece:
 *
 *     for each pass
 *         for each batch of tallies, in the order of their first hour
 *             each rank opens its share of the batch
 *             ranks meet in pairs (rank XOR step) and exchange pieces
 *             each rank gives the pieces to its source range, which reduces all hours that are complete
 *             all agree: an error, a request to stop, or the next batch
 *
 * Tallies come in the order of time, so a source range holds hours only until no later tally can have them. A batch is
 * limited by tallies and by source-hours, so that pieces that wait stay some megabytes.
 *
 * The order of meetings is the same on all ranks, so no rank waits for one that waits for it. A rank that can't read a
 * tally sends an empty piece and keeps the protocol; the error is agreed on at the end of the batch. A tally that is
 * damaged is removed, so that the next run scans its capture again. */
#include "run/shuffle.h"

#include "run/stop.h"

#include <stdlib.h>

enum {
    TALLIES_AT_ONCE = 64,   /* read between two meetings of all ranks, or one a rank where ranks are more */
    ROWS_AT_ONCE = 1 << 16, /* source-hours of these tallies for one source range: some 15 MB */
    HELD_BYTES = 32 << 20,  /* of a tally, read in one go: most hours; of others one shard after the other */
};

/* A tally that this rank reads. */
struct reader {
    struct pz_tally_file file;
    struct pz_buf held; /* shards `begin` to `end` - 1 */
    unsigned begin, end;
    struct pz_buf *parts; /* of shard `cut`, where subshards are parts */
    unsigned cut;
};

/* One pass: every rank has one source range, or none. */
struct pass {
    struct pz_shuffle *shuffle;
    const struct pz_comm *comm;
    struct pz_stored *stored; /* owned: those that are wanted for the hours, the same on all ranks */
    size_t nstored;
    size_t begun;            /* tallies that were counted before */
    unsigned first, nranges; /* the pass's */
    int range;               /* this rank's; -1: none */
    struct pz_reducing reducing;
    size_t at, n;           /* the tallies that are read now: `n` from `at` on */
    struct reader *readers; /* of those that this rank reads */
    struct pz_buf *pieces;  /* of each of the `n`, for this rank's source range */
    bool stopped;
};

/* Source ranges are spread over the ranks, and so over the nodes. -1: the rank has none. */
static int range_of(const struct pass *pass, int rank)
{
    uint64_t n = pass->nranges, ranks = (unsigned)pass->comm->size, r = (unsigned)rank;
    uint64_t range = (r * n + ranks - 1) / ranks;
    return range < n && range * ranks / n == r ? (int)(pass->first + range) : -1;
}

static size_t readers_of(const struct pass *pass, int rank)
{
    size_t ranks = (size_t)pass->comm->size, r = (size_t)rank;
    return pass->n / ranks + (r < pass->n % ranks);
}

/* The reader's i-th tally of those that are read now. */
static size_t tally_of(const struct pass *pass, int rank, size_t i)
{
    return (size_t)rank + i * (size_t)pass->comm->size;
}

static int fail_read(struct pass *pass, const char *path, bool bad, struct pz_error *error)
{
    pass->shuffle->unread = true;
    return bad ? pz_tally_fail_damaged(path, error) : -1;
}

static int open_reader(struct pass *pass, struct reader *reader, size_t tally, struct pz_error *error)
{
    const struct pz_shuffle *shuffle = pass->shuffle;
    struct pz_path path = pz_stored_path(shuffle->basis->store, &pass->stored[pass->at + tally]);
    bool bad = false;
    *reader = (struct reader){.cut = PZ_SHARDS, .parts = pz_alloc(shuffle->plan.per_shard * sizeof *reader->parts)};
    int status = pz_tally_open(&reader->file, path.text, &bad, error);
    if (status != 0)
        status = fail_read(pass, path.text, bad, error);
    return status;
}

static void close_reader(const struct pass *pass, struct reader *reader)
{
    for (unsigned i = 0; i < pass->shuffle->plan.per_shard; i++)
        pz_buf_release(&reader->parts[i]);
    free(reader->parts);
    pz_buf_release(&reader->held);
    pz_tally_close(&reader->file);
}

/* Holds the shard, and with it all of the pass's if they aren't too large. */
static int hold(struct pass *pass, struct reader *reader, unsigned shard, struct pz_error *error)
{
    if (reader->begin <= shard && shard < reader->end)
        return 0;
    const struct pz_plan *plan = &pass->shuffle->plan;
    const struct pz_section *shards = reader->file.index.shards;
    unsigned begin = pz_plan_subshards(plan, pass->first).first / plan->per_shard;
    unsigned last = (pz_plan_subshards(plan, pass->first + pass->nranges - 1).end - 1) / plan->per_shard;
    bool all = shards[last].offset + shards[last].nbytes - shards[begin].offset <= HELD_BYTES;
    bool bad = false;
    reader->begin = all ? begin : shard;
    reader->end = all ? last + 1 : shard + 1;
    pz_buf_clear(&reader->held);
    if (pz_tally_read_shards(&reader->file, reader->begin, reader->end, &reader->held, &bad, error) == 0)
        return 0;
    return fail_read(pass, reader->file.path, bad, error);
}

static int put_unit(struct pass *pass, struct reader *reader, unsigned subshard, struct pz_buf *to,
                    struct pz_error *error)
{
    unsigned per_shard = pass->shuffle->plan.per_shard, shard = subshard / per_shard;
    if (hold(pass, reader, shard, error) != 0)
        return -1;
    const struct pz_section *shards = reader->file.index.shards;
    const uint8_t *bytes = reader->held.bytes + (shards[shard].offset - shards[reader->begin].offset);
    size_t nbytes = shards[shard].nbytes;
    if (per_shard > 1) {
        if (reader->cut != shard) {
            for (unsigned i = 0; i < per_shard; i++)
                pz_buf_clear(&reader->parts[i]);
            if (!pz_shard_split(bytes, nbytes, shard, per_shard, reader->parts))
                return fail_read(pass, reader->file.path, true, error);
            reader->cut = shard;
        }
        bytes = reader->parts[subshard % per_shard].bytes;
        nbytes = reader->parts[subshard % per_shard].nbytes;
    }
    pz_buf_put_u64(to, nbytes);
    pz_buf_put(to, bytes, nbytes);
    return 0;
}

/* What of the reader's tally belongs to the source range: how many bytes, and these; none at all if it can't be read,
 * or if one before couldn't. */
static int put_piece(struct pass *pass, struct reader *reader, int range, struct pz_buf *to, struct pz_error *error)
{
    struct pz_subshards subshards = pz_plan_subshards(&pass->shuffle->plan, (unsigned)range);
    size_t begin = to->nbytes;
    int status = 0;
    pz_buf_put_u64(to, 0);
    for (unsigned subshard = subshards.first; status == 0 && !pass->shuffle->unread && subshard < subshards.end;
         subshard++)
        status = put_unit(pass, reader, subshard, to, error);
    if (pass->shuffle->unread)
        to->nbytes = begin + 8;
    pz_set_le64(to->bytes + begin, to->nbytes - begin - 8);
    return status;
}

/* What this rank has read for the other's source range, if it has one. */
static int put_pieces(struct pass *pass, int rank, struct pz_buf *to, struct pz_error *error)
{
    int range = range_of(pass, rank), status = 0;
    pz_buf_clear(to);
    for (size_t i = 0; range >= 0 && i < readers_of(pass, pass->comm->rank); i++)
        if (put_piece(pass, &pass->readers[i], range, to, error) != 0)
            status = -1;
    return status;
}

static void take_pieces(struct pass *pass, int rank, const struct pz_buf *from)
{
    struct pz_cursor left = pz_cursor_of(from->bytes, from->nbytes);
    for (size_t i = 0; pass->range >= 0 && i < readers_of(pass, rank); i++) {
        size_t nbytes = pz_cursor_u64(&left);
        pz_buf_put(&pass->pieces[tally_of(pass, rank, i)], pz_cursor_take(&left, nbytes), nbytes);
    }
    PZ_CHECK(!left.bad && !pz_cursor_left(&left)); /* it only ever comes from another rank */
}

static int send_to(struct pass *pass, int rank, struct pz_buf *buffer, struct pz_error *error)
{
    int status = put_pieces(pass, rank, buffer, error);
    if (rank == pass->comm->rank)
        take_pieces(pass, rank, buffer);
    else if (buffer->nbytes)
        pz_comm_send_large(pass->comm, rank, buffer);
    return status;
}

static void receive_from(struct pass *pass, int rank, struct pz_buf *buffer)
{
    if (pass->range < 0 || !readers_of(pass, rank))
        return;
    pz_buf_clear(buffer);
    pz_comm_receive_large(pass->comm, rank, buffer);
    take_pieces(pass, rank, buffer);
}

/* Ranks meet in pairs, all in the same order, so that none waits for one that waits for it. */
static int exchange(struct pass *pass, struct pz_error *error)
{
    const struct pz_comm *comm = pass->comm;
    size_t nreaders = readers_of(pass, comm->rank);
    struct pz_buf buffer = {0};
    int status = 0, steps = 1;
    for (size_t i = 0; i < nreaders; i++)
        if (open_reader(pass, &pass->readers[i], tally_of(pass, comm->rank, i), error) != 0)
            status = -1;
    while (steps < comm->size)
        steps *= 2;
    for (int step = 0; step < steps; step++) {
        int other = comm->rank ^ step;
        if (other >= comm->size)
            continue;
        if (other < comm->rank)
            receive_from(pass, other, &buffer);
        if (send_to(pass, other, &buffer, error) != 0)
            status = -1;
        if (other > comm->rank)
            receive_from(pass, other, &buffer);
    }
    pz_buf_release(&buffer);
    for (size_t i = 0; i < nreaders; i++)
        close_reader(pass, &pass->readers[i]);
    return status;
}

static bool tick(void *context)
{
    struct pass *pass = context;
    if (pass->comm->rank == 0)
        pz_comm_progress(pass->comm);
    pass->stopped = pass->stopped || pz_stop_asked();
    return !pass->stopped;
}

/* Reduces the pieces, unless one is missing: the rank that failed to send it reports the error. */
static int reduce_pieces(struct pass *pass, struct pz_error *error)
{
    bool whole = pass->range >= 0;
    for (size_t i = 0; i < pass->n; i++)
        whole = whole && pass->pieces[i].nbytes;
    for (size_t i = 0; whole && i < pass->n; i++)
        pz_range_give(pass->reducing.range, &pass->pieces[i]);
    if (!whole || pz_reducing_go_on(&pass->reducing, tick, pass, error) == 0)
        return 0;
    pass->shuffle->unread = true;
    return -1;
}

/* How many tallies from `at` on are read at once. */
static size_t count_at_once(const struct pass *pass)
{
    const struct pz_shuffle *shuffle = pass->shuffle;
    size_t most = (size_t)pass->comm->size, n = 0;
    uint64_t rows = 0;
    if (most < TALLIES_AT_ONCE)
        most = TALLIES_AT_ONCE;
    while (n < most && pass->at + n < pass->nstored) {
        rows += pass->stored[pass->at + n].rows;
        if (n && rows / shuffle->plan.ranges > ROWS_AT_ONCE)
            break;
        n++;
    }
    return n;
}

static int run_pass(struct pass *pass, struct pz_error *error)
{
    struct pz_shuffle *shuffle = pass->shuffle;
    const struct pz_comm *comm = pass->comm;
    int status = 0;
    pass->range = range_of(pass, comm->rank);
    if (pass->range >= 0) {
        struct pz_subshards subshards = pz_plan_subshards(&shuffle->plan, (unsigned)pass->range);
        struct pz_range *range = pz_range_open(shuffle->basis->store, pass->stored, pass->nstored, &subshards, true,
                                               shuffle->since, shuffle->until);
        pz_range_check(range, shuffle->result->timeline);
        pz_reducing_begin(&pass->reducing, shuffle->result, range);
    }
    for (pass->at = 0; status == 0 && !pass->stopped && pass->at < pass->nstored; pass->at += pass->n) {
        pass->n = count_at_once(pass);
        pass->readers = pz_alloc(readers_of(pass, comm->rank) * sizeof *pass->readers);
        pass->pieces = pz_alloc(pass->n * sizeof *pass->pieces);
        status = exchange(pass, error);
        if (status == 0)
            status = reduce_pieces(pass, error);
        for (size_t i = 0; i < pass->n; i++)
            pz_buf_release(&pass->pieces[i]);
        free(pass->pieces);
        free(pass->readers);
        tick(pass);
        status = pz_comm_agree(comm, status, error);
        pass->stopped = pz_comm_max(comm, pass->stopped);
        pz_progress_count(shuffle->progress,
                          pass->begun + pass->first / pass->nranges * pass->nstored + pass->at + pass->n);
    }
    if (pass->range >= 0)
        pz_reducing_end(&pass->reducing);
    return status;
}

/* The tallies that are wanted, and the plan that rank 0 makes for them. */
static void begin(struct pass *pass)
{
    struct pz_shuffle *shuffle = pass->shuffle;
    const struct pz_basis *basis = shuffle->basis;
    pass->stored = pz_alloc(basis->nstored * sizeof *pass->stored);
    for (size_t i = 0; i < basis->nstored; i++)
        if (pz_stored_wanted(&basis->stored[i], shuffle->since, shuffle->until))
            pass->stored[pass->nstored++] = basis->stored[i];
    if (pass->comm->rank == 0) {
        struct pz_load load = pz_load_of(basis->hours, pass->stored, pass->nstored, shuffle->since, shuffle->until,
                                         basis->timeline.options.window);
        shuffle->plan = pz_plan_ranges(&load, pass->comm->size);
    }
    pz_comm_copy(pass->comm, &shuffle->plan, sizeof shuffle->plan);
    pass->nranges = shuffle->plan.ranges / shuffle->plan.passes;
    shuffle->progress->total += (shuffle->plan.passes - 1) * pass->nstored;
}

int pz_shuffle_run(struct pz_shuffle *shuffle, struct pz_error *error)
{
    struct pass pass = {.shuffle = shuffle, .comm = shuffle->basis->comm, .begun = shuffle->progress->count};
    int status = 0;
    pz_give_back_large();
    shuffle->unread = false;
    begin(&pass);
    for (; status == 0 && !pass.stopped && pass.first < shuffle->plan.ranges; pass.first += pass.nranges)
        status = run_pass(&pass, error);
    free(pass.stored);
    return status != 0 ? -1 : pass.stopped;
}

static void encode_tops(void *context, struct pz_buf *to)
{
    pz_result_encode_tops(context, to);
}

static void merge_tops(void *context, struct pz_cursor *bytes)
{
    pz_result_merge_tops(context, bytes);
}

void pz_shuffle_merge_tops(const struct pz_comm *comm, struct pz_result *result)
{
    pz_comm_merge(comm, result, encode_tops, merge_tops);
}
