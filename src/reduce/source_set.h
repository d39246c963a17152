/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of the sources of a source range's hours, for jobs that ask whether a source was seen before. */
#ifndef PZ_REDUCE_SOURCE_SET_H
#define PZ_REDUCE_SOURCE_SET_H

#include "reduce/source_range.h"

#include "tally/roaring_names.h"

/* The hour's sources; the caller frees. */
roaring_bitmap_t *pz_source_set_of(const struct pz_range_hour *hour);
/* Adds `set`, which is freed, to `*into`, which may be NULL. */
void pz_source_set_add(roaring_bitmap_t **into, roaring_bitmap_t *set);

#endif
