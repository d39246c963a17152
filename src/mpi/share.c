#include "mpi/share.h"

#include "base/time.h"

#include <stdlib.h>

/* A rank asks with what became of its last task; rank 0 answers with the next one, or NO_TASK. */
enum { TAG_ASK = 1, TAG_ANSWER = 2, TAG_PROGRESS = 3 };
enum ask { ASK_FIRST, ASK_DONE, ASK_STOPPED, ASK_FAILED };

#define NO_TASK UINT32_MAX

/* Between two progress messages of a rank, and between two looks of rank 0 at it: seconds. With many ranks they are rarer,
 * so that rank 0 gets no more than so many a second. */
#define PROGRESS_INTERVAL 0.2
#define PROGRESS_RATE 500

/* With more ranks than this rank 0 only serves the others: it does no task, and so it keeps nobody waiting while it writes
 * a file. One rank in so many isn't missed. */
enum { WORKING_ROOT = 128 };

struct rank_state {
    uint64_t bytes, packets; /* of its present task */
    uint32_t task;
    double since;
};

struct pz_share {
    const struct pz_comm *comm;
    const struct pz_share_work *work;
    bool stopped; /* this rank's task was told to stop */
    double interval, last_progress;
    uint64_t bytes, packets; /* of this rank's present task, or its last */
    /* On rank 0 only. */
    struct rank_state *ranks;
    uint64_t bytes_done, packets_done;
    size_t next_root, next; /* tasks not yet given out: of rank 0's own, of the others */
    size_t tasks_done;
    int asking;  /* other ranks that were not yet told that there is no more */
    bool ending; /* give out no more */
    int failed;
    struct pz_error *error;
    struct pz_message message;
};

static bool asked_to_stop(const struct pz_share *share)
{
    return share->work->stop && share->work->stop();
}

static uint32_t give_out(struct pz_share *share, int rank)
{
    uint32_t task = NO_TASK;
    share->ending = share->ending || asked_to_stop(share);
    bool works = rank != 0 || share->comm->size <= WORKING_ROOT;
    if (!share->ending && rank == 0 && share->next_root < share->work->roots)
        task = (uint32_t)share->next_root++;
    else if (!share->ending && works && share->next < share->work->ntasks)
        task = (uint32_t)share->next++;
    share->ranks[rank] = (struct rank_state){.task = task, .since = pz_clock()};
    return task;
}

/* Rank 0 hears what became of a rank's task. */
static void take_outcome(struct pz_share *share, int rank, enum ask ask, struct pz_cursor *rest)
{
    struct rank_state *state = &share->ranks[rank];
    switch (ask) {
    case ASK_FIRST:
        break;
    case ASK_DONE:
        share->bytes_done += state->bytes;
        share->packets_done += state->packets;
        share->tasks_done++;
        if (share->work->done)
            share->work->done(share->work->context, state->task, rest);
        break;
    case ASK_STOPPED:
        share->ending = true;
        if (share->work->dropped)
            share->work->dropped(share->work->context, state->task, state->bytes, pz_clock() - state->since);
        break;
    case ASK_FAILED:
        share->ending = true;
        if (!share->failed) {
            enum pz_exit exit = (enum pz_exit)pz_cursor_u32(rest);
            char *text = pz_cursor_text(rest);
            share->failed = pz_fail(share->error, "%s", text);
            share->error->exit = exit;
            free(text);
        }
        break;
    }
}

static void put_progress(struct pz_buf *to, uint64_t bytes, uint64_t packets)
{
    pz_buf_put_u64(to, bytes);
    pz_buf_put_u64(to, packets);
}

static void answer_all(struct pz_share *share)
{
    while (pz_comm_poll(share->comm, &share->message)) {
        int from = share->message.from;
        pz_comm_progress(share->comm);
        struct pz_cursor body = pz_cursor_of(share->message.body.bytes, share->message.body.nbytes);
        share->ranks[from].bytes = pz_cursor_u64(&body);
        share->ranks[from].packets = pz_cursor_u64(&body);
        if (share->message.tag == TAG_PROGRESS)
            continue;
        take_outcome(share, from, (enum ask)pz_cursor_u32(&body), &body);
        uint8_t answer[4];
        uint32_t task = give_out(share, from);
        pz_set_le32(answer, task);
        pz_comm_send(share->comm, from, TAG_ANSWER, answer, sizeof answer);
        share->asking -= task == NO_TASK;
    }
}

static void show_progress(struct pz_share *share)
{
    const struct pz_share_work *work = share->work;
    if (!work->progress)
        return;
    struct pz_share_status status = {.bytes = share->bytes_done,
                                     .packets = share->packets_done,
                                     .tasks_done = share->tasks_done,
                                     .slowest_task = work->ntasks};
    double oldest = 0;
    for (int rank = 0; rank < share->comm->size; rank++) {
        const struct rank_state *state = &share->ranks[rank];
        if (state->task == NO_TASK)
            continue;
        status.bytes += state->bytes;
        status.packets += state->packets;
        if (status.slowest_task == work->ntasks || state->since < oldest) {
            oldest = state->since;
            status.slowest_rank = rank;
            status.slowest_task = state->task;
        }
    }
    work->progress(work->progress_context, &status);
}

