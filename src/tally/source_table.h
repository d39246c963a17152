/* SPDX-License-Identifier: BSD-2-Clause */
/* Sources found by hour and address: a hash table of small slots, and rows that never move.
 *
 * Rows are in the order in which they came; they are sorted before they are written. A lookup mostly touches one group
 * of slots, which is a cache line, and the row; lookups come in batches and ask for both early. Each radix partition of
 * sources has slots of its own, as scans come partition by partition: a common table would be crowded in the part of the
 * first radix partitions before it grows for the others. A row takes 256 bytes, its key 8 and its slots 10 to 21. */
#ifndef PZ_TALLY_SOURCE_TABLE_H
#define PZ_TALLY_SOURCE_TABLE_H

#include "base/sort.h"
#include "tally/source.h"
#include "tally/staging.h"

enum { PZ_TABLE_CHUNK = 8192 }; /* rows that are allocated at once: a huge page of them */

enum { PZ_SCANS = 64 }; /* in a batch, at most */

enum { PZ_TABLE_GROUP = 8 }; /* slots in a cache line */

struct pz_table_group {
    uint32_t tags[PZ_TABLE_GROUP]; /* of the row's hour and address */
    uint32_t rows[PZ_TABLE_GROUP]; /* the row's number + 1; 0: the slot is empty, and those after it */
};

struct pz_table {
    struct pz_source **chunks; /* owned: rows, and their keys after them */
    size_t n;                  /* rows */
    bool any_hour;             /* one row an address, whatever the hour */
    struct pz_table_partition {
        struct pz_table_group *groups; /* owned; NULL as long as there is no row */
        uint32_t n;                    /* rows */
        unsigned bits;                 /* of the number of groups */
    } partitions[PZ_PARTITIONS];
};

void pz_table_init(struct pz_table *table, bool any_hour);
void pz_table_release(struct pz_table *table);

static inline struct pz_source *pz_table_row(const struct pz_table *table, size_t i)
{
    return &table->chunks[i / PZ_TABLE_CHUNK][i % PZ_TABLE_CHUNK];
}

/* The row's hour, unless it is any, above its address. */
static inline uint64_t *pz_table_key(const struct pz_table *table, size_t i)
{
    return (uint64_t *)(table->chunks[i / PZ_TABLE_CHUNK] + PZ_TABLE_CHUNK) + i % PZ_TABLE_CHUNK;
}

/* Asks for what a batch of scans of one radix partition will need, and guesses the numbers of its rows. Only for a table
 * by hour. */
void pz_table_ask(const struct pz_table *table, const struct pz_scan_row *scans, uint32_t *rows, size_t n);
/* Adds the batch, when others may have been added since; guesses become numbers. */
void pz_table_observe(struct pz_table *table, const struct pz_scan_row *scans, uint32_t *rows, size_t n);
/* The row of an address in an hour, or in any, or NULL. */
struct pz_source *pz_table_find(struct pz_table *table, uint32_t hour, uint32_t address);
/* Adds states; fills in the numbers of their rows, if `numbers` isn't NULL. */
void pz_table_merge(struct pz_table *table, const struct pz_source *rows, size_t n, uint32_t *numbers);
/* All rows of a table by hour, sorted by shard, hour and address (8, 24 and 32 bits of the key, from the top), as an
 * array that the caller frees. */
struct pz_keyed *pz_table_sorted(const struct pz_table *table);

#endif
