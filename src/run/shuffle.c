#include "run/shuffle.h"

#include <stdlib.h>
#include <unistd.h>

enum {
    TALLIES_AT_ONCE = 64,     /* read between two meetings of all ranks, or one a rank where ranks are more */
    ROWS_AT_ONCE = 1 << 16,   /* source-hours of these tallies for one slice: some 15 MB */
    HELD_BYTES = 32 << 20,    /* of a tally, read in one go: most hours; of others one shard after the other */
};

/* A tally that this rank reads. */
struct reader {
    struct pz_tally_file file;
    struct pz_buf held;            /* shards `begin` to `end` - 1 */
    unsigned begin, end;
    struct pz_buf *parts;          /* of shard `cut`, where units are parts */
    unsigned cut;
};

/* One turn: every rank has one slice, or none. */
struct turn {
    struct pz_shuffle *shuffle;
    unsigned first, nslices;   /* the turn's */
    int slice;                 /* this rank's; -1: none */
    struct pz_reducing reducing;
    size_t at, n;              /* the tallies that are read now: `n` from `at` on */
    struct reader *readers;    /* of those that this rank reads */
    struct pz_buf *pieces;     /* of each of the `n`, for this rank's slice */
    bool stopped;
};

/* Slices are spread over the ranks, and so over the nodes. -1: the rank has none. */
static int slice_of(const struct turn *turn, int rank)
{
    uint64_t n = turn->nslices, ranks = (unsigned)turn->shuffle->comm->size, r = (unsigned)rank;
    uint64_t slice = (r * n + ranks - 1) / ranks;
    return slice < n && slice * ranks / n == r ? (int)(turn->first + slice) : -1;
}

static size_t readers_of(const struct turn *turn, int rank)
{
    size_t ranks = (size_t)turn->shuffle->comm->size, r = (size_t)rank;
    return turn->n / ranks + (r < turn->n % ranks);
}

/* The reader's i-th tally of those that are read now. */
static size_t tally_of(const struct turn *turn, int rank, size_t i)
{
    return (size_t)rank + i * (size_t)turn->shuffle->comm->size;
}

static int fail_read(struct turn *turn, const char *path, bool bad, struct pz_error *error)
{
    turn->shuffle->unread = true;
    if (!bad)
        return -1;
    unlink(path);
    return pz_fail(error, "the tally file %s was damaged, and is removed: run again to scan its capture once more", path);
}

static int open_reader(struct turn *turn, struct reader *reader, size_t tally, struct pz_error *error)
{
    const struct pz_shuffle *shuffle = turn->shuffle;
    char *path = pz_stored_path(shuffle->store, &shuffle->stored[turn->at + tally]);
    bool bad = false;
    *reader = (struct reader){.cut = PZ_SHARDS, .parts = pz_alloc(shuffle->plan.cuts * sizeof *reader->parts)};
    int status = pz_tally_open(&reader->file, path, &bad, error);
    if (status != 0)
        status = fail_read(turn, path, bad, error);
    free(path);
    return status;
}

static void close_reader(const struct turn *turn, struct reader *reader)
{
    for (unsigned i = 0; i < turn->shuffle->plan.cuts; i++)
        pz_buf_release(&reader->parts[i]);
    free(reader->parts);
    pz_buf_release(&reader->held);
    pz_tally_close(&reader->file);
}

/* Holds the shard, and with it all of the turn's if they aren't too large. */
static int hold(struct turn *turn, struct reader *reader, unsigned shard, struct pz_error *error)
{
    if (reader->begin <= shard && shard < reader->end)
        return 0;
    const struct pz_plan *plan = &turn->shuffle->plan;
    const struct pz_section *shards = reader->file.index.shards;
    unsigned begin = pz_plan_units(plan, turn->first).first / plan->cuts;
    unsigned last = (pz_plan_units(plan, turn->first + turn->nslices - 1).end - 1) / plan->cuts;
    bool all = shards[last].offset + shards[last].nbytes - shards[begin].offset <= HELD_BYTES;
    bool bad = false;
    reader->begin = all ? begin : shard;
    reader->end = all ? last + 1 : shard + 1;
    pz_buf_clear(&reader->held);
    if (pz_tally_read_shards(&reader->file, reader->begin, reader->end, &reader->held, &bad, error) == 0)
        return 0;
    return fail_read(turn, reader->file.path, bad, error);
}

