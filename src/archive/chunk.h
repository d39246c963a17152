/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of an archive for tasks that don't talk to each other: pure arithmetic, so that every task that is given the
 * same files finds the same parts by itself. */
#ifndef PZ_ARCHIVE_CHUNK_H
#define PZ_ARCHIVE_CHUNK_H

#include "archive/find.h"

/* Keeps part `chunk` (1 to `nchunks`) and drops the others: every candidate is in one part, whatever their order, and
 * parts have as equal numbers of bytes as whole files allow. */
void pz_candidates_chunk(struct pz_candidates *candidates, unsigned chunk, unsigned nchunks);

#endif
