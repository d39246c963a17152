/* SPDX-License-Identifier: BSD-2-Clause */
/* A tally as the bytes of its file. */
#include "tally/layout.h"
#include "tally/tally_file.h"

#include <stdlib.h>

static void put_common(struct pz_buf *to, const struct pz_tally *tally, const struct pz_damage_log *log)
{
    pz_buf_put_u32(to, PZ_FATE_COUNT);
    for (int fate = 0; fate < PZ_FATE_COUNT; fate++)
        pz_buf_put_u64(to, tally->fates[fate]);
    pz_buf_put_u64(to, tally->digest);
    pz_damage_log_encode(log, to);
    pz_hours_encode(&tally->hours, to);
}

static uint64_t key_of_edge(uint32_t source, uint32_t destination)
{
    return (uint64_t)pz_shard_of(source) << 56 | (uint64_t)source << 24 | destination >> 8;
}

/* All attempts that are boundary rows, joined, and sorted by shard and then as pz_attempt_compare does. */
static size_t sort_attempts(struct pz_tally *tally)
{
    struct pz_buf *boundary = &tally->attempts.boundary;
    const struct pz_attempt *all = (const void *)boundary->bytes;
    size_t n = boundary->nbytes / sizeof *all, joined = 0;
    struct pz_keyed *sorted = pz_alloc(n * sizeof *sorted);
    for (size_t i = 0; i < n; i++)
        sorted[i] = (struct pz_keyed){key_of_edge(all[i].source, all[i].destination), &all[i]};
    pz_sort(sorted, n);
    struct pz_buf to = {0};
    struct pz_attempt *attempts = (void *)pz_buf_extend(&to, boundary->nbytes);
    for (size_t begin = 0, end; begin < n; begin = end) {
        for (end = begin; end < n && sorted[end].key == sorted[begin].key; end++)
            attempts[joined + end - begin] = *(const struct pz_attempt *)sorted[end].value;
        joined += pz_attempts_join(attempts + joined, end - begin);
    }
    to.nbytes = joined * sizeof *attempts;
    free(sorted);
    pz_buf_release(boundary);
    *boundary = to;
    return joined;
}

/* All SYNs that are boundary rows, the copies among them marked, and sorted by shard and then as pz_copies_mark does.
 */
static size_t sort_scans(struct pz_tally *tally)
{
    struct pz_buf *boundary = &tally->copies.boundary;
    const struct pz_scan_row *all = (const void *)boundary->bytes;
    size_t n = boundary->nbytes / sizeof *all;
    struct pz_keyed *sorted = pz_alloc(n * sizeof *sorted);
    for (size_t i = 0; i < n; i++)
        sorted[i] = (struct pz_keyed){key_of_edge(all[i].source, all[i].destination), &all[i]};
    pz_sort(sorted, n);
    struct pz_buf to = {0};
    struct pz_scan_row *scans = (void *)pz_buf_extend(&to, boundary->nbytes);
    for (size_t i = 0; i < n; i++)
        scans[i] = *(const struct pz_scan_row *)sorted[i].value;
    for (size_t begin = 0, end; begin < n; begin = end) {
        for (end = begin; end < n && sorted[end].key == sorted[begin].key; end++)
            continue;
        pz_copies_mark(scans + begin, end - begin);
    }
    free(sorted);
    pz_buf_release(boundary);
    *boundary = to;
    return n;
}

/* Of all SYNs that came, those that are no scans, as far as this capture can tell. */
static void part_copies(struct pz_tally *tally)
{
    const struct pz_scan_row *boundary = (const void *)tally->copies.boundary.bytes;
    uint64_t syns = tally->fates[PZ_SCAN] + tally->fates[PZ_COPY], scans = 0;
    for (size_t i = 0; i < tally->hours.n; i++)
        scans += pz_hour_scans(tally->hours.hours[i]);
    for (size_t i = 0; i < tally->copies.boundary.nbytes / sizeof *boundary; i++)
        scans += !(boundary[i].traits & PZ_ROW_COPY);
    tally->fates[PZ_SCAN] = scans;
    tally->fates[PZ_COPY] = syns - scans;
}

