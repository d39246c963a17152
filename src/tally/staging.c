/* SPDX-License-Identifier: BSD-2-Clause */
#include "tally/staging.h"

#include "base/error.h"

#include <stdlib.h>

_Static_assert(PZ_PARTITIONS == 1 << (64 - 55), "a radix partition is chosen by the bits that pz_partition_of leaves");

void pz_staging_init(struct pz_staging *staging)
{
    staging->block = pz_alloc_lines((size_t)PZ_PARTITIONS * PZ_PARTITION_PITCH * sizeof *staging->block);
    for (size_t partition = 0; partition < PZ_PARTITIONS; partition++)
        staging->partitions[partition] =
            (struct pz_partition){.scans = staging->block + partition * PZ_PARTITION_PITCH, .room = PZ_PARTITION_SCANS};
}

static void free_own(const struct pz_partition *partition)
{
    if (partition->room > PZ_PARTITION_SCANS)
        free(partition->scans);
}

void pz_staging_release(struct pz_staging *staging)
{
    for (unsigned partition = 0; partition < PZ_PARTITIONS; partition++)
        free_own(&staging->partitions[partition]);
    free(staging->block);
    *staging = (struct pz_staging){0};
}

void pz_partition_keep(struct pz_partition *partition, size_t n)
{
    PZ_CHECK(n < (size_t)1 << 29);
    partition->n = (uint32_t)n;
    if (2 * n <= partition->room)
        return;
    struct pz_scan_row *scans = pz_alloc_lines(4 * n * sizeof *scans);
    memcpy(scans, partition->scans, n * sizeof *scans);
    free_own(partition);
    partition->room = 4 * (uint32_t)n;
    partition->scans = scans;
}
