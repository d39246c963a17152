/* SPDX-License-Identifier: BSD-2-Clause */
/* The first k rows of many under a total order, or the first k of each class of rows: a state that merges like any
 * tally. Rows are plain memory of a fixed size without padding, and no two of them compare equal. */
#ifndef PZ_REDUCE_TOPK_H
#define PZ_REDUCE_TOPK_H

#include "base/bytes.h"

struct pz_topk {
    size_t k, row_nbytes;
    int (*compare)(const void *a, const void *b);
    /* Whether two rows are of one class, whose rows follow each other in the order; NULL: all are of one. */
    bool (*together)(const void *a, const void *b);
    struct pz_buf rows;
    size_t kept; /* bytes, when they were sorted last */
};

void pz_topk_init(struct pz_topk *top, size_t k, size_t row_nbytes, int (*compare)(const void *, const void *),
                  bool (*together)(const void *, const void *));
void pz_topk_release(struct pz_topk *top);
void pz_topk_add(struct pz_topk *top, const void *row);
/* Sorted and cut to k; how many there are. */
size_t pz_topk_finish(struct pz_topk *top);
static inline const void *pz_topk_row(const struct pz_topk *top, size_t i)
{
    return top->rows.bytes + i * top->row_nbytes;
}

#endif
