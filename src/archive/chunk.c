/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/chunk.h"

#include <stdlib.h>

/* Opening a file costs about as much as reading this many bytes. Without it, thousands of small files would all go to
 * one chunk. */
enum { FILE_BYTES = 1 << 20 };

static int compare(const void *a, const void *b)
{
    const struct pz_candidate *x = a, *y = b;
    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    int order = strcmp(x->label, y->label);
    return order ? order : strcmp(x->path, y->path);
}

/* The biggest file first, each to the chunk that has the fewest bytes so far: no chunk then has more than 4/3 of the
 * best possible (Graham, Bounds on multiprocessing timing anomalies, 1969). */
void pz_candidates_chunk(struct pz_candidates *candidates, unsigned chunk, unsigned nchunks)
{
    PZ_CHECK(chunk >= 1 && chunk <= nchunks);
    uint64_t *bytes = pz_alloc(nchunks * sizeof *bytes);
    size_t kept = 0;
    if (candidates->n)
        qsort(candidates->all, candidates->n, sizeof *candidates->all, compare);
    for (size_t i = 0; i < candidates->n; i++) {
        struct pz_candidate candidate = candidates->all[i];
        unsigned least = 0;
        for (unsigned j = 1; j < nchunks; j++)
            if (bytes[j] < bytes[least])
                least = j;
        bytes[least] += candidate.size + FILE_BYTES;
        if (least == chunk - 1) {
            candidates->all[kept++] = candidate;
            continue;
        }
        free(candidate.path);
        free(candidate.label);
        free(candidate.why);
    }
    candidates->n = kept;
    free(bytes);
}
