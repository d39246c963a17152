/* SPDX-License-Identifier: BSD-2-Clause */
/* The common work of run, scan and reduce: run is scan and then reduce. Each command's file has its options and its
 * help. */
#ifndef PZ_CLI_WORK_H
#define PZ_CLI_WORK_H

#include "cli/command.h"
#include "run/tables.h"

extern const struct pz_option pz_options_of_tables[]; /* of run and reduce; ended by a NULL name */

int pz_work_check(const struct pz_context *context, struct pz_error *error);
int pz_work_run(struct pz_context *context, struct pz_error *error);

/* On rank 0: what a run refuses before it begins. */
int pz_work_refuse(const struct pz_context *context, struct pz_error *error);

/* --dry-run: what would be read, kept and replaced, and how long that would take. Nothing is written. What would be
 * refused is refused here too. Collective, with the stores open. Returns what the process ends with, or -1 with `error`
 * set. */
int pz_dry_run(struct pz_context *context, struct pz_error *error);

/* Whether there is an earlier result in the folder that a run writes to, whole or not. */
bool pz_earlier_there(const char *out);
/* Refuses to replace a result that was made of captures which are not named now, or that has a port which is not asked
 * for now: a slip in a command line would be the end of it. A capture is known by its label less a compressor's suffix,
 * so that one that was repaired, went on to grow or was compressed anew passes, or by its contents, so that one that was
 * renamed passes. */
int pz_earlier_check(const struct pz_context *context, struct pz_error *error);

/* The end of a run, on rank 0, after the last table and set: writes the rest of the result, and summary.json last.
 * `tables` one a port. An error if another run replaced files of the result meanwhile. */
int pz_conclude(const struct pz_context *context, const struct pz_tables *tables, struct pz_output *output,
                struct pz_error *error);
/* Draws the figures and writes the page of the results of `n` ports. Says which scripts are kept and, if `loud`, all
 * else. `scale` as in struct pz_report_options. */
int pz_make_report(struct pz_results *results, size_t n, double scale, bool loud, struct pz_error *error);

#endif
