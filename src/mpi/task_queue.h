/* SPDX-License-Identifier: BSD-2-Clause */
/* Work shared among the ranks: tasks are given out one by one, in their order, to the rank that asks. Rank 0 keeps the
 * queue and works too; it answers whenever its own task ticks. (A shared counter by one-sided MPI would be simpler, but
 * Debian's Open MPI can't make one across nodes over TCP.)
 *
 * Which rank does which task is left to chance, so results must not depend on it. Every tick of every rank is progress
 * in the sense of pz_comm_arm_watchdog. */
#ifndef PZ_MPI_TASK_QUEUE_H
#define PZ_MPI_TASK_QUEUE_H

#include "mpi/comm.h"

struct pz_task_queue;

/* How far the work is, as rank 0 knows it. */
struct pz_task_status {
    uint64_t bytes, packets; /* done by all ranks, tasks under way included */
    size_t tasks_done;
    int slowest_rank;    /* of those at work, the one whose present task has taken longest */
    size_t slowest_task; /* ntasks if none is at work */
};

struct pz_tasks {
    void *context;
    size_t ntasks;
    size_t roots; /* the first tasks, this many, are for rank 0 alone */
    /* Does one task; what it appends to `result` reaches rank 0. -1 with `error` set ends the whole work. A task that
     * pz_task_tick asked to stop returns 0, and counts as not done. */
    int (*run)(void *context, size_t task, struct pz_task_queue *queue, struct pz_buf *result, struct pz_error *error);
    /* On rank 0, for each task that was done; NULL for none. */
    void (*done)(void *context, size_t task, struct pz_cursor *result);
    /* On rank 0, for each task that a request to stop ended: the bytes that it had read, and the seconds that it had
     * worked; NULL for none. */
    void (*dropped)(void *context, size_t task, uint64_t bytes, double seconds);
    /* On rank 0, a few times a second; NULL for none. */
    void (*progress)(void *progress_context, const struct pz_task_status *status);
    void *progress_context;
    /* Whether this rank was asked to stop; NULL for never. */
    bool (*stop)(void);
};

/* Collective. 0 when all is done, 1 when it was stopped before, -1 with `error` set; the same on every rank. */
int pz_tasks_run(const struct pz_comm *comm, const struct pz_tasks *work, struct pz_error *error);
/* To be called often by a task at work, and once at its end, with the bytes and packets that it has done so far; false
 * asks it to stop. */
bool pz_task_tick(struct pz_task_queue *queue, uint64_t bytes, uint64_t packets);

#endif
