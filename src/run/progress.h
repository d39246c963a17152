/* SPDX-License-Identifier: BSD-2-Clause */
/* Progress of long work on standard error: a redrawn line on a terminal, a line every few seconds in a log. */
#ifndef PZ_RUN_PROGRESS_H
#define PZ_RUN_PROGRESS_H

#include "mpi/task_queue.h"

/* How the steps of a command work: with which ranks, what they read captures through, and what they print. */
struct pz_session {
    const struct pz_comm *comm;
    const char *decode; /* as for pz_input_open */
    bool quiet;         /* no progress */
    uint32_t progress_seconds;
};

struct pz_progress {
    const char *what;      /* "scanning" */
    uint64_t count, total; /* of bytes or pieces of work: done, and in all; 0 where it isn't known */
    uint32_t interval;     /* seconds between lines in a log */
    bool quiet, terminal;
    double began, last;
};

/* Ranks other than 0 show nothing. `total`: of bytes or of pieces. */
void pz_progress_begin(struct pz_progress *progress, const struct pz_session *session, const char *what,
                       uint64_t total);
/* Shows, if it is time to: bytes and packets done so far, and a few words of the caller's ("" for none). */
void pz_progress_show(struct pz_progress *progress, uint64_t bytes, uint64_t packets, const char *words);
/* Shows the final figures; returns the seconds that the work took. */
double pz_progress_end(struct pz_progress *progress, uint64_t bytes, uint64_t packets, const char *words);
/* The same for work in pieces. */
void pz_progress_count(struct pz_progress *progress, uint64_t count);
double pz_progress_end_count(struct pz_progress *progress);

/* Work of `total` pieces, shared among the ranks until a stop is asked for, with progress by pieces. `work` has its
 * context, and run and done for a piece; the rest is filled in. If they are `small`, a task has several. Collective;
 * returns as pz_tasks_run does, and adds the seconds that it took to `*seconds`, unless that is NULL. */
int pz_counted_run(const struct pz_session *session, const char *what, size_t total, bool small, struct pz_tasks work,
                   double *seconds, struct pz_error *error);

/* Seconds as people write them, 1:02:03. */
#define PZ_DURATION_TEXT 32
const char *pz_progress_duration(double seconds, char text[PZ_DURATION_TEXT]);

#endif
