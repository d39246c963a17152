/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole span in one row. */
#include "reduce/job.h"

static void end(struct pz_accumulator *acc, const struct pz_table *sources)
{
    acc->sums[0] += sources->n;
}

static void row(const struct pz_accumulator *acc, struct pz_csv *csv)
{
    uint64_t syns = 0, scans = 0, packets = 0, hours[PZ_STATUS_COUNT] = {0};
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (size_t i = 0; i < acc->timeline->n; i++) {
        const struct pz_timeline_hour *hour = &acc->timeline->hours[i];
        syns += hour->syns;
        scans += hour->scans;
        packets += hour->packets;
        hours[hour->status] += hour->nhours;
        first = hour->first_usec < first ? hour->first_usec : first;
        last = hour->last_usec > last ? hour->last_usec : last;
    }
    pz_put_count(csv, acc->sums[0]);
    pz_put_count(csv, scans);
    pz_put_count(csv, packets);
    pz_put_count(csv, hours[PZ_WHOLE]);
    pz_put_count(csv, hours[PZ_PARTIAL]);
    pz_put_count(csv, hours[PZ_MISSING]);
    pz_put_count(csv, hours[PZ_DAMAGED]);
    pz_put_time_if(csv, first <= last, first);
    pz_put_time_if(csv, first <= last, last);
    pz_put_count(csv, acc->timeline->captures_unread);
    pz_put_count(csv, syns - scans);
}

static const struct pz_column columns[] = {
    {"sources", PZ_TYPE_COUNT, "sources", .doc = "of the whole span, each once"},
    {"scans", PZ_TYPE_COUNT, "scans", .doc = "of the whole span"},
    {"packets", PZ_TYPE_COUNT, "packets", .doc = "of any kind, inside the lens, copies too"},
    {"hours_whole", PZ_TYPE_COUNT, "hours", .doc = "from the first packet to the last, with the status `whole`"},
    {"hours_partial", PZ_TYPE_COUNT, "hours", .doc = "from the first packet to the last, with the status `partial`"},
    {"hours_missing", PZ_TYPE_COUNT, "hours", .doc = "from the first packet to the last, with the status `missing`"},
    {"hours_damaged", PZ_TYPE_COUNT, "hours", .doc = "from the first packet to the last, with the status `damaged`"},
    {"first_time", PZ_TYPE_USEC, .doc = "of the first packet; empty if there is none"},
    {"last_time", PZ_TYPE_USEC, .doc = "of the last packet; empty if there is none"},
    {"captures_not_read", PZ_TYPE_COUNT, "captures", .doc = "that could not be read at all; `summary.json` names them"},
    {"copies", PZ_TYPE_COUNT, "packets", .doc = "copies of scans, in this or another capture"},
    {0},
};

const struct pz_job pz_job_total = {
    .sums = 1, .end = end, .tables = PZ_TABLES({{"total", "The whole span in one row.", columns}, .rows = row})};
