#include "tally/bitmap.h"

#include "base/error.h"

#include <stdlib.h>

/* The portable format, https://github.com/RoaringBitmap/RoaringFormatSpec */
enum {
    COOKIE_NO_RUNS = 12346,
    COOKIE_RUNS = 12347,
    ARRAY_MAX = 4096,        /* values at most in an array container; more make a bitset */
    BITSET_BYTES = 8192,
    NO_OFFSETS_BELOW = 4,    /* with runs, fewer containers than this have no table of offsets */
    CONTAINER_VALUES = 65536
};

void pz_bitmap_write(const roaring_bitmap_t *bitmap, struct pz_buf *to)
{
    /* The kind of a container depends on how it came about: from the sorted values it's always the same one. */
    size_t n = roaring_bitmap_get_cardinality(bitmap);
    uint32_t *values = pz_alloc(n * sizeof *values);
    roaring_bitmap_to_uint32_array(bitmap, values);
    roaring_bitmap_t *fresh = roaring_bitmap_of_ptr(n, values);
    free(values);
    PZ_CHECK(fresh);
    roaring_bitmap_run_optimize(fresh);
    size_t nbytes = roaring_bitmap_portable_size_in_bytes(fresh);
    size_t written = roaring_bitmap_portable_serialize(fresh, (char *)pz_buf_extend(to, nbytes));
    PZ_CHECK(written == nbytes);
    roaring_bitmap_free(fresh);
}

int pz_compare_u32(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* The values of one container, above `high`; each kind says whether they ascend as they must. */
struct values {
    uint32_t *v;
    size_t n;
};

static bool read_runs(struct pz_cursor *from, uint32_t high, size_t cardinality, struct values *to)
{
    const uint8_t *count = pz_cursor_take(from, 2);
    size_t runs = count ? pz_get_le16(count) : 0, total = 0;
    int64_t last = -1;
    for (size_t i = 0; i < runs; i++) {
        const uint8_t *run = pz_cursor_take(from, 4);
        if (!run)
            return false;
        uint32_t begin = pz_get_le16(run), more = pz_get_le16(run + 2);
        if (begin <= last || begin + more >= CONTAINER_VALUES || total + more + 1 > cardinality)
            return false;
        for (uint32_t j = 0; j <= more; j++)
            to->v[to->n++] = high | (begin + j);
        total += more + 1;
        last = begin + more;
    }
    return total == cardinality;
}

static bool read_array(struct pz_cursor *from, uint32_t high, size_t cardinality, struct values *to)
{
    const uint8_t *b = pz_cursor_take(from, 2 * cardinality);
    int last = -1;
    for (size_t i = 0; b && i < cardinality; i++, b += 2) {
        int value = pz_get_le16(b);
        if (value <= last)
            return false;
        to->v[to->n++] = high | (uint32_t)value;
        last = value;
    }
    return b;
}

static bool read_bitset(struct pz_cursor *from, uint32_t high, size_t cardinality, struct values *to)
{
    const uint8_t *b = pz_cursor_take(from, BITSET_BYTES);
    size_t total = 0;
    for (uint32_t i = 0; b && i < CONTAINER_VALUES; i++) {
        if (!(b[i / 8] >> (i % 8) & 1))
            continue;
        if (++total > cardinality)
            return false;
        to->v[to->n++] = high | i;
    }
    return b && total == cardinality;
}

static bool read_all(struct pz_cursor *from, struct values *to)
{
    uint32_t cookie = pz_cursor_u32(from);
    bool runs = (cookie & 0xffff) == COOKIE_RUNS;
    size_t containers = runs ? (cookie >> 16) + 1 : pz_cursor_u32(from);
    if ((!runs && cookie != COOKIE_NO_RUNS) || containers > 65536)
        return false;
    const uint8_t *is_run = runs ? pz_cursor_take(from, (containers + 7) / 8) : NULL;
    const uint8_t *keys = pz_cursor_take(from, 4 * containers);
    if (!runs || containers >= NO_OFFSETS_BELOW)
        pz_cursor_take(from, 4 * containers); /* offsets: containers lie one behind the other anyway */
    if (from->bad)
        return false;
    size_t total = 0;
    for (size_t i = 0; i < containers; i++)
        total += pz_get_le16(keys + 4 * i + 2) + 1u;
    to->v = pz_alloc(total * sizeof *to->v);
    int last = -1;
    for (size_t i = 0; i < containers; i++) {
        int key = pz_get_le16(keys + 4 * i);
        size_t cardinality = pz_get_le16(keys + 4 * i + 2) + 1u;
        uint32_t high = (uint32_t)key << 16;
        bool good = key > last && (runs && is_run[i / 8] >> (i % 8) & 1 ? read_runs(from, high, cardinality, to)
                                   : cardinality <= ARRAY_MAX           ? read_array(from, high, cardinality, to)
                                                                        : read_bitset(from, high, cardinality, to));
        if (!good)
            return false;
        last = key;
    }
    return pz_cursor_left(from) == 0;
}

roaring_bitmap_t *pz_bitmap_read(const uint8_t *bytes, size_t nbytes)
{
    struct pz_cursor from = pz_cursor_of(bytes, nbytes);
    struct values values = {0};
    roaring_bitmap_t *bitmap = read_all(&from, &values) ? roaring_bitmap_of_ptr(values.n, values.v) : NULL;
    free(values.v);
    return bitmap;
}
