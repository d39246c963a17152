#include "tally/lots.h"

#include "base/error.h"

#include <stdlib.h>

_Static_assert(PZ_LOTS == 1 << (64 - 55), "a lot is chosen by the bits that pz_lot_of leaves");

void pz_lots_init(struct pz_lots *lots)
{
    *lots = (struct pz_lots){.scans = pz_alloc_lines((size_t)PZ_LOTS * PZ_LOT_PITCH * sizeof *lots->scans)};
}

void pz_lots_release(struct pz_lots *lots)
{
    free(lots->scans);
    *lots = (struct pz_lots){0};
}
