/* SPDX-License-Identifier: BSD-2-Clause */
#include "reduce/source_set.h"

#include "base/error.h"

#include <stdlib.h>

roaring_bitmap_t *pz_source_set_of(const struct pz_range_hour *hour)
{
    uint32_t *addresses = pz_alloc(hour->n * sizeof *addresses);
    for (size_t i = 0; i < hour->n; i++)
        addresses[i] = hour->rows[i].address;
    roaring_bitmap_t *set = roaring_bitmap_of_ptr(hour->n, addresses);
    free(addresses);
    PZ_CHECK_MEMORY(set);
    return set;
}

void pz_source_set_add(roaring_bitmap_t **into, roaring_bitmap_t *set)
{
    if (*into) {
        roaring_bitmap_or_inplace(*into, set);
        roaring_bitmap_free(set);
    } else {
        *into = set;
    }
}
