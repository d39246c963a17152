/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside src/tally: what the parts of the tally file's writer share, and its readers. */
#ifndef PZ_TALLY_LAYOUT_H
#define PZ_TALLY_LAYOUT_H

#include "base/sort.h"
#include "tally/copies.h"

#define PZ_TALLY_MAGIC "PZTALLY\n"

/* CRC-32 as in gzip. */
uint32_t pz_checksum(const void *bytes, size_t nbytes);

/* Of one of pz_table_sorted. */
static inline uint32_t pz_keyed_hour(const struct pz_keyed *sorted)
{
    return (uint32_t)(sorted->key >> 32 & 0xffffff);
}
/* Appends the sets of these sources, which are as pz_table_sorted gives them. The SYNs are the tally's boundary rows. */
void pz_sets_encode(const struct pz_keyed *sorted, size_t n, const struct pz_scan_row *scans, size_t nscans,
                    struct pz_buf *to);

#endif
