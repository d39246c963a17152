/* SPDX-License-Identifier: BSD-2-Clause */
/* A note on copies that the recording made, if there are many. */
#ifndef PZ_CLI_COPIES_NOTE_H
#define PZ_CLI_COPIES_NOTE_H

#include "run/captures.h"
#include "run/tables.h"

/* On standard error, if more than 1 in 1,000 SYNs to a port, which has this name, are copies; `tables` knows of copies in other captures too, and is
 * NULL if none were made. On rank 0. */
void pz_tell_copies(const struct pz_captures *captures, const struct pz_tables *tables, const char *port);

#endif
