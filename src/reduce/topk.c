/* SPDX-License-Identifier: BSD-2-Clause */
#include "reduce/topk.h"

#include <stdlib.h>
#include <string.h>

void pz_topk_init(struct pz_topk *top, size_t k, size_t row_nbytes, int (*compare)(const void *, const void *),
                  bool (*together)(const void *, const void *))
{
    *top = (struct pz_topk){.k = k, .row_nbytes = row_nbytes, .compare = compare, .together = together};
}

void pz_topk_release(struct pz_topk *top)
{
    pz_buf_release(&top->rows);
}

size_t pz_topk_finish(struct pz_topk *top)
{
    size_t n = top->rows.nbytes / top->row_nbytes, kept = 0, of_class = 0;
    uint8_t *rows = top->rows.bytes;
    const uint8_t *last = NULL; /* that was kept */
    if (n)
        qsort(rows, n, top->row_nbytes, top->compare);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *row = rows + i * top->row_nbytes;
        if (last && top->together && !top->together(last, row))
            of_class = 0;
        if (of_class == top->k)
            continue;
        uint8_t *to = rows + kept++ * top->row_nbytes;
        if (to != row)
            memcpy(to, row, top->row_nbytes);
        last = to;
        of_class++;
    }
    top->rows.nbytes = top->kept = kept * top->row_nbytes;
    return kept;
}

void pz_topk_add(struct pz_topk *top, const void *row)
{
    /* Sorting now and then costs less than keeping a heap, and the buffer stays at four times what is wanted. */
    size_t wanted = top->k * top->row_nbytes;
    if (top->rows.nbytes >= 4 * (top->kept > wanted ? top->kept : wanted))
        pz_topk_finish(top);
    pz_buf_put(&top->rows, row, top->row_nbytes);
}
