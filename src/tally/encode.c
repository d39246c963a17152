/* SPDX-License-Identifier: BSD-2-Clause */
/* A tally as the bytes of its file (docs/tally-file.md). Boundary rows are joined and sorted by shard; then each shard
 * is written with its boundary rows first and its sources hour by hour, the sets (sets.c) hour by hour, and the index
 * last, when offsets and checksums are known. */
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

enum { AHEAD = 4 }; /* rows, which lie in no order, asked for before they are written */

static inline void prefetch(const void *row, size_t nbytes)
{
    for (size_t line = 0; line < nbytes; line += 64)
        __builtin_prefetch((const char *)row + line);
}

static uint64_t key_of_edge(uint32_t source, uint32_t destination)
{
    return (uint64_t)pz_shard_of(source) << 56 | (uint64_t)source << 24 | destination >> 8;
}

enum { IS_SINGLE = 1 }; /* in the key of an attempt: it is a pz_scan_row */

/* All attempts that are boundary rows, sorted by shard, source and most of the destination. */
static struct pz_keyed *sort_attempts(const struct pz_tally *tally, size_t *n)
{
    const struct pz_attempt *all = (const void *)tally->attempts.boundary.bytes;
    const struct pz_scan_row *singles = (const void *)tally->attempts.singles.bytes;
    const size_t nall = tally->attempts.boundary.nbytes / sizeof *all;
    const size_t nsingles = tally->attempts.singles.nbytes / sizeof *singles;
    struct pz_keyed *sorted = pz_alloc_lines((nall + nsingles) * sizeof *sorted);
    struct pz_piles piles = {{0}};
    for (size_t i = 0; i < nall; i++)
        pz_piles_count(&piles, pz_shard_of(all[i].source));
    for (size_t i = 0; i < nsingles; i++)
        pz_piles_count(&piles, pz_shard_of(singles[i].source));
    pz_piles_place(&piles);
    for (size_t i = 0; i < nall; i++) {
        const uint64_t key = key_of_edge(all[i].source, all[i].destination) & ~(uint64_t)IS_SINGLE;
        pz_piles_put(&piles, sorted, (struct pz_keyed){key, &all[i]});
    }
    for (size_t i = 0; i < nsingles; i++) {
        const uint64_t key = key_of_edge(singles[i].source, singles[i].destination) | IS_SINGLE;
        pz_piles_put(&piles, sorted, (struct pz_keyed){key, &singles[i]});
    }
    pz_piles_sort(&piles, sorted);
    *n = nall + nsingles;
    return sorted;
}

/* All SYNs that are boundary rows, the copies among them marked, and sorted by shard and then as pz_copies_mark does.
 */
