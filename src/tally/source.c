/* SPDX-License-Identifier: BSD-2-Clause */
/* A source is observed in one of two ways. pz_source_observe, in the header, is for the usual case, a later scan of a
 * known source, and touches one cache line. pz_source_observe_any takes any scan, in any order. Both leave the same
 * state. Merging works on the same fields: sums saturate, extremes widen, and the sketches and the earliest scans keep
 * the lowest. */
#include "tally/source.h"

_Static_assert(sizeof(struct pz_source) == 256, "a source is four cache lines");

uint32_t pz_unmix32(uint32_t x)
{
    x = ~x;
    x ^= x >> 16;
    x *= 0x43021123u; /* the inverse of 0x846ca68b modulo 2^32 */
    x ^= x >> 15 ^ x >> 30;
    x *= 0x1d69e2a5u; /* of 0x7feb352d */
    x ^= x >> 16;
    return ~x;
}

void pz_source_init(struct pz_source *source, uint32_t hour, uint32_t address)
{
    *source = (struct pz_source){.address = address,
                                 .hour = hour,
                                 .first_usec = INT64_MAX,
                                 .last_usec = INT64_MIN,
                                 .destinations_max = UINT32_MAX,
                                 .ttl_min = UINT8_MAX,
                                 .port_min = UINT16_MAX,
                                 .octet2_min = UINT8_MAX,
                                 .octet3_min = UINT8_MAX,
                                 .octet4_min = UINT8_MAX,
                                 .first_fit_usec = INT64_MAX};
    memset(source->destinations, 0xff, sizeof source->destinations);
    memset(source->networks, 0xff, sizeof source->networks);
}

unsigned pz_source_destinations(const struct pz_source *source)
{
    unsigned n = 0;
    while (n < PZ_SKETCH && source->destinations[n] != UINT32_MAX)
        n++;
    return n;
}

unsigned pz_source_networks(const struct pz_source *source)
{
    unsigned n = 0;
    while (n < PZ_SKETCH && source->networks[n] != UINT16_MAX)
        n++;
    return n;
}

/* Inserts a value among the kept ones, which ascend, and drops the highest, unless the value is there. Its place is
 * random, so nothing branches on it: values below it stay, and each place above takes the value before it. */
#define KEEP(type, kept, value)                                             \
    do {                                                                    \
        unsigned same = 0;                                                  \
        for (unsigned i = 0; i < PZ_SKETCH; i++)                            \
            same |= (kept)[i] == (value);                                   \
        if (same)                                                           \
            return;                                                         \
        for (unsigned i = PZ_SKETCH - 1; i > 0; i--) {                      \
            type moved = (kept)[i - 1] > (value) ? (kept)[i - 1] : (value); \
            (kept)[i] = (kept)[i] < moved ? (kept)[i] : moved;              \
        }                                                                   \
        (kept)[0] = (kept)[0] < (value) ? (kept)[0] : (value);              \
    } while (0)

void pz_source_keep(struct pz_source *source, uint32_t mixed)
{
    KEEP(uint32_t, source->destinations, mixed);
    source->destinations_max = source->destinations[PZ_SKETCH - 1];
}

/* For any value, without a branch: whether one is among the lowest is as good as random. */
void pz_source_keep_network(struct pz_source *source, uint16_t mixed)
{
    uint16_t moved[PZ_SKETCH], same = 0;
    for (unsigned i = 0; i < PZ_SKETCH; i++)
        same |= source->networks[i] == mixed;
    const uint16_t value = mixed | (uint16_t)(0u - same); /* one that is there is kept as none */
    for (unsigned i = 1; i < PZ_SKETCH; i++)
        moved[i] = source->networks[i - 1] > value ? source->networks[i - 1] : value;
    moved[0] = value;
    for (unsigned i = 0; i < PZ_SKETCH; i++)
        source->networks[i] = source->networks[i] < moved[i] ? source->networks[i] : moved[i];
}