/* What is left of both kinds of boundary rows, from the front of what is sorted. */
struct boundary {
    const struct pz_scan_row *scans;
    const struct pz_attempt *attempts;
    size_t nscans, nattempts;
};

static void put_boundary(struct pz_buf *to, struct boundary *boundary, unsigned shard)
{
    size_t nscans = 0, nattempts = 0, length = to->nbytes;
    while (nscans < boundary->nscans && pz_shard_of(boundary->scans[nscans].source) == shard)
        nscans++;
    while (nattempts < boundary->nattempts && pz_shard_of(boundary->attempts[nattempts].source) == shard)
        nattempts++;
    pz_buf_put_u32(to, 0);
    pz_scans_encode(boundary->scans, nscans, to);
    pz_attempts_encode(boundary->attempts, nattempts, to);
    pz_set_le32(to->bytes + length, (uint32_t)(to->nbytes - length - 4));
    *boundary = (struct boundary){boundary->scans + nscans, boundary->attempts + nattempts, boundary->nscans - nscans,
                                  boundary->nattempts - nattempts};
}

static uint32_t hour_of(const struct pz_keyed *sorted)
{
    return (uint32_t)(sorted->key >> 32 & 0xffffff);
}

enum { AHEAD = 4 }; /* rows, which lie in no order, asked for before they are written */

static void prefetch_row(const void *row)
{
    for (size_t line = 0; line < sizeof(struct pz_source); line += 64)
        __builtin_prefetch((const char *)row + line);
}

/* Writes what belongs to the shard, from the front of what is sorted; returns how much of it that was. */
static size_t put_shard(struct pz_buf *to, const struct pz_keyed *sorted, size_t n, unsigned shard)
{
    size_t at = 0;
    while (at < n && sorted[at].key >> 56 == shard) {
        size_t begin = at;
        pz_buf_put_u32(to, hour_of(&sorted[at]));
        size_t counts = to->nbytes;
        pz_buf_extend(to, 8);
        for (uint32_t previous = 0; at < n && sorted[at].key >> 32 == sorted[begin].key >> 32; at++) {
            if (at + AHEAD < n)
                prefetch_row(sorted[at + AHEAD].value);
            pz_source_encode(sorted[at].value, previous, to);
            previous = (uint32_t)sorted[at].key;
        }
        pz_set_le32(to->bytes + counts, (uint32_t)(at - begin));
        pz_set_le32(to->bytes + counts + 4, (uint32_t)(to->nbytes - counts - 8));
    }
    return at;
}

static bool is_before(const void *item, const void *key)
{
    return ((const struct pz_keyed *)item)->key < *(const uint64_t *)key;
}

static bool has_source(const struct pz_keyed *keys, size_t n, uint64_t key)
{
    size_t at = pz_lower_bound(&key, keys, n, sizeof *keys, is_before);
    return at < n && keys[at].key == key;
}

/* The boundary rows that may put a source into an hour's set, or keep it out: those of sources that have no settled
 * scan in the hour, and those of an hour's last moments, of which copies may come in the next. */
static void put_sets_edges(struct pz_buf *to, const struct boundary *boundary, const struct pz_keyed *keys, size_t n)
{
    struct pz_scan_row *chosen = pz_alloc(boundary->nscans * sizeof *chosen);
    size_t nchosen = 0;
    for (size_t i = 0; i < boundary->nscans; i++) {
        const struct pz_scan_row *scan = &boundary->scans[i];
        if (scan->usec % PZ_USEC_PER_HOUR >= PZ_USEC_PER_HOUR - PZ_COPY_GAP_USEC ||
            !has_source(keys, n, (uint64_t)scan->hour << 32 | scan->source))
            chosen[nchosen++] = *scan;
    }
    pz_copies_mark(chosen, nchosen); /* which sorts them */
    pz_scans_encode(chosen, nchosen, to);
    free(chosen);
}

