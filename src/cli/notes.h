/* SPDX-License-Identifier: BSD-2-Clause */
/* What commands say on standard error of the files they read: those that could not be read, damage, copies that the
 * recording made, captures that hold what others hold, lines of a list that are skipped, drawings of another result. A
 * line for each kind, however many files have it. All on rank 0. */
#ifndef PZ_CLI_NOTES_H
#define PZ_CLI_NOTES_H

#include "report/result_sets.h"
#include "report/results.h"
#include "run/survey.h"
#include "run/tables.h"

/* Files that could not be read, and damaged ones. True if there is one: then the command ends with PZ_EXIT_DAMAGE. */
bool pz_fates_tell(const struct pz_captures *captures);
/* A usage error if there is no capture that can be read, after saying what is wrong with each file; `named` is the first
 * argument. */
int pz_fates_check_any(const struct pz_captures *captures, const char *named, struct pz_error *error);
/* A line for each file, whatever became of it. */
void pz_fates_list(const struct pz_captures *captures);
/* Warns of captures of which almost nothing is read though they are whole: a tunnel's, for one. By their `heads`, or by
 * what their tallies say if that is NULL. */
void pz_fates_warn(const struct pz_captures *captures, const struct pz_survey_head *heads);
/* That more than 1 in 1,000 SYNs to a port, which has this name, are copies. `tables` has copies in other captures too,
 * and is NULL if none were made. */
void pz_tell_copies(const struct pz_captures *captures, const struct pz_tables *tables, const char *port);
/* Captures that hold what others hold, with the names of the first. `part`: the captures are a part of those that
 * tables will be made of. */
void pz_tell_doubles(const struct pz_captures *captures, bool part);
/* What was skipped in a list of addresses. */
void pz_tell_skipped(const char *path, const struct pz_address_list *list);
/* That a figure or the page was drawn of another result. */
void pz_tell_drawings(const struct pz_results *results);

#endif
