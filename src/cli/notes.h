/* SPDX-License-Identifier: BSD-2-Clause */
/* Notes that several commands print on standard error. */
#ifndef PZ_CLI_NOTES_H
#define PZ_CLI_NOTES_H

#include "report/address_list.h"
#include "report/results.h"
#include "run/captures.h"
#include "run/tables.h"

/* That more than 1 in 1,000 SYNs to a port, which has this name, are copies. `tables` has copies in other captures too,
 * and is NULL if none were made. On rank 0. */
void pz_tell_copies(const struct pz_captures *captures, const struct pz_tables *tables, const char *port);
/* Captures that hold what others hold: a line for each kind, with the number of captures and the names of the first.
 * `part`: the captures are a part of those that tables will be made of. On rank 0. */
void pz_tell_doubles(const struct pz_captures *captures, bool part);
/* What was skipped in a list of addresses. */
void pz_tell_skipped(const char *path, const struct pz_address_list *list);
/* That a figure or the page was drawn of another result. */
void pz_tell_drawings(const struct pz_results *results);

#endif