static void put_sets(struct pz_buf *to, const struct boundary *boundary, const struct pz_keyed *sorted, size_t n)
{
    struct pz_keyed *keys = pz_alloc(n * sizeof *keys);
    uint32_t *addresses = pz_alloc(n * sizeof *addresses);
    for (size_t i = 0; i < n; i++)
        keys[i].key = sorted[i].key & (UINT64_MAX >> 8); /* without its shard */
    pz_sort(keys, n);
    put_sets_edges(to, boundary, keys, n);
    for (size_t i = 0; i < n; i++)
        addresses[i] = (uint32_t)keys[i].key;
    struct pz_buf set = {0};
    for (size_t at = 0, end; at < n; at = end) {
        uint32_t hour = (uint32_t)(keys[at].key >> 32);
        for (end = at; end < n && keys[end].key >> 32 == hour; end++)
            continue;
        roaring_bitmap_t *bitmap = roaring_bitmap_of_ptr(end - at, addresses + at);
        PZ_CHECK_MEMORY(bitmap);
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

static void put_index(struct pz_buf *to, const struct pz_tally *tally, const struct pz_filter *filter,
                      const struct pz_identity *identity)
{
    uint32_t first_hour, last_hour;
    pz_tally_hours(tally, &first_hour, &last_hour);
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
    pz_buf_put_u64(to, tally->sources.n);
    pz_buf_put_u64(to, pz_tally_edge_rows(tally));
    pz_buf_put_u64(to, (uint64_t)tally->copies.stretch.first_usec);
    pz_buf_put_u64(to, (uint64_t)tally->copies.stretch.last_usec);
}

void pz_tally_encode(struct pz_tally *tally, const struct pz_damage_log *log, const struct pz_filter *filter,
                     const struct pz_identity *identity, struct pz_buf *to)
{
    PZ_CHECK(to->nbytes == 0);
    pz_tally_finish(tally);
    struct boundary boundary = {.nscans = sort_scans(tally), .nattempts = sort_attempts(tally)};
    boundary.scans = (const void *)tally->copies.boundary.bytes;
    boundary.attempts = (const void *)tally->attempts.boundary.bytes;
    part_copies(tally);
    size_t n = tally->sources.n, nboundary = boundary.nscans + boundary.nattempts;
    struct pz_keyed *sorted = pz_table_sorted(&tally->sources);
    pz_buf_reserve(to, (n + nboundary) * (sizeof(struct pz_source) - 64) + (1 << 16)); /* most take less */
    struct pz_buf index = {0};
    put_index(&index, tally, filter, identity);

    memset(pz_buf_extend(to, PZ_TALLY_INDEX_BYTES), 0, PZ_TALLY_INDEX_BYTES);
    put_common(to, tally, log);
    put_section(&index, to, PZ_TALLY_INDEX_BYTES);
    size_t sets = to->nbytes;
    put_sets(to, &boundary, sorted, n);
    put_section(&index, to, sets);

    struct pz_buf checksums = {0};
    size_t at = 0;
    for (unsigned shard = 0; shard < PZ_SHARDS; shard++) {
        size_t begin = to->nbytes;
        put_boundary(to, &boundary, shard);
        at += put_shard(to, sorted + at, n - at, shard);
        pz_buf_put_u64(&index, begin);
        pz_buf_put_u32(&checksums, pz_checksum(to->bytes + begin, to->nbytes - begin));
    }
    pz_buf_put_u64(&index, to->nbytes);
    pz_buf_put(&index, checksums.bytes, checksums.nbytes);
    PZ_CHECK(at == n && !boundary.nscans && !boundary.nattempts && index.nbytes <= PZ_TALLY_INDEX_BYTES - 4);
    memcpy(to->bytes, index.bytes, index.nbytes);
    pz_set_le32(to->bytes + PZ_TALLY_INDEX_BYTES - 4, pz_checksum(to->bytes, PZ_TALLY_INDEX_BYTES - 4));
    pz_buf_release(&checksums);
    pz_buf_release(&index);
    free(sorted);
}
