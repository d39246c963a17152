/* What is kept of one source: the address's scans in one hour, or over any number of hours.
 *
 * A pz_source is a state under the laws of a tally: merging adds, takes the earlier and the later, and knows no order of
 * arrival. Sources are cut into shards by their upper 16 bits, fixed by the file format, so that a set's containers of
 * 65,536 addresses stay whole. */
#ifndef PZ_TALLY_SOURCE_H
#define PZ_TALLY_SOURCE_H

#include "base/bytes.h"
#include "base/time.h"
#include "capture/packet.h"

enum { PZ_SHARDS = 256 };

static inline unsigned pz_shard_of(uint32_t address)
{
    /* Multiplicative hashing: neighbouring /16s, which scan alike, go to different shards. */
    return ((address >> 16) * 0x9e37u & 0xffff) >> 8;
}

/* Scans are kept apart by the two bits of the destination that the worm's random scan never sets (worm/reachable.h). */
enum { PZ_CELL_OCTET2 = 1, PZ_CELL_OCTET4 = 2, PZ_CELLS = 4 };

static inline unsigned pz_cell_of(uint32_t destination)
{
    return (destination >> 23 & 1) | (destination >> 6 & 2);
}

struct pz_source {
    uint32_t address;              /* host order */
    uint32_t hour;                 /* since 1970; where several hours are merged, the first of them */
    int64_t first_usec, last_usec; /* since 1970, of its first and last scan */
    uint64_t cells[PZ_CELLS];      /* scans; at least one */
};

static inline uint64_t pz_source_scans(const struct pz_source *source)
{
    return source->cells[0] + source->cells[1] + source->cells[2] + source->cells[3];
}

/* Adds one scan to a source that has some already. */
static inline void pz_source_observe(struct pz_source *source, const struct pz_packet *scan)
{
    source->first_usec = scan->usec < source->first_usec ? scan->usec : source->first_usec;
    source->last_usec = scan->usec > source->last_usec ? scan->usec : source->last_usec;
    source->cells[pz_cell_of(scan->destination)]++;
}

/* Adds another state of the same address. */
static inline void pz_source_merge(struct pz_source *into, const struct pz_source *other)
{
    into->hour = other->hour < into->hour ? other->hour : into->hour;
    into->first_usec = other->first_usec < into->first_usec ? other->first_usec : into->first_usec;
    into->last_usec = other->last_usec > into->last_usec ? other->last_usec : into->last_usec;
    for (int i = 0; i < PZ_CELLS; i++)
        into->cells[i] += other->cells[i];
}

/* A list of sources of one hour, ascending by address. The count is the caller's to store. */
void pz_sources_encode(const struct pz_source *rows, size_t n, struct pz_buf *to);
/* Reads `n` sources of `hour` that belong to `shard`; leaves the cursor bad if the bytes make none such. */
void pz_sources_decode(struct pz_cursor *from, uint32_t hour, unsigned shard, struct pz_source *rows, size_t n);
/* The least bytes that an encoded source takes: no count may promise more of them than there is room for. */
enum { PZ_SOURCE_BYTES_MIN = 7 };

/* Merges two ascending lists into `to`, which has room for both; returns how many there are then. */
size_t pz_sources_merge(const struct pz_source *a, size_t na, const struct pz_source *b, size_t nb,
                        struct pz_source *to);

#endif
