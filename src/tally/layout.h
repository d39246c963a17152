/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside src/tally: what the tally file's writer and its readers share. */
#ifndef PZ_TALLY_LAYOUT_H
#define PZ_TALLY_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#define PZ_TALLY_MAGIC "PZTALLY\n"

/* CRC-32 as in gzip. */
uint32_t pz_checksum(const void *bytes, size_t nbytes);

#endif
