/* SPDX-License-Identifier: BSD-2-Clause */
/* What a scan has to do: the captures that lack the tally of a port, and of which ports. */
#ifndef PZ_RUN_SCAN_TASKS_H
#define PZ_RUN_SCAN_TASKS_H

#include "run/scan.h"

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
