/* SPDX-License-Identifier: BSD-2-Clause */
/* Sources by country as curves, for those with the most: the published Figures 7 and 8, which country_map draws as
 * maps. */
#include "geo/geo.h"
#include "report/day_curves.h"

static const struct pz_day_curves counts = {.table = "country_hourly",
                                            .place = "country",
                                            .column = "sources",
                                            .what = "unique sources per hour",
                                            .places = "countries",
                                            .prefix = "",
                                            .unknown = PZ_COUNTRY_UNKNOWN,
                                            .rest = true};

static const struct pz_day_curves rates = {.table = "country_hourly",
                                           .place = "country",
                                           .column = "per_million",
                                           .what = "unique sources per million addresses",
                                           .places = "countries",
                                           .prefix = "",
                                           .unknown = PZ_COUNTRY_UNKNOWN};

static int draw_counts(struct pz_results *results, struct pz_drawing *drawing)
{
    if (pz_day_curves_draw(results, drawing, &counts) != 0)
        return -1;
    pz_caption(
        drawing,
        "Unique sources per hour by country, log scale, for the countries with the most; of all others together, and"
        " at addresses of no known country. Each hour is a step from its beginning to its end.");
    return 0;
}

static int draw_rates(struct pz_results *results, struct pz_drawing *drawing)
{
    if (pz_day_curves_draw(results, drawing, &rates) != 0)
        return -1;
    pz_caption(drawing, "Unique sources per hour and million of the country's addresses, log scale, for the countries "
                        "with the most; without countries of fewer than 100,000 addresses. Each hour is a "
                        "step from its beginning to its end.");
    return 0;
}

const struct pz_figure pz_figure_country_hourly[] = {
    {.number = 7,
     .part = "b",
     .name = "figure-7-countries-curves",
     .title = "Unique sources by country, those with the most",
     .table = "country_hourly",
     .width = 960,
     .height = 500,
     .draw = draw_counts},
    {.number = 8,
     .part = "b",
     .name = "figure-8-per-million-curves",
     .title = "Unique sources per million addresses of a country, those with the most",
     .table = "country_hourly",
     .width = 960,
     .height = 500,
     .draw = draw_rates},
    {0},
};
