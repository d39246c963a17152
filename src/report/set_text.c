/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/set_text.h"

#include "base/error.h"
#include "base/text.h"

#include <inttypes.h>

enum { BITS = 32 };

static roaring_uint32_iterator_t *begin(const roaring_bitmap_t *set)
{
    roaring_uint32_iterator_t *at = roaring_iterator_create(set);
    PZ_CHECK(at);
    return at;
}

void pz_set_put_addresses(const roaring_bitmap_t *set, struct pz_buf *to)
{
    roaring_uint32_iterator_t *at = begin(set);
    for (; at->has_value; roaring_uint32_iterator_advance(at))
        pz_buf_printf(to, PZ_IPV4 "\n", PZ_OCTETS(at->current_value));
    roaring_uint32_iterator_free(at);
}

/* The prefixes of a run of addresses: from its first on, always the largest that fits. */
static void put_run(uint64_t first, uint64_t last, struct pz_buf *to)
{
    while (first <= last) {
        unsigned host = 0;
        while (host < BITS && !(first & UINT64_C(1) << host) && first + (UINT64_C(2) << host) - 1 <= last)
            host++;
        pz_buf_printf(to, PZ_IPV4 "/%u\n", PZ_OCTETS((uint32_t)first), BITS - host);
        first += UINT64_C(1) << host;
    }
}

/* The runs of addresses in a /16. */
static void put_runs(const roaring_bitmap_t *set, uint64_t first, uint64_t end, struct pz_buf *to)
{
    roaring_uint32_iterator_t *at = begin(set);
    bool more = roaring_uint32_iterator_move_equalorlarger(at, (uint32_t)first);
    while (more && at->current_value < end) {
        uint64_t run = at->current_value, last = run;
        while ((more = roaring_uint32_iterator_advance(at)) && last + 1 < end && at->current_value == last + 1)
            last++;
        put_run(run, last, to);
    }
    roaring_uint32_iterator_free(at);
}

/* A prefix that is all in the set is one line; others are halved down to a /16. */
static void put_prefix(const roaring_bitmap_t *set, uint64_t first, unsigned length, struct pz_buf *to)
{
    const uint64_t size = UINT64_C(1) << (BITS - length);
    uint64_t n = roaring_bitmap_range_cardinality(set, first, first + size);
    if (n == size)
        put_run(first, first + size - 1, to);
    else if (n && length == BITS / 2)
        put_runs(set, first, first + size, to);
    else if (n) {
        put_prefix(set, first, length + 1, to);
        put_prefix(set, first + size / 2, length + 1, to);
    }
}

void pz_set_put_prefixes(const roaring_bitmap_t *set, struct pz_buf *to)
{
    put_prefix(set, 0, 0, to);
}

/* Each prefix with its number of addresses; NULL for `to` counts prefixes only. */
static uint64_t each_prefix(const roaring_bitmap_t *set, unsigned length, struct pz_buf *to)
{
    const unsigned host = BITS - length;
    uint64_t prefixes = 0;
    roaring_uint32_iterator_t *at = begin(set);
    for (bool more = at->has_value; more; prefixes++) {
        uint64_t prefix = at->current_value >> host << host, next = prefix + (UINT64_C(1) << host);
        if (to)
            pz_buf_printf(to, PZ_IPV4 "/%u,%" PRIu64 "\n", PZ_OCTETS((uint32_t)prefix), length,
                          roaring_bitmap_range_cardinality(set, prefix, next));
        more = next <= UINT32_MAX && roaring_uint32_iterator_move_equalorlarger(at, (uint32_t)next);
    }
    roaring_uint32_iterator_free(at);
    return prefixes;
}

void pz_set_put_counts(const roaring_bitmap_t *set, unsigned length, struct pz_buf *to)
{
    pz_buf_printf(to, "prefix,sources\n");
    each_prefix(set, length, to);
}

uint64_t pz_set_count_prefixes(const roaring_bitmap_t *set, unsigned length)
{
    return each_prefix(set, length, NULL);
}
