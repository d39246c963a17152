/* SPDX-License-Identifier: BSD-2-Clause */
/* How many scans and attempts had which of the worm's traits, hour by hour and in all combinations: from it any rule
 * made of these traits can be tried without reading the archive again. */
#include "reduce/job.h"

static void row(const struct pz_accumulator *acc, size_t i, struct pz_csv *csv)
{
    const struct pz_timeline_slot *slot = &acc->timeline->slots[acc->timeline->hours[i].slot];
    for (int traits = 0; !csv->unrecorded && traits < PZ_TRAITS; traits++) {
        pz_put_count(csv, !!(traits & PZ_TRAIT_REACHABLE));
        pz_put_count(csv, !!(traits & PZ_TRAIT_LENGTH));
        pz_put_count(csv, !!(traits & PZ_TRAIT_TTL));
        pz_put_count(csv, !!(traits & PZ_TRAIT_PORT));
        pz_put_count(csv, slot->scans_by[traits]);
        for (int pattern = 0; pattern < PZ_PATTERNS; pattern++)
            pz_put_count(csv, slot->attempts_by[traits][pattern]);
    }
}

static const struct pz_column columns[] = {
    PZ_COLUMN_HOUR,
    {"reachable", PZ_TYPE_COUNT, "0 or 1", .doc = "1 if the worm can reach the destination"},
    {"length_48", PZ_TYPE_COUNT, "0 or 1", .doc = "1 if the IP packet has 48 bytes"},
    {"ttl_65_128", PZ_TYPE_COUNT, "0 or 1", .doc = "1 if the TTL is 65 to 128"},
    {"port_1024_5000", PZ_TYPE_COUNT, "0 or 1", .doc = "1 if the source port is 1024 to 5000"},
    {"scans", PZ_TYPE_COUNT, "scans", .doc = "that have the combination; 0: none"},
    {"attempts_1_syn", PZ_TYPE_COUNT, "attempts",
     .doc = "connection attempts of one SYN; of the combination of their first, in its hour"},
    {"attempts_2_in_time", PZ_TYPE_COUNT, "attempts", .doc = "connection attempts of two SYNs, 2.5 to 3.6 s apart"},
    {"attempts_2_other", PZ_TYPE_COUNT, "attempts", .doc = "connection attempts of two SYNs, at another distance"},
    {"attempts_3_or_more", PZ_TYPE_COUNT, "attempts", .doc = "connection attempts of three SYNs or more"},
    {0},
};

const struct pz_job pz_job_fingerprint = {
    .tables = PZ_TABLES({{"fingerprint",
                          "16 rows an hour, one for each combination of four traits, and none for an hour without "
                          "packets. Nothing is thrown away: their sum is all scans.",
                          columns},
                         .each = PZ_EACH_HOUR,
                         .row = row})};
