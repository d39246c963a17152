#include "reduce/top.h"

#include <stdlib.h>

void pz_top_init(struct pz_top *top, size_t k, size_t row_nbytes, int (*compare)(const void *, const void *))
{
    *top = (struct pz_top){.k = k, .row_nbytes = row_nbytes, .compare = compare};
}

void pz_top_release(struct pz_top *top)
{
    pz_buf_release(&top->rows);
}

size_t pz_top_finish(struct pz_top *top)
{
    size_t n = top->rows.nbytes / top->row_nbytes;
    if (n)
        qsort(top->rows.bytes, n, top->row_nbytes, top->compare);
    if (n > top->k)
        n = top->k;
    top->rows.nbytes = n * top->row_nbytes;
    return n;
}

void pz_top_add(struct pz_top *top, const void *row)
{
    /* Sorting now and then costs less than keeping a heap, and the buffer stays at four times what is wanted. */
    if (top->rows.nbytes >= 4 * top->k * top->row_nbytes)
        pz_top_finish(top);
    pz_buf_put(&top->rows, row, top->row_nbytes);
}