static int put_unit(struct turn *turn, struct reader *reader, unsigned unit, struct pz_buf *to, struct pz_error *error)
{
    unsigned cuts = turn->shuffle->plan.cuts, shard = unit / cuts;
    if (hold(turn, reader, shard, error) != 0)
        return -1;
    const struct pz_section *shards = reader->file.index.shards;
    const uint8_t *bytes = reader->held.bytes + (shards[shard].offset - shards[reader->begin].offset);
    size_t nbytes = shards[shard].nbytes;
    if (cuts > 1) {
        if (reader->cut != shard) {
            for (unsigned i = 0; i < cuts; i++)
                pz_buf_clear(&reader->parts[i]);
            if (!pz_shard_cut(bytes, nbytes, shard, cuts, reader->parts))
                return fail_read(turn, reader->file.path, true, error);
            reader->cut = shard;
        }
        bytes = reader->parts[unit % cuts].bytes;
        nbytes = reader->parts[unit % cuts].nbytes;
    }
    pz_buf_put_u64(to, nbytes);
    pz_buf_put(to, bytes, nbytes);
    return 0;
}

/* What of the reader's tally belongs to the slice: how many bytes, and these; none at all if it can't be read, or if one
 * before couldn't. */
static int put_piece(struct turn *turn, struct reader *reader, int slice, struct pz_buf *to, struct pz_error *error)
{
    struct pz_units units = pz_plan_units(&turn->shuffle->plan, (unsigned)slice);
    size_t begin = to->nbytes;
    int status = 0;
    pz_buf_put_u64(to, 0);
    for (unsigned unit = units.first; status == 0 && !turn->shuffle->unread && unit < units.end; unit++)
        status = put_unit(turn, reader, unit, to, error);
    if (turn->shuffle->unread)
        to->nbytes = begin + 8;
    pz_set_le64(to->bytes + begin, to->nbytes - begin - 8);
    return status;
}

/* What this rank has read for the other's slice, if it has one. */
static int put_pieces(struct turn *turn, int rank, struct pz_buf *to, struct pz_error *error)
{
    int slice = slice_of(turn, rank), status = 0;
    pz_buf_clear(to);
    for (size_t i = 0; slice >= 0 && i < readers_of(turn, turn->shuffle->comm->rank); i++)
        if (put_piece(turn, &turn->readers[i], slice, to, error) != 0)
            status = -1;
    return status;
}

static void take_pieces(struct turn *turn, int rank, const struct pz_buf *from)
{
    struct pz_cursor left = pz_cursor_of(from->bytes, from->nbytes);
    for (size_t i = 0; turn->slice >= 0 && i < readers_of(turn, rank); i++) {
        size_t nbytes = pz_cursor_u64(&left);
        pz_buf_put(&turn->pieces[tally_of(turn, rank, i)], pz_cursor_take(&left, nbytes), nbytes);
    }
    PZ_CHECK(!left.bad && !pz_cursor_left(&left)); /* it only ever comes from another rank */
}

static int send_to(struct turn *turn, int rank, struct pz_buf *buffer, struct pz_error *error)
{
    int status = put_pieces(turn, rank, buffer, error);
    if (rank == turn->shuffle->comm->rank)
        take_pieces(turn, rank, buffer);
    else if (buffer->nbytes)
        pz_comm_send_large(turn->shuffle->comm, rank, buffer);
    return status;
}

static void receive_from(struct turn *turn, int rank, struct pz_buf *buffer)
{
    if (turn->slice < 0 || !readers_of(turn, rank))
        return;
    pz_buf_clear(buffer);
    pz_comm_receive_large(turn->shuffle->comm, rank, buffer);
    take_pieces(turn, rank, buffer);
}

/* Ranks meet in pairs, all in the same order, so that none waits for one that waits for it. */
static int exchange(struct turn *turn, struct pz_error *error)
{
    const struct pz_comm *comm = turn->shuffle->comm;
    size_t nreaders = readers_of(turn, comm->rank);
    struct pz_buf buffer = {0};
    int status = 0, steps = 1;
    for (size_t i = 0; i < nreaders; i++)
        if (open_reader(turn, &turn->readers[i], tally_of(turn, comm->rank, i), error) != 0)
            status = -1;
    while (steps < comm->size)
        steps *= 2;
    for (int step = 0; step < steps; step++) {
        int other = comm->rank ^ step;
        if (other >= comm->size)
            continue;
        if (other < comm->rank)
            receive_from(turn, other, &buffer);
        if (send_to(turn, other, &buffer, error) != 0)
            status = -1;
        if (other > comm->rank)
            receive_from(turn, other, &buffer);
    }
    pz_buf_release(&buffer);
    for (size_t i = 0; i < nreaders; i++)
        close_reader(turn, &turn->readers[i]);
    return status;
}

