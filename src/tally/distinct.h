/* SPDX-License-Identifier: BSD-2-Clause */
/* About how many distinct sources there are, in half a kilobyte: a HyperLogLog (Flajolet, Fusy, Gandouet, Meunier 2007).
 * Of 512 classes of addresses, each has the longest run of leading zeros among its mixed values. A state under the laws
 * of a tally: merging takes the longer run, so that the state of a union is the merge of the states. */
#ifndef PZ_TALLY_DISTINCT_H
#define PZ_TALLY_DISTINCT_H

#include "tally/source.h"

enum { PZ_DISTINCT_BITS = 9, PZ_DISTINCT = 1 << PZ_DISTINCT_BITS };
enum { PZ_DISTINCT_RUN_MAX = 32 - PZ_DISTINCT_BITS + 1 };

struct pz_distinct {
    uint8_t runs[PZ_DISTINCT]; /* zeros and 1; 0: no address */
};

static inline void pz_distinct_add(struct pz_distinct *distinct, uint32_t address)
{
    uint32_t mixed = pz_mix32(address), rest = mixed << PZ_DISTINCT_BITS;
    uint8_t run = (uint8_t)(rest ? __builtin_clz(rest) + 1 : PZ_DISTINCT_RUN_MAX);
    uint8_t *longest = &distinct->runs[mixed >> (32 - PZ_DISTINCT_BITS)];
    *longest = run > *longest ? run : *longest;
}

void pz_distinct_merge(struct pz_distinct *into, const struct pz_distinct *other);
/* An estimate: its standard error is a twentieth. */
uint64_t pz_distinct_count(const struct pz_distinct *distinct);
/* False if no addresses give it. */
bool pz_distinct_possible(const struct pz_distinct *distinct);

#endif
