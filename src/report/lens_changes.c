/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/lens_changes.h"

struct pz_lens_change *pz_lens_changes(struct pz_results *results, size_t *n)
{
    const struct pz_csv_table *table = pz_results_table(results, "lens");
    size_t nrows = table ? table->nrows : 0;
    struct pz_lens_change *changes = pz_alloc((nrows + 1) * sizeof *changes);
    double before = 0, low, high;
    *n = 0;
    for (size_t row = 0; row < nrows; row++) {
        int64_t second;
        if (!pz_csv_table_time(table, row, PZ_FIRST_COLUMN, &second) ||
            !pz_csv_table_number(table, row, "networks_reachable", &low) ||
            !pz_csv_table_number(table, row, "networks_unreachable", &high))
            continue;
        double now = low + high;
        if (before > 0 && (now >= PZ_LENS_CHANGE * before || now * PZ_LENS_CHANGE <= before))
            changes[(*n)++] = (struct pz_lens_change){second, before, now};
        before = now;
    }
    return changes;
}
