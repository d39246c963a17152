/* SPDX-License-Identifier: BSD-2-Clause */
/* The hours of captures that could not be read, as far as their names and the names of captures that were read show
 * them: such an hour is not missing, but its counts are too low. */
#ifndef PZ_RUN_UNREAD_H
#define PZ_RUN_UNREAD_H

#include "reduce/timeline.h"
#include "run/captures.h"

/* Fills all of `flaws` but `damaged`. On rank 0, when all captures' facts are known. */
void pz_unread_find_hours(const struct pz_captures *captures, struct pz_flaws *flaws);

#endif
