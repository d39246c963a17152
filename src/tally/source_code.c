/* SPDX-License-Identifier: BSD-2-Clause */
/* Sources as stored bytes: docs/tally-file.md. */
#include "tally/source.h"

/* More than a source ever takes: 88 bytes of fixed width, and varints of 203 at their longest. */
enum { SOURCE_BYTES_MAX = 320 };

enum { HAS_LOCAL = 1 << 16 }; /* in the number of the TTLs */

static uint8_t *put_earliest(uint8_t *to, const struct pz_source *row)
{
    int64_t previous = row->first_usec;
    for (unsigned i = 0; i < pz_source_nearliest(row); i++) {
        const struct pz_scan_seen *scan = &row->earliest[i];
        to = pz_next_varint(to, (uint64_t)(scan->usec - previous));
        previous = scan->usec;
        to = pz_next_u32(to, scan->destination);
        to = pz_next_u32(to, scan->sequence);
        to = pz_next_u32(to, (uint32_t)scan->source_port << 16 | scan->ip_id);
        to = pz_next_varint(to, scan->wire_len);
        to = pz_next_varint(to, scan->ttl);
    }
    return to;
}

void pz_source_encode(const struct pz_source *row, uint32_t previous, struct pz_buf *buf)
{
    int64_t begin = row->hour * PZ_USEC_PER_HOUR;
    uint8_t *start = pz_buf_extend(buf, SOURCE_BYTES_MAX), *to = start;
    to = pz_next_varint(to, row->address - previous);
    to = pz_next_varint(to, (uint64_t)(row->first_usec - begin));
    to = pz_next_varint(to, (uint64_t)(row->last_usec - row->first_usec));
    for (int quadrant = 0; quadrant < PZ_QUADRANTS; quadrant++)
        to = pz_next_varint(to, row->quadrants[quadrant]);
    to = pz_next_varint(to, row->with_length);
    to = pz_next_varint(to, row->with_ttl);
    to = pz_next_varint(to, row->with_port);
    to = pz_next_u32(to, (uint32_t)row->port_max << 16 | row->port_min);
    const uint64_t local = pz_source_local(row);
    to = pz_next_varint(to, (local ? HAS_LOCAL : 0) | (uint64_t)row->ttl_max << 8 | row->ttl_min);
    if (local) {
        to = pz_next_varint(to, row->local_low);
        to = pz_next_varint(to, row->local_high);
    }
    if (local < pz_source_scans(row)) {
        to = pz_next_u32(to, (uint32_t)row->octet2_max << 24 | (uint32_t)row->octet2_min << 16 |
                                 (uint32_t)row->octet4_max << 8 | row->octet4_min);
        to = pz_next_varint(to, (uint64_t)row->octet3_max << 7 | row->octet3_min);
    }
    unsigned destinations = pz_source_destinations(row), networks = pz_source_networks(row);
    to = pz_next_varint(to, networks << 4 | destinations);
    for (unsigned i = 0; i < destinations; i++)
        to = pz_next_u32(to, row->destinations[i]);
    for (unsigned i = 0; i < networks; i++)
        to = pz_next_varint(to, row->networks[i]);
    to = put_earliest(to, row);
    for (int pattern = 0; pattern < PZ_PATTERNS; pattern++)
        to = pz_next_varint(to, row->attempts[pattern]);
    to = pz_next_varint(to, row->reached);
    to = pz_next_varint(to, row->id_rises);
    to = pz_next_varint(to, row->full_matches);
    if (row->full_matches)
        to = pz_next_varint(to, (uint64_t)(row->first_fit_usec - begin));
    buf->nbytes -= (size_t)(start + SOURCE_BYTES_MAX - to);
}

static uint32_t get_count(struct pz_cursor *from)
{
    uint64_t count = pz_cursor_varint(from);
    if (count > UINT32_MAX)
        from->bad = true;
    return (uint32_t)count;
}

/* A time of the hour, as microseconds since its start. */
static int64_t get_time(struct pz_cursor *from, uint32_t hour)
{
    uint64_t usec = pz_cursor_varint(from);
    if (usec >= PZ_USEC_PER_HOUR)
        from->bad = true;
    return hour * PZ_USEC_PER_HOUR + (int64_t)(usec % PZ_USEC_PER_HOUR);
}

static void get_bounds(struct pz_cursor *from, struct pz_source *row)
{
    uint32_t bounds = pz_cursor_u32(from);
    row->octet2_max = (uint8_t)(bounds >> 24);
    row->octet2_min = (uint8_t)(bounds >> 16);
    row->octet4_max = (uint8_t)(bounds >> 8);
    row->octet4_min = (uint8_t)bounds;
    uint64_t octet3 = pz_cursor_varint(from);
    row->octet3_max = (uint8_t)(octet3 >> 7 & 127);
    row->octet3_min = octet3 & 127;
    if (bounds & 0x80808080u || octet3 >> 14 || row->octet3_min > row->octet3_max ||
        row->octet2_min > row->octet2_max || row->octet4_min > row->octet4_max)
        from->bad = true;
}

