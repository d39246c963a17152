/* SPDX-License-Identifier: BSD-2-Clause */
/* An earlier result in the folder that a run writes to. */
#ifndef PZ_CLI_EARLIER_H
#define PZ_CLI_EARLIER_H

#include "run/captures.h"

/* Whether there is one, whole or not. */
bool pz_earlier_there(const char *out);
/* Refuses to replace a result that was made of captures which are not named now, or that has a port which is not asked
 * for now: a slip in a command line would be the end of it. A capture is known by its label less a compressor's suffix, so that one that was repaired, went on to grow
 * or was compressed anew passes, or by its contents, so that one that was renamed passes. */
int pz_earlier_check(const char *out, const struct pz_captures *captures, const struct pz_filter *filters,
                     size_t nports, struct pz_error *error);

#endif
