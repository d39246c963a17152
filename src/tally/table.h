/* Sources found by hour and address: an open-addressing table of small slots beside rows that never move.
 *
 * Rows are in the order in which they came, which is nobody's business: whoever writes them sorts them first. A lookup
 * misses the cache twice, once for the slot and once for the row, so lookups come in batches and ask for both early. A
 * row takes 256 bytes and its slots 11 to 22. */
#ifndef PZ_TALLY_TABLE_H
#define PZ_TALLY_TABLE_H

#include "tally/source.h"

enum { PZ_TABLE_CHUNK = 8192 }; /* rows that are allocated at once: a huge page of them */

/* A scan on its way into a tally. */
struct pz_scan_row {
    const struct pz_packet *packet;
    uint32_t hour, row; /* since 1970; the row of its source and hour, once the table has it */
    unsigned traits;    /* worm/traits.h */
};

enum { PZ_SCANS = 64 }; /* in a batch, at most */

struct pz_table {
    struct pz_source **chunks; /* owned */
    uint64_t *slots;           /* owned: low half of the hash, and the row's number + 1; 0 is empty */
    size_t n;                  /* rows */
    unsigned bits;             /* of the number of slots */
    bool any_hour;             /* one row an address, whatever the hour */
};

void pz_table_init(struct pz_table *table, bool any_hour);
void pz_table_release(struct pz_table *table);

static inline struct pz_source *pz_table_row(const struct pz_table *table, size_t i)
{
    return &table->chunks[i / PZ_TABLE_CHUNK][i % PZ_TABLE_CHUNK];
}

/* Adds a batch of scans, and fills in their rows. Only for a table by hour. */
void pz_table_observe(struct pz_table *table, struct pz_scan_row *scans, size_t n);
/* The row of an address in an hour, or in any, or NULL. */
struct pz_source *pz_table_find(struct pz_table *table, uint32_t hour, uint32_t address);
/* Adds states; fills in the numbers of their rows, if `numbers` isn't NULL. */
void pz_table_merge(struct pz_table *table, const struct pz_source *rows, size_t n, uint32_t *numbers);
struct pz_sorted {
    uint64_t key; /* shard, hour and address: 8, 24 and 32 bits from the top */
    const struct pz_source *row;
};
/* All rows sorted by shard, hour and address, as an array that the caller frees. */
struct pz_sorted *pz_table_sorted(const struct pz_table *table);

#endif