/* Local scans, all in the two quadrants that the source's own second octet leaves. */
static void get_local(struct pz_cursor *from, struct pz_source *row)
{
    const unsigned own = pz_quadrant_of(row->address & 0xffff0000);
    row->local_low = get_count(from);
    row->local_high = get_count(from);
    if (!pz_source_local(row) || row->local_low > row->quadrants[own] ||
        row->local_high > row->quadrants[own + PZ_QUADRANT_OCTET4])
        from->bad = true;
}

static void get_sketches(struct pz_cursor *from, struct pz_source *row)
{
    uint64_t counts = pz_cursor_varint(from);
    unsigned destinations = counts & 15, networks = (unsigned)(counts >> 4);
    if (counts > 255 || destinations > PZ_SKETCH || networks > PZ_SKETCH) {
        from->bad = true;
        return;
    }
    for (unsigned i = 0; i < destinations; i++) {
        row->destinations[i] = pz_cursor_u32(from);
        if (row->destinations[i] == UINT32_MAX || (i && row->destinations[i] <= row->destinations[i - 1]))
            from->bad = true;
    }
    for (unsigned i = 0; i < networks; i++) {
        uint64_t network = pz_cursor_varint(from);
        row->networks[i] = (uint16_t)network;
        if (network >= UINT16_MAX || (i && row->networks[i] <= row->networks[i - 1]))
            from->bad = true;
    }
    row->destinations_max = row->destinations[PZ_SKETCH - 1];
}

static void get_earliest(struct pz_cursor *from, struct pz_source *row)
{
    int64_t previous = row->first_usec;
    for (unsigned i = 0; i < pz_source_nearliest(row); i++) {
        struct pz_scan_seen *scan = &row->earliest[i];
        uint64_t step = pz_cursor_varint(from);
        scan->usec = previous + (int64_t)(step % PZ_USEC_PER_HOUR);
        scan->destination = pz_cursor_u32(from);
        scan->sequence = pz_cursor_u32(from);
        uint32_t port_and_id = pz_cursor_u32(from);
        scan->source_port = (uint16_t)(port_and_id >> 16);
        scan->ip_id = (uint16_t)port_and_id;
        uint64_t wire_len = pz_cursor_varint(from), ttl = pz_cursor_varint(from);
        scan->wire_len = (uint16_t)wire_len;
        scan->ttl = (uint8_t)ttl;
        if (step >= PZ_USEC_PER_HOUR || wire_len > UINT16_MAX || ttl > UINT8_MAX || scan->usec > row->last_usec ||
            (i == 0 && step != 0))
            from->bad = true;
        previous = scan->usec;
    }
}

static void decode_one(struct pz_cursor *from, uint32_t hour, uint32_t previous, struct pz_source *row)
{
    uint64_t address = previous + pz_cursor_varint(from);
    pz_source_init(row, hour, (uint32_t)address);
    row->first_usec = get_time(from, hour);
    uint64_t length = pz_cursor_varint(from);
    row->last_usec = row->first_usec + (int64_t)(length % PZ_USEC_PER_HOUR);
    if (address > UINT32_MAX || length >= PZ_USEC_PER_HOUR || row->last_usec >= (hour + (int64_t)1) * PZ_USEC_PER_HOUR)
        from->bad = true;
    for (int quadrant = 0; quadrant < PZ_QUADRANTS; quadrant++)
        row->quadrants[quadrant] = get_count(from);
    row->with_length = get_count(from);
    row->with_ttl = get_count(from);
    row->with_port = get_count(from);
    uint32_t ports = pz_cursor_u32(from);
    row->port_min = (uint16_t)ports;
    row->port_max = (uint16_t)(ports >> 16);
    uint64_t ttls = pz_cursor_varint(from);
    row->ttl_min = (uint8_t)ttls;
    row->ttl_max = (uint8_t)(ttls >> 8);
    if (ttls >= 2 * HAS_LOCAL || row->ttl_min > row->ttl_max || row->port_min > row->port_max || !pz_source_scans(row))
        from->bad = true;
    if (ttls & HAS_LOCAL)
        get_local(from, row);
    if (pz_source_local(row) < pz_source_scans(row))
        get_bounds(from, row);
    get_sketches(from, row);
    get_earliest(from, row);
    for (int pattern = 0; pattern < PZ_PATTERNS; pattern++)
        row->attempts[pattern] = get_count(from);
    row->reached = get_count(from);
    row->id_rises = get_count(from);
    row->full_matches = get_count(from);
    if (row->full_matches)
        row->first_fit_usec = get_time(from, hour);
    uint64_t attempts = pz_source_attempts(row);
    if (row->reached > attempts || row->full_matches > row->reached || pz_source_destinations(row) > attempts ||
        pz_source_networks(row) > attempts)
        from->bad = true;
}

void pz_sources_decode(struct pz_cursor *from, uint32_t hour, unsigned shard, struct pz_source *rows, size_t n)
{
    for (size_t i = 0; i < n && !from->bad; i++) {
        uint32_t previous = i ? rows[i - 1].address : 0;
        decode_one(from, hour, previous, &rows[i]);
        if ((i && rows[i].address <= previous) || pz_shard_of(rows[i].address) != shard)
            from->bad = true;
    }
}
