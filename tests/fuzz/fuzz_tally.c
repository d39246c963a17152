/* SPDX-License-Identifier: BSD-2-Clause */
/* Tally files, section by section, as if their checksums were right. The first byte chooses the section. */
#include "fuzz.h"

#include "reduce/window.h"
#include "tally/tally_file.h"

#include <stdlib.h>

static void try_index(const uint8_t *data, size_t size)
{
    struct pz_tally_index index;
    uint8_t bytes[PZ_TALLY_INDEX_BYTES] = {0};
    memcpy(bytes, data, size < sizeof bytes ? size : sizeof bytes);
    if (!pz_tally_index_decode(bytes, &index))
        return;
    for (int i = 1; i < PZ_SHARDS; i++)
        PZ_CHECK(index.shards[i].offset == index.shards[i - 1].offset + index.shards[i - 1].nbytes);
}

static void try_common(const uint8_t *data, size_t size)
{
    struct pz_common common;
    pz_common_init(&common);
    if (pz_common_decode(data, size, &common)) {
        struct pz_buf again = {0};
        pz_hours_encode(&common.hours, &again);
        pz_buf_release(&again);
    }
    pz_common_release(&common);
}

static void try_sets(const uint8_t *data, size_t size)
{
    struct pz_cursor sets = pz_cursor_of(data, size);
    const uint8_t *bytes;
    uint32_t hour;
    struct pz_buf boundary = {0};
    if (pz_sets_boundary(&sets, &boundary))
        pz_copies_mark((struct pz_scan_row *)(void *)boundary.bytes, boundary.nbytes / sizeof(struct pz_scan_row));
    pz_buf_release(&boundary);
    for (size_t nbytes; pz_sets_next(&sets, &hour, &bytes, &nbytes);) {
        roaring_bitmap_t *set = pz_bitmap_read(bytes, nbytes, UINT64_MAX);
        if (set)
            roaring_bitmap_free(set);
    }
}

static void try_shard(const uint8_t *data, size_t size, unsigned number)
{
    struct pz_cursor shard = pz_cursor_of(data, size), rows;
    struct pz_buf syns = {0}, boundary = {0};
    uint32_t hour;
    if (pz_shard_boundary(&shard, &syns, &boundary)) {
        pz_copies_mark((struct pz_scan_row *)(void *)syns.bytes, syns.nbytes / sizeof(struct pz_scan_row));
        pz_attempts_join((struct pz_attempt *)(void *)boundary.bytes, boundary.nbytes / sizeof(struct pz_attempt));
    }
    for (size_t n; pz_shard_next(&shard, &hour, &n, &rows);) {
        struct pz_source *sources = pz_alloc(n * sizeof *sources);
        pz_sources_decode(&rows, hour, number, sources, n);
        for (size_t i = 0; i < n && !rows.bad; i++) {
            struct pz_source twice = sources[i];
            pz_source_merge(&twice, &sources[i]);
            (void)pz_source_features(&twice, 0);
        }
        free(sources);
    }
    pz_buf_release(&boundary);
    pz_buf_release(&syns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    switch (data[0] % 4) {
    case 0:
        try_index(data + 1, size - 1);
        break;
    case 1:
        try_common(data + 1, size - 1);
        break;
    case 2:
        try_sets(data + 1, size - 1);
        break;
    default:
        try_shard(data + 2, size - 2, data[1]);
    }
    return 0;
}
