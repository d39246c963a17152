/* SPDX-License-Identifier: BSD-2-Clause */
/* Subshards make up source ranges. A subshard is a shard or, where ranks are many, one of the equal parts that each
 * shard is cut into. A part's bytes are laid out as a shard's. */
#ifndef PZ_REDUCE_SUBSHARDS_H
#define PZ_REDUCE_SUBSHARDS_H

#include "tally/tally_file.h"

/* Parts of a shard, at most; a power of two, as all numbers of parts. */
enum { PZ_SUBSHARDS_MAX = 16 };

struct pz_subshards {
    unsigned per_shard;  /* parts of a shard; 1: subshards are shards */
    unsigned first, end; /* of PZ_SHARDS * cuts subshards, those from `first` to `end` - 1 */
};

/* Neighbouring addresses go to different parts, as a few networks hold many of the sources. */
static inline unsigned pz_subshard_in(uint32_t address, unsigned per_shard)
{
    return pz_mix32(address) % per_shard;
}
/* The parts of a shard follow each other. */
static inline unsigned pz_subshard_of(uint32_t address, unsigned per_shard)
{
    return pz_shard_of(address) * per_shard + pz_subshard_in(address, per_shard);
}

/* Cuts a shard's bytes and appends part i of it to parts[i]. False if the bytes make no shard. */
bool pz_shard_split(const uint8_t *bytes, size_t nbytes, unsigned shard, unsigned per_shard, struct pz_buf *parts);

#endif
