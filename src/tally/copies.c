/* SPDX-License-Identifier: BSD-2-Clause */
/* SYNs of a radix partition are looked up by flow and ip.id in a hash table of those that wait. A SYN within 0.1 s
 * after another of its chain is a copy. A SYN is settled once the clock is past the margin on both sides; those too
 * near to an end of the span go to `boundary`, in no count. */
#include "tally/copies.h"

#include "base/error.h"
#include "base/sort.h"

#include <stdlib.h>

void pz_copies_init(struct pz_copies *copies)
{
    *copies = (struct pz_copies){.stretch = PZ_NO_STRETCH, .margin_usec = PZ_DISORDER_USEC + PZ_COPY_GAP_USEC};
}

void pz_copies_release(struct pz_copies *copies)
{
    free(copies->waiting);
    free(copies->reach);
    free(copies->slots);
    pz_buf_release(&copies->boundary);
    pz_copies_init(copies);
}

static inline bool same_packet(const struct pz_scan_row *a, const struct pz_scan_row *b)
{
    return a->source == b->source && a->destination == b->destination && a->sequence == b->sequence &&
           a->source_port == b->source_port && a->ip_id == b->ip_id;
}

/* A total order of SYNs of one time, which may differ in TTL. */
static inline bool is_before(const struct pz_scan_row *a, const struct pz_scan_row *b)
{
    if (a->usec != b->usec)
        return a->usec < b->usec;
    return a->ttl != b->ttl ? a->ttl < b->ttl : a->wire_len < b->wire_len;
}

static inline uint64_t hash_of(const struct pz_scan_row *scan)
{
    uint64_t addresses = (uint64_t)scan->source << 32 | scan->destination;
    uint64_t rest = (uint64_t)scan->sequence << 32 | (uint32_t)scan->source_port << 16 | scan->ip_id;
    return (addresses * 0x9e3779b97f4a7c15u ^ rest) * 0xd6e8feb86659fd93u;
}

/* Meets an earlier arrival, which stands for all from its own time to its reach. True if it stands for the SYN too. */
static inline bool meet(struct pz_scan_row *earlier, int64_t *reach, struct pz_scan_row *scan)
{
    if (!same_packet(earlier, scan))
        return false;
    if (is_before(scan, earlier)) {
        if (earlier->usec - scan->usec <= PZ_COPY_GAP_USEC)
            earlier->traits |= PZ_ROW_COPY;
        return false;
    }
    if (scan->usec - *reach > PZ_COPY_GAP_USEC)
        return false;
    scan->traits |= PZ_ROW_COPY;
    *reach = scan->usec > *reach ? scan->usec : *reach;
    return true;
}

static void reserve(struct pz_copies *copies, size_t n)
{
    PZ_CHECK(n < (size_t)1 << 30);
    if (n > copies->capacity) {
        free(copies->waiting);
        free(copies->reach);
        copies->capacity = n;
        copies->waiting = pz_alloc_lines(n * sizeof *copies->waiting);
        copies->reach = pz_alloc_lines(n * sizeof *copies->reach);
    }
    for (copies->bits = 6; (size_t)1 << copies->bits < 2 * n; copies->bits++)
        continue;
    if (copies->bits > copies->bits_capacity) {
        free(copies->slots);
        copies->bits_capacity = copies->bits;
        copies->slots = pz_alloc_lines(sizeof *copies->slots << copies->bits);
    }
    memset(copies->slots, 0, sizeof *copies->slots << copies->bits);
}

/* Marks the copies among all that came of a radix partition, or wait. */
static void mark_in_lot(struct pz_copies *copies, struct pz_scan_row *scans, size_t n)
{
    reserve(copies, n);
    const uint32_t mask = ((uint32_t)1 << copies->bits) - 1;
    for (size_t i = 0; i < n; i++) {
        struct pz_scan_row *scan = &scans[i];
        const uint64_t hash = hash_of(scan);
        const uint32_t tag = (uint32_t)hash & ~mask;
        uint32_t at = (uint32_t)(hash >> (64 - copies->bits));
        bool met = false;
        for (uint32_t slot; (slot = copies->slots[at]) != 0; at = (at + 1) & mask)
            if ((slot ^ tag) <= mask)
                met |= meet(&scans[(slot & mask) - 1], &copies->reach[(slot & mask) - 1], scan);
        if (met)
            continue;
        copies->reach[i] = scan->usec;
        copies->slots[at] = tag | ((uint32_t)i + 1);
    }
}

size_t pz_copies_settle(struct pz_copies *copies, struct pz_scan_row *scans, size_t n, int64_t span_begin,
                        int64_t span_end, bool span_ends)
{
    const int64_t margin = copies->margin_usec, low = span_begin + margin, high = span_end - margin;
    size_t settled = 0;
    mark_in_lot(copies, scans, n);
    copies->nwaiting = 0;
    for (size_t i = 0; i < n; i++) {
        const struct pz_scan_row *scan = &scans[i];
        if (scan->usec > low && scan->usec < high &&
            !pz_stretch_near(&copies->stretch, scan->usec, scan->usec, margin)) {
            if (scan->traits & PZ_ROW_COPY)
                continue;
            if (settled != i)
                scans[settled] = *scan;
            settled++;
        } else if (scan->usec >= high && !span_ends) {
            copies->waiting[copies->nwaiting++] = *scan;
        } else {
            pz_buf_put(&copies->boundary, scan, sizeof *scan);
        }
    }
    return settled;
}

