/* SPDX-License-Identifier: BSD-2-Clause */
/* A table of every source of every window: its features, what each rule says, and its llr. Done on rank 0 alone from
 * stored tallies. It names sources: restricted. */
#ifndef PZ_RUN_SCORES_H
#define PZ_RUN_SCORES_H

#include "base/csv.h"
#include "reduce/reduce.h"
#include "run/captures.h"

struct pz_scoring {
    const struct pz_store *store;
    const struct pz_captures *captures; /* with facts */
    const struct pz_hours *hours;
    const struct pz_model *model;
    uint32_t since, until, window; /* hours */
    /* Results. */
    size_t nsources; /* in windows */
};

/* Appends the table as CSV, by window and address. */
extern const struct pz_schema pz_schema_judged;
int pz_scores_make(struct pz_scoring *scoring, struct pz_buf *csv, struct pz_error *error);

#endif
