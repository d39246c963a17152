/* SPDX-License-Identifier: BSD-2-Clause */
/* What a store holds, found by listing it: for commands that are given no captures. On one rank. */
#ifndef PZ_RUN_STORE_INDEX_H
#define PZ_RUN_STORE_INDEX_H

#include "run/captures.h"

struct pz_store_index {
    struct pz_store store;       /* owned; with the filter that its tallies were made with */
    struct pz_captures captures; /* owned: those that count are readable; facts of their tallies; without paths */
    struct pz_hours hours;       /* owned: of the tallies that count, merged */
};

/* All captures of the folder. It is a usage error if there are none, and an error if captures overlap that were not
 * scanned together. */
int pz_store_index_make(struct pz_store_index *index, const char *directory, struct pz_error *error);
void pz_store_index_release(struct pz_store_index *index);

#endif
