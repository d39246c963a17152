/* Sets of addresses, and of anything else that is a 32-bit number, as Roaring bitmaps in their portable format
 * (https://github.com/RoaringBitmap/RoaringFormatSpec), which Java, Go, Rust and Python read too.
 *
 * Equal sets are written as equal bytes, whatever they were made of and by whichever version of CRoaring. */
#ifndef PZ_TALLY_BITMAP_H
#define PZ_TALLY_BITMAP_H

#include "base/bytes.h"

#include <roaring/roaring.h>

void pz_bitmap_write(const roaring_bitmap_t *bitmap, struct pz_buf *to);
/* For qsort: the order in which roaring_bitmap_of_ptr is fastest. */
int pz_compare_u32(const void *a, const void *b);
/* The set that exactly these bytes hold, which the caller frees; NULL if they hold none. Never trusts them. */
roaring_bitmap_t *pz_bitmap_read(const uint8_t *bytes, size_t nbytes);

#endif
