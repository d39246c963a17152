/* A tally as the bytes of its file. */
#include "tally/file.h"
#include "tally/layout.h"

#include <stdlib.h>

static void put_common(struct pz_buf *to, const struct pz_tally *tally, const struct pz_ledger *ledger)
{
    pz_buf_put_u32(to, PZ_FATE_COUNT);
    for (int fate = 0; fate < PZ_FATE_COUNT; fate++)
        pz_buf_put_u64(to, tally->fates[fate]);
    pz_ledger_encode(ledger, to);
    pz_hours_encode(&tally->hours, to);
}

static int compare_edges(const void *a, const void *b)
{
    unsigned x = pz_shard_of(((const struct pz_attempt *)a)->source);
    unsigned y = pz_shard_of(((const struct pz_attempt *)b)->source);
    return x != y ? (x < y ? -1 : 1) : pz_attempt_compare(a, b);
}

/* All edges, joined, and sorted by shard. */
static size_t sort_edges(struct pz_tally *tally)
{
    struct pz_buf *edges = &tally->attempts.edges;
    size_t n = pz_attempts_join((struct pz_attempt *)(void *)edges->bytes, edges->nbytes / sizeof(struct pz_attempt));
    edges->nbytes = n * sizeof(struct pz_attempt);
    if (n)
        qsort(edges->bytes, n, sizeof(struct pz_attempt), compare_edges);
    return n;
}

static size_t put_edges(struct pz_buf *to, const struct pz_attempt *edges, size_t n, unsigned shard)
{
    size_t mine = 0, length = to->nbytes;
    while (mine < n && pz_shard_of(edges[mine].source) == shard)
        mine++;
    pz_buf_put_u32(to, 0);
    pz_attempts_encode(edges, mine, to);
    pz_set_le32(to->bytes + length, (uint32_t)(to->nbytes - length - 4));
    return mine;
}

/* Writes what belongs to the shard, from the front of what is sorted; returns how much of it that was. */
static size_t put_shard(struct pz_buf *to, const struct pz_sorted *sorted, size_t n, unsigned shard)
{
    size_t at = 0;
    while (at < n && sorted[at].key >> 56 == shard) {
        size_t begin = at;
        pz_buf_put_u32(to, sorted[at].row->hour);
        size_t counts = to->nbytes;
        pz_buf_extend(to, 8);
        for (uint32_t previous = 0; at < n && sorted[at].key >> 32 == sorted[begin].key >> 32; at++) {
            pz_source_encode(sorted[at].row, previous, to);
            previous = sorted[at].row->address;
        }
        pz_set_le32(to->bytes + counts, (uint32_t)(at - begin));
        pz_set_le32(to->bytes + counts + 4, (uint32_t)(to->nbytes - counts - 8));
    }
    return at;
}

