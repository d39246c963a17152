/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies are rare in nearly all captures. So two bit sets of hashes, without a branch, first choose those SYNs of a radix
 * partition of which another has the same hash: all that have copies or are some, and one in fifty others. These are
 * looked up by flow and ip.id in a hash table. A SYN within 0.1 s after another of its chain is a copy.
 *
 * A SYN is settled once the clock is past the margin on both sides; those too near to an end of the span go to
 * `boundary`, in no count. */
#include "tally/copies.h"

#include "base/error.h"
#include "base/sort.h"

#include <stdlib.h>

void pz_copies_init(struct pz_copies *copies)
{
    *copies = (struct pz_copies){.stretch = PZ_NO_STRETCH, .margin_usec = PZ_DISORDER_USEC + PZ_COPY_GAP_USEC};
}

static void free_rows(struct pz_copies *copies)
{
    free(copies->hashes);
    free(copies->alike);
    free(copies->reach);
    free(copies->slots);
    free(copies->seen);
    free(copies->twice);
}

void pz_copies_release(struct pz_copies *copies)
{
    free_rows(copies);
    pz_buf_release(&copies->boundary);
    pz_copies_init(copies);
}

/* What two SYNs have in common if one is a copy of the other: source, destination, sequence number, source port and
 * ip.id, which lie one after the other. */
struct wire {
    uint64_t words[2];
};

_Static_assert(offsetof(struct pz_scan_row, wire_len) - offsetof(struct pz_scan_row, source) == sizeof(struct wire),
               "the fields are two words");

static inline struct wire wire_of(const struct pz_scan_row *scan)
{
    struct wire wire;
    memcpy(&wire, &scan->source, sizeof wire);
    return wire;
}

static inline bool same_packet(const struct pz_scan_row *a, const struct pz_scan_row *b)
{
    const struct wire x = wire_of(a), y = wire_of(b);
    return x.words[0] == y.words[0] && x.words[1] == y.words[1];
}

/* A total order of SYNs of one time, which may differ in TTL. */
static inline bool is_before(const struct pz_scan_row *a, const struct pz_scan_row *b)
{
    if (a->usec != b->usec)
        return a->usec < b->usec;
    return a->ttl != b->ttl ? a->ttl < b->ttl : a->wire_len < b->wire_len;
}

