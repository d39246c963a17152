/* SPDX-License-Identifier: BSD-2-Clause */
/* Sources as stored bytes: docs/tally-file.md. One of few scans is stored as these scans, as all that is counted of scans
 * follows from them; and the /16s of its destinations follow from these, as long as all are known. */
#include "base/fields.h"
#include "tally/source.h"

/* More than a source ever takes: 88 bytes of fixed width, and varints of 196 at their longest. */
enum { SOURCE_BYTES_MAX = 320 };

enum { HAS_LOCAL = 1 << 16 }; /* in the number of the TTLs */

static inline uint32_t count_field(struct pz_fields *f, uint32_t count)
{
    return (uint32_t)pz_field_varint(f, count, UINT32_MAX);
}

/* A time as microseconds since another one of the same hour. */
static inline int64_t time_field(struct pz_fields *f, int64_t usec, int64_t since)
{
    return since + (int64_t)pz_field_varint(f, (uint64_t)usec - (uint64_t)since, PZ_USEC_PER_HOUR - 1);
}

PZ_FIELDS seen_fields(struct pz_fields *f, int64_t since, struct pz_scan_seen *scan)
{
    scan->usec = time_field(f, scan->usec, since);
    scan->destination = pz_field_u32(f, scan->destination);
    scan->sequence = pz_field_u32(f, scan->sequence);
    const uint32_t port_and_id = pz_field_u32(f, (uint32_t)scan->source_port << 16 | scan->ip_id);
    scan->source_port = (uint16_t)(port_and_id >> 16);
    scan->ip_id = (uint16_t)port_and_id;
    scan->wire_len = (uint16_t)pz_field_varint(f, scan->wire_len, UINT16_MAX);
    scan->ttl = (uint8_t)pz_field_varint(f, scan->ttl, UINT8_MAX);
}

static void observe_seen(struct pz_source *row, const struct pz_scan_seen *seen)
{
    const struct pz_scan_row scan = {
        .usec = seen->usec,
        .source = row->address,
        .destination = seen->destination,
        .sequence = seen->sequence,
        .source_port = seen->source_port,
        .ip_id = seen->ip_id,
        .wire_len = seen->wire_len,
        .ttl = seen->ttl,
        .traits = (uint8_t)pz_worm_traits(seen->destination, seen->wire_len, seen->ttl, seen->source_port)};
    pz_source_observe_any(row, &scan);
}

static inline void local_fields(struct pz_fields *f, struct pz_source *row)
{
    row->local_low = count_field(f, row->local_low);
    row->local_high = count_field(f, row->local_high);
}

static inline void bound_fields(struct pz_fields *f, struct pz_source *row)
{
    const uint32_t bounds = pz_field_u32(f, (uint32_t)row->octet2_max << 24 | (uint32_t)row->octet2_min << 16 |
                                                (uint32_t)row->octet4_max << 8 | row->octet4_min);
    row->octet2_max = (uint8_t)(bounds >> 24);
    row->octet2_min = (uint8_t)(bounds >> 16);
    row->octet4_max = (uint8_t)(bounds >> 8);
    row->octet4_min = (uint8_t)bounds;
    const uint64_t octet3 = pz_field_varint(f, (uint64_t)row->octet3_max << 7 | row->octet3_min, (1 << 14) - 1);
    row->octet3_max = (uint8_t)(octet3 >> 7);
    row->octet3_min = octet3 & 127;
}

/* What is counted of scans, if there are more than the earliest. */
PZ_FIELDS scan_fields(struct pz_fields *f, struct pz_source *row)
{
    row->first_usec = row->earliest[0].usec;
    row->last_usec = time_field(f, row->last_usec, row->first_usec);
    for (int quadrant = 0; quadrant < PZ_QUADRANTS; quadrant++)
        row->quadrants[quadrant] = count_field(f, row->quadrants[quadrant]);
    row->with_length = count_field(f, row->with_length);
    row->with_ttl = count_field(f, row->with_ttl);
    row->with_port = count_field(f, row->with_port);
    const uint32_t ports = pz_field_u32(f, (uint32_t)row->port_max << 16 | row->port_min);
    row->port_min = (uint16_t)ports;
    row->port_max = (uint16_t)(ports >> 16);
    const uint64_t has_local = pz_source_local(row) ? HAS_LOCAL : 0;
    const uint64_t ttls = pz_field_varint(f, has_local | (uint64_t)row->ttl_max << 8 | row->ttl_min, 2 * HAS_LOCAL - 1);
    row->ttl_min = (uint8_t)ttls;
    row->ttl_max = (uint8_t)(ttls >> 8);
    if (ttls & HAS_LOCAL)
        local_fields(f, row);
    if (pz_source_local(row) < pz_source_scans(row))
        bound_fields(f, row);
}

