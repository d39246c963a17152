/* SPDX-License-Identifier: BSD-2-Clause */
/* Sources by the network that announced their address, as curves, as those of countries. */
#include "geo/geo.h"
#include "report/day_curves.h"

static const struct pz_day_curves counts = {
    .place = "network",
    .places = "networks",
    .prefix = "AS ",
    .unknown = PZ_NETWORK_UNKNOWN,
    .others = PZ_NETWORK_OTHERS,
    .column = "sources",
    .what = "unique sources per hour",
    .rest = true,
    .caption = "Unique sources per hour by the network (autonomous system) that announced their address, log "
               "scale, for the networks with the most; of all others together, and at addresses that nobody "
               "announced. Each hour is a step from its beginning to its end."};

static const struct pz_day_curves rates = {
    .place = "network",
    .places = "networks",
    .prefix = "AS ",
    .unknown = PZ_NETWORK_UNKNOWN,
    .others = PZ_NETWORK_OTHERS,
    .column = "per_thousand",
    .what = "unique sources per thousand addresses",
    .caption = "Unique sources per hour and thousand of the addresses that the network announced, log scale, "
               "for the networks with the most; of the hundred networks with the most sources of all, and "
               "without those of fewer than 256 addresses. Each hour is a step from its beginning to its end."};

const struct pz_figure pz_figure_networks[] = {
    {.number = 16,
     .name = "figure-16-networks",
     .title = "Unique sources by network, those with the most",
     .table = "networks_hourly",
     .size = {960, 500},
     .draw = pz_day_curves_draw,
     .variant = &counts},
    {.number = 17,
     .name = "figure-17-networks-per-thousand",
     .title = "Unique sources per thousand addresses of a network, those with the most",
     .table = "networks_hourly",
     .size = {960, 500},
     .draw = pz_day_curves_draw,
     .variant = &rates},
    {0},
};
