/* SPDX-License-Identifier: BSD-2-Clause */
/* Unique sources of each hour by country, and per million of the country's addresses: what the published Figures 7 and
 * 8 show as maps, which figure_country_map.c draws. */
#include "reduce/job.h"
#include "reduce/small_cells.h"

/* Countries with fewer addresses have no rate: one source would be many per million. The published figure left out the
 * same ones. */
enum { ADDRESSES_MIN = 100000 };

static size_t nsums(const struct pz_timeline *timeline)
{
    return timeline->nslots * (timeline->countries->nplaces + 1);
}

static void hour(struct pz_accumulator *acc, size_t row, const struct pz_range_hour *range)
{
    const struct pz_geo *geo = acc->timeline->countries;
    const struct pz_geo_edition *edition = pz_geo_at(geo, range->hour);
    uint64_t *sums = pz_accumulator_sums(acc, row, geo->nplaces + 1);
    for (size_t i = 0; i < range->n; i++)
        sums[pz_geo_find(edition, range->rows[i].address)]++;
}

static void row(const struct pz_accumulator *acc, size_t at, struct pz_csv *csv)
{
    const struct pz_geo *geo = acc->timeline->countries;
    const struct pz_geo_edition *edition = pz_geo_at(geo, acc->timeline->hours[at].hour);
    const uint64_t *sums = pz_accumulator_sums(acc, at, geo->nplaces + 1);
    uint64_t few = 0;
    for (size_t i = 0; i <= geo->nplaces; i++) {
        const char *name = i < geo->nplaces ? geo->places[i] : PZ_COUNTRY_UNKNOWN;
        uint64_t addresses = i < geo->nplaces ? edition->addresses[i] : 0;
        if (pz_put_place(csv, acc->timeline, name, sums[i], &few))
            pz_put_number_if(csv, addresses >= ADDRESSES_MIN, (double)sums[i] * 1e6 / (double)addresses);
    }
    pz_put_few(csv, acc->timeline, few);
}

static const struct pz_column columns[] = {
    PZ_COLUMN_HOUR,
    {"country", PZ_TYPE_TEXT,
     .doc = "two letters; `ZZ`: the address lies in no range of the files given; `few`: all with "
            "fewer sources than `--min-cell` asks for, together"},
    {"sources", PZ_TYPE_COUNT, "sources",
     .doc = "unique in the hour, 1 or more; empty for `few` if these are too few together"},
    {"per_million", PZ_TYPE_NUMBER, "sources per million addresses",
     .doc = "of the country; empty below 100,000 addresses and for `ZZ`", .decimals = 3},
    {0},
};

const struct pz_job pz_job_country_hourly = {
    .countries = true,
    .nsums = nsums,
    .hour = hour,
    .tables = PZ_TABLES({{"country_hourly",
                          "Figures 7 and 8. With `--countries` only. A row for each country with sources in the hour. "
                          "No row: none was seen, or nothing recorded; `hourly` tells which.",
                          columns},
                         .each = PZ_EACH_HOUR,
                         .row = row})};