static bool scan_before(const struct pz_scan_seen *a, const struct pz_scan_seen *b)
{
    if (a->usec != b->usec)
        return a->usec < b->usec;
    if (a->destination != b->destination)
        return a->destination < b->destination;
    if (a->source_port != b->source_port)
        return a->source_port < b->source_port;
    if (a->sequence != b->sequence)
        return a->sequence < b->sequence;
    if (a->ip_id != b->ip_id)
        return a->ip_id < b->ip_id;
    if (a->wire_len != b->wire_len)
        return a->wire_len < b->wire_len;
    return a->ttl < b->ttl;
}

/* Puts one more scan among the `n` that are kept. */
static void keep_earliest(struct pz_source *source, unsigned n, const struct pz_scan_seen *scan)
{
    unsigned at = n;
    while (at && scan_before(scan, &source->earliest[at - 1]))
        at--;
    if (at == PZ_EARLIEST)
        return;
    unsigned moved = (n < PZ_EARLIEST ? n : PZ_EARLIEST - 1) - at;
    memmove(source->earliest + at + 1, source->earliest + at, moved * sizeof *source->earliest);
    source->earliest[at] = *scan;
}

void pz_source_observe_any(struct pz_source *source, const struct pz_scan_row *scan)
{
    const struct pz_scan_seen seen = {.usec = scan->usec,
                                      .destination = scan->destination,
                                      .sequence = scan->sequence,
                                      .source_port = scan->source_port,
                                      .ip_id = scan->ip_id,
                                      .wire_len = scan->wire_len,
                                      .ttl = scan->ttl};
    uint32_t *quadrant = &source->quadrants[pz_quadrant_of(scan->destination)];
    keep_earliest(source, pz_source_nearliest(source), &seen);
    source->first_usec = scan->usec < source->first_usec ? scan->usec : source->first_usec;
    source->last_usec = scan->usec > source->last_usec ? scan->usec : source->last_usec;
    *quadrant = pz_add(*quadrant, 1);
    source->with_length = pz_add(source->with_length, (scan->traits & PZ_TRAIT_LENGTH) != 0);
    source->with_ttl = pz_add(source->with_ttl, (scan->traits & PZ_TRAIT_TTL) != 0);
    source->with_port = pz_add(source->with_port, (scan->traits & PZ_TRAIT_PORT) != 0);
    source->ttl_min = scan->ttl < source->ttl_min ? scan->ttl : source->ttl_min;
    source->ttl_max = scan->ttl > source->ttl_max ? scan->ttl : source->ttl_max;
    source->port_min = scan->source_port < source->port_min ? scan->source_port : source->port_min;
    source->port_max = scan->source_port > source->port_max ? scan->source_port : source->port_max;
    if (!pz_scan_is_local(source->address, scan->destination))
        pz_source_bound(source, scan->destination);
    else if (scan->destination & 128)
        source->local_high = pz_add(source->local_high, 1);
    else
        source->local_low = pz_add(source->local_low, 1);
}

void pz_source_add_closed(struct pz_source *source, const struct pz_closed_attempt *attempt)
{
    uint32_t mixed = pz_source_count_closed(source, attempt);
    if (mixed < source->destinations_max)
        pz_source_keep(source, mixed);
}

uint32_t pz_source_count_closed(struct pz_source *source, const struct pz_closed_attempt *attempt)
{
    source->attempts[attempt->pattern] = pz_add(source->attempts[attempt->pattern], 1);
    source->reached = pz_add(source->reached, (attempt->traits & PZ_TRAIT_REACHABLE) != 0);
    source->id_rises = pz_add(source->id_rises, attempt->id_rose);
    bool full_matches = (attempt->traits == PZ_TRAITS - 1) & (attempt->pattern == PZ_TWO_IN_TIME);
    int64_t first_full_match = (attempt->first_usec | ((int64_t)full_matches - 1)) & INT64_MAX; /* no branch */
    source->full_matches = pz_add(source->full_matches, full_matches);
    source->first_fit_usec = first_full_match < source->first_fit_usec ? first_full_match : source->first_fit_usec;
    if (pz_scan_is_local(source->address, attempt->destination))
        return UINT32_MAX;
    pz_source_keep_network(source, pz_mix16((uint16_t)(attempt->destination >> 16)));
    return pz_mix32(attempt->destination);
}

