/* SPDX-License-Identifier: BSD-2-Clause */
#include "reduce/small_cells.h"

bool pz_put_place(struct pz_csv *csv, const struct pz_timeline *timeline, const char *name, uint64_t sources,
                  uint64_t *few)
{
    bool small = pz_cell_is_small(timeline, sources);
    *few += small ? sources : 0;
    if (!sources || small)
        return false;
    pz_put_text(csv, name);
    pz_put_count(csv, sources);
    return true;
}

void pz_put_few(struct pz_csv *csv, const struct pz_timeline *timeline, uint64_t few)
{
    if (!few)
        return;
    pz_put_text(csv, PZ_PLACES_FEW);
    pz_put_cell(csv, timeline, few);
    pz_put_rest(csv);
}

static void put_bin(struct pz_csv *csv, int64_t second, const uint64_t *counts)
{
    pz_put_time(csv, second);
    pz_put_counts(csv, counts);
}

void pz_bins_put(struct pz_bins *bins, int64_t second, const uint64_t counts[PZ_BIN_COUNTS], bool recorded)
{
    bool due = true;
    bins->csv->unrecorded = !recorded;
    if (!recorded) {
        put_bin(bins->csv, second, counts);
        bins->dated = false;
        return;
    }
    bins->second = bins->dated ? bins->second : second;
    bins->begun = bins->dated = true;
    for (int i = 0; i < PZ_BIN_COUNTS; i++) {
        bins->counts[i] += counts[i];
        due = due && !pz_cell_is_small(bins->timeline, bins->counts[i]);
    }
    if (!due)
        return;
    put_bin(bins->csv, bins->second, bins->counts);
    *bins = (struct pz_bins){.csv = bins->csv, .timeline = bins->timeline};
}

void pz_bins_end(struct pz_bins *bins)
{
    if (bins->begun)
        put_bin(bins->csv, bins->second, NULL);
}
