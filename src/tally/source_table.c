/* SPDX-License-Identifier: BSD-2-Clause */
/* An open-addressing table of buckets, one cache line each; rows lie in chunks and never move. Scans come in batches:
 * all buckets of a batch are asked for first, then all rows, and only then are rows changed, so that waits for memory
 * overlap. */
#include "tally/source_table.h"

#include "base/error.h"

#include <stdlib.h>

enum { FIRST_BITS = 1, BUCKET_ROWS = 12, BUCKET_FILL = 6 /* on average, at most: few overflow then */ };

#define LOW_BITS 0x0101010101010101u
#define HIGH_BITS 0x8080808080808080u

/* Byte i of the tags is part of the hash of row i, and 0 where there is no row, so that one comparison of words
 * excludes most rows. A bucket that is full goes on in the next. */
struct pz_bucket {
    uint64_t tags[2];
    uint32_t rows[BUCKET_ROWS];
};

_Static_assert(sizeof(struct pz_bucket) == 64, "a bucket is a cache line");

struct wanted {
    uint64_t hash;
    const struct pz_bucket *bucket; /* the first to look into */
    uint32_t hour, address;
    uint32_t row; /* a good guess, or NO_ROW */
};

#define NO_ROW UINT32_MAX

static struct pz_bucket *new_buckets(unsigned bits)
{
    struct pz_bucket *buckets = pz_alloc_lines(sizeof *buckets << bits);
    return memset(buckets, 0, sizeof *buckets << bits);
}

void pz_table_init(struct pz_table *table, bool any_hour)
{
    *table = (struct pz_table){.any_hour = any_hour};
}

static size_t chunks_of(size_t n)
{
    return (n + PZ_TABLE_CHUNK - 1) / PZ_TABLE_CHUNK;
}

void pz_table_release(struct pz_table *table)
{
    for (size_t i = 0; i < chunks_of(table->n); i++)
        free(table->chunks[i]);
    free(table->chunks);
    free(table->keys);
    for (unsigned partition = 0; partition < PZ_PARTITIONS; partition++)
        free(table->partitions[partition].buckets);
    *table = (struct pz_table){0};
}

static inline uint64_t key_of(const struct pz_table *table, uint32_t hour, uint32_t address)
{
    return (uint64_t)(table->any_hour ? 0 : hour) << 32 | address;
}

static inline uint64_t hash_of(uint64_t key)
{
    return key * 0x9e3779b97f4a7c15u; /* Fibonacci hashing: the upper bits choose the bucket */
}

/* By bits below those that chose the radix partition. */
static inline size_t bucket_of(const struct pz_table_partition *partition, uint64_t hash)
{
    return (size_t)(hash << 9 >> (64 - partition->bits));
}

_Static_assert(PZ_PARTITIONS == 1 << 9, "a bucket is chosen by the bits that the radix partition leaves");

/* 1 to 255, by the lower half of the hash. */
static inline uint64_t tag_of(uint64_t hash)
{
    return ((hash & UINT32_MAX) * 255 >> 32) + 1;
}

/* The top bits of the bytes that have the tag; now and then of another above such a byte. */
static inline uint64_t match(uint64_t tags, uint64_t tag)
{
    uint64_t x = tags ^ tag * LOW_BITS;
    return (x - LOW_BITS) & ~x & HIGH_BITS;
}

static inline bool is_full(const struct pz_bucket *bucket)
{
    return bucket->tags[1] >> 24 & 0xff;
}

static void put_slot(struct pz_table_partition *partition, uint64_t hash, uint32_t row)
{
    size_t at = bucket_of(partition, hash), mask = ((size_t)1 << partition->bits) - 1;
    while (is_full(&partition->buckets[at]))
        at = (at + 1) & mask;
    struct pz_bucket *bucket = &partition->buckets[at];
    unsigned i = 0;
    while (bucket->tags[i / 8] >> (i % 8 * 8) & 0xff)
        i++;
    bucket->tags[i / 8] |= tag_of(hash) << (i % 8 * 8);
    bucket->rows[i] = row;
}

