/* SYNs on their way into a tally, laid by in lots, a source's always in the same.
 *
 * What is kept of all sources of an hour is larger than a processor's caches, and SYNs come in no order of sources: taken
 * one by one, each waits for memory several times. A lot is worked off when it is full, and what is kept of its sources
 * fits a second-level cache meanwhile. SYNs that can't be settled yet (tally/copies.h) stay in it. */
#ifndef PZ_TALLY_LOTS_H
#define PZ_TALLY_LOTS_H

#include "tally/source.h"

enum {
    PZ_LOTS = 512,
    PZ_LOT_SCANS = 1024,            /* 16 MiB in all; a lot in which many stay gets more */
    PZ_LOT_PITCH = PZ_LOT_SCANS + 2 /* a cache line more: lots fill alike, and their ends must not share a set of the cache */
};

struct pz_lot {
    struct pz_scan_row *scans; /* in the block, or owned if it got more room */
    uint32_t n, room;          /* it is to be worked off when it is full */
};

struct pz_lots {
    struct pz_scan_row *block; /* owned: PZ_LOT_PITCH of each lot */
    struct pz_lot lots[PZ_LOTS];
};

void pz_lots_init(struct pz_lots *lots);
void pz_lots_release(struct pz_lots *lots);

/* Neighbours in the table of sources: it chooses slots by the top bits of this product too. */
static inline unsigned pz_lot_of(uint32_t source)
{
    return (unsigned)(source * 0x9e3779b97f4a7c15u >> 55);
}

/* Where a SYN goes next in a lot that has room. */
static inline struct pz_scan_row *pz_lot_next(struct pz_lot *lot)
{
    struct pz_scan_row *scan = lot->scans + lot->n++;
    __builtin_prefetch(scan + 4, 1);
    return scan;
}

/* Leaves these in a lot that was worked off, with at least as much room for others: so what stays is looked through again
 * only when as many have come. */
void pz_lots_keep(struct pz_lots *lots, unsigned lot, const struct pz_scan_row *scans, size_t n);

#endif
