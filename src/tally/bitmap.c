/* SPDX-License-Identifier: BSD-2-Clause */
#include "tally/bitmap.h"

#include "base/error.h"

#include <stdlib.h>

/* The portable format, https://github.com/RoaringBitmap/RoaringFormatSpec */
enum {
    COOKIE_NO_RUNS = 12346,
    COOKIE_RUNS = 12347,
    ARRAY_MAX = 4096, /* values at most in an array container; more make a bitset */
    BITSET_BYTES = 8192,
    NO_OFFSETS_BELOW = 4, /* with runs, fewer containers than this have no table of offsets */
    CONTAINER_VALUES = 65536
};

void pz_bitmap_write_values(const uint32_t *values, size_t n, struct pz_buf *to)
{
    roaring_bitmap_t *bitmap = roaring_bitmap_of_ptr(n, values);
    PZ_CHECK_MEMORY(bitmap);
    roaring_bitmap_run_optimize(bitmap);
    size_t nbytes = roaring_bitmap_portable_size_in_bytes(bitmap);
    size_t written = roaring_bitmap_portable_serialize(bitmap, (char *)pz_buf_extend(to, nbytes));
    PZ_CHECK(written == nbytes);
    roaring_bitmap_free(bitmap);
}

void pz_bitmap_write(const roaring_bitmap_t *bitmap, struct pz_buf *to)
{
    /* The kind of a container depends on how it was made; made from sorted values it is always the same. */
    size_t n = roaring_bitmap_get_cardinality(bitmap);
    uint32_t *values = pz_alloc(n * sizeof *values);
    roaring_bitmap_to_uint32_array(bitmap, values);
    pz_bitmap_write_values(values, n, to);
    free(values);
}

int pz_compare_u32(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* Each kind of container: whether it holds `cardinality` values that ascend as they must. */

static bool check_runs(struct pz_cursor *from, size_t cardinality)
{
    const uint8_t *count = pz_cursor_take(from, 2);
    size_t runs = count ? pz_get_le16(count) : 0, total = 0;
    int64_t last = -1;
    for (size_t i = 0; i < runs; i++) {
        const uint8_t *run = pz_cursor_take(from, 4);
        if (!run)
            return false;
        uint32_t begin = pz_get_le16(run), more = pz_get_le16(run + 2);
        if (begin <= last || begin + more >= CONTAINER_VALUES)
            return false;
        total += more + 1;
        last = begin + more;
    }
    return total == cardinality;
}

static bool check_array(struct pz_cursor *from, size_t cardinality)
{
    const uint8_t *b = pz_cursor_take(from, 2 * cardinality);
    int last = -1;
    for (size_t i = 0; b && i < cardinality; i++, b += 2) {
        int value = pz_get_le16(b);
        if (value <= last)
            return false;
        last = value;
    }
    return b;
}

static bool check_bitset(struct pz_cursor *from, size_t cardinality)
{
    const uint8_t *b = pz_cursor_take(from, BITSET_BYTES);
    size_t total = 0;
    for (uint32_t i = 0; b && i < BITSET_BYTES; i += 8)
        total += (size_t)__builtin_popcountll(pz_get_le64(b + i));
    return b && total == cardinality;
}

/* Whether the bytes are one bitmap of at most `most` values, and nothing else. */
static bool check(const uint8_t *bytes, size_t nbytes, uint64_t most)
{
    struct pz_cursor from = pz_cursor_of(bytes, nbytes);
    uint32_t cookie = pz_cursor_u32(&from);
    bool runs = (cookie & 0xffff) == COOKIE_RUNS;
    size_t containers = runs ? (cookie >> 16) + 1 : pz_cursor_u32(&from);
    if ((!runs && cookie != COOKIE_NO_RUNS) || containers > 65536)
        return false;
    const uint8_t *is_run = runs ? pz_cursor_take(&from, (containers + 7) / 8) : NULL;
    const uint8_t *keys = pz_cursor_take(&from, 4 * containers);
    if (!runs || containers >= NO_OFFSETS_BELOW)
        pz_cursor_take(&from, 4 * containers); /* offsets: containers lie one after the other anyway */
    uint64_t total = 0;
    int last = -1;
    for (size_t i = 0; !from.bad && i < containers; i++) {
        int key = pz_get_le16(keys + 4 * i);
        size_t cardinality = pz_get_le16(keys + 4 * i + 2) + 1u;
        bool good = key > last && (runs && is_run[i / 8] >> (i % 8) & 1 ? check_runs(&from, cardinality)
                                   : cardinality <= ARRAY_MAX           ? check_array(&from, cardinality)
                                                                        : check_bitset(&from, cardinality));
        total += cardinality;
        if (!good || total > most)
            return false;
        last = key;
    }
    return !from.bad && pz_cursor_left(&from) == 0;
}

/* CRoaring 0.2.66 (Debian 12) checks where the bytes end, and trusts them otherwise. */
roaring_bitmap_t *pz_bitmap_read(const uint8_t *bytes, size_t nbytes, uint64_t most)
{
    return check(bytes, nbytes, most) ? roaring_bitmap_portable_deserialize_safe((const char *)bytes, nbytes) : NULL;
}
