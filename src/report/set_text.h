/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of addresses as text. */
#ifndef PZ_REPORT_SET_TEXT_H
#define PZ_REPORT_SET_TEXT_H

#include "base/bytes.h"

#include "tally/roaring_names.h"

/* An address a line, ascending. */
void pz_set_put_addresses(const roaring_bitmap_t *set, struct pz_buf *to);
/* The fewest prefixes that hold the set's addresses and no others, one a line, ascending. */
void pz_set_put_prefixes(const roaring_bitmap_t *set, struct pz_buf *to);
/* CSV: each prefix of `length` that has addresses in the set, and how many; ascending. */
void pz_set_put_counts(const roaring_bitmap_t *set, unsigned length, struct pz_buf *to);
/* How many such prefixes there are. */
uint64_t pz_set_count_prefixes(const roaring_bitmap_t *set, unsigned length);

#endif