static int compare_keys(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static void put_sets(struct pz_buf *to, const struct pz_sorted *sorted, size_t n)
{
    uint64_t *keys = pz_alloc(n * sizeof *keys);
    uint32_t *addresses = pz_alloc(n * sizeof *addresses);
    for (size_t i = 0; i < n; i++)
        keys[i] = sorted[i].key & (UINT64_MAX >> 8); /* without its shard */
    qsort(keys, n, sizeof *keys, compare_keys);
    for (size_t i = 0; i < n; i++)
        addresses[i] = (uint32_t)keys[i];
    struct pz_buf set = {0};
    for (size_t at = 0, end; at < n; at = end) {
        uint32_t hour = (uint32_t)(keys[at] >> 32);
        for (end = at; end < n && keys[end] >> 32 == hour; end++)
            continue;
        roaring_bitmap_t *bitmap = roaring_bitmap_of_ptr(end - at, addresses + at);
        PZ_CHECK(bitmap);
        pz_buf_clear(&set);
        pz_bitmap_write(bitmap, &set);
        roaring_bitmap_free(bitmap);
        pz_buf_put_u32(to, hour);
        pz_buf_put_u32(to, (uint32_t)set.nbytes);
        pz_buf_put(to, set.bytes, set.nbytes);
    }
    pz_buf_release(&set);
    free(addresses);
    free(keys);
}

static void put_section(struct pz_buf *to, const struct pz_buf *file, size_t offset)
{
    size_t nbytes = file->nbytes - offset;
    pz_buf_put_u64(to, offset);
    pz_buf_put_u64(to, nbytes);
    pz_buf_put_u32(to, pz_checksum(file->bytes + offset, nbytes));
    pz_buf_put_u32(to, 0);
}

static void put_index(struct pz_buf *to, const struct pz_filter *filter, const struct pz_identity *identity,
                      const struct pz_sorted *sorted, size_t n)
{
    uint32_t first_hour = UINT32_MAX, last_hour = 0;
    for (size_t i = 0; i < n; i++) {
        first_hour = sorted[i].row->hour < first_hour ? sorted[i].row->hour : first_hour;
        last_hour = sorted[i].row->hour > last_hour ? sorted[i].row->hour : last_hour;
    }
    pz_buf_put(to, PZ_TALLY_MAGIC, 8);
    pz_buf_put_u32(to, PZ_TALLY_VERSION);
    pz_buf_put_u32(to, filter->port);
    pz_buf_put_u32(to, filter->lens);
    pz_buf_put_u32(to, filter->lens_mask);
    pz_buf_put_u64(to, identity->size);
    pz_buf_put_u64(to, identity->hash);
    pz_buf_put_u64(to, identity->start);
    pz_buf_put_u64(to, identity->end);
    pz_buf_put_u32(to, first_hour);
    pz_buf_put_u32(to, last_hour);
    pz_buf_put_u64(to, n);
}

void pz_tally_encode(struct pz_tally *tally, const struct pz_ledger *ledger, const struct pz_filter *filter,
                     const struct pz_identity *identity, struct pz_buf *to)
{
    PZ_CHECK(to->nbytes == 0);
    pz_tally_finish(tally);
    size_t nedges = sort_edges(tally), edge = 0;
    const struct pz_attempt *edges = (const void *)tally->attempts.edges.bytes;
    size_t n = tally->sources.n;
    struct pz_sorted *sorted = pz_table_sorted(&tally->sources);
    struct pz_buf index = {0};
    put_index(&index, filter, identity, sorted, n);

    memset(pz_buf_extend(to, PZ_TALLY_INDEX_BYTES), 0, PZ_TALLY_INDEX_BYTES);
    put_common(to, tally, ledger);
    put_section(&index, to, PZ_TALLY_INDEX_BYTES);
    size_t sets = to->nbytes;
    put_sets(to, sorted, n);
    put_section(&index, to, sets);

    struct pz_buf checksums = {0};
    size_t at = 0;
    for (unsigned shard = 0; shard < PZ_SHARDS; shard++) {
        size_t begin = to->nbytes;
        edge += put_edges(to, edges + edge, nedges - edge, shard);
        at += put_shard(to, sorted + at, n - at, shard);
        pz_buf_put_u64(&index, begin);
        pz_buf_put_u32(&checksums, pz_checksum(to->bytes + begin, to->nbytes - begin));
    }
    pz_buf_put_u64(&index, to->nbytes);
    pz_buf_put(&index, checksums.bytes, checksums.nbytes);
    PZ_CHECK(at == n && edge == nedges && index.nbytes <= PZ_TALLY_INDEX_BYTES - 4);
    memcpy(to->bytes, index.bytes, index.nbytes);
    pz_set_le32(to->bytes + PZ_TALLY_INDEX_BYTES - 4, pz_checksum(to->bytes, PZ_TALLY_INDEX_BYTES - 4));
    pz_buf_release(&checksums);
    pz_buf_release(&index);
    free(sorted);
}
