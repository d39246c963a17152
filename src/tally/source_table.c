/* SPDX-License-Identifier: BSD-2-Clause */
/* An open-addressing table of groups of slots, each group a cache line; rows lie in chunks and never move. Slots of a
 * group are filled from the front, and a row that finds its group full goes to the next. Scans come in batches: the
 * groups of a batch are asked for first, then its rows, and these are changed when the batch before is done, so that
 * waits for memory overlap with work. */
#include "tally/source_table.h"

#include "base/error.h"

#include <stdlib.h>

enum { FIRST_BITS = 1 };

#define NO_ROW UINT32_MAX

static size_t chunks_of(size_t n)
{
    return (n + PZ_TABLE_CHUNK - 1) / PZ_TABLE_CHUNK;
}

void pz_table_init(struct pz_table *table, bool any_hour)
{
    *table = (struct pz_table){.any_hour = any_hour};
}

void pz_table_release(struct pz_table *table)
{
    for (size_t i = 0; i < chunks_of(table->n); i++)
        free(table->chunks[i]);
    free(table->chunks);
    for (unsigned partition = 0; partition < PZ_PARTITIONS; partition++)
        free(table->partitions[partition].groups);
    *table = (struct pz_table){0};
}

static inline uint64_t key_of(const struct pz_table *table, uint32_t hour, uint32_t address)
{
    return (uint64_t)(table->any_hour ? 0 : hour) << 32 | address;
}

/* Fibonacci hashing, by bits below those that chose the radix partition. */
static inline size_t place_of(const struct pz_table_partition *partition, uint64_t key)
{
    return (size_t)(key * 0x9e3779b97f4a7c15u << 9 >> (64 - partition->bits));
}

_Static_assert(PZ_PARTITIONS == 1 << 9, "a place is chosen by the bits that the radix partition leaves");

/* What tells the rows of a group apart, nearly always. */
static inline uint32_t tag_of(uint64_t key)
{
    return (uint32_t)key + (uint32_t)(key >> 32) * 0x9e3779b9u;
}

static inline bool is_full(const struct pz_table_group *group)
{
    return group->rows[PZ_TABLE_GROUP - 1] != 0;
}

static void put_slot(struct pz_table_partition *partition, uint64_t key, uint32_t row)
{
    size_t at = place_of(partition, key), mask = ((size_t)1 << partition->bits) - 1;
    while (is_full(&partition->groups[at]))
        at = (at + 1) & mask;
    struct pz_table_group *group = &partition->groups[at];
    unsigned slot = 0;
    while (group->rows[slot])
        slot++;
    group->tags[slot] = tag_of(key);
    group->rows[slot] = row + 1;
}

static void grow(const struct pz_table *table, struct pz_table_partition *partition)
{
    struct pz_table_group *old = partition->groups;
    size_t nold = old ? (size_t)1 << partition->bits : 0;
    partition->bits = old ? partition->bits + 1 : FIRST_BITS;
    partition->groups = pz_alloc_lines(sizeof *partition->groups << partition->bits);
    memset(partition->groups, 0, sizeof *partition->groups << partition->bits);
    for (size_t at = 0; at < nold; at++)
        for (unsigned slot = 0; slot < PZ_TABLE_GROUP && old[at].rows[slot]; slot++)
            put_slot(partition, *pz_table_key(table, old[at].rows[slot] - 1), old[at].rows[slot] - 1);
    free(old);
}

static struct pz_source *add_row(struct pz_table *table, uint64_t key)
{
    PZ_CHECK(table->n < NO_ROW - 1);
    if (table->n % PZ_TABLE_CHUNK == 0) {
        size_t chunks = chunks_of(table->n);
        table->chunks = pz_realloc(table->chunks, (chunks + 1) * sizeof *table->chunks);
        table->chunks[chunks] = pz_alloc_lines(PZ_TABLE_CHUNK * (sizeof **table->chunks + sizeof key));
    }
    *pz_table_key(table, table->n) = key;
    return pz_table_row(table, table->n++);
}

static inline bool is_row(const struct pz_table *table, uint32_t number, uint32_t hour, uint32_t address)
{
    const struct pz_source *row = pz_table_row(table, number);
    return row->address == address && (table->any_hour || row->hour == hour);
}

/* The row's number, or NO_ROW. */
static uint32_t find(const struct pz_table *table, uint32_t hour, uint32_t address)
{
    const struct pz_table_partition *partition = &table->partitions[pz_partition_of(address)];
    if (!partition->groups)
        return NO_ROW;
    const uint64_t key = key_of(table, hour, address);
    const size_t mask = ((size_t)1 << partition->bits) - 1;
    for (size_t at = place_of(partition, key);; at = (at + 1) & mask) {
        const struct pz_table_group *group = &partition->groups[at];
        for (unsigned slot = 0; slot < PZ_TABLE_GROUP && group->rows[slot]; slot++)
            if (group->tags[slot] == tag_of(key) && is_row(table, group->rows[slot] - 1, hour, address))
                return group->rows[slot] - 1;
        if (!is_full(group))
            return NO_ROW;
    }
}