static bool tick(void *context)
{
    struct turn *turn = context;
    const struct pz_shuffle *shuffle = turn->shuffle;
    if (shuffle->comm->rank == 0)
        pz_comm_progress(shuffle->comm);
    turn->stopped = turn->stopped || shuffle->stop();
    return !turn->stopped;
}

/* Reduces what came, unless something is missing; whoever failed to send it will say so. */
static int reduce_pieces(struct turn *turn, struct pz_error *error)
{
    bool whole = turn->slice >= 0;
    for (size_t i = 0; i < turn->n; i++)
        whole = whole && turn->pieces[i].nbytes;
    for (size_t i = 0; whole && i < turn->n; i++)
        pz_slice_give(turn->reducing.slice, &turn->pieces[i]);
    if (!whole || pz_reducing_go_on(&turn->reducing, tick, turn, error) == 0)
        return 0;
    turn->shuffle->unread = true;
    return -1;
}

/* How many tallies from `at` on are read at once. */
static size_t count_at_once(const struct turn *turn)
{
    const struct pz_shuffle *shuffle = turn->shuffle;
    size_t most = (size_t)shuffle->comm->size, n = 0;
    uint64_t rows = 0;
    if (most < TALLIES_AT_ONCE)
        most = TALLIES_AT_ONCE;
    while (n < most && turn->at + n < shuffle->nstored) {
        rows += shuffle->stored[turn->at + n].rows;
        if (n && rows / shuffle->plan.slices > ROWS_AT_ONCE)
            break;
        n++;
    }
    return n;
}

static int run_turn(struct turn *turn, struct pz_error *error)
{
    struct pz_shuffle *shuffle = turn->shuffle;
    const struct pz_comm *comm = shuffle->comm;
    const struct pz_frame_options *options = &shuffle->result->frame->options;
    int status = 0;
    turn->slice = slice_of(turn, comm->rank);
    if (turn->slice >= 0) {
        struct pz_units units = pz_plan_units(&shuffle->plan, (unsigned)turn->slice);
        struct pz_slice *slice = pz_slice_open_given(shuffle->store, shuffle->stored, shuffle->nstored, &units,
                                                     options->since, options->until);
        pz_slice_check(slice, shuffle->result->frame);
        pz_reducing_begin(&turn->reducing, shuffle->result, slice);
    }
    for (turn->at = 0; status == 0 && !turn->stopped && turn->at < shuffle->nstored; turn->at += turn->n) {
        turn->n = count_at_once(turn);
        turn->readers = pz_alloc(readers_of(turn, comm->rank) * sizeof *turn->readers);
        turn->pieces = pz_alloc(turn->n * sizeof *turn->pieces);
        status = exchange(turn, error);
        if (status == 0)
            status = reduce_pieces(turn, error);
        for (size_t i = 0; i < turn->n; i++)
            pz_buf_release(&turn->pieces[i]);
        free(turn->pieces);
        free(turn->readers);
        tick(turn);
        status = pz_comm_agree(comm, status, error);
        turn->stopped = pz_comm_max(comm, turn->stopped);
        if (comm->rank == 0)
            shuffle->progress(shuffle->context,
                              turn->first / turn->nslices * shuffle->nstored + turn->at + turn->n);
    }
    if (turn->slice >= 0)
        pz_reducing_end(&turn->reducing);
    return status;
}

int pz_shuffle_run(struct pz_shuffle *shuffle, struct pz_error *error)
{
    const struct pz_plan *plan = &shuffle->plan;
    unsigned nslices = plan->slices / plan->turns;
    struct turn turn = {.shuffle = shuffle, .nslices = nslices};
    int status = 0;
    shuffle->unread = false;
    for (; status == 0 && !turn.stopped && turn.first < plan->slices; turn.first += nslices)
        status = run_turn(&turn, error);
    return status != 0 ? -1 : turn.stopped;
}
