/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether what a Windows stack counts goes up from one scan of a source to its next: source port and ip.id, the page's
 * "incremental". Of sources that scan like the worm by destinations and length, and of the first few scans of an hour,
 * as those are kept one by one. */
#include "reduce/job.h"

enum { SOURCES, STEPS, PORT_RISES, IP_ID_RISES, KINDS };
enum { TARGETS_MIN = 3 };

static bool is_wanted(const struct pz_source *source)
{
    bool reached_only = !source->quadrants[1] && !source->quadrants[2] && !source->quadrants[3];
    return reached_only && source->with_length == pz_source_scans(source) &&
           pz_source_destinations(source) >= TARGETS_MIN;
}

static bool same_attempt(const struct pz_scan_seen *a, const struct pz_scan_seen *b)
{
    return a->destination == b->destination && a->sequence == b->sequence && a->source_port == b->source_port;
}

static void hour(struct pz_accumulator *acc, size_t row, const struct pz_range_hour *range)
{
    uint64_t *sums = pz_accumulator_sums(acc, row, KINDS);
    for (size_t i = 0; i < range->n; i++) {
        const struct pz_source *source = &range->rows[i];
        const struct pz_scan_seen *seen = source->earliest, *before = &seen[0];
        uint64_t steps = 0;
        if (!is_wanted(source))
            continue;
        for (unsigned j = 1; j < pz_source_nearliest(source); j++) {
            bool again = false; /* a SYN of an attempt that was looked at */
            for (unsigned k = 0; k < j; k++)
                again = again || same_attempt(&seen[k], &seen[j]);
            if (again)
                continue;
            uint16_t id_step = (uint16_t)(seen[j].ip_id - before->ip_id);
            sums[PORT_RISES] += seen[j].source_port > before->source_port;
            sums[IP_ID_RISES] += id_step > 0 && id_step < 1 << 15; /* it wraps at 65,536 */
            before = &seen[j];
            steps++;
        }
        sums[STEPS] += steps;
        sums[SOURCES] += steps > 0;
    }
}

static const struct pz_column columns[] = {
    PZ_COLUMN_HOUR,
    {"sources", PZ_TYPE_COUNT, "sources", .doc = "that have a step; 0: none", .recorded = true},
    {"steps", PZ_TYPE_COUNT, "steps", .doc = "in all", .recorded = true},
    {"port_rises", PZ_TYPE_COUNT, "steps", .doc = "in which the port is higher than before: half of all by chance",
     .recorded = true},
    {"ip_id_rises", PZ_TYPE_COUNT, "steps",
     .doc = "in which ip.id is higher than before, by less than 2^15 modulo 2^16", .recorded = true},
    PZ_COLUMN_STATUS,
    {0},
};

const struct pz_job pz_job_steps = {
    .hour_sums = KINDS,
    .hour = hour,
    .tables = PZ_TABLES(
        {{"steps",
          "Whether source port and ip.id rise from one scan of a source to its next. Of sources that in the hour "
          "scanned three reachable destinations or more and no other, with 48 bytes; and of their first four "
          "scans, less SYNs of the same attempt.",
          columns},
         .each = PZ_EACH_HOUR})};
