/* SPDX-License-Identifier: BSD-2-Clause */
#include "reduce/subshards.h"

#include <stdlib.h>

static void cut_edges(const struct pz_buf *scans, const struct pz_buf *attempts, unsigned per_shard,
                      struct pz_buf *parts)
{
    const struct pz_scan_row *all_scans = (const void *)scans->bytes;
    const struct pz_attempt *all_attempts = (const void *)attempts->bytes;
    size_t nscans = scans->nbytes / sizeof *all_scans, nattempts = attempts->nbytes / sizeof *all_attempts;
    struct pz_scan_row *my_scans = pz_alloc(nscans * sizeof *my_scans);
    struct pz_attempt *my_attempts = pz_alloc(nattempts * sizeof *my_attempts);
    for (unsigned part = 0; part < per_shard; part++) {
        size_t scans_here = 0, attempts_here = 0;
        for (size_t i = 0; i < nscans; i++)
            if (pz_subshard_in(all_scans[i].source, per_shard) == part)
                my_scans[scans_here++] = all_scans[i];
        for (size_t i = 0; i < nattempts; i++)
            if (pz_subshard_in(all_attempts[i].source, per_shard) == part)
                my_attempts[attempts_here++] = all_attempts[i];
        const size_t begin = pz_buf_begin_part(&parts[part]);
        pz_scans_encode(my_scans, scans_here, &parts[part]);
        pz_attempts_encode(my_attempts, attempts_here, &parts[part]);
        pz_buf_end_part(&parts[part], begin);
    }
    free(my_attempts);
    free(my_scans);
}

static void cut_hour(uint32_t hour, const struct pz_source *rows, size_t n, unsigned per_shard, struct pz_buf *parts)
{
    uint32_t counts[PZ_SUBSHARDS_MAX] = {0}, previous[PZ_SUBSHARDS_MAX] = {0};
    size_t begins[PZ_SUBSHARDS_MAX];
    for (size_t i = 0; i < n; i++) {
        unsigned part = pz_subshard_in(rows[i].address, per_shard);
        struct pz_buf *to = &parts[part];
        if (counts[part]++ == 0) {
            pz_buf_put_u32(to, hour);
            pz_buf_extend(to, 4); /* sources */
            begins[part] = pz_buf_begin_part(to);
        }
        pz_source_encode(&rows[i], previous[part], to);
        previous[part] = rows[i].address;
    }
    for (unsigned part = 0; part < per_shard; part++) {
        if (!counts[part])
            continue;
        pz_set_le32(parts[part].bytes + begins[part] - 8, counts[part]);
        pz_buf_end_part(&parts[part], begins[part]);
    }
}

bool pz_shard_split(const uint8_t *bytes, size_t nbytes, unsigned shard, unsigned per_shard, struct pz_buf *parts)
{
    struct pz_cursor from = pz_cursor_of(bytes, nbytes), encoded;
    struct pz_buf scans = {0}, attempts = {0};
    struct pz_source *rows = NULL;
    uint32_t hour;
    size_t n, capacity = 0;
    PZ_CHECK(per_shard <= PZ_SUBSHARDS_MAX);
    bool good = pz_shard_boundary(&from, &scans, &attempts);
    if (good)
        cut_edges(&scans, &attempts, per_shard, parts);
    while (good && pz_shard_next(&from, &hour, &n, &encoded)) {
        if (n > capacity) {
            capacity = n + n / 2;
            rows = pz_realloc(rows, capacity * sizeof *rows);
        }
        pz_sources_decode(&encoded, hour, shard, rows, n);
        good = !encoded.bad && !pz_cursor_left(&encoded);
        if (good)
            cut_hour(hour, rows, n, per_shard, parts);
    }
    free(rows);
    pz_buf_release(&scans);
    pz_buf_release(&attempts);
    return good && !from.bad;
}
