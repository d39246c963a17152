#include "tally/table.h"

#include "base/error.h"

#include <stdlib.h>

enum { BATCH = 64, FIRST_BITS = 12 };

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
        table->chunks[chunks] = pz_alloc(PZ_TABLE_CHUNK * sizeof **table->chunks);
    }
    return pz_table_row(table, table->n++);
}

/* The row, and whether it is new: then it holds nothing but its hour and address. */
static inline struct pz_source *look_up(struct pz_table *table, const struct wanted *wanted, bool *is_new)
{
    const size_t mask = ((size_t)1 << table->bits) - 1;
    const uint32_t tag = (uint32_t)wanted->hash;
    for (size_t at = slot_of(table, wanted->hash);; at = (at + 1) & mask) {
        uint64_t slot = table->slots[at];
        if (slot == 0) {
            struct pz_source *row = add_row(table);
            row->hour = wanted->hour;
            row->address = wanted->address;
            table->slots[at] = (uint64_t)tag << 32 | (uint32_t)table->n;
            *is_new = true;
            return row;
        }
        if ((uint32_t)(slot >> 32) != tag)
            continue;
        struct pz_source *row = pz_table_row(table, (uint32_t)slot - 1);
        if (row->address == wanted->address && (table->any_hour || row->hour == wanted->hour)) {
            *is_new = false;
            return row;
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
        if (slot) {
            const char *row = (const char *)pz_table_row(table, (uint32_t)slot - 1);
            __builtin_prefetch(row, 1);
            __builtin_prefetch(row + sizeof(struct pz_source) - 1, 1);
        }
    }
}

static void observe_batch(struct pz_table *table, const struct pz_packet *const *scans, struct wanted *wanted, size_t n)
{
    prepare(table, wanted, n);
    for (size_t i = 0; i < n; i++) {
        bool is_new;
        struct pz_source *row = look_up(table, &wanted[i], &is_new);
        if (is_new)
            row->first_usec = row->last_usec = scans[i]->usec;
        pz_source_observe(row, scans[i]);
    }
}

void pz_table_observe(struct pz_table *table, const struct pz_packet *packets, size_t npackets)
{
    const struct pz_packet *scans[BATCH];
    struct wanted wanted[BATCH];
    size_t n = 0;
    /* Nearly all packets of a batch are of one hour. */
    uint32_t hour = 0;
    int64_t begin = 0, end = 0;
    for (size_t i = 0; i < npackets; i++) {
        const struct pz_packet *packet = &packets[i];
        if (packet->fate != PZ_SCAN)
            continue;
        if (packet->usec < begin || packet->usec >= end) {
            hour = (uint32_t)(packet->usec / PZ_USEC_PER_HOUR);
            begin = hour * PZ_USEC_PER_HOUR;
            end = begin + PZ_USEC_PER_HOUR;
        }
        scans[n] = packet;
        wanted[n++] = (struct wanted){hash_of(hour, packet->source), hour, packet->source};
        if (n == BATCH) {
            observe_batch(table, scans, wanted, n);
            n = 0;
        }
    }
    observe_batch(table, scans, wanted, n);
}

void pz_table_merge(struct pz_table *table, const struct pz_source *rows, size_t nrows)
{
    struct wanted wanted[BATCH];
    for (size_t at = 0; at < nrows; at += BATCH) {
        size_t n = nrows - at < BATCH ? nrows - at : BATCH;
        for (size_t i = 0; i < n; i++) {
            const struct pz_source *row = &rows[at + i];
            wanted[i] = (struct wanted){hash_of(table->any_hour ? 0 : row->hour, row->address), row->hour, row->address};
        }
        prepare(table, wanted, n);
        for (size_t i = 0; i < n; i++) {
            bool is_new;
            struct pz_source *row = look_up(table, &wanted[i], &is_new);
            if (is_new)
                *row = rows[at + i];
            else
                pz_source_merge(row, &rows[at + i]);
        }
    }
}

static int compare(const void *a, const void *b)
{
    const struct pz_source *x = a, *y = b;
    unsigned sx = pz_shard_of(x->address), sy = pz_shard_of(y->address);
    if (sx != sy)
        return sx < sy ? -1 : 1;
    if (x->hour != y->hour)
        return x->hour < y->hour ? -1 : 1;
    return x->address < y->address ? -1 : x->address > y->address;
}

struct pz_source *pz_table_sorted(const struct pz_table *table)
{
    struct pz_source *rows = pz_alloc(table->n * sizeof *rows);
    for (size_t i = 0; i < table->n; i++)
        rows[i] = *pz_table_row(table, i);
    qsort(rows, table->n, sizeof *rows, compare);
    return rows;
}
