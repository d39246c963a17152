/* SPDX-License-Identifier: BSD-2-Clause */
/* What is kept of one source: the address's scans in one hour, or over any number of hours.
 *
 * A pz_source is a state under the laws of a tally: merging adds, takes earliest and latest or lowest and highest, and
 * does not depend on the order of arrival. Counts of one source stop at 2^32 - 1. Sources are cut into shards by their
 * upper 16 bits, fixed by the file format, so that a set's containers of 65,536 addresses stay whole. */
#ifndef PZ_TALLY_SOURCE_H
#define PZ_TALLY_SOURCE_H

#include "base/bytes.h"
#include "base/time.h"
#include "capture/packet.h"
#include "tally/attempt.h"

enum { PZ_SHARDS = 256 };

static inline unsigned pz_shard_of(uint32_t address)
{
    /* Multiplicative hashing: neighbouring /16s, which scan alike, go to different shards. */
    return ((address >> 16) * 0x9e37u & 0xffff) >> 8;
}

enum { PZ_SKETCH = 8, PZ_EARLIEST = 4 };

/* A SYN to the port on its way into a tally, a scan unless it is a copy (tally/copies.h): half a cache line, laid out as
 * the front of a packet. */
struct pz_scan_row {
    int64_t usec;
    uint32_t source, destination, sequence;
    uint16_t source_port, ip_id, wire_len;
    uint8_t ttl, traits; /* worm/traits.h, and PZ_ROW_COPY */
    union {
        uint32_t hour; /* since 1970 */
        uint32_t row;  /* once it is counted: the number of its source's row (tally/tracker.h) */
    };
};

_Static_assert(sizeof(struct pz_scan_row) == 32 &&
                   offsetof(struct pz_scan_row, ttl) == offsetof(struct pz_packet, ttl) &&
                   offsetof(struct pz_scan_row, sequence) == offsetof(struct pz_packet, sequence) &&
                   offsetof(struct pz_scan_row, wire_len) == offsetof(struct pz_packet, ip_len) &&
                   offsetof(struct pz_scan_row, ip_id) == offsetof(struct pz_packet, ip_id),
               "a row is the front of a packet, but for its traits and its hour");

enum { PZ_ROW_COPY = 0x80 /* it is known as a copy */ };

/* A scan in full, one of the source's earliest. */
struct pz_scan_seen {
    int64_t usec;
    uint32_t destination, sequence;
    uint16_t source_port, ip_id, wire_len;
    uint8_t ttl;
};

struct pz_source {
    /* Touched by every scan: the first cache line. */
    uint32_t address;                          /* host order */
    uint32_t hour;                             /* since 1970; where several hours are merged, the first of them */
    int64_t first_usec, last_usec;             /* since 1970, of its first and last scan */
    uint32_t quadrants[PZ_QUADRANTS];          /* scans; at least one */
    uint32_t with_length, with_ttl, with_port; /* scans that have the trait: worm/traits.h */
    uint8_t ttl_min, ttl_max;
    uint16_t port_min, port_max; /* of the source port */
    /* Of the lower seven bits of the destinations' octets 2 and 4, all that the worm leaves to chance in them, and of
     * the upper seven of octet 3; but not of local ones: with none but these the lowest is above the highest. */
    uint8_t octet2_min, octet2_max, octet3_min, octet3_max, octet4_min, octet4_max;
    /* Touched by every attempt that is closed: an attempt is the hour's in which its first SYN came. */
    uint32_t attempts[PZ_PATTERNS];
    uint32_t reached;          /* attempts to reachable destinations */
    uint32_t id_rises;         /* attempts whose ip.id rose by 1 to 2,000 from the first SYN to the second */
    uint32_t full_matches;     /* attempts that have all traits and a second SYN in time */
    uint32_t local_low;        /* scans that are local (pz_scan_is_local), with octet 4 below 128 */
    int64_t first_fit_usec;    /* of the first such; INT64_MAX: none */
    uint32_t destinations_max; /* destinations[PZ_SKETCH - 1] */
    /* Distinct destinations of attempts that aren't local, and distinct /16s among them: the lowest of their mixed values (pz_mix),
     * ascending, with all bits set where there are fewer. Exact up to PZ_SKETCH; of more, a pseudo-random sample. */
    uint16_t networks[PZ_SKETCH];
    uint32_t destinations[PZ_SKETCH];
    uint32_t local_high;                       /* local scans with octet 4 from 128 on */
    struct pz_scan_seen earliest[PZ_EARLIEST]; /* as many as there are scans, PZ_EARLIEST at most */
};

/* One-to-one functions of addresses and of /16s, in pseudo-random order. Only 255.255.255.255 and 255.255 give all bits
 * set, and those are not scanned. */
static inline uint32_t pz_mix32(uint32_t x)
{
    x = ~x; /* xorshifts and odd multipliers keep 0 and mix the rest */
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    x ^= x >> 16;
    return ~x;
}
uint32_t pz_unmix32(uint32_t x);
static inline uint16_t pz_mix16(uint16_t value)
{
    uint32_t x = (uint16_t)~value;
    x ^= x >> 8;
    x = x * 0x88b5u & 0xffff;
    x ^= x >> 7;
    x = x * 0xdb2du & 0xffff;
    x ^= x >> 9;
    return (uint16_t)~x;
}

