/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of addresses, and of anything else that is a 32-bit number, as Roaring bitmaps in their portable format
 * (https://github.com/RoaringBitmap/RoaringFormatSpec), which Java, Go, Rust and Python read too.
 *
 * Equal sets are written as equal bytes, however they were made and with any version of CRoaring. */
#ifndef PZ_TALLY_BITMAP_H
#define PZ_TALLY_BITMAP_H

#include "base/bytes.h"

#include "tally/roaring_names.h"

void pz_bitmap_write(const roaring_bitmap_t *bitmap, struct pz_buf *to);
/* The set of these values, which ascend. */
void pz_bitmap_write_values(const uint32_t *values, size_t n, struct pz_buf *to);
/* For qsort: the order in which roaring_bitmap_of_ptr is fastest. */
int pz_compare_u32(const void *a, const void *b);
/* The set that exactly these bytes hold, which the caller frees; NULL if they hold none, or one of more than `most`
 * values. The bytes are not trusted. Memory is in proportion to `nbytes`; an array of the set's values may be far
 * larger, as a million bytes can stand for all 2^32. */
roaring_bitmap_t *pz_bitmap_read(const uint8_t *bytes, size_t nbytes, uint64_t most);

#endif
