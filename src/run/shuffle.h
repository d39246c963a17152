/* SPDX-License-Identifier: BSD-2-Clause */
/* The shuffle between scan and tables: every stored tally is read by one rank, which sends each subshard of it to the
 * rank whose source range it belongs to. So a tally is opened once a pass, however many source ranges there are, and
 * its pieces travel as messages.
 *
 * Tallies go in the order of time, in batches; each rank reduces one batch before the next is read, so that memory
 * holds only a part of the archive. */
#ifndef PZ_RUN_SHUFFLE_H
#define PZ_RUN_SHUFFLE_H

#include "reduce/reduce.h"
#include "run/basis.h"
#include "run/progress.h"

struct pz_shuffle {
    const struct pz_basis *basis;
    uint32_t since, until;        /* hours since 1970 that are reduced */
    struct pz_result *result;     /* of this rank's source ranges */
    struct pz_progress *progress; /* counts tallies, in each pass; its total is made for one pass */
    /* Results. */
    struct pz_plan plan;
    bool unread; /* reading a tally failed on this rank */
};

/* Collective. 0 when all is reduced, 1 when it was stopped before, -1 with `error` set; the same on every rank. A tally
 * that turns out to be damaged is removed. */
int pz_shuffle_run(struct pz_shuffle *shuffle, struct pz_error *error);
/* Collective. Brings what each rank kept of its sources, the first k of an order, to rank 0. */
void pz_shuffle_merge_tops(const struct pz_comm *comm, struct pz_result *result);

#endif
