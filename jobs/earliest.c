/* SPDX-License-Identifier: BSD-2-Clause */
/* The sources that scanned first. */
#include "base/sort.h"
#include "reduce/job.h"

enum { EARLIEST = 1000 };

struct first {
    int64_t first_usec;
    uint64_t scans, address;
};

static int compare(const void *a, const void *b)
{
    const struct first *x = a, *y = b;
    return x->first_usec != y->first_usec ? PZ_ORDER(x->first_usec, y->first_usec) : PZ_ORDER(x->address, y->address);
}

static void end(struct pz_accumulator *acc, const struct pz_table *sources)
{
    for (size_t i = 0; i < sources->n; i++) {
        const struct pz_source *source = pz_table_row(sources, i);
        pz_topk_add(&acc->top, &(struct first){source->first_usec, pz_source_scans(source), source->address});
    }
}

static void row(const struct pz_accumulator *acc, size_t i, struct pz_csv *csv)
{
    const struct first *first = pz_topk_row(&acc->top, i);
    pz_put_address(csv, (uint32_t)first->address);
    pz_put_time(csv, first->first_usec);
    pz_put_count(csv, first->scans);
}

static const struct pz_column columns[] = {
    {"source", PZ_TYPE_ADDRESS, .doc = "its address"},
    {"first_seen", PZ_TYPE_USEC, .doc = "its first scan"},
    {"scans", PZ_TYPE_COUNT, "scans", .doc = "of the whole span"},
    {0},
};

const struct pz_job pz_job_earliest = {
    .top = EARLIEST,
    .row_nbytes = sizeof(struct first),
    .compare = compare,
    .end = end,
    .tables =
        PZ_TABLES({{"earliest", "The 1,000 sources that scanned first.", columns}, .each = PZ_EACH_TOP, .row = row})};
