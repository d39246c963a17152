/* The sources that scanned first. */
#include "reduce/job.h"

#include <inttypes.h>

enum { EARLIEST = 1000 };

struct row {
    int64_t first_usec;
    uint64_t scans, address;
};

static int compare(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->first_usec != y->first_usec)
        return x->first_usec < y->first_usec ? -1 : 1;
    return x->address < y->address ? -1 : x->address > y->address;
}

static void end(struct pz_part *part, const struct pz_table *sources)
{
    for (size_t i = 0; i < sources->n; i++) {
        const struct pz_source *source = pz_table_row(sources, i);
        pz_top_add(&part->top, &(struct row){source->first_usec, pz_source_scans(source), source->address});
    }
}

static void write(const struct pz_part *whole, struct pz_buf *csv)
{
    pz_buf_printf(csv, "source,first_seen,scans\n");
    for (size_t i = 0; i < whole->top.rows.nbytes / sizeof(struct row); i++) {
        const struct row *row = pz_top_row(&whole->top, i);
        char time[PZ_TIME_TEXT];
        pz_time_text_usec(row->first_usec, time);
        uint32_t a = (uint32_t)row->address;
        pz_buf_printf(csv, "%u.%u.%u.%u,%s,%" PRIu64 "\n", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255, time, row->scans);
    }
}

const struct pz_job pz_job_earliest = {.name = "earliest", .restricted = true, .top = EARLIEST,
                                       .row_nbytes = sizeof(struct row), .compare = compare, .end = end,
                                       .write = write};
