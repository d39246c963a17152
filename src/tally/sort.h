/* Sorting by a number: byte by byte, in as many steps as there are items for each byte that differs, where comparing takes
 * n log n of them. */
#ifndef PZ_TALLY_SORT_H
#define PZ_TALLY_SORT_H

#include <stddef.h>
#include <stdint.h>

struct pz_keyed {
    uint64_t key;
    const void *value;
};

/* Ascending by key; items of the same key keep their order. */
void pz_sort(struct pz_keyed *items, size_t n);

#endif