static inline uint32_t hash_of(const struct pz_scan_row *scan)
{
    const struct wire wire = wire_of(scan);
    return (uint32_t)((wire.words[0] * 0x9e3779b97f4a7c15u ^ wire.words[1]) * 0xd6e8feb86659fd93u >> 32);
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

enum { SET_BITS = 32 /* of a bit set, for each SYN at least */, AHEAD = 16 /* SYNs that are asked for early */ };

/* Room for `n` SYNs. */
static void reserve(struct pz_copies *copies, size_t n)
{
    PZ_CHECK(n < (size_t)1 << 30);
    if (n <= copies->capacity)
        return;
    free_rows(copies);
    for (copies->capacity = 64; copies->capacity < n;)
        copies->capacity *= 2;
    copies->hashes = pz_alloc_lines(copies->capacity * sizeof *copies->hashes);
    copies->alike = pz_alloc_lines(copies->capacity * sizeof *copies->alike);
    copies->reach = pz_alloc_lines(copies->capacity * sizeof *copies->reach);
    copies->slots = pz_alloc_lines(2 * copies->capacity * sizeof *copies->slots);
    copies->seen = pz_alloc_lines(copies->capacity * SET_BITS / 8);
    copies->twice = pz_alloc_lines(copies->capacity * SET_BITS / 8);
}

/* Chooses SYNs of which another has the same hash, in their order; returns how many. */
static size_t choose_alike(struct pz_copies *copies, const struct pz_scan_row *scans, size_t n)
{
    uint64_t *seen = copies->seen, *twice = copies->twice;
    size_t nalike = 0;
    unsigned bits = 6; /* of the number of bits in a set */
    while (bits < 32 && (size_t)1 << bits < n * SET_BITS)
        bits++;
    memset(seen, 0, ((size_t)1 << bits) / 8);
    memset(twice, 0, ((size_t)1 << bits) / 8);
    for (size_t i = 0; i < n; i++) {
        __builtin_prefetch(&scans[i + AHEAD]);
        const uint32_t hash = copies->hashes[i] = hash_of(&scans[i]), bit = hash >> (32 - bits);
        twice[bit / 64] |= seen[bit / 64] & (uint64_t)1 << bit % 64;
        seen[bit / 64] |= (uint64_t)1 << bit % 64;
    }
    for (size_t i = 0; i < n; i++) {
        const uint32_t bit = copies->hashes[i] >> (32 - bits);
        copies->alike[nalike] = (uint32_t)i;
        nalike += twice[bit / 64] >> bit % 64 & 1;
    }
    return nalike;
}

/* Marks the copies among all that came of a radix partition, or wait. */
static void mark_among(struct pz_copies *copies, struct pz_scan_row *scans, size_t n)
{
    const size_t nalike = choose_alike(copies, scans, n);
    unsigned bits = 1;
    while ((size_t)1 << bits < 2 * nalike)
        bits++;
    const uint32_t mask = ((uint32_t)1 << bits) - 1;
    memset(copies->slots, 0, sizeof *copies->slots << bits);
    for (size_t i = 0; i < nalike; i++) {
        struct pz_scan_row *scan = &scans[copies->alike[i]];
        const uint32_t hash = copies->hashes[copies->alike[i]], tag = hash & ~mask;
        uint32_t at = hash * 0x9e3779b9u >> (32 - bits);
        bool met = false;
        for (uint32_t slot; (slot = copies->slots[at]) != 0; at = (at + 1) & mask) {
            const size_t other = (slot & mask) - 1;
            if ((slot ^ tag) <= mask)
                met |= meet(&scans[copies->alike[other]], &copies->reach[other], scan);
        }
        if (met)
            continue;
        copies->reach[i] = scan->usec;
        copies->slots[at] = tag | ((uint32_t)i + 1);
    }
}

size_t pz_copies_settle(struct pz_copies *copies, struct pz_scan_row *syns, size_t *n, int64_t span_begin,
                        int64_t span_end, bool span_ends, struct pz_scan_row *scans)
{
    const int64_t margin = copies->margin_usec, low = span_begin + margin, high = span_end - margin;
    size_t nscans = 0, nwaiting = 0;
    reserve(copies, *n);
    mark_among(copies, syns, *n);
    for (size_t i = 0; i < *n; i++) {
        const struct pz_scan_row *syn = &syns[i];
        if (syn->usec > low && syn->usec < high && !pz_stretch_near(&copies->stretch, syn->usec, syn->usec, margin)) {
            if (!(syn->traits & PZ_ROW_COPY))
                scans[nscans++] = *syn;
        } else if (syn->usec >= high && !span_ends) {
            syns[nwaiting++] = *syn;
        } else {
            pz_buf_put(&copies->boundary, syn, sizeof *syn);
        }
    }
    *n = nwaiting;
    return nscans;
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
    for (size_t i = 0; i < n; i++) {
        memcpy(&rows[i], &syns[i], sizeof rows[i]);
        rows[i].traits = 0;
        rows[i].hour = (uint32_t)i; /* for its place */
    }
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

PZ_FIELDS scan_fields(struct pz_fields *f, uint32_t previous, struct pz_scan_row *scan)
{
    scan->source = previous + (uint32_t)pz_field_varint(f, scan->source - previous, UINT32_MAX - previous);
    scan->destination = pz_field_u32(f, scan->destination);
    scan->sequence = pz_field_u32(f, scan->sequence);
    const uint32_t port_and_id = pz_field_u32(f, (uint32_t)scan->source_port << 16 | scan->ip_id);
    scan->source_port = (uint16_t)(port_and_id >> 16);
    scan->ip_id = (uint16_t)port_and_id;
    scan->usec = (int64_t)pz_field_u64_within(f, (uint64_t)scan->usec, PZ_LATEST_SECOND * PZ_USEC_PER_SECOND - 1);
    scan->wire_len = (uint16_t)pz_field_varint(f, scan->wire_len, UINT16_MAX);
    const uint32_t copy = !!(scan->traits & PZ_ROW_COPY);
    const uint32_t rest = (uint32_t)pz_field_varint(f, (uint32_t)scan->ttl << 1 | copy, 2 * UINT8_MAX + 1);
    scan->ttl = (uint8_t)(rest >> 1);
    scan->traits = (uint8_t)(rest & 1 ? PZ_ROW_COPY : 0);
}

void pz_scans_encode(const struct pz_scan_row *scans, size_t n, struct pz_buf *to)
{
    enum { BYTES_MAX = 32 }; /* more than one ever takes: 20 bytes of fixed width, and varints of 10 at their longest */
    pz_buf_put_varint(to, n);
    for (size_t i = 0; i < n; i++) {
        struct pz_scan_row scan = scans[i];
        struct pz_fields f = pz_fields_to(to, BYTES_MAX);
        scan_fields(&f, i ? scans[i - 1].source : 0, &scan);
        pz_fields_written(&f, to);
    }
}

void pz_scans_decode(struct pz_cursor *from, struct pz_buf *to)
{
    const uint64_t n = pz_cursor_varint(from);
    struct pz_fields f = pz_fields_from(from);
    struct pz_scan_row scan = {0};
    for (uint64_t i = 0; i < n && !from->bad; i++) {
        scan_fields(&f, scan.source, &scan);
        scan.traits |= (uint8_t)pz_worm_traits(scan.destination, scan.wire_len, scan.ttl, scan.source_port);
        scan.hour = pz_hour_of(scan.usec);
        if (!pz_hour_possible(scan.hour))
            from->bad = true;
        pz_buf_put(to, &scan, sizeof scan);
    }
}
