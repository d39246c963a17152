/* SPDX-License-Identifier: BSD-2-Clause */
/* --dry-run of run, scan and reduce: what they would read, keep and replace, and how long that would take. Nothing is
 * written. What would be refused is refused here too. */
#ifndef PZ_CLI_DRY_RUN_H
#define PZ_CLI_DRY_RUN_H

#include "cli/command.h"

/* Collective, with the stores open. Returns what the process ends with, or -1 with `error` set. */
int pz_dry_run(struct pz_context *context, struct pz_error *error);

#endif