bool pz_share_tick(struct pz_share *share, uint64_t bytes, uint64_t packets)
{
    bool root = share->comm->rank == 0;
    share->bytes = bytes;
    share->packets = packets;
    if (root) {
        share->ranks[0].bytes = bytes;
        share->ranks[0].packets = packets;
        answer_all(share);
    }
    double t = pz_clock();
    if (t - share->last_progress >= (root ? PROGRESS_INTERVAL : share->interval)) {
        share->last_progress = t;
        if (root) {
            pz_comm_progress(share->comm);
            show_progress(share);
        } else {
            struct pz_buf body = {0};
            put_progress(&body, bytes, packets);
            pz_comm_send(share->comm, 0, TAG_PROGRESS, body.bytes, body.nbytes);
            pz_buf_release(&body);
        }
    }
    share->stopped = share->stopped || asked_to_stop(share);
    return !share->stopped;
}

/* Does a task and says what became of it; `body` is then what rank 0 is told. */
static void do_task(struct pz_share *share, uint32_t task, struct pz_buf *result, struct pz_error *error,
                    enum ask *outcome)
{
    share->bytes = share->packets = 0;
    pz_buf_clear(result);
    int status = share->work->run(share->work->context, task, share, result, error);
    *outcome = status != 0 ? ASK_FAILED : share->stopped ? ASK_STOPPED : ASK_DONE;
    if (*outcome == ASK_FAILED) {
        pz_buf_clear(result);
        pz_buf_put_u32(result, (uint32_t)error->exit);
        pz_buf_put_text(result, error->text);
    }
}

/* The ranks at work, no more than a few of them, as a string; an empty buffer if there is none. */
static void name_working(const struct pz_share *share, struct pz_buf *to)
{
    enum { NAMED = 8 };
    int n = 0;
    pz_buf_clear(to);
    for (int rank = 1; rank < share->comm->size && n < NAMED; rank++)
        if (share->ranks[rank].task != NO_TASK)
            pz_buf_printf(to, "%s%d", n++ ? ", " : "rank ", rank);
    if (n)
        pz_buf_put(to, "", 1);
    else
        pz_buf_release(to);
}

static void work_as_root(struct pz_share *share)
{
    struct pz_buf result = {0}, working = {0};
    struct pz_error error = {0};
    uint32_t task;
    share->asking = share->comm->size - 1;
    for (int rank = 0; rank < share->comm->size; rank++)
        share->ranks[rank].task = NO_TASK;
    while ((task = give_out(share, 0)) != NO_TASK) {
        enum ask outcome;
        do_task(share, task, &result, &error, &outcome);
        struct pz_cursor rest = pz_cursor_of(result.bytes, result.nbytes);
        take_outcome(share, 0, outcome, &rest);
        answer_all(share);
    }
    while (share->asking) {
        answer_all(share);
        if (pz_clock() - share->last_progress >= PROGRESS_INTERVAL) {
            share->last_progress = pz_clock();
            show_progress(share);
            name_working(share, &working);
        }
        pz_comm_rest(share->comm, (const char *)working.bytes);
    }
    pz_buf_release(&working);
    pz_buf_release(&result);
}

static void work_as_other(struct pz_share *share)
{
    struct pz_buf result = {0}, body = {0};
    struct pz_message answer = {0};
    struct pz_error error = {0};
    enum ask outcome = ASK_FIRST;
    for (;;) {
        pz_buf_clear(&body);
        put_progress(&body, share->bytes, share->packets);
        pz_buf_put_u32(&body, outcome);
        pz_buf_put(&body, result.bytes, result.nbytes);
        pz_comm_send(share->comm, 0, TAG_ASK, body.bytes, body.nbytes);
        pz_comm_receive(share->comm, 0, TAG_ANSWER, &answer);
        uint32_t task = pz_get_le32(answer.body.bytes);
        if (task == NO_TASK)
            break;
        do_task(share, task, &result, &error, &outcome);
    }
    pz_buf_release(&result);
    pz_buf_release(&body);
    pz_buf_release(&answer.body);
}

int pz_share_run(const struct pz_comm *comm, const struct pz_share_work *work, struct pz_error *error)
{
    struct pz_share share = {.comm = comm, .work = work, .error = error, .next = work->roots, .last_progress = pz_clock()};
    share.interval = (double)comm->size / PROGRESS_RATE;
    if (share.interval < PROGRESS_INTERVAL)
        share.interval = PROGRESS_INTERVAL;
    PZ_CHECK(work->ntasks < NO_TASK && work->roots <= work->ntasks);
    if (comm->rank == 0) {
        share.ranks = pz_alloc((size_t)comm->size * sizeof *share.ranks);
        work_as_root(&share);
        show_progress(&share);
    } else {
        work_as_other(&share);
    }
    int status = pz_comm_agree(comm, share.failed, error);
    bool undone = comm->rank == 0 && share.tasks_done < work->ntasks;
    if (status == 0)
        status = pz_comm_max(comm, undone) ? 1 : 0;
    free(share.ranks);
    pz_buf_release(&share.message.body);
    return status;
}
