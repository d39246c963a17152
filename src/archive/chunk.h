/* SPDX-License-Identifier: BSD-2-Clause */
/* Chunks of an archive, for tasks of a job array: pure arithmetic, so that every task that is given the same files
 * computes the same chunks without communication. */
#ifndef PZ_ARCHIVE_CHUNK_H
#define PZ_ARCHIVE_CHUNK_H

#include "archive/find.h"

/* Keeps chunk `chunk` (1 to `nchunks`) and drops the others: every candidate is in exactly one chunk, whatever the
 * order of candidates, and chunks have numbers of bytes as equal as whole files allow. */
void pz_candidates_chunk(struct pz_candidates *candidates, unsigned chunk, unsigned nchunks);

#endif