void pz_source_add_attempt(struct pz_source *source, const struct pz_attempt *attempt)
{
    struct pz_closed_attempt closed = pz_attempt_close(attempt);
    pz_source_add_closed(source, &closed);
}

void pz_source_merge(struct pz_source *into, const struct pz_source *other)
{
    unsigned n = pz_source_nearliest(into), more = pz_source_nearliest(other);
    for (unsigned i = 0; i < more; i++) {
        keep_earliest(into, n, &other->earliest[i]);
        n += n < PZ_EARLIEST;
    }
    into->hour = other->hour < into->hour ? other->hour : into->hour;
    into->first_usec = other->first_usec < into->first_usec ? other->first_usec : into->first_usec;
    into->last_usec = other->last_usec > into->last_usec ? other->last_usec : into->last_usec;
    for (int i = 0; i < PZ_QUADRANTS; i++)
        into->quadrants[i] = pz_add(into->quadrants[i], other->quadrants[i]);
    into->with_length = pz_add(into->with_length, other->with_length);
    into->with_ttl = pz_add(into->with_ttl, other->with_ttl);
    into->with_port = pz_add(into->with_port, other->with_port);
    into->ttl_min = other->ttl_min < into->ttl_min ? other->ttl_min : into->ttl_min;
    into->ttl_max = other->ttl_max > into->ttl_max ? other->ttl_max : into->ttl_max;
    into->port_min = other->port_min < into->port_min ? other->port_min : into->port_min;
    into->port_max = other->port_max > into->port_max ? other->port_max : into->port_max;
    into->octet2_min = other->octet2_min < into->octet2_min ? other->octet2_min : into->octet2_min;
    into->octet2_max = other->octet2_max > into->octet2_max ? other->octet2_max : into->octet2_max;
    into->octet3_min = other->octet3_min < into->octet3_min ? other->octet3_min : into->octet3_min;
    into->octet3_max = other->octet3_max > into->octet3_max ? other->octet3_max : into->octet3_max;
    into->octet4_min = other->octet4_min < into->octet4_min ? other->octet4_min : into->octet4_min;
    into->octet4_max = other->octet4_max > into->octet4_max ? other->octet4_max : into->octet4_max;
    for (int i = 0; i < PZ_SKETCH && other->destinations[i] < into->destinations_max; i++)
        pz_source_keep(into, other->destinations[i]);
    for (int i = 0; i < PZ_SKETCH && other->networks[i] < into->networks[PZ_SKETCH - 1]; i++)
        pz_source_keep_network(into, other->networks[i]);
    if (other->first_fit_usec < into->first_fit_usec)
        into->first_fit_usec = other->first_fit_usec;
    into->full_matches = pz_add(into->full_matches, other->full_matches);
    into->local_low = pz_add(into->local_low, other->local_low);
    into->local_high = pz_add(into->local_high, other->local_high);
    into->reached = pz_add(into->reached, other->reached);
    into->id_rises = pz_add(into->id_rises, other->id_rises);
    for (int i = 0; i < PZ_PATTERNS; i++)
        into->attempts[i] = pz_add(into->attempts[i], other->attempts[i]);
}

size_t pz_sources_merge(const struct pz_source *a, size_t na, const struct pz_source *b, size_t nb,
                        struct pz_source *to)
{
    size_t n = 0;
    while (na && nb) {
        if (a->address == b->address) {
            to[n] = *a++;
            pz_source_merge(&to[n++], b++);
            na--, nb--;
        } else if (a->address < b->address) {
            to[n++] = *a++;
            na--;
        } else {
            to[n++] = *b++;
            nb--;
        }
    }
    for (; na; na--)
        to[n++] = *a++;
    for (; nb; nb--)
        to[n++] = *b++;
    return n;
}
