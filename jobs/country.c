/* SPDX-License-Identifier: BSD-2-Clause */
/* Sources of the whole span by country, with the country's addresses. */
#include "reduce/busiest.h"
#include "reduce/small_cells.h"

static size_t nsums(const struct pz_timeline *timeline)
{
    return timeline->countries->nplaces + 1;
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

const struct pz_job pz_job_country = {.countries = true,
                                      .nsums = nsums,
                                      .end = end,
                                      .tables =
                                          PZ_TABLES({{"country", "With `--countries` only.", columns}, .rows = rows})};
