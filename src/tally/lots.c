#include "tally/lots.h"

#include "base/error.h"

#include <stdlib.h>

_Static_assert(PZ_LOTS == 1 << (64 - 55), "a lot is chosen by the bits that pz_lot_of leaves");

void pz_lots_init(struct pz_lots *lots)
{
    lots->block = pz_alloc_lines((size_t)PZ_LOTS * PZ_LOT_PITCH * sizeof *lots->block);
    for (size_t lot = 0; lot < PZ_LOTS; lot++)
        lots->lots[lot] = (struct pz_lot){.scans = lots->block + lot * PZ_LOT_PITCH, .room = PZ_LOT_SCANS};
}

static void free_own(const struct pz_lot *lot)
{
    if (lot->room > PZ_LOT_SCANS)
        free(lot->scans);
}

void pz_lots_release(struct pz_lots *lots)
{
    for (unsigned lot = 0; lot < PZ_LOTS; lot++)
        free_own(&lots->lots[lot]);
    free(lots->block);
    *lots = (struct pz_lots){0};
}

void pz_lots_keep(struct pz_lots *lots, unsigned number, const struct pz_scan_row *scans, size_t n)
{
    struct pz_lot *lot = &lots->lots[number];
    PZ_CHECK(n < (size_t)1 << 29);
    if (2 * n > lot->room) {
        free_own(lot);
        lot->room = 4 * (uint32_t)n;
        lot->scans = pz_alloc_lines(lot->room * sizeof *lot->scans);
    }
    if (n)
        memcpy(lot->scans, scans, n * sizeof *scans);
    lot->n = (uint32_t)n;
}
