/* SPDX-License-Identifier: BSD-2-Clause */
/* What a store holds, found by listing it: for commands that are given no captures. On one rank. */
#ifndef PZ_RUN_STORE_INDEX_H
#define PZ_RUN_STORE_INDEX_H

#include "reduce/source_range.h"
#include "tally/store.h"

/* Hours that a damaged capture marks, both ends included; all hours if it marks none. */
struct pz_damaged_hours {
    struct pz_identity identity;
    uint32_t first_hour, last_hour;
};

struct pz_store_index {
    struct pz_store store;    /* owned; with the filter that its tallies were made with */
    struct pz_stored *stored; /* owned, in the order of pz_stored_sort */
    size_t n;
    struct pz_hours hours;            /* owned: of all tallies, merged */
    struct pz_damaged_hours *damaged; /* owned: by capture */
    size_t ndamaged;
};

/* All captures of the folder. It is a usage error if there are none, and an error if captures overlap that were not
 * scanned together. */
int pz_store_index_make(struct pz_store_index *index, const char *directory, struct pz_error *error);
void pz_store_index_release(struct pz_store_index *index);

#endif
