/* SPDX-License-Identifier: BSD-2-Clause */
/* Unique sources of each hour: the published Figures 1 to 4, hourly. */
#include "reduce/job.h"

static const struct pz_column columns[] = {
    PZ_COLUMN_HOUR,
    {"sources", PZ_TYPE_COUNT, "sources", .doc = "unique in the hour; 0: nobody scanned", .recorded = true,
     .fact = PZ_FACT_SOURCES},
    PZ_COLUMN_SCANS,
    PZ_COLUMN_PACKETS,
    PZ_COLUMN_COVERED,
    PZ_COLUMN_STATUS,
    PZ_COLUMN_COPIES,
    {0},
};

const struct pz_job pz_job_hourly = {
    .tables = PZ_TABLES({{"hourly", "Figure 1. A row for every hour from the first packet to the last.", columns},
                         .each = PZ_EACH_HOUR})};
