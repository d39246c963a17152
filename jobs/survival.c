/* SPDX-License-Identifier: BSD-2-Clause */
/* How long sources stay: Kaplan and Meier's estimate (1958) of the share that is seen for at least a number of days. A
 * source that comes back after a while has stayed.
 *
 * A source is gone after its last scan if the day that followed was recorded. If most of that day wasn't recorded, as
 * at the end of the span or in a gap, the source is censored: it is at risk until then, and never counts as gone. */
#include "reduce/job.h"

#include <math.h>
#include <stdlib.h>

enum { DAYS = 731, GONE = 0, CENSORED = 1, KINDS = 2 };
enum {
    FOLLOWED_SECONDS = 20 * PZ_SECONDS_PER_HOUR
}; /* of the 24 hours after a last scan, recorded, so that it is known to be the last */
#define USEC_PER_DAY (PZ_HOURS_PER_DAY * PZ_USEC_PER_HOUR)

/* Stays beyond the last day count as the last day. */
static size_t days(int64_t usec)
{
    int64_t n = usec / USEC_PER_DAY;
    return n < 0 ? 0 : n < DAYS ? (size_t)n : DAYS - 1;
}

static void end(struct pz_accumulator *acc, const struct pz_table *sources)
{
    const struct pz_timeline *timeline = acc->timeline;
    uint64_t *covered = pz_alloc((timeline->n + 1) * sizeof *covered); /* until each row */
    for (size_t i = 0; i < timeline->n; i++)
        covered[i + 1] = covered[i] + timeline->hours[i].covered_seconds;
    for (size_t i = 0; i < sources->n; i++) {
        const struct pz_source *source = pz_table_row(sources, i);
        uint32_t next = (uint32_t)(source->last_usec / PZ_USEC_PER_HOUR) + 1;
        uint64_t followed =
            covered[pz_timeline_from(timeline, next + PZ_HOURS_PER_DAY)] - covered[pz_timeline_from(timeline, next)];
        acc->sums[days(source->last_usec - source->first_usec) * KINDS +
                  (followed < FOLLOWED_SECONDS ? CENSORED : GONE)]++;
    }
    free(covered);
}

static void rows(const struct pz_accumulator *acc, struct pz_csv *csv)
{
    uint64_t at_risk = 0;
    double share = 1, variance = 0; /* Greenwood's, of the logarithm of the share */
    for (size_t i = 0; i < DAYS * KINDS; i++)
        at_risk += acc->sums[i];
    for (size_t day = 0; day < DAYS && at_risk; day++) {
        uint64_t gone = acc->sums[day * KINDS + GONE], censored = acc->sums[day * KINDS + CENSORED];
        double factor = exp(1.96 * sqrt(variance));
        pz_put_count(csv, day);
        pz_put_count(csv, at_risk);
        pz_put_count(csv, gone);
        pz_put_count(csv, censored);
        pz_put_number(csv, share);
        pz_put_number(csv, share / factor);
        pz_put_number(csv, fmin(share * factor, 1));
        if (gone == at_risk)
            break; /* none is left, and a share of 0 has no band */
        share *= 1 - (double)gone / (double)at_risk;
        variance += (double)gone / ((double)at_risk * (double)(at_risk - gone));
        at_risk -= gone + censored;
    }
}

static const struct pz_column columns[] = {
    {"days", PZ_TYPE_COUNT, "days", .doc = "since a source's first scan"},
    {"at_risk", PZ_TYPE_COUNT, "sources", .doc = "that were seen for this many days or more, and not censored before"},
    {"gone", PZ_TYPE_COUNT, "sources",
     .doc = "of these, not seen for one day more, although the day after was recorded"},
    {"censored", PZ_TYPE_COUNT, "sources",
     .doc = "of these, not seen for a day more, as less than 20 of the 24 hours after the hour of their last scan were "
            "recorded"},
    {"share", PZ_TYPE_NUMBER, .decimals = 6, .doc = "of sources that stay for this many days or more, 0 to 1"},
    {"low", PZ_TYPE_NUMBER, .decimals = 6, .doc = "the lower end of the 95 % band of `share` (Greenwood)"},
    {"high", PZ_TYPE_NUMBER, .decimals = 6, .doc = "the upper end of that band"},
    {0},
};

const struct pz_job pz_job_survival = {
    .sums = DAYS * KINDS,
    .end = end,
    .tables =
        PZ_TABLES({{"survival", "How long sources stay, by Kaplan and Meier's estimate.", columns}, .rows = rows})};
