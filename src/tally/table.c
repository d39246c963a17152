#include "tally/table.h"

#include "base/error.h"

#include <stdlib.h>

enum { FIRST_BITS = 12 };

struct wanted {
    uint64_t hash;
    uint32_t hour, address;
};

void pz_table_init(struct pz_table *table, bool any_hour)
{
    *table = (struct pz_table){.bits = FIRST_BITS, .any_hour = any_hour};
    table->slots = pz_alloc(sizeof *table->slots << FIRST_BITS);
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
    free(table->slots);
    *table = (struct pz_table){0};
}

static inline uint64_t hash_of(uint32_t hour, uint32_t address)
{
    /* Fibonacci hashing: the top bits choose the slot; the low half, kept there, tells the addresses of one hour apart,
     * as an odd multiplier maps them one to one. */
    return ((uint64_t)hour << 32 | address) * 0x9e3779b97f4a7c15u;
}

static inline size_t slot_of(const struct pz_table *table, uint64_t hash)
{
    return (size_t)(hash >> (64 - table->bits));
}

static void grow_slots(struct pz_table *table)
{
    unsigned bits = table->bits + 1;
    size_t mask = ((size_t)1 << bits) - 1;
    free(table->slots);
    table->slots = pz_alloc((mask + 1) * sizeof *table->slots);
    table->bits = bits;
    for (size_t i = 0; i < table->n; i++) {
        const struct pz_source *row = pz_table_row(table, i);
        uint64_t hash = hash_of(table->any_hour ? 0 : row->hour, row->address);
        size_t at = slot_of(table, hash);
        while (table->slots[at])
            at = (at + 1) & mask;
        table->slots[at] = hash << 32 | (uint32_t)(i + 1);
    }
}

static struct pz_source *add_row(struct pz_table *table)
{
    PZ_CHECK(table->n < UINT32_MAX - 1);
    if (table->n % PZ_TABLE_CHUNK == 0) {
        size_t chunks = chunks_of(table->n);
        table->chunks = pz_realloc(table->chunks, (chunks + 1) * sizeof *table->chunks);
        table->chunks[chunks] = pz_alloc_lines(PZ_TABLE_CHUNK * sizeof **table->chunks);
    }
    return pz_table_row(table, table->n++);
}

/* The row's number, and whether it is new: then nothing was seen of it yet. */
static inline uint32_t look_up(struct pz_table *table, const struct wanted *wanted, bool *is_new)
{
    const size_t mask = ((size_t)1 << table->bits) - 1;
    const uint32_t tag = (uint32_t)wanted->hash;
    for (size_t at = slot_of(table, wanted->hash);; at = (at + 1) & mask) {
        uint64_t slot = table->slots[at];
        if (slot == 0) {
            pz_source_init(add_row(table), wanted->hour, wanted->address);
            table->slots[at] = (uint64_t)tag << 32 | (uint32_t)table->n;
            *is_new = true;
            return (uint32_t)table->n - 1;
        }
        if ((uint32_t)(slot >> 32) != tag)
            continue;
        const struct pz_source *row = pz_table_row(table, (uint32_t)slot - 1);
        if (row->address == wanted->address && (table->any_hour || row->hour == wanted->hour)) {
            *is_new = false;
            return (uint32_t)slot - 1;
        }
    }
}

/* Room for `n` rows more with at least a quarter of the slots empty, and everything near the cache that the lookups will
 * touch. */
static inline void prepare(struct pz_table *table, const struct wanted *wanted, size_t n)
{
    while (table->n + n > ((size_t)3 << table->bits) / 4)
        grow_slots(table);
    for (size_t i = 0; i < n; i++)
        __builtin_prefetch(&table->slots[slot_of(table, wanted[i].hash)], 1);
    for (size_t i = 0; i < n; i++) {
        uint64_t slot = table->slots[slot_of(table, wanted[i].hash)];
        if (slot)
            __builtin_prefetch(pz_table_row(table, (uint32_t)slot - 1), 1);
    }
}

void pz_table_observe(struct pz_table *table, struct pz_scan_row *scans, size_t n)
{
    struct wanted wanted[PZ_SCANS];
    for (size_t i = 0; i < n; i++) {
        uint32_t hour = scans[i].hour, source = scans[i].packet->source;
        wanted[i] = (struct wanted){hash_of(hour, source), hour, source};
    }
    prepare(table, wanted, n);
    for (size_t i = 0; i < n; i++) {
        bool is_new;
        scans[i].row = look_up(table, &wanted[i], &is_new);
        pz_source_observe(pz_table_row(table, scans[i].row), scans[i].packet, scans[i].traits);
    }
}

struct pz_source *pz_table_find(struct pz_table *table, uint32_t hour, uint32_t address)
{
    const size_t mask = ((size_t)1 << table->bits) - 1;
    uint64_t hash = hash_of(table->any_hour ? 0 : hour, address);
    for (size_t at = slot_of(table, hash); table->slots[at]; at = (at + 1) & mask) {
        struct pz_source *row = pz_table_row(table, (uint32_t)table->slots[at] - 1);
        if (row->address == address && (table->any_hour || row->hour == hour))
            return row;
    }
    return NULL;
}

void pz_table_merge(struct pz_table *table, const struct pz_source *rows, size_t nrows, uint32_t *numbers)
{
    struct wanted wanted[PZ_SCANS];
    for (size_t at = 0; at < nrows; at += PZ_SCANS) {
        size_t n = nrows - at < PZ_SCANS ? nrows - at : PZ_SCANS;
        for (size_t i = 0; i < n; i++) {
            const struct pz_source *row = &rows[at + i];
            wanted[i] = (struct wanted){hash_of(table->any_hour ? 0 : row->hour, row->address), row->hour, row->address};
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

static int compare(const void *a, const void *b)
{
    const struct pz_sorted *x = a, *y = b;
    return x->key < y->key ? -1 : x->key > y->key;
}

struct pz_sorted *pz_table_sorted(const struct pz_table *table)
{
    struct pz_sorted *sorted = pz_alloc(table->n * sizeof *sorted);
    for (size_t i = 0; i < table->n; i++) {
        const struct pz_source *row = pz_table_row(table, i);
        /* Hours up to 2038 take 20 bits. */
        uint64_t key = (uint64_t)pz_shard_of(row->address) << 56 | (uint64_t)row->hour << 32 | row->address;
        sorted[i] = (struct pz_sorted){key, row};
    }
    qsort(sorted, table->n, sizeof *sorted, compare);
    return sorted;
}
