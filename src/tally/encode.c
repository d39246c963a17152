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
    *n = 0;
    for (size_t i = 0; i < nall; i++) {
        const uint64_t key = key_of_edge(all[i].source, all[i].destination) & ~(uint64_t)IS_SINGLE;
        sorted[(*n)++] = (struct pz_keyed){key, &all[i]};
    }
    for (size_t i = 0; i < nsingles; i++) {
        const uint64_t key = key_of_edge(singles[i].source, singles[i].destination) | IS_SINGLE;
        sorted[(*n)++] = (struct pz_keyed){key, &singles[i]};
    }
    pz_sort_in_piles(sorted, *n);
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
    for (size_t i = 0; i < n; i++)
        sorted[i] = (struct pz_keyed){key_of_edge(all[i].source, all[i].destination), &all[i]};
    pz_sort_in_piles(sorted, n);
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
    size_t nscans = 0, nattempts = 0;
    while (nscans < boundary->nscans && pz_shard_of(boundary->scans[nscans].source) == shard)
        nscans++;
    while (nattempts < boundary->nattempts && boundary->attempts[nattempts].key >> 56 == shard)
        nattempts++;
    const size_t begin = pz_buf_begin_part(to);
    pz_scans_encode(boundary->scans, nscans, to);
    put_attempts(to, boundary->attempts, nattempts);
    pz_buf_end_part(to, begin);
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
        pz_buf_extend(to, 4); /* how many sources */
        const size_t sources = pz_buf_begin_part(to);
        for (uint32_t previous = 0; at < n && sorted[at].key >> 32 == sorted[begin].key >> 32; at++) {
            if (at + AHEAD < n)
                prefetch(sorted[at + AHEAD].value, sizeof(struct pz_source));
            pz_source_encode(sorted[at].value, previous, to);
            previous = (uint32_t)sorted[at].key;
        }
        pz_set_le32(to->bytes + sources - 8, (uint32_t)(at - begin));
        pz_buf_end_part(to, sources);
    }
    return at;
}

/* A file on its way out: whole sections, of which the last are still here. */
struct out {
    struct pz_file_pieces *file;
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
        out->status = pz_file_put(out->file, out->bytes.bytes, out->bytes.nbytes, out->error);
    out->offset += out->bytes.nbytes;
    pz_buf_clear(&out->bytes);
}

static uint64_t place_of(const struct out *out)
{
    return out->offset + out->bytes.nbytes;
}

/* The bytes from `begin` on are a whole section. */
static struct pz_section end_section(struct out *out, uint64_t begin)
{
    struct pz_section section = {begin, place_of(out) - begin, 0};
    section.checksum = pz_checksum(out->bytes.bytes + (size_t)(begin - out->offset), (size_t)section.nbytes);
    write_out(out, PIECE);
    return section;
}

static void put_shards(struct pz_tally_index *index, struct out *out, struct boundary *boundary,
                       const struct pz_keyed *sorted, size_t n)
{
    size_t at = 0;
    for (unsigned shard = 0; shard < PZ_SHARDS; shard++) {
        uint64_t begin = place_of(out);
        put_boundary(&out->bytes, boundary, shard);
        at += put_shard(&out->bytes, sorted + at, n - at, shard);
        index->shards[shard] = end_section(out, begin);
    }
    PZ_CHECK(at == n && !boundary->nscans && !boundary->nattempts);
}

int pz_tally_encode(struct pz_tally *tally, const struct pz_damage_log *log, const struct pz_filter *filter,
                    const struct pz_identity *identity, struct pz_file_pieces *file, struct pz_error *error)
{
    pz_tally_finish(tally);
    pz_staging_release(&tally->staging);
    struct boundary boundary = {.nscans = sort_scans(tally)};
    boundary.scans = (const void *)tally->copies.boundary.bytes;
    part_copies(tally);
    note_sources(tally);
    struct out out = {.file = file, .error = error};
    struct pz_tally_index index = {.filter = *filter,
                                   .identity = *identity,
                                   .rows = tally->sources.n,
                                   .edge_rows = pz_tally_edge_rows(tally),
                                   .stretch = tally->copies.stretch};
    uint8_t front[PZ_TALLY_INDEX_BYTES] = {0};
    pz_tally_hours(tally, &index.first_hour, &index.last_hour);
    pz_buf_put(&out.bytes, front, sizeof front); /* its room */
    put_common(&out.bytes, tally, log);
    index.common = end_section(&out, sizeof front);
    struct pz_keyed *sorted = pz_table_sorted(&tally->sources);
    uint64_t sets = place_of(&out);
    pz_sets_encode(sorted, tally->sources.n, boundary.scans, boundary.nscans, &out.bytes);
    index.sets = end_section(&out, sets);
    struct pz_keyed *attempts = sort_attempts(tally, &boundary.nattempts);
    boundary.attempts = attempts;
    put_shards(&index, &out, &boundary, sorted, tally->sources.n);
    write_out(&out, 0);
    free(attempts);
    free(sorted);
    pz_buf_release(&out.bytes);
    pz_tally_index_encode(&index, front);
    return out.status == 0 ? pz_file_put_front(file, front, sizeof front, error) : out.status;
}
