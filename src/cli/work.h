/* SPDX-License-Identifier: BSD-2-Clause */
/* The common work of run, scan and reduce: run is scan and then reduce. Each command's file has its options and its
 * help. */
#ifndef PZ_CLI_WORK_H
#define PZ_CLI_WORK_H

#include "cli/command.h"

extern const struct pz_option pz_options_of_tables[]; /* of run and reduce; ended by a NULL name */

int pz_work_check(const struct pz_context *context, struct pz_error *error);
int pz_work_run(struct pz_context *context, struct pz_error *error);

#endif