static inline uint64_t pz_source_scans(const struct pz_source *source)
{
    return (uint64_t)source->quadrants[0] + source->quadrants[1] + source->quadrants[2] + source->quadrants[3];
}
/* Of these, the scans of its own network. */
static inline uint64_t pz_source_local(const struct pz_source *source)
{
    return (uint64_t)source->local_low + source->local_high;
}
static inline uint64_t pz_source_attempts(const struct pz_source *source)
{
    return (uint64_t)source->attempts[0] + source->attempts[1] + source->attempts[2] + source->attempts[3];
}
/* Distinct destinations as far as they are counted: PZ_SKETCH stands for that many or more. */
unsigned pz_source_destinations(const struct pz_source *source);
unsigned pz_source_networks(const struct pz_source *source);
/* How many of its `earliest` are filled. */
static inline unsigned pz_source_nearliest(const struct pz_source *source)
{
    uint64_t scans = pz_source_scans(source);
    return scans < PZ_EARLIEST ? (unsigned)scans : PZ_EARLIEST;
}

/* Whether a host scans its own /16, as the worm does besides its random scan: no telescope hears that, but who records
 * at the host does. */
static inline bool pz_scan_is_local(uint32_t source, uint32_t destination)
{
    return (source ^ destination) >> 16 == 0;
}

/* Takes a destination into the bounds of the free bits. */
static inline void pz_source_bound(struct pz_source *source, uint32_t destination)
{
    uint8_t octet2 = destination >> 16 & 127, octet3 = destination >> 9 & 127, octet4 = destination & 127;
    source->octet2_min = octet2 < source->octet2_min ? octet2 : source->octet2_min;
    source->octet2_max = octet2 > source->octet2_max ? octet2 : source->octet2_max;
    source->octet3_min = octet3 < source->octet3_min ? octet3 : source->octet3_min;
    source->octet3_max = octet3 > source->octet3_max ? octet3 : source->octet3_max;
    source->octet4_min = octet4 < source->octet4_min ? octet4 : source->octet4_min;
    source->octet4_max = octet4 > source->octet4_max ? octet4 : source->octet4_max;
}

/* A source of which nothing was seen yet. */
void pz_source_init(struct pz_source *source, uint32_t hour, uint32_t address);
/* pz_source_observe for scans of any order and number. */
void pz_source_observe_any(struct pz_source *source, const struct pz_scan_row *scan);

static inline uint32_t pz_add(uint32_t a, uint32_t b)
{
    return a + b < a ? UINT32_MAX : a + b;
}

/* Adds one scan. */
static inline void pz_source_observe(struct pz_source *source, const struct pz_scan_row *scan)
{
    const unsigned traits = scan->traits;
    uint64_t scans = pz_source_scans(source);
    /* After its first few scans, a source's next one is nearly always its latest, and no count is near its limit. */
    if (scan->usec <= source->last_usec || scans < PZ_EARLIEST || scans >= UINT32_MAX ||
        pz_scan_is_local(scan->source, scan->destination)) {
        pz_source_observe_any(source, scan);
        return;
    }
    source->last_usec = scan->usec;
    source->quadrants[pz_quadrant_of(scan->destination)]++;
    source->with_length += (traits & PZ_TRAIT_LENGTH) != 0;
    source->with_ttl += (traits & PZ_TRAIT_TTL) != 0;
    source->with_port += (traits & PZ_TRAIT_PORT) != 0;
    if (scan->ttl < source->ttl_min)
        source->ttl_min = scan->ttl;
    if (scan->ttl > source->ttl_max)
        source->ttl_max = scan->ttl;
    source->port_min = scan->source_port < source->port_min ? scan->source_port : source->port_min;
    source->port_max = scan->source_port > source->port_max ? scan->source_port : source->port_max;
    pz_source_bound(source, scan->destination);
}

/* Adds an attempt whose SYNs were observed. */
void pz_source_add_closed(struct pz_source *source, const struct pz_closed_attempt *attempt);
/* The same in two steps, for many at once: counts it, and returns its mixed destination, which is to be kept if it is
 * below `destinations_max`. Whether it is, is as good as random. */
uint32_t pz_source_count_closed(struct pz_source *source, const struct pz_closed_attempt *attempt);
void pz_source_keep(struct pz_source *source, uint32_t mixed);
/* Keeps the mixed /16 of a destination that is not local, if it is among the lowest. */
void pz_source_keep_network(struct pz_source *source, uint16_t mixed);
void pz_source_add_attempt(struct pz_source *source, const struct pz_attempt *attempt);
/* Adds another state of the same address. */
void pz_source_merge(struct pz_source *into, const struct pz_source *other);

/* One of a list of sources of the same hour, ascending by address; `previous` is the address of the one before, or 0.
 */
void pz_source_encode(const struct pz_source *row, uint32_t previous, struct pz_buf *to);
/* Reads such a list: `n` sources of `hour` that belong to `shard`; leaves the cursor bad if the bytes are not such a
 * list. */
void pz_sources_decode(struct pz_cursor *from, uint32_t hour, unsigned shard, struct pz_source *rows, size_t n);
/* The least bytes of an encoded source: a count of sources that would need more bytes than there are is refused. */
enum { PZ_SOURCE_BYTES_MIN = 24 };

/* Merges two ascending lists into `to`, which has room for both; returns how many there are then. */
size_t pz_sources_merge(const struct pz_source *a, size_t na, const struct pz_source *b, size_t nb,
                        struct pz_source *to);

#endif
