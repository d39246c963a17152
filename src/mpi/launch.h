/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside src/mpi: how many processes the launcher says that it started, and whether a process that sees one rank is
 * right. */
#ifndef PZ_MPI_LAUNCH_H
#define PZ_MPI_LAUNCH_H

#include "base/error.h"

#include <stdbool.h>

/* Whether nothing speaks of a launcher: then this process is alone. */
bool pz_launch_by_hand(void);
/* How many processes the launcher says that it started; 0 if there is none. To be asked before MPI starts, as MPI sets
 * such variables itself. `said_by` gets the variable's name. */
long pz_launch_count(const char **said_by);
/* -1 with `error` set if a lone process is one of many. */
int pz_launch_check(int size, long count, const char *said_by, struct pz_error *error);

#endif
