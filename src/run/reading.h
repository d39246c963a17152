/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a capture's file into tallies, one for each port that is asked for. Files in the list with one identity differ
 * in damage at most. If the file is damaged, the others with its identity are read too. The first undamaged one counts,
 * whatever the names; if all are damaged, the one with the most records. */
#ifndef PZ_RUN_READING_H
#define PZ_RUN_READING_H

#include "capture/reader.h"
#include "mpi/task_queue.h"
#include "run/captures.h"
#include "tally/tally.h"

struct pz_reading_options {
    const struct pz_captures *captures;
    struct pz_filter filters[PZ_PORTS]; /* which differ in their ports */
    size_t nports;
    const char *decode; /* as for pz_input_open */
    enum pz_inflater inflater;
    struct pz_task_queue *queue;
};

/* What was read of one file. */
struct pz_reading {
    const struct pz_reading_options *options;
    size_t file;               /* its place in the list */
    struct pz_stretch stretch; /* of the capture that it is read for */
    bool ordered;              /* no packet is expected late */
    struct pz_tally *tallies;  /* owned: one for each port */
    struct pz_damage_log log;
    struct pz_input *input; /* stays open, for its identity; NULL if it can't be opened */
    uint64_t nrecords;      /* given to the tallies */
    uint64_t offset;        /* at the last tick */
};

/* Reads capture `i`; the caller frees the result. NULL when stopped. */
struct pz_reading *pz_reading_make(const struct pz_reading_options *options, size_t i);
void pz_reading_free(struct pz_reading *reading);

#endif
