#include "tally/sort.h"

#include "base/error.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* False if all keys have the same byte there, and nothing was done. */
static bool sort_by_byte(const struct pz_keyed *from, struct pz_keyed *to, size_t n, unsigned shift)
{
    size_t at[256] = {0}, sum = 0;
    for (size_t i = 0; i < n; i++)
        at[from[i].key >> shift & 0xff]++;
    if (at[from[0].key >> shift & 0xff] == n)
        return false;
    for (int byte = 0; byte < 256; byte++) {
        size_t count = at[byte];
        at[byte] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++)
        to[at[from[i].key >> shift & 0xff]++] = from[i];
    return true;
}

void pz_sort(struct pz_keyed *items, size_t n)
{
    if (n < 2)
        return;
    struct pz_keyed *memory = pz_alloc(n * sizeof *memory), *from = items, *to = memory;
    for (unsigned shift = 0; shift < 64; shift += 8)
        if (sort_by_byte(from, to, n, shift)) {
            struct pz_keyed *swap = from;
            from = to;
            to = swap;
        }
    if (from != items)
        memcpy(items, from, n * sizeof *items);
    free(memory);
}
