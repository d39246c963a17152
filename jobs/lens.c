/* SPDX-License-Identifier: BSD-2-Clause */
/* What of the telescope each hour's packets show: how many /16s they went to, by the top bit of the second octet. The
 * worm's random scan never sets that bit, so a /16 on the far side sees none of it. With the sources next to it, it is
 * the published Figure 4: there the recorded part shrank to one /16, which is found here and not assumed. */
#include "reduce/job.h"

static void row(const struct pz_accumulator *acc, size_t i, struct pz_csv *csv)
{
    pz_put_count(csv, acc->timeline->hours[i].lens_low);
    pz_put_count(csv, acc->timeline->hours[i].lens_high);
}

static const struct pz_column columns[] = {
    PZ_COLUMN_HOUR,
    PZ_COLUMN_SOURCES,
    {"networks_reachable", PZ_TYPE_COUNT, "/16s",
     .doc = "that packets went to, second octet below 128: the worm comes to half of each", .recorded = true},
    {"networks_unreachable", PZ_TYPE_COUNT, "/16s",
     .doc = "that packets went to, with a second octet of 128 or above: the worm reaches none of their "
            "addresses",
     .recorded = true},
    PZ_COLUMN_COVERED,
    PZ_COLUMN_STATUS,
    {0},
};

const struct pz_job pz_job_lens = {
    .tables = PZ_TABLES({{"lens", "Figure 4. What of the telescope each hour's packets show.", columns},
                         .each = PZ_EACH_HOUR,
                         .row = row})};