static void grow_buckets(const struct pz_table *table, struct pz_table_partition *partition)
{
    struct pz_bucket *old = partition->buckets;
    size_t nold = old ? (size_t)1 << partition->bits : 0;
    partition->bits = old ? partition->bits + 1 : FIRST_BITS;
    partition->buckets = new_buckets(partition->bits);
    for (size_t at = 0; at < nold; at++)
        for (unsigned i = 0; i < BUCKET_ROWS && old[at].tags[i / 8] >> (i % 8 * 8) & 0xff; i++)
            put_slot(partition, hash_of(table->keys[old[at].rows[i]]), old[at].rows[i]);
    free(old);
}

static struct pz_source *add_row(struct pz_table *table, uint64_t key)
{
    PZ_CHECK(table->n < NO_ROW);
    if (table->n % PZ_TABLE_CHUNK == 0) {
        size_t chunks = chunks_of(table->n);
        table->chunks = pz_realloc(table->chunks, (chunks + 1) * sizeof *table->chunks);
        table->chunks[chunks] = pz_alloc_lines(PZ_TABLE_CHUNK * sizeof **table->chunks);
        table->keys = pz_realloc(table->keys, (chunks + 1) * PZ_TABLE_CHUNK * sizeof *table->keys);
    }
    table->keys[table->n] = key;
    return pz_table_row(table, table->n++);
}

static inline bool is_row(const struct pz_table *table, uint32_t number, uint32_t hour, uint32_t address)
{
    const struct pz_source *row = pz_table_row(table, number);
    return row->address == address && (table->any_hour || row->hour == hour);
}

/* The row's number, or NO_ROW. */
static uint32_t find(const struct pz_table *table, uint64_t hash, uint32_t hour, uint32_t address)
{
    const struct pz_table_partition *partition = &table->partitions[pz_partition_of(address)];
    size_t mask = ((size_t)1 << partition->bits) - 1;
    for (size_t at = partition->n ? bucket_of(partition, hash) : 0; partition->n; at = (at + 1) & mask) {
        const struct pz_bucket *bucket = &partition->buckets[at];
        for (unsigned word = 0; word < 2; word++)
            for (uint64_t bits = match(bucket->tags[word], tag_of(hash)); bits; bits &= bits - 1) {
                unsigned i = word * 8 + (unsigned)__builtin_ctzll(bits) / 8;
                if (i < BUCKET_ROWS && is_row(table, bucket->rows[i], hour, address))
                    return bucket->rows[i];
            }
        if (!is_full(bucket))
            return NO_ROW;
    }
    return NO_ROW;
}

static uint32_t add(struct pz_table *table, uint64_t hash, uint32_t hour, uint32_t address)
{
    struct pz_table_partition *partition = &table->partitions[pz_partition_of(address)];
    uint32_t row = (uint32_t)table->n;
    pz_source_init(add_row(table, key_of(table, hour, address)), hour, address);
    if (!partition->buckets || partition->n == (uint32_t)BUCKET_FILL << partition->bits)
        grow_buckets(table, partition);
    put_slot(partition, hash, row);
    partition->n++;
    return row;
}

/* The row's number, and whether it is new: then nothing was seen of it yet. */
static inline uint32_t look_up(struct pz_table *table, const struct wanted *wanted, bool *is_new)
{
    *is_new = false;
    if (wanted->row != NO_ROW && is_row(table, wanted->row, wanted->hour, wanted->address))
        return wanted->row;
    uint32_t row = find(table, wanted->hash, wanted->hour, wanted->address);
    *is_new = row == NO_ROW;
    return *is_new ? add(table, wanted->hash, wanted->hour, wanted->address) : row;
}