static int compare(const void *a, const void *b)
{
    const struct pz_scan_row *x = a, *y = b;
    int order = PZ_ORDER(x->source, y->source);
    order = order ? order : PZ_ORDER(x->destination, y->destination);
    order = order ? order : PZ_ORDER(x->sequence, y->sequence);
    order = order ? order : PZ_ORDER(x->source_port, y->source_port);
    order = order ? order : PZ_ORDER(x->ip_id, y->ip_id);
    if (order)
        return order;
    if (is_before(x, y) || is_before(y, x))
        return is_before(x, y) ? -1 : 1;
    return PZ_ORDER(x->traits & PZ_ROW_COPY, y->traits & PZ_ROW_COPY); /* of equal ones a copy never comes first */
}

void pz_copies_mark(struct pz_scan_row *scans, size_t n)
{
    if (n)
        qsort(scans, n, sizeof *scans, compare);
    for (size_t i = 1; i < n; i++)
        if (same_packet(&scans[i - 1], &scans[i]) && scans[i].usec - scans[i - 1].usec <= PZ_COPY_GAP_USEC)
            scans[i].traits |= PZ_ROW_COPY;
}

size_t pz_copies_drop(struct pz_packet *syns, size_t n)
{
    struct pz_scan_row *rows = pz_alloc(n * sizeof *rows);
    bool *dropped = pz_alloc(n * sizeof *dropped);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        rows[i] = (struct pz_scan_row){.usec = syns[i].usec,
                                       .source = syns[i].source,
                                       .destination = syns[i].destination,
                                       .sequence = syns[i].sequence,
                                       .hour = (uint32_t)i, /* for its place */
                                       .source_port = syns[i].source_port,
                                       .ip_id = syns[i].ip_id,
                                       .wire_len = syns[i].ip_len,
                                       .ttl = syns[i].ttl};
    pz_copies_mark(rows, n);
    for (size_t i = 0; i < n; i++)
        dropped[rows[i].hour] = rows[i].traits & PZ_ROW_COPY;
    for (size_t i = 0; i < n; i++)
        if (!dropped[i])
            syns[kept++] = syns[i];
    free(dropped);
    free(rows);
    return kept;
}

struct pz_attempt pz_scan_attempt(const struct pz_scan_row *scan)
{
    return (struct pz_attempt){.source = scan->source,
                               .destination = scan->destination,
                               .sequence = scan->sequence,
                               .source_port = scan->source_port,
                               .syns = 1,
                               .first = {scan->usec, pz_syn_facts(scan->ip_id, scan->ttl, scan->traits)},
                               .second = {.usec = INT64_MAX},
                               .last_usec = scan->usec};
}

void pz_scans_encode(const struct pz_scan_row *scans, size_t n, struct pz_buf *to)
{
    uint32_t previous = 0;
    pz_buf_put_varint(to, n);
    for (size_t i = 0; i < n; i++) {
        const struct pz_scan_row *scan = &scans[i];
        pz_buf_put_varint(to, scan->source - previous);
        previous = scan->source;
        pz_buf_put_u32(to, scan->destination);
        pz_buf_put_u32(to, scan->sequence);
        pz_buf_put_u32(to, (uint32_t)scan->source_port << 16 | scan->ip_id);
        pz_buf_put_u64(to, (uint64_t)scan->usec);
        pz_buf_put_varint(to, scan->wire_len);
        pz_buf_put_varint(to, (uint32_t)scan->ttl << 1 | !!(scan->traits & PZ_ROW_COPY));
    }
}

static bool decode_one(struct pz_cursor *from, uint64_t previous, struct pz_scan_row *scan)
{
    uint64_t source = previous + pz_cursor_varint(from);
    *scan = (struct pz_scan_row){.source = (uint32_t)source, .destination = pz_cursor_u32(from)};
    scan->sequence = pz_cursor_u32(from);
    uint32_t port_and_id = pz_cursor_u32(from);
    uint64_t usec = pz_cursor_u64(from), wire_len = pz_cursor_varint(from), rest = pz_cursor_varint(from);
    if (source > UINT32_MAX || usec >= (uint64_t)(PZ_LATEST_SECOND * PZ_USEC_PER_SECOND) || wire_len > UINT16_MAX ||
        rest > 2 * UINT8_MAX + 1)
        return false;
    scan->usec = (int64_t)usec;
    scan->hour = pz_hour_of(scan->usec);
    if (!pz_hour_possible(scan->hour))
        return false;
    scan->source_port = (uint16_t)(port_and_id >> 16);
    scan->ip_id = (uint16_t)port_and_id;
    scan->wire_len = (uint16_t)wire_len;
    scan->ttl = (uint8_t)(rest >> 1);
    unsigned traits = pz_worm_traits(scan->destination, scan->wire_len, scan->ttl, scan->source_port);
    scan->traits = (uint8_t)(traits | (rest & 1 ? PZ_ROW_COPY : 0));
    return true;
}

void pz_scans_decode(struct pz_cursor *from, struct pz_buf *to)
{
    uint64_t n = pz_cursor_varint(from), previous = 0;
    for (uint64_t i = 0; i < n && !from->bad; i++) {
        struct pz_scan_row scan;
        if (!decode_one(from, previous, &scan))
            from->bad = true;
        previous = scan.source;
        pz_buf_put(to, &scan, sizeof scan);
    }
}
