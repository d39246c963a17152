/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages on captures that hold what others hold: a line for each kind, with the number of captures and the names of
 * the first. On rank 0. */
#ifndef PZ_CLI_DOUBLES_H
#define PZ_CLI_DOUBLES_H

#include "run/captures.h"

/* `part`: the captures are a part of those that tables will be made of. */
void pz_doubles_tell(const struct pz_captures *captures, bool part);

#endif
