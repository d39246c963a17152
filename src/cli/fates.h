/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages on files that could not be read, and on damaged ones: a line for each kind of fault, however many files have
 * it. */
#ifndef PZ_CLI_FATES_H
#define PZ_CLI_FATES_H

#include "run/captures.h"

/* True if there is such a file: then the command ends with PZ_EXIT_DAMAGE. On rank 0. */
bool pz_fates_tell(const struct pz_captures *captures);
/* As pz_fates_tell, for a command that succeeded; returns its exit code. Collective. */
int pz_fates_conclude(const struct pz_comm *comm, const struct pz_captures *captures);
/* A usage error if there is no capture that can be read, after saying what is wrong with each file; `named` is the first
 * argument. On rank 0. */
int pz_fates_check_any(const struct pz_captures *captures, const char *named, struct pz_error *error);
/* A line for each file, whatever became of it. On rank 0. */
void pz_fates_list(const struct pz_captures *captures);
/* Warns of captures of which almost nothing is read though they are whole: a tunnel's, for one. `fates` has the counts
 * of each capture's records by fate, or NULL. On rank 0. */
void pz_fates_warn(const struct pz_captures *captures, const uint64_t *const *fates);

#endif
