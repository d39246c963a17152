/* SPDX-License-Identifier: BSD-2-Clause */
/* Sorting by a number, and finding a place in what is sorted.
 *
 * pz_sort is a radix sort by bytes: n steps for each byte in which keys differ, where a comparison sort takes n log n.
 */
#ifndef PZ_BASE_SORT_H
#define PZ_BASE_SORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* For qsort: less than, equal to or greater than 0, as `a` is to `b`. */
#define PZ_ORDER(a, b) (((a) > (b)) - ((a) < (b)))

struct pz_keyed {
    uint64_t key;
    const void *value;
};

/* Ascending by key; items of the same key keep their order. */
void pz_sort(struct pz_keyed *items, size_t n);
void pz_sort_u64(uint64_t *values, size_t n);

/* The same for many, of which those with the same key come in any order: piles by the top byte of keys are sorted each in
 * a processor's cache, and there is no second array of all. */
void pz_sort_in_piles(struct pz_keyed *items, size_t n);

/* How many of the items, each of `size` bytes and in order, are before the key: the place of the first that isn't. */
static inline size_t pz_lower_bound(const void *key, const void *items, size_t n, size_t size,
                                    bool (*is_before)(const void *item, const void *key))
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (is_before((const char *)items + middle * size, key))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

#endif
