/* SPDX-License-Identifier: BSD-2-Clause */
/* Request and answer. A rank that has done a task sends its result and asks for the next one; rank 0 answers with a
 * task or with NO_TASK. Ranks at work report their progress from time to time.
 *
 * Rank 0 has no thread for this: it answers whenever its own task ticks, so a task must tick often. With more than
 * WORKING_ROOT ranks it does no task and only answers.
 *
 * When a task fails, or a stop is asked for, rank 0 gives out no more tasks and answers NO_TASK to every rank that
 * asks. Each rank gets one NO_TASK, so all ranks leave pz_tasks_run, and agree on the error. */
#include "mpi/task_queue.h"

#include "base/time.h"

#include <stdlib.h>

/* A rank asks with what became of its last task; rank 0 answers with the next one, or NO_TASK. */
enum { TAG_ASK = 1, TAG_ANSWER = 2, TAG_PROGRESS = 3 };
enum ask { ASK_FIRST, ASK_DONE, ASK_STOPPED, ASK_FAILED };

#define NO_TASK UINT32_MAX

/* Seconds between two progress messages of a rank, and between two displays of progress on rank 0. With many ranks
 * messages are rarer, so that rank 0 gets a bounded number a second. */
#define PROGRESS_INTERVAL 0.2
#define PROGRESS_RATE 500

/* With more ranks than this, rank 0 does no task and only serves the others, so that none waits while rank 0 writes a
 * file. The loss of one working rank in 128 is small. */
enum { WORKING_ROOT = 128 };

struct rank_state {
    uint64_t bytes, packets; /* of its present task */
    uint32_t task;
    double since;
};

struct pz_task_queue {
    const struct pz_comm *comm;
    const struct pz_tasks *work;
    bool stopped; /* this rank's task was asked to stop */
    double interval, last_progress;
    uint64_t bytes, packets; /* of this rank's present task, or its last */
    /* On rank 0 only. */
    struct rank_state *ranks;
    uint64_t bytes_done, packets_done;
    size_t next_root, next; /* tasks not yet given out: of rank 0's own, of the others */
    size_t tasks_done;
    int asking;  /* other ranks that have not had NO_TASK yet */
    bool ending; /* give out no more */
    int failed;
    struct pz_error *error;
    struct pz_message message;
};

static bool asked_to_stop(const struct pz_task_queue *queue)
{
    return queue->work->stop && queue->work->stop();
}

static uint32_t give_out(struct pz_task_queue *queue, int rank)
{
    uint32_t task = NO_TASK;
    queue->ending = queue->ending || asked_to_stop(queue);
    bool works = rank != 0 || queue->comm->size <= WORKING_ROOT;
    if (!queue->ending && rank == 0 && queue->next_root < queue->work->roots)
        task = (uint32_t)queue->next_root++;
    else if (!queue->ending && works && queue->next < queue->work->ntasks)
        task = (uint32_t)queue->next++;
    queue->ranks[rank] = (struct rank_state){.task = task, .since = pz_clock()};
    return task;
}

/* Rank 0 takes the outcome of a rank's task. */
static void take_outcome(struct pz_task_queue *queue, int rank, enum ask ask, struct pz_cursor *rest)
{
    struct rank_state *state = &queue->ranks[rank];
    switch (ask) {
    case ASK_FIRST:
        break;
    case ASK_DONE:
        queue->bytes_done += state->bytes;
        queue->packets_done += state->packets;
        queue->tasks_done++;
        if (queue->work->done)
            queue->work->done(queue->work->context, state->task, rest);
        break;
    case ASK_STOPPED:
        queue->ending = true;
        if (queue->work->dropped)
            queue->work->dropped(queue->work->context, state->task, state->bytes, pz_clock() - state->since);
        break;
    case ASK_FAILED:
        queue->ending = true;
        if (!queue->failed)
            queue->failed = pz_cursor_error(rest, queue->error);
        break;
    }
}

static void put_progress(struct pz_buf *to, uint64_t bytes, uint64_t packets)
{
    pz_buf_put_u64(to, bytes);
    pz_buf_put_u64(to, packets);
}

static void answer_all(struct pz_task_queue *queue)
{
    while (pz_comm_poll(queue->comm, &queue->message)) {
        int from = queue->message.from;
        pz_comm_progress(queue->comm);
        struct pz_cursor body = pz_cursor_of(queue->message.body.bytes, queue->message.body.nbytes);
        queue->ranks[from].bytes = pz_cursor_u64(&body);
        queue->ranks[from].packets = pz_cursor_u64(&body);
        if (queue->message.tag == TAG_PROGRESS)
            continue;
        take_outcome(queue, from, (enum ask)pz_cursor_u32(&body), &body);
        uint8_t answer[4];
        uint32_t task = give_out(queue, from);
        pz_set_le32(answer, task);
        pz_comm_send(queue->comm, from, TAG_ANSWER, answer, sizeof answer);
        queue->asking -= task == NO_TASK;
    }
}

