/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/sort.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* Items of `size` bytes, which begin with their key. */
static inline uint64_t key_of(const char *item)
{
    uint64_t key;
    memcpy(&key, item, sizeof key);
    return key;
}

static inline void sort_by_byte(const char *from, char *to, size_t n, size_t size, unsigned shift)
{
    size_t at[256] = {0}, sum = 0;
    for (size_t i = 0; i < n; i++)
        at[key_of(from + i * size) >> shift & 0xff]++;
    for (int byte = 0; byte < 256; byte++) {
        size_t count = at[byte];
        at[byte] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++)
        memcpy(to + at[key_of(from + i * size) >> shift & 0xff]++ * size, from + i * size, size);
}

/* Inlined, so that the size is a constant. */
static inline void sort_items(char *items, size_t n, size_t size)
{
    if (n < 2)
        return;
    uint64_t differing = 0;
    for (size_t i = 1; i < n; i++)
        differing |= key_of(items + i * size) ^ key_of(items);
    char *memory = pz_alloc_lines(n * size), *from = items, *to = memory;
    for (unsigned shift = 0; shift < 64; shift += 8) {
        if (!(differing >> shift & 0xff))
            continue;
        sort_by_byte(from, to, n, size, shift);
        char *swap = from;
        from = to;
        to = swap;
    }
    if (from != items)
        memcpy(items, from, n * size);
    free(memory);
}

void pz_sort(struct pz_keyed *items, size_t n)
{
    sort_items((char *)items, n, sizeof *items);
}

void pz_sort_u64(uint64_t *values, size_t n)
{
    sort_items((char *)values, n, sizeof *values);
}

void pz_sort_in_piles(struct pz_keyed *items, size_t n)
{
    size_t at[256] = {0}, end[256], begin = 0;
    for (size_t i = 0; i < n; i++)
        at[items[i].key >> 56]++;
    for (size_t byte = 0, sum = 0; byte < 256; byte++) {
        end[byte] = sum + at[byte];
        at[byte] = sum;
        sum = end[byte];
    }
    /* What is at a place goes to its pile, and what was there goes on, until one comes that belongs to the place. */
    for (size_t byte = 0; byte < 256; begin = end[byte++]) {
        while (at[byte] < end[byte]) {
            struct pz_keyed item = items[at[byte]];
            for (size_t pile; (pile = item.key >> 56) != byte;) {
                const struct pz_keyed next = items[at[pile]];
                items[at[pile]++] = item;
                item = next;
            }
            items[at[byte]++] = item;
        }
        pz_sort(items + begin, end[byte] - begin);
    }
}