/* The sketches; of destinations there are `n`. */
PZ_FIELDS sketch_fields(struct pz_fields *f, struct pz_source *row, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        row->destinations[i] = pz_field_u32(f, row->destinations[i]);
        if (f->from && n < PZ_SKETCH)
            pz_source_keep_network(row, pz_mix16((uint16_t)(pz_unmix32(row->destinations[i]) >> 16)));
    }
    row->destinations_max = row->destinations[PZ_SKETCH - 1];
    if (f->from && pz_source_destinations(row) != n)
        f->from->bad = true;
    if (n < PZ_SKETCH)
        return;
    const unsigned networks = (unsigned)pz_field_varint(f, pz_source_networks(row), PZ_SKETCH);
    uint16_t previous = 0;
    for (unsigned i = 0; i < networks; i++) {
        const uint64_t step = pz_field_varint(f, (uint64_t)row->networks[i] - previous, UINT16_MAX - 1 - previous);
        row->networks[i] = previous = (uint16_t)(previous + step);
    }
}

static inline void attempt_fields(struct pz_fields *f, struct pz_source *row)
{
    for (int pattern = 0; pattern < PZ_PATTERNS; pattern++)
        row->attempts[pattern] = count_field(f, row->attempts[pattern]);
    row->reached = count_field(f, row->reached);
    row->id_rises = count_field(f, row->id_rises);
    row->full_matches = count_field(f, row->full_matches);
    if (row->full_matches)
        row->first_fit_usec = time_field(f, row->first_fit_usec, row->hour * PZ_USEC_PER_HOUR);
}

/* All but the hour. */
PZ_FIELDS source_fields(struct pz_fields *f, uint32_t previous, struct pz_source *row)
{
    enum { MANY = PZ_EARLIEST + 1, NUMBERS = 8 };
    row->address = previous + (uint32_t)pz_field_varint(f, row->address - previous, UINT32_MAX - previous);
    const uint64_t scans = pz_source_scans(row), counted = scans < MANY ? scans : MANY;
    const unsigned counts =
        (unsigned)pz_field_varint(f, counted | pz_source_destinations(row) * NUMBERS, MANY + PZ_SKETCH * NUMBERS);
    const bool many = counts % NUMBERS == MANY;
    int64_t since = row->hour * PZ_USEC_PER_HOUR;
    for (unsigned i = 0; i < counts % NUMBERS && i < PZ_EARLIEST; i++) {
        struct pz_scan_seen seen = row->earliest[i];
        seen_fields(f, since, &seen);
        since = seen.usec;
        if (many)
            row->earliest[i] = seen;
        else if (f->from)
            observe_seen(row, &seen);
    }
    if (many)
        scan_fields(f, row);
    sketch_fields(f, row, counts / NUMBERS);
    attempt_fields(f, row);
}

void pz_source_encode(const struct pz_source *row, uint32_t previous, struct pz_buf *to)
{
    struct pz_source copy = *row;
    struct pz_fields f = pz_fields_to(to, SOURCE_BYTES_MAX);
    source_fields(&f, previous, &copy);
    pz_fields_written(&f, to);
}

/* Whether there can be such a source: of what was read, as far as that may be anything. */
static bool is_possible(const struct pz_source *row)
{
    const unsigned own = pz_quadrant_of(row->address & 0xffff0000); /* of local scans, with a low octet 4 */
    const uint64_t attempts = pz_source_attempts(row);
    bool good = pz_source_scans(row) && row->last_usec < (row->hour + (int64_t)1) * PZ_USEC_PER_HOUR &&
                row->earliest[pz_source_nearliest(row) - 1].usec <= row->last_usec && row->ttl_min <= row->ttl_max &&
                row->port_min <= row->port_max && row->local_low <= row->quadrants[own] &&
                row->local_high <= row->quadrants[own + PZ_QUADRANT_OCTET4];
    if (pz_source_local(row) < pz_source_scans(row))
        good = good && row->octet2_min <= row->octet2_max && row->octet2_max < 128 &&
               row->octet3_min <= row->octet3_max && row->octet4_min <= row->octet4_max && row->octet4_max < 128;
    for (unsigned i = 1; i < pz_source_destinations(row); i++)
        good = good && row->destinations[i] > row->destinations[i - 1];
    for (unsigned i = 1; i < pz_source_networks(row); i++)
        good = good && row->networks[i] > row->networks[i - 1];
    return good && row->reached <= attempts && row->full_matches <= row->reached &&
           pz_source_destinations(row) <= attempts && pz_source_networks(row) <= attempts;
}

void pz_sources_decode(struct pz_cursor *from, uint32_t hour, unsigned shard, struct pz_source *rows, size_t n)
{
    struct pz_fields f = pz_fields_from(from);
    for (size_t i = 0; i < n && !from->bad; i++) {
        const uint32_t previous = i ? rows[i - 1].address : 0;
        pz_source_init(&rows[i], hour, 0);
        source_fields(&f, previous, &rows[i]);
        if ((i && rows[i].address <= previous) || pz_shard_of(rows[i].address) != shard || !is_possible(&rows[i]))
            from->bad = true;
    }
}
