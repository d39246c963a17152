/* SPDX-License-Identifier: BSD-2-Clause */
/* Sources by country as curves, for those with the most: the published Figures 7 and 8, which country_map draws as
 * maps. */
#include "geo/geo.h"
#include "report/day_curves.h"

static const struct pz_day_curves counts = {
    .place = "country",
    .places = "countries",
    .prefix = "",
    .unknown = PZ_COUNTRY_UNKNOWN,
    .column = "sources",
    .what = "unique sources per hour",
    .rest = true,
    .caption =
        "Unique sources per hour by country, log scale, for the countries with the most; of all others together, and"
        " at addresses of no known country. Each hour is a step from its beginning to its end."};

static const struct pz_day_curves rates = {
    .place = "country",
    .places = "countries",
    .prefix = "",
    .unknown = PZ_COUNTRY_UNKNOWN,
    .column = "per_million",
    .what = "unique sources per million addresses",
    .caption = "Unique sources per hour and million of the country's addresses, log scale, for the countries "
               "with the most; without countries of fewer than 100,000 addresses. Each hour is a "
               "step from its beginning to its end."};

const struct pz_figure pz_figure_country_hourly[] = {
    {.number = 7,
     .part = "b",
     .name = "figure-7-countries-curves",
     .title = "Unique sources by country, those with the most",
     .table = "country_hourly",
     .size = {960, 500},
     .draw = pz_day_curves_draw,
     .variant = &counts},
    {.number = 8,
     .part = "b",
     .name = "figure-8-per-million-curves",
     .title = "Unique sources per million addresses of a country, those with the most",
     .table = "country_hourly",
     .size = {960, 500},
     .draw = pz_day_curves_draw,
     .variant = &rates},
    {0},
};
