/* SPDX-License-Identifier: BSD-2-Clause */
/* The queue of tasks, over a communicator of threads: each rank is one, and messages are lists under a lock. Expected:
 * each task is done once, by whoever, and all ranks come to the same end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mpi/task_queue.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

enum { RANKS = 9, TASKS = 200 };

/* ---- the communicator: pz_comm_* as mpi/comm.h has them ---- */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct letter {
        int from, to, tag;
        struct pz_buf body;
        struct letter *next;
    } * letters; /* the oldest first */
    int size, met;
    unsigned meetings;
    uint64_t most, agreed_most;
    int worst, agreed_worst; /* the lowest rank that failed, or RANKS */
    struct pz_error why, agreed_why;
} world = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

void pz_comm_send(const struct pz_comm *comm, int to, int tag, const void *bytes, size_t nbytes)
{
    struct letter *letter = pz_alloc(sizeof *letter);
    *letter = (struct letter){.from = comm->rank, .to = to, .tag = tag};
    pz_buf_put(&letter->body, bytes, nbytes);
    pthread_mutex_lock(&world.lock);
    struct letter **last = &world.letters;
    while (*last)
        last = &(*last)->next;
    *last = letter;
    pthread_cond_broadcast(&world.changed);
    pthread_mutex_unlock(&world.lock);
}

/* Under the lock. */
static bool take_letter(const struct pz_comm *comm, int from, int tag, struct pz_message *message)
{
    for (struct letter **at = &world.letters; *at; at = &(*at)->next) {
        struct letter *letter = *at;
        if (letter->to != comm->rank || (from >= 0 && (letter->from != from || letter->tag != tag)))
            continue;
        message->from = letter->from;
        message->tag = letter->tag;
        pz_buf_clear(&message->body);
        pz_buf_put(&message->body, letter->body.bytes, letter->body.nbytes);
        *at = letter->next;
        pz_buf_release(&letter->body);
        free(letter);
        return true;
    }
    return false;
}

bool pz_comm_poll(const struct pz_comm *comm, struct pz_message *message)
{
    assert_int_equal(comm->rank, 0);
    pthread_mutex_lock(&world.lock);
    bool any = take_letter(comm, -1, 0, message);
    pthread_mutex_unlock(&world.lock);
    return any;
}

void pz_comm_receive(const struct pz_comm *comm, int from, int tag, struct pz_message *message)
{
    pthread_mutex_lock(&world.lock);
    while (!take_letter(comm, from, tag, message))
        pthread_cond_wait(&world.changed, &world.lock);
    pthread_mutex_unlock(&world.lock);
}

void pz_comm_back_off(const struct pz_comm *comm, const char *whom)
{
    (void)comm, (void)whom;
    sched_yield();
}

void pz_comm_progress(const struct pz_comm *comm)
{
    (void)comm;
}

/* All ranks come here, and the last one ends the meeting. Under the lock. */
static void meet(void)
{
    unsigned meeting = world.meetings;
    if (++world.met == world.size) {
        world.agreed_most = world.most;
        world.agreed_worst = world.worst;
        world.agreed_why = world.why;
        world.most = 0;
        world.worst = RANKS;
        world.met = 0;
        world.meetings++;
        pthread_cond_broadcast(&world.changed);
    }
    while (world.meetings == meeting)
        pthread_cond_wait(&world.changed, &world.lock);
}

uint64_t pz_comm_max(const struct pz_comm *comm, uint64_t value)
{
    (void)comm;
    pthread_mutex_lock(&world.lock);
    world.most = value > world.most ? value : world.most;
    meet();
    uint64_t most = world.agreed_most;
    pthread_mutex_unlock(&world.lock);
    return most;
}

int pz_comm_agree(const struct pz_comm *comm, int status, struct pz_error *error)
{
    pthread_mutex_lock(&world.lock);
    if (status && comm->rank < world.worst) {
        world.worst = comm->rank;
        world.why = *error;
    }
    meet();
    bool failed = world.agreed_worst < RANKS;
    if (failed)
        *error = world.agreed_why;
    pthread_mutex_unlock(&world.lock);
    return failed ? -1 : 0;
}

/* ---- the work ---- */

static struct {
    pthread_mutex_t lock;
    int done[TASKS];  /* how often each was run to its end, */
    int by[TASKS];    /* and by which rank */
    int heard[TASKS]; /* how often rank 0 took its result */
    int dropped[TASKS];
    size_t ntasks, roots, fails_at, stops_after; /* a task; so many of them; TASKS for never */
    size_t ndone, most_shown;
} work = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool stop(void)
{
    pthread_mutex_lock(&work.lock);
    bool asked = work.ndone >= work.stops_after;
    pthread_mutex_unlock(&work.lock);
    return asked;
}

static int run(void *context, size_t task, struct pz_task_queue *queue, struct pz_buf *result, struct pz_error *error)
{
    const struct pz_comm *comm = context;
    if (task == work.fails_at)
        return pz_fail_usage(error, "task %zu fails", task);
    if (!pz_task_tick(queue, 1, 1))
        return 0;
    pthread_mutex_lock(&work.lock);
    work.done[task]++;
    work.by[task] = comm->rank;
    work.ndone++;
    pthread_mutex_unlock(&work.lock);
    pz_buf_put_u64(result, task * task);
    pz_task_tick(queue, 10 * task, task);
    return 0;
}