static size_t sort_scans(struct pz_tally *tally)
{
    struct pz_buf *boundary = &tally->copies.boundary;
    const struct pz_scan_row *all = (const void *)boundary->bytes;
    size_t n = boundary->nbytes / sizeof *all;
    struct pz_keyed *sorted = pz_alloc_lines(n * sizeof *sorted);
    struct pz_piles piles = {{0}};
    for (size_t i = 0; i < n; i++)
        pz_piles_count(&piles, pz_shard_of(all[i].source));
    pz_piles_place(&piles);
    for (size_t i = 0; i < n; i++)
        pz_piles_put(&piles, sorted, (struct pz_keyed){key_of_edge(all[i].source, all[i].destination), &all[i]});
    pz_piles_sort(&piles, sorted);
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

/* Moves the copies, as far as this capture can tell, from the fate of scans to their own. */
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

/* In the order of the table and of boundary rows, in which neighbours are mostly of one hour. */
static void note_sources(struct pz_tally *tally)
{
    const struct pz_scan_row *boundary = (const void *)tally->copies.boundary.bytes;
    for (size_t i = 0; i < tally->sources.n; i++) {
        const uint64_t key = *pz_table_key(&tally->sources, i);
        pz_hours_add_source(&tally->hours, (uint32_t)(key >> 32), (uint32_t)key);
    }
    for (size_t i = 0; i < tally->copies.boundary.nbytes / sizeof *boundary; i++)
        pz_hours_add_source(&tally->hours, boundary[i].hour, boundary[i].source);
}

/* What is left of both kinds of boundary rows, from the front of what is sorted. */
struct boundary {
    const struct pz_scan_row *scans;
    const struct pz_keyed *attempts;
    size_t nscans, nattempts;
};

static void put_attempts(struct pz_buf *to, const struct pz_keyed *sorted, size_t n)
{
    struct pz_attempt *attempts = pz_alloc_lines(n * sizeof *attempts);
    size_t joined = 0;
    for (size_t begin = 0, end; begin < n; begin = end) {
        for (end = begin; end < n && (sorted[end].key | IS_SINGLE) == (sorted[begin].key | IS_SINGLE); end++) {
            if (end + AHEAD < n)
                prefetch(sorted[end + AHEAD].value, sizeof(struct pz_scan_row));
            attempts[joined + end - begin] = sorted[end].key & IS_SINGLE
                                                 ? pz_scan_attempt(sorted[end].value)
                                                 : *(const struct pz_attempt *)sorted[end].value;
        }
        joined += pz_attempts_join(attempts + joined, end - begin);
    }
    pz_attempts_encode(attempts, joined, to);
    free(attempts);
}

static void put_boundary(struct pz_buf *to, struct boundary *boundary, unsigned shard)
{
    size_t nscans = 0, nattempts = 0, length = to->nbytes;
    while (nscans < boundary->nscans && pz_shard_of(boundary->scans[nscans].source) == shard)
        nscans++;
    while (nattempts < boundary->nattempts && boundary->attempts[nattempts].key >> 56 == shard)
        nattempts++;
    pz_buf_put_u32(to, 0);
    pz_scans_encode(boundary->scans, nscans, to);
    put_attempts(to, boundary->attempts, nattempts);
    pz_set_le32(to->bytes + length, (uint32_t)(to->nbytes - length - 4));
    *boundary = (struct boundary){boundary->scans + nscans, boundary->attempts + nattempts, boundary->nscans - nscans,
                                  boundary->nattempts - nattempts};
}

/* Writes what belongs to the shard, from the front of what is sorted; returns how much of it that was. */
static size_t put_shard(struct pz_buf *to, const struct pz_keyed *sorted, size_t n, unsigned shard)
{
    size_t at = 0;
    while (at < n && sorted[at].key >> 56 == shard) {
        size_t begin = at;
        pz_buf_put_u32(to, pz_keyed_hour(&sorted[at]));
        size_t counts = to->nbytes;
        pz_buf_extend(to, 8);
        for (uint32_t previous = 0; at < n && sorted[at].key >> 32 == sorted[begin].key >> 32; at++) {
            if (at + AHEAD < n)
                prefetch(sorted[at + AHEAD].value, sizeof(struct pz_source));
            pz_source_encode(sorted[at].value, previous, to);
            previous = (uint32_t)sorted[at].key;
        }
        pz_set_le32(to->bytes + counts, (uint32_t)(at - begin));
        pz_set_le32(to->bytes + counts + 4, (uint32_t)(to->nbytes - counts - 8));
    }
    return at;
}

/* A file on its way out: whole sections, of which the last are still here. */
struct out {
    const struct pz_tally_sink *sink;
    struct pz_buf bytes;
    uint64_t offset; /* of these in the file */
    int status;
    struct pz_error *error;
};

enum { PIECE = 1 << 20 }; /* as much as is written at once, or a section if it is larger */

static void write_out(struct out *out, size_t least)
{
    if (out->bytes.nbytes < least)
        return;
    if (out->status == 0)
        out->status = out->sink->put(out->sink->context, out->bytes.bytes, out->bytes.nbytes, out->error);
    out->offset += out->bytes.nbytes;
    pz_buf_clear(&out->bytes);
}

static uint64_t place_of(const struct out *out)
{
    return out->offset + out->bytes.nbytes;
}

/* Of the section that begins at `begin`. */
static uint32_t checksum_from(const struct out *out, uint64_t begin)
{
    const size_t at = (size_t)(begin - out->offset);
    return pz_checksum(out->bytes.bytes + at, out->bytes.nbytes - at);
}

/* A section is whole: the index gets its place. */
static void end_section(struct pz_buf *index, struct out *out, uint64_t begin)
{
    pz_buf_put_u64(index, begin);
    pz_buf_put_u64(index, place_of(out) - begin);
    pz_buf_put_u32(index, checksum_from(out, begin));
    pz_buf_put_u32(index, 0);
    write_out(out, PIECE);
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

static void put_shards(struct pz_buf *index, struct out *out, struct boundary *boundary, const struct pz_keyed *sorted,
                       size_t n)
{
    struct pz_buf checksums = {0};
    size_t at = 0;
    for (unsigned shard = 0; shard < PZ_SHARDS; shard++) {
        uint64_t begin = place_of(out);
        put_boundary(&out->bytes, boundary, shard);
        at += put_shard(&out->bytes, sorted + at, n - at, shard);
        pz_buf_put_u64(index, begin);
        pz_buf_put_u32(&checksums, checksum_from(out, begin));
        write_out(out, PIECE);
    }
    PZ_CHECK(at == n && !boundary->nscans && !boundary->nattempts);
    pz_buf_put_u64(index, place_of(out));
    pz_buf_put(index, checksums.bytes, checksums.nbytes);
    pz_buf_release(&checksums);
}

int pz_tally_encode(struct pz_tally *tally, const struct pz_damage_log *log, const struct pz_filter *filter,
                    const struct pz_identity *identity, const struct pz_tally_sink *sink, struct pz_error *error)
{
    pz_tally_finish(tally);
    pz_staging_release(&tally->staging);
    struct boundary boundary = {.nscans = sort_scans(tally)};
    boundary.scans = (const void *)tally->copies.boundary.bytes;
    part_copies(tally);
    note_sources(tally);
    struct out out = {.sink = sink, .error = error};
    struct pz_buf index = {0};
    put_index(&index, tally, filter, identity);
    memset(pz_buf_extend(&out.bytes, PZ_TALLY_INDEX_BYTES), 0, PZ_TALLY_INDEX_BYTES); /* its room */
    put_common(&out.bytes, tally, log);
    end_section(&index, &out, PZ_TALLY_INDEX_BYTES);
    struct pz_keyed *sorted = pz_table_sorted(&tally->sources);
    uint64_t sets = place_of(&out);
    pz_sets_encode(sorted, tally->sources.n, boundary.scans, boundary.nscans, &out.bytes);
    end_section(&index, &out, sets);
    struct pz_keyed *attempts = sort_attempts(tally, &boundary.nattempts);
    boundary.attempts = attempts;
    put_shards(&index, &out, &boundary, sorted, tally->sources.n);
    write_out(&out, 0);
    free(attempts);
    free(sorted);
    PZ_CHECK(index.nbytes <= PZ_TALLY_INDEX_BYTES - 4);
    const size_t rest = PZ_TALLY_INDEX_BYTES - index.nbytes;
    memset(pz_buf_extend(&index, rest), 0, rest);
    pz_set_le32(index.bytes + PZ_TALLY_INDEX_BYTES - 4, pz_checksum(index.bytes, PZ_TALLY_INDEX_BYTES - 4));
    if (out.status == 0)
        out.status = sink->put_front(sink->context, index.bytes, index.nbytes, error);
    pz_buf_release(&index);
    pz_buf_release(&out.bytes);
    return out.status;
}