static void show_progress(struct pz_task_queue *queue)
{
    const struct pz_tasks *work = queue->work;
    if (!work->progress)
        return;
    struct pz_task_status status = {.bytes = queue->bytes_done,
                                    .packets = queue->packets_done,
                                    .tasks_done = queue->tasks_done,
                                    .slowest_task = work->ntasks};
    double oldest = 0;
    for (int rank = 0; rank < queue->comm->size; rank++) {
        const struct rank_state *state = &queue->ranks[rank];
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

bool pz_task_tick(struct pz_task_queue *queue, uint64_t bytes, uint64_t packets)
{
    bool root = queue->comm->rank == 0;
    queue->bytes = bytes;
    queue->packets = packets;
    if (root) {
        queue->ranks[0].bytes = bytes;
        queue->ranks[0].packets = packets;
        answer_all(queue);
    }
    double t = pz_clock();
    if (t - queue->last_progress >= (root ? PROGRESS_INTERVAL : queue->interval)) {
        queue->last_progress = t;
        if (root) {
            pz_comm_progress(queue->comm);
            show_progress(queue);
        } else {
            struct pz_buf body = {0};
            put_progress(&body, bytes, packets);
            pz_comm_send(queue->comm, 0, TAG_PROGRESS, body.bytes, body.nbytes);
            pz_buf_release(&body);
        }
    }
    queue->stopped = queue->stopped || asked_to_stop(queue);
    return !queue->stopped;
}

/* Does a task; `body` gets the message about its outcome for rank 0. */
static void do_task(struct pz_task_queue *queue, uint32_t task, struct pz_buf *result, struct pz_error *error,
                    enum ask *outcome)
{
    queue->bytes = queue->packets = 0;
    pz_buf_clear(result);
    int status = queue->work->run(queue->work->context, task, queue, result, error);
    *outcome = status != 0 ? ASK_FAILED : queue->stopped ? ASK_STOPPED : ASK_DONE;
    if (*outcome == ASK_FAILED) {
        pz_buf_clear(result);
        pz_buf_put_error(result, error);
    }
}

/* The ranks at work, no more than a few of them, as a string; an empty buffer if there is none. */
static void name_working(const struct pz_task_queue *queue, struct pz_buf *to)
{
    enum { NAMED = 8 };
    int n = 0;
    pz_buf_clear(to);
    for (int rank = 1; rank < queue->comm->size && n < NAMED; rank++)
        if (queue->ranks[rank].task != NO_TASK)
            pz_buf_printf(to, "%s%d", n++ ? ", " : "rank ", rank);
    if (n)
        pz_buf_put(to, "", 1);
    else
        pz_buf_release(to);
}

static void work_as_root(struct pz_task_queue *queue)
{
    struct pz_buf result = {0}, working = {0};
    struct pz_error error = {0};
    uint32_t task;
    queue->asking = queue->comm->size - 1;
    for (int rank = 0; rank < queue->comm->size; rank++)
        queue->ranks[rank].task = NO_TASK;
    while ((task = give_out(queue, 0)) != NO_TASK) {
        enum ask outcome;
        do_task(queue, task, &result, &error, &outcome);
        struct pz_cursor rest = pz_cursor_of(result.bytes, result.nbytes);
        take_outcome(queue, 0, outcome, &rest);
        answer_all(queue);
    }
    while (queue->asking) {
        answer_all(queue);
        if (pz_clock() - queue->last_progress >= PROGRESS_INTERVAL) {
            queue->last_progress = pz_clock();
            show_progress(queue);
            name_working(queue, &working);
        }
        pz_comm_back_off(queue->comm, (const char *)working.bytes);
    }
    pz_buf_release(&working);
    pz_buf_release(&result);
}

static void work_as_other(struct pz_task_queue *queue)
{
    struct pz_buf result = {0}, body = {0};
    struct pz_message answer = {0};
    struct pz_error error = {0};
    enum ask outcome = ASK_FIRST;
    for (;;) {
        pz_buf_clear(&body);
        put_progress(&body, queue->bytes, queue->packets);
        pz_buf_put_u32(&body, outcome);
        pz_buf_put(&body, result.bytes, result.nbytes);
        pz_comm_send(queue->comm, 0, TAG_ASK, body.bytes, body.nbytes);
        pz_comm_receive(queue->comm, 0, TAG_ANSWER, &answer);
        uint32_t task = pz_get_le32(answer.body.bytes);
        if (task == NO_TASK)
            break;
        do_task(queue, task, &result, &error, &outcome);
    }
    pz_buf_release(&result);
    pz_buf_release(&body);
    pz_buf_release(&answer.body);
}

int pz_tasks_run(const struct pz_comm *comm, const struct pz_tasks *work, struct pz_error *error)
{
    struct pz_task_queue queue = {
        .comm = comm, .work = work, .error = error, .next = work->roots, .last_progress = pz_clock()};
    queue.interval = (double)comm->size / PROGRESS_RATE;
    if (queue.interval < PROGRESS_INTERVAL)
        queue.interval = PROGRESS_INTERVAL;
    PZ_CHECK(work->ntasks < NO_TASK && work->roots <= work->ntasks);
    if (comm->rank == 0) {
        queue.ranks = pz_alloc((size_t)comm->size * sizeof *queue.ranks);
        work_as_root(&queue);
        show_progress(&queue);
    } else {
        work_as_other(&queue);
    }
    int status = pz_comm_agree(comm, queue.failed, error);
    bool undone = comm->rank == 0 && queue.tasks_done < work->ntasks;
    if (status == 0)
        status = pz_comm_max(comm, undone) ? 1 : 0;
    free(queue.ranks);
    pz_buf_release(&queue.message.body);
    return status;
}
