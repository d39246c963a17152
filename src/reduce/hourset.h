/* Sets of the sources of a slice's hours, for jobs that ask whether a source was seen before. */
#ifndef PZ_REDUCE_HOURSET_H
#define PZ_REDUCE_HOURSET_H

#include "reduce/slice.h"

#include <roaring/roaring.h>

/* The hour's sources; the caller frees. */
roaring_bitmap_t *pz_hourset_of(const struct pz_slice_hour *hour);
/* Adds `set`, which is freed, to `*into`, which may be NULL. */
void pz_hourset_add(roaring_bitmap_t **into, roaring_bitmap_t *set);

#endif
