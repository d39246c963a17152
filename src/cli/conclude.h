/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a run: summary.json, the report, and the proof that the result is whole. */
#ifndef PZ_CLI_CONCLUDE_H
#define PZ_CLI_CONCLUDE_H

#include "cli/command.h"
#include "run/tables.h"

/* On rank 0, after the last table and set: writes the rest of the result, and summary.json last. `tables` one a port. An
 * error if another run replaced files of the result meanwhile. */
int pz_conclude(const struct pz_context *context, const struct pz_tables *tables, struct pz_output *output,
                struct pz_error *error);

#endif
