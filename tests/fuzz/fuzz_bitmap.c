/* SPDX-License-Identifier: BSD-2-Clause */
/* Roaring bitmaps in the portable format: what is accepted is a set, and is written and read again as the same set. */
#include "fuzz.h"

#include "base/error.h"
#include "tally/bitmap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { MOST = 1 << 24 }; /* what is written is unfolded first */
    roaring_bitmap_t *set = pz_bitmap_read(data, size, MOST);
    if (!set)
        return 0;
    struct pz_buf bytes = {0};
    pz_bitmap_write(set, &bytes);
    roaring_bitmap_t *again = pz_bitmap_read(bytes.bytes, bytes.nbytes, MOST);
    PZ_CHECK(again && roaring_bitmap_equals(set, again));
    roaring_bitmap_free(again);
    roaring_bitmap_free(set);
    pz_buf_release(&bytes);
    return 0;
}
