/* SPDX-License-Identifier: BSD-2-Clause */
/* Sources of the whole span and of each hour by the network that announced their address, as by country. The hours have
 * numbers of the networks with the most sources, of all others together, and of addresses that nobody announced. */
#include "reduce/busiest.h"
#include "reduce/job.h"
#include "reduce/small_cells.h"

#include <stdlib.h>

/* Networks with fewer addresses have no rate. */
enum { ADDRESSES_MIN = 256 };

static size_t nwhole(const struct pz_timeline *timeline)
{
    return timeline->networks->nplaces + 1;
}

/* Of an hour: the busiest, others, none. */
static size_t nhourly(const struct pz_timeline *timeline)
{
    return timeline->busiest ? timeline->busiest->n + 2 : 0;
}

static size_t nsums(const struct pz_timeline *timeline)
{
    return nwhole(timeline) + timeline->nslots * nhourly(timeline);
}

static uint64_t *hourly_sums(const struct pz_accumulator *acc, size_t row)
{
    return acc->sums + nwhole(acc->timeline) + acc->timeline->hours[row].slot * nhourly(acc->timeline);
}

static void hour(struct pz_accumulator *acc, size_t row, const struct pz_range_hour *range)
{
    const struct pz_geo_edition *edition = pz_geo_at(acc->timeline->networks, range->hour);
    uint64_t *sums = hourly_sums(acc, row);
    for (size_t i = 0; acc->timeline->busiest && i < range->n; i++)
        sums[acc->timeline->busiest->numbers[pz_geo_find(edition, range->rows[i].address)]]++;
}

static void end(struct pz_accumulator *acc, const struct pz_table *sources)
{
    pz_count_places(acc->timeline->networks, sources, acc->sums);
}

static void put_rate(struct pz_csv *csv, uint64_t sources, uint64_t addresses)
{
    pz_put_number_if(csv, addresses >= ADDRESSES_MIN, (double)sources * 1e3 / (double)addresses);
}

static void rows(const struct pz_accumulator *acc, struct pz_csv *csv)
{
    const struct pz_timeline *timeline = acc->timeline;
    const struct pz_geo *geo = timeline->networks;
    const struct pz_geo_edition *edition = pz_geo_at(geo, timeline->n ? timeline->hours[timeline->n - 1].hour : 0);
    size_t n;
    uint32_t *order = pz_busiest_order(geo, acc->sums, &n);
    uint64_t few = 0;
    for (size_t i = 0; i < n; i++) {
        if (!pz_put_place(csv, timeline, geo->places[order[i]], acc->sums[order[i]], &few))
            continue;
        pz_put_count(csv, edition->addresses[order[i]]);
        put_rate(csv, acc->sums[order[i]], edition->addresses[order[i]]);
        pz_put_nothing(csv);
    }
    pz_put_few(csv, timeline, few);
    pz_put_text(csv, PZ_NETWORK_UNKNOWN);
    pz_put_cell(csv, timeline, acc->sums[geo->nplaces]);
    pz_put_nothing(csv);
    pz_put_nothing(csv);
    pz_put_text(csv, (const char *)geo->source.bytes);
    free(order);
}

static void hourly_row(const struct pz_accumulator *acc, size_t at, struct pz_csv *csv)
{
    const struct pz_geo *geo = acc->timeline->networks;
    const struct pz_busiest *busiest = acc->timeline->busiest;
    if (!busiest || !acc->timeline->hours[at].slot)
        return;
    const struct pz_geo_edition *edition = pz_geo_at(geo, acc->timeline->hours[at].hour);
    const uint64_t *sums = hourly_sums(acc, at);
    uint64_t addresses = 0; /* of the others */
    for (size_t i = 0; i < geo->nplaces; i++)
        addresses += busiest->numbers[i] == busiest->n ? edition->addresses[i] : 0;
    uint64_t few = 0;
    for (size_t i = 0; i < busiest->n + 2; i++) {
        const uint32_t *own = i < busiest->n ? &busiest->places[i] : NULL;
        const char *rest = i == busiest->n ? PZ_NETWORK_OTHERS : PZ_NETWORK_UNKNOWN;
        if (pz_put_place(csv, acc->timeline, own ? geo->places[*own] : rest, sums[i], &few))
            put_rate(csv, sums[i], own ? edition->addresses[*own] : i == busiest->n ? addresses : 0);
    }
    pz_put_few(csv, acc->timeline, few);
}

static const struct pz_column columns[] = {
    {"network", PZ_TYPE_TEXT,
     .doc = "the number of the autonomous system that announced the source's address, by the longest prefix; as CAIDA "
            "writes it, `a_b` where several did and `a,b` for a set; `none`: nobody did; `few`: all with fewer sources "
            "than "
            "`--min-cell` asks for, together"},
    {"sources", PZ_TYPE_COUNT, "sources",
     .doc = "of the whole span, each once, in the network of its first hour; empty below `--min-cell`"},
    {"addresses", PZ_TYPE_COUNT, "addresses", .doc = "that it announced, in the span's last hour; empty for `none`"},
    {"per_thousand", PZ_TYPE_NUMBER, "sources per thousand addresses",
     .doc = "empty below 256 addresses and for `none`", .decimals = 6},
    {"prefixes_from", PZ_TYPE_QUOTED,
     .doc = "which files were used, and how many of their lines were skipped or contradict an earlier one, which then "
            "holds; in the row of `none` only"},
    {0},
};

static const struct pz_column hourly_columns[] = {
    PZ_COLUMN_HOUR,
    {"network", PZ_TYPE_TEXT,
     .doc = "one of the first 100 rows of `networks`; `others`: all that are not; `none`: nobody announced the "
            "address; `few`: all with "
            "fewer sources than `--min-cell` asks for, together"},
    {"sources", PZ_TYPE_COUNT, "sources",
     .doc = "unique in the hour, 1 or more; empty for `few` if these are too few together"},
    {"per_thousand", PZ_TYPE_NUMBER, "sources per thousand addresses",
     .doc = "that the network announced in the hour; empty below 256 addresses and for `none`", .decimals = 6},
    {0},
};

const struct pz_job pz_job_networks = {
    .networks = true,
    .nsums = nsums,
    .hour = hour,
    .end = end,
    .tables = PZ_TABLES({{"networks",
                          "With `--networks` only. Networks that have sources, by their number, the most first, and of "
                          "equal ones in the order of their names as text.",
                          columns},
                         .rows = rows},
                        {{"networks_hourly",
                          "With `--networks` only. A row for each network with sources in the hour. No row: none was "
                          "seen, or nothing recorded; `hourly` tells which.",
                          hourly_columns},
                         .each = PZ_EACH_HOUR,
                         .row = hourly_row})};
