/* Refuses data whose destinations were anonymised bit by bit, prefixes kept (as Crypto-PAn does): then every rule about
 * the bits of a destination is wrong. */
#ifndef PZ_REDUCE_ANONYMISED_H
#define PZ_REDUCE_ANONYMISED_H

#include "reduce/frame.h"
#include "tally/table.h"

enum { PZ_ANONYMISED_SUMS = 3 };

/* Adds what the sources of a slice tell over the whole span. */
void pz_anonymised_count(const struct pz_table *sources, uint64_t sums[PZ_ANONYMISED_SUMS]);
/* A usage error if the sums of all slices look like such data. */
int pz_anonymised_check(const struct pz_frame *frame, const uint64_t sums[PZ_ANONYMISED_SUMS], struct pz_error *error);

#endif