static inline const struct pz_bucket *first_bucket(const struct pz_table *table, const struct wanted *wanted)
{
    static const struct pz_bucket none;
    const struct pz_table_partition *partition = &table->partitions[pz_partition_of(wanted->address)];
    return partition->n ? &partition->buckets[bucket_of(partition, wanted->hash)] : &none;
}

/* Prefetches what the lookups will touch. */
static inline void prepare(const struct pz_table *table, struct wanted *wanted, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        wanted[i].hash = hash_of(key_of(table, wanted[i].hour, wanted[i].address));
        wanted[i].bucket = first_bucket(table, &wanted[i]);
        __builtin_prefetch(wanted[i].bucket, 1);
    }
    for (size_t i = 0; i < n; i++) {
        const struct pz_bucket *bucket = wanted[i].bucket;
        uint64_t tag = tag_of(wanted[i].hash), low = match(bucket->tags[0], tag);
        uint64_t high = match(bucket->tags[1], tag) & UINT32_MAX;
        wanted[i].row = NO_ROW;
        if (low | high) {
            unsigned at = low ? (unsigned)__builtin_ctzll(low) / 8 : 8 + (unsigned)__builtin_ctzll(high) / 8;
            wanted[i].row = bucket->rows[at];
            const char *row = (const char *)pz_table_row(table, wanted[i].row);
            __builtin_prefetch(row, 1);
            __builtin_prefetch(row + 64, 1);
            __builtin_prefetch(row + 128, 1);
        }
    }
}

void pz_table_observe(struct pz_table *table, const struct pz_scan_row *scans, uint32_t *rows, size_t n)
{
    struct wanted wanted[PZ_SCANS];
    PZ_CHECK(n <= PZ_SCANS);
    for (size_t i = 0; i < n; i++) {
        wanted[i].hour = scans[i].hour;
        wanted[i].address = scans[i].source;
    }
    prepare(table, wanted, n);
    for (size_t i = 0; i < n; i++) {
        bool is_new;
        rows[i] = look_up(table, &wanted[i], &is_new);
        pz_source_observe(pz_table_row(table, rows[i]), &scans[i]);
    }
}

struct pz_source *pz_table_find(struct pz_table *table, uint32_t hour, uint32_t address)
{
    uint32_t row = find(table, hash_of(key_of(table, hour, address)), hour, address);
    return row == NO_ROW ? NULL : pz_table_row(table, row);
}

void pz_table_merge(struct pz_table *table, const struct pz_source *rows, size_t nrows, uint32_t *numbers)
{
    struct wanted wanted[PZ_SCANS];
    for (size_t at = 0; at < nrows; at += PZ_SCANS) {
        size_t n = nrows - at < PZ_SCANS ? nrows - at : PZ_SCANS;
        for (size_t i = 0; i < n; i++) {
            const struct pz_source *row = &rows[at + i];
            wanted[i].hour = row->hour;
            wanted[i].address = row->address;
        }
        prepare(table, wanted, n);
        for (size_t i = 0; i < n; i++) {
            bool is_new;
            uint32_t number = look_up(table, &wanted[i], &is_new);
            struct pz_source *row = pz_table_row(table, number);
            if (numbers)
                numbers[at + i] = number;
            if (is_new)
                *row = rows[at + i];
            else
                pz_source_merge(row, &rows[at + i]);
        }
    }
}

struct pz_keyed *pz_table_sorted(const struct pz_table *table)
{
    struct pz_keyed *sorted = pz_alloc(table->n * sizeof *sorted);
    for (size_t i = 0; i < table->n; i++) {
        /* Hours up to 2038 take 20 bits. */
        uint64_t key = (uint64_t)pz_shard_of((uint32_t)table->keys[i]) << 56 | table->keys[i];
        sorted[i] = (struct pz_keyed){key, pz_table_row(table, i)};
    }
    pz_sort(sorted, table->n);
    return sorted;
}
