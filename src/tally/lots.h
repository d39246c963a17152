/* Scans on their way into a tally, laid by in lots, a source's always in the same.
 *
 * What is kept of all sources of an hour is larger than a processor's caches, and scans come in no order of sources: taken
 * one by one, each waits for memory several times. A lot is worked off when it is full, and what is kept of its sources
 * fits a second-level cache meanwhile. */
#ifndef PZ_TALLY_LOTS_H
#define PZ_TALLY_LOTS_H

#include "tally/source.h"

enum {
    PZ_LOTS = 512,
    PZ_LOT_SCANS = 1024,            /* 16 MiB in all */
    PZ_LOT_PITCH = PZ_LOT_SCANS + 2 /* a cache line more: lots fill alike, and their ends must not share a set of the cache */
};

struct pz_lots {
    struct pz_scan_row *scans; /* owned: PZ_LOT_PITCH of each lot */
    uint32_t n[PZ_LOTS];
};

void pz_lots_init(struct pz_lots *lots);
void pz_lots_release(struct pz_lots *lots);

/* Neighbours in the table of sources: it chooses slots by the top bits of this product too. */
static inline unsigned pz_lot_of(uint32_t source)
{
    return (unsigned)(source * 0x9e3779b97f4a7c15u >> 55);
}

static inline struct pz_scan_row *pz_lot(const struct pz_lots *lots, unsigned lot)
{
    return lots->scans + (size_t)lot * PZ_LOT_PITCH;
}

/* Where a scan of the lot goes next. It is to be worked off when it has PZ_LOT_SCANS. */
static inline struct pz_scan_row *pz_lots_next(struct pz_lots *lots, unsigned lot)
{
    struct pz_scan_row *scan = pz_lot(lots, lot) + lots->n[lot]++;
    __builtin_prefetch(scan + 4, 1);
    return scan;
}

#endif
