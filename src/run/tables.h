/* SPDX-License-Identifier: BSD-2-Clause */
/* The second half of a run: the stored tallies of all captures become tables. Collective. */
#ifndef PZ_RUN_TABLES_H
#define PZ_RUN_TABLES_H

#include "reduce/plan.h"
#include "reduce/reduce.h"
#include "report/output.h"
#include "run/captures.h"

struct pz_tables {
    const struct pz_session *session;
    const struct pz_store *store;
    const struct pz_captures *captures; /* read on rank 0 only */
    const struct pz_hours *hours;       /* read on rank 0 only */
    struct pz_output *output;
    const struct pz_geo *countries, *networks; /* borrowed; NULL if none were given */
    const struct pz_model *model;              /* built in, or the user's */
    enum pz_calibration_state keep;            /* PZ_CALIBRATED to learn one, or why the model stays as it is */
    const struct pz_outbreak *outbreak;        /* that the port is of; NULL if none is known */
    struct pz_timeline_options options;
    bool accept_anonymised;
    bool refuse_empty; /* on rank 0: tables without a row are an error */
    /* Results. */
    struct pz_calibrated calibrated; /* the model that scored sources */
    struct pz_tables_seconds {
        double calibrating, reducing, tables, sets;
    } seconds;                   /* on rank 0 */
    struct pz_plan plan;         /* of the reduction */
    size_t untold;               /* unread captures whose hours are not known; on rank 0 */
    bool unread;                 /* reading a tally failed on this rank */
    struct pz_recorded recorded; /* owned, on rank 0 */
    uint64_t syns, copies;       /* to the port in the tables' hours, and how many of them are copies; on rank 0 */
};

/* 0 when all is written, 1 when stopped, -1 with `error` set; then, if a stored tally had turned out to be damaged, it
 * is gone, and scanning once more makes it good. */
int pz_tables_make(struct pz_tables *tables, struct pz_error *error);
/* How long each step of these took, and in how many passes: nothing if they were not reduced. On rank 0. */
void pz_tables_log(const struct pz_tables *tables, uint16_t port, struct pz_buf *to);
/* Releases the results. */
void pz_tables_release(struct pz_tables *tables);

#endif