static uint32_t add(struct pz_table *table, uint32_t hour, uint32_t address)
{
    struct pz_table_partition *partition = &table->partitions[pz_partition_of(address)];
    uint32_t row = (uint32_t)table->n;
    uint64_t key = key_of(table, hour, address);
    pz_source_init(add_row(table, key), hour, address);
    if (!partition->groups || partition->n >= (uint32_t)(3 * PZ_TABLE_GROUP / 4) << partition->bits)
        grow(table, partition);
    put_slot(partition, key, row);
    partition->n++;
    return row;
}

/* Where a search for a row begins, which is asked for; not of a partition without rows. */
static inline size_t ask_group(const struct pz_table_partition *partition, uint64_t key)
{
    size_t at = place_of(partition, key);
    __builtin_prefetch(&partition->groups[at]);
    return at;
}

/* Guesses a row's number, which is right if the row is in its first group, and asks for the row. There is no branch on
 * which of the group's it is, because that is random. Of two with the same tag it may be any number: it is looked at again. */
static inline uint32_t ask_row(const struct pz_table *table, const struct pz_table_group *group, uint32_t tag)
{
    uint32_t row = 0;
#pragma GCC unroll 1 /* so that it is made of vector instructions */
    for (unsigned slot = 0; slot < PZ_TABLE_GROUP; slot++)
        row |= group->rows[slot] & (0u - (group->tags[slot] == tag));
    if (row - 1 >= table->n)
        return NO_ROW;
    const char *lines = (const char *)pz_table_row(table, row - 1);
    __builtin_prefetch(lines, 1);
    __builtin_prefetch(lines + 64, 1);
    __builtin_prefetch(lines + 128, 1);
    return row - 1;
}

void pz_table_ask(const struct pz_table *table, const struct pz_scan_row *scans, uint32_t *rows, size_t n)
{
    PZ_CHECK(n <= PZ_SCANS);
    const struct pz_table_partition *partition = n ? &table->partitions[pz_partition_of(scans[0].source)] : NULL;
    size_t at[PZ_SCANS];
    if (!n || !partition->groups) {
        memset(rows, 0xff, n * sizeof *rows); /* NO_ROW */
        return;
    }
    for (size_t i = 0; i < n; i++)
        at[i] = ask_group(partition, (uint64_t)scans[i].hour << 32 | scans[i].source);
    for (size_t i = 0; i < n; i++)
        rows[i] = ask_row(table, &partition->groups[at[i]], tag_of((uint64_t)scans[i].hour << 32 | scans[i].source));
}

void pz_table_observe(struct pz_table *table, const struct pz_scan_row *scans, uint32_t *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint32_t hour = scans[i].hour, address = scans[i].source;
        struct pz_source *row = rows[i] == NO_ROW ? NULL : pz_table_row(table, rows[i]);
        if (!row || row->address != address || row->hour != hour) {
            rows[i] = find(table, hour, address);
            if (rows[i] == NO_ROW)
                rows[i] = add(table, hour, address);
            row = pz_table_row(table, rows[i]);
        }
        pz_source_observe(row, &scans[i]);
    }
}

struct pz_source *pz_table_find(struct pz_table *table, uint32_t hour, uint32_t address)
{
    uint32_t row = find(table, hour, address);
    return row == NO_ROW ? NULL : pz_table_row(table, row);
}

static void merge_batch(struct pz_table *table, const struct pz_source *rows, size_t n, uint32_t *numbers)
{
    for (size_t i = 0; i < n; i++) {
        const struct pz_table_partition *partition = &table->partitions[pz_partition_of(rows[i].address)];
        if (partition->groups)
            ask_group(partition, key_of(table, rows[i].hour, rows[i].address));
    }
    for (size_t i = 0; i < n; i++) {
        const struct pz_table_partition *partition = &table->partitions[pz_partition_of(rows[i].address)];
        const uint64_t key = key_of(table, rows[i].hour, rows[i].address);
        if (partition->groups)
            ask_row(table, &partition->groups[place_of(partition, key)], tag_of(key));
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t number = find(table, rows[i].hour, rows[i].address);
        if (number != NO_ROW) {
            pz_source_merge(pz_table_row(table, number), &rows[i]);
        } else {
            number = add(table, rows[i].hour, rows[i].address);
            *pz_table_row(table, number) = rows[i];
        }
        if (numbers)
            numbers[i] = number;
    }
}

void pz_table_merge(struct pz_table *table, const struct pz_source *rows, size_t nrows, uint32_t *numbers)
{
    for (size_t at = 0; at < nrows; at += PZ_SCANS) {
        size_t n = nrows - at < PZ_SCANS ? nrows - at : PZ_SCANS;
        merge_batch(table, rows + at, n, numbers ? numbers + at : NULL);
    }
}

struct pz_keyed *pz_table_sorted(const struct pz_table *table)
{
    struct pz_keyed *sorted = pz_alloc_lines(table->n * sizeof *sorted);
    for (size_t i = 0; i < table->n; i++) {
        /* Hours up to 2038 take 20 bits. */
        const uint64_t key = *pz_table_key(table, i), shard = pz_shard_of((uint32_t)key);
        sorted[i] = (struct pz_keyed){shard << 56 | key, pz_table_row(table, i)};
    }
    pz_sort_in_piles(sorted, table->n);
    return sorted;
}
