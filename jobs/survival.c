/* How long sources stay: of those that were first seen at least so many days before the end of the span, the share that
 * was still seen then or later. A source that is gone for a while and comes back has stayed. */
#include "reduce/job.h"

enum { DAYS = 731, AT_RISK = 0, STAYED = 1, KINDS = 2 };
#define USEC_PER_DAY (PZ_HOURS_PER_DAY * PZ_USEC_PER_HOUR)

/* Of the last packet that was recorded. */
static int64_t end_usec(const struct pz_timeline *timeline)
{
    int64_t last = 0;
    for (size_t i = 0; i < timeline->n; i++)
        last = timeline->hours[i].last_usec > last ? timeline->hours[i].last_usec : last;
    return last;
}

/* Days that can't be told apart any more count as the last one. */
static size_t days(int64_t usec)
{
    int64_t n = usec / USEC_PER_DAY;
    return n < 0 ? 0 : n < DAYS ? (size_t)n : DAYS - 1;
}

static void end(struct pz_accumulator *acc, const struct pz_table *sources)
{
    int64_t last = end_usec(acc->timeline);
    for (size_t i = 0; i < sources->n; i++) {
        const struct pz_source *source = pz_table_row(sources, i);
        acc->sums[days(last - source->first_usec) * KINDS + AT_RISK]++;
        acc->sums[days(source->last_usec - source->first_usec) * KINDS + STAYED]++;
    }
}

static void rows(const struct pz_accumulator *acc, size_t i, struct pz_csv *csv)
{
    uint64_t risk[DAYS], stayed[DAYS], sum[KINDS] = {0};
    (void)i;
    for (size_t day = DAYS; day-- > 0;) {
        risk[day] = sum[AT_RISK] += acc->sums[day * KINDS + AT_RISK];
        stayed[day] = sum[STAYED] += acc->sums[day * KINDS + STAYED];
    }
    for (size_t day = 0; day < DAYS && risk[day]; day++) {
        pz_put_count(csv, day);
        pz_put_count(csv, risk[day]);
        pz_put_count(csv, stayed[day]);
    }
}

static const struct pz_column columns[] = {
    {"days", PZ_TYPE_COUNT, "days",
     .doc = "since a source's first scan; the last row is the last that any source can have reached"},
    {"sources", PZ_TYPE_COUNT, "sources",
     .doc = "first seen at least so many days before the last packet: those of which it can be known"},
    {"still_seen", PZ_TYPE_COUNT, "sources", .doc = "of these, those seen then or later"},
    {0},
};

const struct pz_job pz_job_survival = {.sums = DAYS * KINDS,
                                       .end = end,
                                       .tables =
                                           PZ_TABLES({{"survival", "How long sources stay.", columns}, PZ_ONCE, rows})};
