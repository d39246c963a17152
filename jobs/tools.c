/* SPDX-License-Identifier: BSD-2-Clause */
/* Scans that look like those of known tools, and scans from sources that no host can have, hour by hour. The tools are
 * younger than Conficker: in an archive of 2008 their counts are chance. The count expected by chance is next to each;
 * a count far from it means that headers are misread, or that scanners set them by a rule. */
#include "geo/special.h"
#include "reduce/job.h"

#include <math.h>

enum { RESERVED, UNALLOCATED, KINDS };

static void hour(struct pz_accumulator *acc, size_t row, const struct pz_range_hour *range)
{
    uint64_t *sums = pz_accumulator_sums(acc, row, KINDS);
    for (size_t i = 0; i < range->n; i++) {
        enum pz_special special = pz_special_of(range->rows[i].address);
        if (special != PZ_SPECIAL_NOT)
            sums[special == PZ_SPECIAL_RESERVED ? RESERVED : UNALLOCATED] += pz_source_scans(&range->rows[i]);
    }
}

static void put_sign(struct pz_csv *csv, const char *sign, uint64_t scans, double chance, uint64_t all)
{
    pz_put_text(csv, sign);
    pz_put_count(csv, scans);
    pz_put_number(csv, chance * (double)all);
}

static void row(const struct pz_accumulator *acc, size_t i, struct pz_csv *csv)
{
    const struct pz_timeline_hour *h = &acc->timeline->hours[i];
    const uint64_t *tools = acc->timeline->slots[h->slot].tools, *sums = pz_accumulator_sums(acc, i, KINDS);
    const double address = ldexp(1, h->masked ? -24 : -32), all = ldexp(1, -32);
    if (csv->unrecorded)
        return;
    put_sign(csv, "zmap", tools[PZ_TOOL_ZMAP], ldexp(1, -16), h->scans);
    put_sign(csv, "masscan", tools[PZ_TOOL_MASSCAN], ldexp(1, -16), h->scans);
    put_sign(csv, "mirai", tools[PZ_TOOL_MIRAI], address, h->scans);
    put_sign(csv, "land", tools[PZ_TOOL_LAND], address, h->scans);
    put_sign(csv, "ttl_200", tools[PZ_TOOL_TTL], (256 - PZ_TOOL_TTL_MIN) / 256.0, h->scans);
    put_sign(csv, "reserved", sums[RESERVED], (double)pz_special_size(PZ_SPECIAL_RESERVED) * all, h->scans);
    put_sign(csv, "unallocated", sums[UNALLOCATED], (double)pz_special_size(PZ_SPECIAL_UNALLOCATED) * all, h->scans);
}

static const struct pz_column columns[] = {
    PZ_COLUMN_HOUR,
    {"sign", PZ_TYPE_TEXT,
     .doc = "`zmap`: the ip.id is 54321. `masscan`: it is destination ^ port ^ sequence number, the lower 16 bits. "
            "`mirai`: the sequence number is the destination. `land`: the source is the destination. `ttl_200`: the "
            "TTL is 200 or more. `reserved`: the source is of a range that a standard reserves (RFC 3330). "
            "`unallocated`: IANA had given the source's range to nobody by 21 November 2008; it says nothing of later "
            "years"},
    {"scans", PZ_TYPE_COUNT, "scans", .doc = "that have the sign of the tool; 0: none"},
    {"expected", PZ_TYPE_NUMBER, "scans",
     .doc = "as many of the hour's scans would have it by chance, if what is compared were drawn at random from all "
            "values. Of `mirai` and `land` 24 bits are compared where the first octet of destinations is 0",
     .decimals = 6},
    {0},
};

const struct pz_job pz_job_tools = {
    .hour_sums = KINDS,
    .hour = hour,
    .tables = PZ_TABLES({{"tools",
                          "Scans that look like a known tool's, and scans that no host can have sent under that name. "
                          "A scan may have several signs. 7 rows an hour, and none for an hour without packets. ZMap "
                          "appeared in 2013, masscan in 2013 and Mirai in 2016: in older archives their counts are "
                          "chance.",
                          columns},
                         .each = PZ_EACH_HOUR,
                         .row = row})};