static void take(void *context, size_t task, struct pz_cursor *result)
{
    const struct pz_comm *comm = context;
    assert_int_equal(comm->rank, 0);
    assert_true(pz_cursor_u64(result) == task * task);
    assert_int_equal(pz_cursor_left(result), 0);
    work.heard[task]++;
}

static void drop(void *context, size_t task, uint64_t bytes, double seconds)
{
    (void)context, (void)bytes;
    assert_true(seconds >= 0);
    work.dropped[task]++;
}

static void show(void *context, const struct pz_task_status *status)
{
    *(struct pz_task_status *)context = *status;
    assert_true(status->tasks_done >= work.most_shown && status->tasks_done <= work.ntasks);
    work.most_shown = status->tasks_done;
}

struct rank {
    struct pz_comm comm;
    pthread_t thread;
    struct pz_task_status shown; /* the last */
    struct pz_error error;
    int status;
};

static void *start(void *context)
{
    struct rank *rank = context;
    const struct pz_tasks shared = {.context = &rank->comm,
                                    .ntasks = work.ntasks,
                                    .roots = work.roots,
                                    .run = run,
                                    .done = take,
                                    .dropped = drop,
                                    .progress = show,
                                    .progress_context = &rank->shown,
                                    .stop = stop};
    rank->status = pz_tasks_run(&rank->comm, &shared, &rank->error);
    return NULL;
}

static void run_ranks(struct rank *ranks, int n, size_t ntasks, size_t roots, size_t fails_at, size_t stops_after)
{
    memset(work.done, 0, sizeof work.done);
    memset(work.heard, 0, sizeof work.heard);
    memset(work.dropped, 0, sizeof work.dropped);
    work.ndone = work.most_shown = 0;
    work.ntasks = ntasks;
    work.roots = roots;
    work.fails_at = fails_at;
    work.stops_after = stops_after;
    world.size = n;
    world.worst = RANKS;
    for (int i = 0; i < n; i++) {
        ranks[i] = (struct rank){.comm = {.rank = i, .size = n}};
        assert_int_equal(pthread_create(&ranks[i].thread, NULL, start, &ranks[i]), 0);
    }
    for (int i = 0; i < n; i++)
        assert_int_equal(pthread_join(ranks[i].thread, NULL), 0);
    assert_null(world.letters); /* nobody said what nobody heard */
    for (int i = 1; i < n; i++)
        assert_int_equal(ranks[i].status, ranks[0].status);
    for (size_t task = 0; task < TASKS; task++) {
        assert_true(work.done[task] <= 1);
        /* What was done before the end may be dropped still, but is never heard without having been done. */
        assert_true(work.heard[task] <= work.done[task]);
        if (work.done[task] && task < roots)
            assert_int_equal(work.by[task], 0);
    }
}

static const struct {
    int n;
    size_t ntasks, roots;
} sizes[] = {{1, 0, 0},     {1, 1, 1},         {1, TASKS, 2}, {2, 0, 0},        {2, 1, 0},
             {2, TASKS, 1}, {3, TASKS, TASKS}, {RANKS, 3, 0}, {RANKS, TASKS, 5}};

static void test_all_done(void **state)
{
    struct rank ranks[RANKS];
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint64_t bytes = 0, packets = 0;
        run_ranks(ranks, sizes[i].n, sizes[i].ntasks, sizes[i].roots, TASKS, TASKS + 1);
        assert_int_equal(ranks[0].status, 0);
        for (size_t task = 0; task < TASKS; task++) {
            assert_int_equal(work.heard[task], task < sizes[i].ntasks);
            bytes += task < sizes[i].ntasks ? 10 * task : 0;
            packets += task < sizes[i].ntasks ? task : 0;
        }
        assert_int_equal(ranks[0].shown.tasks_done, sizes[i].ntasks);
        assert_true(ranks[0].shown.bytes == bytes && ranks[0].shown.packets == packets);
    }
}

static void test_failure(void **state)
{
    struct rank ranks[RANKS];
    (void)state;
    for (int n = 1; n <= RANKS; n += 4)
        for (size_t fails_at = 0; fails_at < TASKS; fails_at += 33) {
            run_ranks(ranks, n, TASKS, 1, fails_at, TASKS + 1);
            assert_int_equal(ranks[0].status, -1);
            for (int i = 0; i < n; i++) {
                assert_int_equal(ranks[i].error.exit, PZ_EXIT_USAGE);
                assert_non_null(strstr(ranks[i].error.text, "fails"));
            }
            assert_int_equal(work.heard[fails_at], 0);
        }
}

static void test_stop(void **state)
{
    struct rank ranks[RANKS];
    (void)state;
    for (int n = 1; n <= RANKS; n += 4)
        for (size_t stops_after = 0; stops_after < TASKS; stops_after += 50) {
            run_ranks(ranks, n, TASKS, 1, TASKS, stops_after);
            assert_int_equal(ranks[0].status, 1);
            assert_in_range(work.ndone, stops_after, stops_after + (size_t)n);
            for (size_t task = 0; task < TASKS; task++)
                assert_true(work.heard[task] + work.dropped[task] <= 1);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_done), cmocka_unit_test(test_failure),
                                       cmocka_unit_test(test_stop)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
