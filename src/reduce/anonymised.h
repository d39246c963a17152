/* SPDX-License-Identifier: BSD-2-Clause */
/* Refuses data whose destinations were anonymised bit by bit, prefixes kept (as Crypto-PAn does): then every rule about
 * the bits of a destination is wrong. */
#ifndef PZ_REDUCE_ANONYMISED_H
#define PZ_REDUCE_ANONYMISED_H

#include "reduce/timeline.h"
#include "tally/source_table.h"

enum { PZ_ANONYMISED_SUMS = 3 };

/* Counts the sources of a source range, over the whole span, by what they show. */
void pz_anonymised_count(const struct pz_table *sources, uint64_t sums[PZ_ANONYMISED_SUMS]);
/* A usage error if the sums of all source ranges look like such data. */
int pz_anonymised_check(const struct pz_timeline *timeline, const uint64_t sums[PZ_ANONYMISED_SUMS],
                        struct pz_error *error);

#endif
