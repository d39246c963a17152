/* SPDX-License-Identifier: BSD-2-Clause */
/* The first half of a run: every capture gets its tally file for each port, unless it has one already. A capture that
 * lacks several is read once for all of them. Collective, like all of a run's steps. */
#ifndef PZ_RUN_SCAN_H
#define PZ_RUN_SCAN_H

#include "capture/codec.h"
#include "mpi/task_queue.h"
#include "run/captures.h"
#include "tally/store.h"

struct pz_scanned {
    size_t captures;
    uint64_t bytes, packets;
    double seconds;
};

struct pz_scan {
    const struct pz_session *session;
    const struct pz_store *stores; /* one a port */
    size_t nports;
    struct pz_captures *captures;
    enum pz_inflater inflater;
    bool other_ports;  /* the store has tallies, but of other ports than those that are asked for */
    bool chunk;        /* of several: which captures overlap those of others isn't known, and left for later */
    bool only_look_up; /* read no capture: it is an error if one has no tally */
    bool rescan;       /* read all captures, also those that have a tally; false once that has begun */
    bool strict;       /* the first damage ends the run */
    double began;      /* when the whole program did, in seconds of CLOCK_MONOTONIC */
    /* Results. */
    struct pz_hours hours[PZ_PORTS]; /* one a port: of all captures, merged; on rank 0 */
    /* On rank 0: what was read; read again, as it overlaps other captures; and by the scan that is at work. */
    struct pz_scanned once, again, last;
};

/* 0 when every readable capture has its tally (then their facts are known on rank 0), 1 when stopped, -1 with `error`
 * set. */
int pz_scan_run(struct pz_scan *scan, struct pz_error *error);
void pz_scan_release(struct pz_scan *scan);

/* What a scan has to do: the captures that lack the tally of a port, and of which ports. */
struct pz_scan_task {
    bool standard; /* it is standard input */
    uint64_t size;
    size_t capture;   /* its place in the list */
    uint32_t lacking; /* ports, a bit each */
};

struct pz_scan_tasks {
    struct pz_scan_task *all; /* owned, in the order of work */
    size_t n, nstandard;
    uint64_t bytes; /* of all their captures */
};

/* Collective: the tasks that rank 0 finds by the facts it has, in place of those before. */
void pz_scan_tasks_choose(struct pz_scan_tasks *tasks, const struct pz_scan *scan);
/* Collective: what pz_scan_run would begin with. Nothing is written; which captures overlap others, and so would be read
 * twice, is not known before. */
int pz_scan_plan(struct pz_scan *scan, struct pz_scan_tasks *tasks, struct pz_error *error);
/* On rank 0: where the store has the tallies of some ports and lacks those of others, what is read for the others. */
void pz_scan_tasks_tell_lacks(const struct pz_scan_tasks *tasks, const struct pz_scan *scan);
/* Nothing may be read, and there are tasks: says what is lacking, and returns -1. */
int pz_scan_tasks_fail(const struct pz_scan_tasks *tasks, const struct pz_scan *scan, struct pz_error *error);

#endif
