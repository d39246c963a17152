/* Sources found by hour and address: an open-addressing table of small slots beside rows that never move.
 *
 * Rows are in the order in which they came, which is nobody's business: whoever writes them sorts them first. A lookup
 * misses the cache twice, once for the slot and once for the row, so lookups come in batches and ask for both early. A
 * row takes 64 bytes, its slots 11 to 22, and 33 for a moment while they grow. */
#ifndef PZ_TALLY_TABLE_H
#define PZ_TALLY_TABLE_H

#include "tally/source.h"

enum { PZ_TABLE_CHUNK = 4096 }; /* rows that are allocated at once */

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

/* Adds the scans among a batch's packets. Only for a table by hour. */
void pz_table_observe(struct pz_table *table, const struct pz_packet *packets, size_t n);
/* Adds states. */
void pz_table_merge(struct pz_table *table, const struct pz_source *rows, size_t n);
/* All rows sorted by shard, hour and address, as an array that the caller frees. */
struct pz_source *pz_table_sorted(const struct pz_table *table);

#endif
