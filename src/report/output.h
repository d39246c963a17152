/* SPDX-License-Identifier: BSD-2-Clause */
/* The output folder: tables that anyone may see in tables/, whatever names sources in restricted/ (mode 0700). The
 * agreements under which telescope data are given forbid passing on the latter. Of several ports, each has folders of
 * its own in these (report/folders.h); they are written one after another, and become whole together. */
#ifndef PZ_REPORT_OUTPUT_H
#define PZ_REPORT_OUTPUT_H

#include "base/file.h"
#include "reduce/job.h"
#include "report/results.h"

struct pz_output {
    const char *directory;                  /* borrowed */
    const struct pz_job *const *jobs;       /* borrowed: all jobs, ended by NULL */
    const struct pz_figure *const *figures; /* borrowed: the same of figures */
    const uint16_t *ports;                  /* borrowed: whose results are written */
    size_t nports;
    uint16_t folder;                        /* of the port whose files are written now; 0 if there is one port only */
    bool begun;                             /* the earlier result is no longer whole */
    const struct pz_pseudonyms *pseudonyms; /* borrowed: for sources in restricted tables; NULL for their addresses */
    struct pz_manifest tables, restricted;  /* owned, on rank 0: what was written */
};

/* The next files are those of a port. */
void pz_output_choose_port(struct pz_output *output, uint16_t port);
/* To be called on one rank, before the others write. */
int pz_output_prepare(const struct pz_output *output, struct pz_error *error);
/* Removes those of the folders that are empty, as after a run that was stopped before it wrote a table. */
void pz_output_remove_empty(const struct pz_output *output);
/* On one rank, before the first file of each port is written. The result that is there is whole until the first call,
 * and none from then on. */
int pz_output_begin(struct pz_output *output, struct pz_error *error);
/* On one rank, after the last: `results` is the new result, once for each port, and `summary` the text of its
 * summary.json, with the list of its tables. From then on it is whole. */
int pz_output_end(struct pz_output *output, const struct pz_results *results, const struct pz_buf *summary,
                  struct pz_error *error);
void pz_output_release(struct pz_output *output);
/* A job's table. On the same rank. */
int pz_output_table(struct pz_output *output, const struct pz_job *job, const struct pz_job_table *table,
                    const struct pz_accumulator *acc, struct pz_error *error);
/* The model of the run, with which other commands score sources. */
int pz_output_model(struct pz_output *output, const struct pz_buf *text, struct pz_error *error);
/* After all tables, on the same rank: what each of the two folders holds, for other tools. */
int pz_output_packages(struct pz_output *output, struct pz_error *error);
/* The set of an hour's sources, on any rank; nothing if `set` is empty. `record` is for pz_output_take_set. */
int pz_output_set(const struct pz_output *output, uint32_t hour, const struct pz_buf *set, struct pz_buf *record,
                  struct pz_error *error);
/* On the one rank: takes the set that a rank wrote into the list. */
void pz_output_take_set(struct pz_output *output, uint32_t hour, struct pz_cursor *record);
/* On one rank, before any set is written: makes their folder, and removes the sets of hours that the timeline
 * doesn't have, left by an earlier run on other captures. */
int pz_output_prepare_sets(const struct pz_output *output, const struct pz_timeline *timeline, struct pz_error *error);
/* Removes the temporary files of writers that died. On one rank, when nothing else is being written. */
void pz_output_sweep(const struct pz_output *output);

#endif
