/* SPDX-License-Identifier: BSD-2-Clause */
/* The truth of one hour. */
#include "twin/truth.h"

#include "base/sort.h"

#include <stdlib.h>

void pz_twin_recorder_release(struct pz_twin_recorder *recorder)
{
    free(recorder->targets);
    *recorder = (struct pz_twin_recorder){0};
}

void pz_twin_record(struct pz_twin_recorder *recorder, struct pz_twin_traffic *traffic,
                    const struct pz_twin_packet *packet)
{
    recorder->npackets++;
    if (!packet->scanner)
        return;
    struct pz_twin_scanner *scanner = &traffic->scanners[packet->scanner];
    if (!scanner->nscans++ || packet->usec < scanner->first_usec)
        scanner->first_usec = packet->usec; /* not always the first in the file: clocks may be in disorder */
    recorder->targets = pz_room(recorder->targets, recorder->ntargets, sizeof *recorder->targets);
    recorder->targets[recorder->ntargets++] = (uint64_t)packet->scanner << 32 | packet->destination;
}

static void put_row(const struct pz_twin_traffic *traffic, const uint64_t *by_source, size_t nscanners,
                    const uint64_t *targets, size_t ntargets, uint32_t source_step, struct pz_buf *to)
{
    uint64_t nscans = 0, worm = 0;
    uint32_t first_usec = UINT32_MAX;
    for (size_t i = 0; i < nscanners; i++) {
        const struct pz_twin_scanner *scanner = &traffic->scanners[by_source[i] & UINT32_MAX];
        enum pz_twin_class class = pz_twin_scanner_class(scanner->host);
        nscans += scanner->nscans;
        worm += class == PZ_TWIN_WORM_A || class == PZ_TWIN_WORM_B ? scanner->nscans : 0;
        first_usec = scanner->first_usec < first_usec ? scanner->first_usec : first_usec;
    }
    pz_buf_put_varint(to, source_step);
    pz_buf_put_varint(to, nscans);
    pz_buf_put_varint(to, worm);
    pz_buf_put_varint(to, first_usec);
    pz_buf_put_varint(to, nscanners);
    for (size_t i = 0; i < nscanners; i++)
        pz_buf_put_u64(to, traffic->scanners[by_source[i] & UINT32_MAX].host);
    pz_buf_put_varint(to, ntargets);
    for (size_t i = 0; i < ntargets; i++)
        pz_buf_put_varint(to, (uint32_t)(targets[i] - (i ? targets[i - 1] : 0)));
}

void pz_twin_recorder_encode(struct pz_twin_recorder *recorder, const struct pz_twin_traffic *traffic, uint64_t key,
                             uint32_t hour, struct pz_buf *to)
{
    /* Scanners that were heard, by source; and for each the place of its source among them. */
    size_t nheard = 0;
    uint64_t *by_source = pz_alloc(traffic->nscanners * sizeof *by_source);
    for (uint32_t i = 1; i < traffic->nscanners; i++)
        if (traffic->scanners[i].nscans)
            by_source[nheard++] = (uint64_t)traffic->scanners[i].source << 32 | i;
    pz_sort_u64(by_source, nheard);
    uint32_t *rank = pz_alloc(traffic->nscanners * sizeof *rank), nsources = 0;
    for (size_t i = 0; i < nheard; i++) {
        nsources += i && by_source[i] >> 32 != by_source[i - 1] >> 32;
        rank[by_source[i] & UINT32_MAX] = nsources;
    }
    for (size_t i = 0; i < recorder->ntargets; i++)
        recorder->targets[i] = (uint64_t)rank[recorder->targets[i] >> 32] << 32 | (recorder->targets[i] & UINT32_MAX);
    pz_sort_u64(recorder->targets, recorder->ntargets);
    size_t ntargets = 0;
    for (size_t i = 0; i < recorder->ntargets; i++)
        if (i == 0 || recorder->targets[i] != recorder->targets[i - 1])
            recorder->targets[ntargets++] = recorder->targets[i];

    size_t start = to->nbytes;
    pz_buf_put(to, "PZTW", 4);
    pz_buf_put_u32(to, hour);
    pz_buf_put_u64(to, key);
    pz_buf_put_u64(to, recorder->npackets);
    pz_buf_extend(to, (PZ_TWIN_NSHARES + 1) * sizeof(uint64_t));
    uint32_t share = 0, before = 0;
    size_t offsets[PZ_TWIN_NSHARES + 1] = {0};
    for (size_t i = 0, target = 0; i < nheard;) {
        uint32_t source = (uint32_t)(by_source[i] >> 32);
        size_t speakers_end = i + 1, target_end = target;
        while (speakers_end < nheard && by_source[speakers_end] >> 32 == source)
            speakers_end++;
        uint32_t its_rank = rank[by_source[i] & UINT32_MAX];
        while (target_end < ntargets && recorder->targets[target_end] >> 32 == its_rank)
            target_end++;
        for (; share < source >> 24; before = 0)
            offsets[++share] = to->nbytes - start - PZ_TWIN_TRUTH_ROWS;
        put_row(traffic, by_source + i, speakers_end - i, recorder->targets + target, target_end - target,
                source - before, to);
        before = source;
        i = speakers_end;
        target = target_end;
    }
    while (share < PZ_TWIN_NSHARES)
        offsets[++share] = to->nbytes - start - PZ_TWIN_TRUTH_ROWS;
    for (uint32_t i = 0; i <= PZ_TWIN_NSHARES; i++)
        pz_set_le64(to->bytes + start + 24 + 8 * i, offsets[i]);
    free(by_source);
    free(rank);
}

bool pz_twin_truth_is(const struct pz_buf *bytes, uint32_t hour, uint64_t key)
{
    return bytes->nbytes >= PZ_TWIN_TRUTH_ROWS && memcmp(bytes->bytes, "PZTW", 4) == 0 &&
           pz_get_le32(bytes->bytes + 4) == hour && pz_get_le64(bytes->bytes + 8) == key;
}
