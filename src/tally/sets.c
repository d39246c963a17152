/* SPDX-License-Identifier: BSD-2-Clause */
/* A tally's sets as the bytes of its file: the boundary rows that matter to them, then one bitmap an hour. */
#include "tally/layout.h"
#include "tally/tally_file.h"

#include <stdlib.h>

static bool is_before(const void *item, const void *key)
{
    return ((const struct pz_keyed *)item)->key < *(const uint64_t *)key;
}

static bool has_source(const struct pz_keyed *sorted, size_t n, uint32_t hour, uint32_t source)
{
    const uint64_t key = (uint64_t)pz_shard_of(source) << 56 | (uint64_t)hour << 32 | source;
    size_t at = pz_lower_bound(&key, sorted, n, sizeof *sorted, is_before);
    return at < n && sorted[at].key == key;
}

/* The boundary rows that may put a source into an hour's set, or keep it out: those of sources that have no settled
 * scan in the hour, and those of an hour's last moments, of which copies may come in the next. */
static void put_boundary(const struct pz_keyed *sorted, size_t n, const struct pz_scan_row *scans, size_t nscans,
                         struct pz_buf *to)
{
    struct pz_buf chosen = {0};
    for (size_t i = 0; i < nscans; i++) {
        const struct pz_scan_row *scan = &scans[i];
        if (scan->usec % PZ_USEC_PER_HOUR >= PZ_USEC_PER_HOUR - PZ_COPY_GAP_USEC ||
            !has_source(sorted, n, scan->hour, scan->source))
            pz_buf_put(&chosen, scan, sizeof *scan);
    }
    struct pz_scan_row *all = (void *)chosen.bytes;
    const size_t nchosen = chosen.nbytes / sizeof *all;
    pz_copies_mark(all, nchosen); /* which sorts them */
    pz_scans_encode(all, nchosen, to);
    pz_buf_release(&chosen);
}

/* Where the hour's sources of each shard begin in what is sorted, and where they end. */
struct hour_of_shards {
    uint32_t hour;
    size_t begin[PZ_SHARDS], end[PZ_SHARDS];
};

/* In front of the first hour. */
static void begin_hours(struct hour_of_shards *at, const struct pz_keyed *sorted, size_t n)
{
    for (unsigned shard = 0; shard < PZ_SHARDS; shard++) {
        const uint64_t key = (uint64_t)shard << 56;
        at->end[shard] = pz_lower_bound(&key, sorted, n, sizeof *sorted, is_before);
    }
}

/* Goes on to the next hour that has sources; false if there is none. */
static bool next_hour(struct hour_of_shards *at, const struct pz_keyed *sorted, size_t n)
{
    at->hour = UINT32_MAX;
    for (unsigned shard = 0; shard < PZ_SHARDS; shard++) {
        const size_t begin = at->begin[shard] = at->end[shard];
        if (begin < n && sorted[begin].key >> 56 == shard && pz_keyed_hour(&sorted[begin]) < at->hour)
            at->hour = pz_keyed_hour(&sorted[begin]);
    }
    for (unsigned shard = 0; shard < PZ_SHARDS; shard++) {
        const uint64_t key = (uint64_t)shard << 24 | at->hour;
        while (at->end[shard] < n && sorted[at->end[shard]].key >> 32 == key)
            at->end[shard]++;
    }
    return at->hour != UINT32_MAX;
}

/* All sources of an hour, ascending. All of a /16 are in one shard, one after the other, so that only /16s are sorted.
 */
static size_t sources_of_hour(const struct hour_of_shards *at, const struct pz_keyed *sorted, struct pz_buf *networks,
                              uint32_t *addresses)
{
    size_t n = 0;
    pz_buf_clear(networks);
    for (unsigned shard = 0; shard < PZ_SHARDS; shard++)
        for (size_t i = at->begin[shard], next; i < at->end[shard]; i = next) {
            for (next = i + 1; next < at->end[shard] && sorted[next].key >> 16 == sorted[i].key >> 16; next++)
                continue;
            const struct pz_keyed network = {(uint64_t)(uint32_t)sorted[i].key << 32 | (next - i), &sorted[i]};
            pz_buf_put(networks, &network, sizeof network);
        }
    struct pz_keyed *all = (void *)networks->bytes;
    pz_sort(all, networks->nbytes / sizeof *all);
    for (size_t i = 0; i < networks->nbytes / sizeof *all; i++)
        for (uint32_t j = 0; j < (uint32_t)all[i].key; j++)
            addresses[n++] = (uint32_t)((const struct pz_keyed *)all[i].value)[j].key;
    return n;
}

void pz_sets_encode(const struct pz_keyed *sorted, size_t n, const struct pz_scan_row *scans, size_t nscans,
                    struct pz_buf *to)
{
    put_boundary(sorted, n, scans, nscans, to);
    uint32_t *addresses = pz_alloc_lines(n * sizeof *addresses);
    struct pz_buf networks = {0};
    struct hour_of_shards at;
    begin_hours(&at, sorted, n);
    while (next_hour(&at, sorted, n)) {
        const size_t nsources = sources_of_hour(&at, sorted, &networks, addresses);
        pz_buf_put_u32(to, at.hour);
        const size_t set = pz_buf_begin_part(to);
        pz_bitmap_write_values(addresses, nsources, to);
        pz_buf_end_part(to, set);
    }
    pz_buf_release(&networks);
    free(addresses);
}
