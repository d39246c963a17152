/* SPDX-License-Identifier: BSD-2-Clause */
/* Sources of the whole span and of each hour by country, with the country's addresses, and per million of these: what the
 * published Figures 7 and 8 show as maps, which figure_country_map.c draws. */
#include "reduce/busiest.h"
#include "reduce/small_cells.h"

/* Countries with fewer addresses have no rate: one source would be many per million. The published figure left out the
 * same ones. */
enum { ADDRESSES_MIN = 100000 };

static size_t nplaces(const struct pz_timeline *timeline)
{
    return timeline->countries->nplaces + 1;
}

static size_t nsums(const struct pz_timeline *timeline)
{
    return (1 + timeline->nslots) * nplaces(timeline);
}

static uint64_t *hourly_sums(const struct pz_accumulator *acc, size_t row)
{
    return acc->sums + (1 + acc->timeline->hours[row].slot) * nplaces(acc->timeline);
}

static void hour(struct pz_accumulator *acc, size_t row, const struct pz_range_hour *range)
{
    const struct pz_geo_edition *edition = pz_geo_at(acc->timeline->countries, range->hour);
    uint64_t *sums = hourly_sums(acc, row);
    for (size_t i = 0; i < range->n; i++)
        sums[pz_geo_find(edition, range->rows[i].address)]++;
}

static void end(struct pz_accumulator *acc, const struct pz_table *sources)
{
    pz_count_places(acc->timeline->countries, sources, acc->sums);
}

/* 0 counts as few: if the table had zeros, the sum of all sources would give away the only country with a few. */
static bool is_few(const struct pz_timeline *timeline, uint64_t sources)
{
    return sources < timeline->options.min_cell && timeline->options.min_cell > 1;
}

static void rows(const struct pz_accumulator *acc, struct pz_csv *csv)
{
    const struct pz_geo *geo = acc->timeline->countries;
    const struct pz_timeline *timeline = acc->timeline;
    const struct pz_geo_edition *edition = pz_geo_at(geo, timeline->n ? timeline->hours[timeline->n - 1].hour : 0);
    uint64_t few = 0;
    for (size_t i = 0; i <= geo->nplaces; i++)
        few += is_few(timeline, acc->sums[i]) ? acc->sums[i] : 0;
    for (size_t i = 0; i < geo->nplaces; i++) {
        pz_put_text(csv, geo->places[i]);
        pz_put_count_if(csv, !is_few(timeline, acc->sums[i]), acc->sums[i]);
        pz_put_count(csv, edition->addresses[i]);
        pz_put_nothing(csv);
    }
    pz_put_text(csv, PZ_COUNTRY_UNKNOWN);
    pz_put_count_if(csv, !is_few(timeline, acc->sums[geo->nplaces]), acc->sums[geo->nplaces]);
    pz_put_nothing(csv);
    pz_put_text(csv, (const char *)geo->source.bytes);
    pz_put_few(csv, timeline, few);
}

static void hourly_row(const struct pz_accumulator *acc, size_t at, struct pz_csv *csv)
{
    const struct pz_geo *geo = acc->timeline->countries;
    const struct pz_geo_edition *edition = pz_geo_at(geo, acc->timeline->hours[at].hour);
    const uint64_t *sums = hourly_sums(acc, at);
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
    {"country", PZ_TYPE_TEXT,
     .doc = "two letters; `ZZ`: the address lies in no range of the files given; `few`: all whose "
            "`sources` are left empty, together"},
    {"sources", PZ_TYPE_COUNT, "sources",
     .doc = "of the whole span, each once, in the country of its first hour; 0 for a country that has ranges and no "
            "source; empty below `--min-cell`"},
    {"addresses", PZ_TYPE_COUNT, "addresses",
     .doc = "in its ranges in the span's last hour, the denominator of `per_million`; empty for `ZZ`"},
    {"ranges_from", PZ_TYPE_QUOTED, .doc = "which files were used; in the row of `ZZ` only"},
    {0},
};

static const struct pz_column hourly_columns[] = {
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

const struct pz_job pz_job_country = {
    .countries = true,
    .nsums = nsums,
    .hour = hour,
    .end = end,
    .tables = PZ_TABLES({{"country", "With `--countries` only.", columns}, .rows = rows},
                        {{"country_hourly",
                          "Figures 7 and 8. With `--countries` only. A row for each country with sources in the hour. "
                          "No row: none was seen, or nothing recorded; `hourly` tells which.",
                          hourly_columns},
                         .each = PZ_EACH_HOUR,
                         .row = hourly_row})};
