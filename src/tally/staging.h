/* SPDX-License-Identifier: BSD-2-Clause */
/* SYNs on their way into a tally, staged in radix partitions; those of one source are always in the same partition.
 *
 * What is kept of all sources of an hour is larger than a processor's caches, and SYNs come in no order of sources: if
 * they were taken one by one, each would wait for memory several times. A radix partition is drained when it is full,
 * and what is kept of its sources fits a second-level cache meanwhile. SYNs that can't be settled yet (tally/copies.h)
 * stay in it. */
#ifndef PZ_TALLY_STAGING_H
#define PZ_TALLY_STAGING_H

#include "tally/source.h"

enum {
    PZ_PARTITIONS = 512,
    PZ_PARTITION_SCANS = 1024, /* 16 MiB in all; a radix partition in which many stay gets more */
    PZ_PARTITION_PITCH =
        PZ_PARTITION_SCANS +
        2 /* a cache line more: radix partitions fill alike, and their ends must not share a set of the cache */
};

struct pz_partition {
    struct pz_scan_row *scans; /* in the block, or owned if it got more room */
    uint32_t n, room;          /* it is to be drained when it is full */
};

struct pz_staging {
    struct pz_scan_row *block; /* owned: PZ_PARTITION_PITCH of each radix partition */
    struct pz_partition partitions[PZ_PARTITIONS];
};

void pz_staging_init(struct pz_staging *staging);
void pz_staging_release(struct pz_staging *staging);

/* Neighbours in the table of sources: it chooses slots by the top bits of this product too. */
static inline unsigned pz_partition_of(uint32_t source)
{
    return (unsigned)(source * 0x9e3779b97f4a7c15u >> 55);
}

/* Where a SYN goes next in a radix partition that has room. */
static inline struct pz_scan_row *pz_partition_next(struct pz_partition *partition)
{
    struct pz_scan_row *scan = partition->scans + partition->n++;
    __builtin_prefetch(scan + 4, 1);
    return scan;
}

/* Only the first `n` SYNs stay in a radix partition, with room for at least as many others, so that they are examined
 * again only when as many new ones have come. */
void pz_partition_keep(struct pz_partition *partition, size_t n);

#endif
