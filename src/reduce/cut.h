/* Units: what slices are made of. A unit is a shard, or one of the equal parts that shards are cut into where ranks are
 * many and shards too few. A part's bytes are laid out as a shard's. */
#ifndef PZ_REDUCE_CUT_H
#define PZ_REDUCE_CUT_H

#include "tally/file.h"

/* Parts of a shard, at most; a power of two, as all numbers of parts. */
enum { PZ_CUTS_MAX = 16 };

struct pz_units {
    unsigned cuts;       /* parts of a shard; 1: units are shards */
    unsigned first, end; /* of PZ_SHARDS * cuts units, those from `first` to `end` - 1 */
};

/* Neighbours in a network go to different parts, as a few networks hold many of the sources. */
static inline unsigned pz_part_of(uint32_t address, unsigned cuts)
{
    return pz_mix32(address) % cuts;
}
/* A shard's parts lie one behind the other. */
static inline unsigned pz_unit_of(uint32_t address, unsigned cuts)
{
    return pz_shard_of(address) * cuts + pz_part_of(address, cuts);
}

/* Cuts a shard's bytes and appends part i of it to parts[i]. False if the bytes make no shard. */
bool pz_shard_cut(const uint8_t *bytes, size_t nbytes, unsigned shard, unsigned cuts, struct pz_buf *parts);

#endif
