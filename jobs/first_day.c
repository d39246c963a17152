/* The day of the outbreak, 21 November 2008, hour by hour: the published Figure 2. */
#include "reduce/hourset.h"
#include "reduce/job.h"

enum { SOURCES, NEW, KINDS };

struct state {
    roaring_bitmap_t *seen; /* since midnight */
};

static void hour(struct pz_part *part, size_t row, const struct pz_slice_hour *slice)
{
    struct state *state = part->state;
    uint32_t midnight = pz_outbreak_hour(part->frame->outbreak);
    (void)row;
    if (slice->hour < midnight || slice->hour >= midnight + PZ_HOURS_PER_DAY)
        return;
    uint64_t before = state->seen ? roaring_bitmap_get_cardinality(state->seen) : 0;
    pz_hourset_add(&state->seen, pz_hourset_of(slice));
    uint64_t *sums = part->sums + (slice->hour - midnight) * KINDS;
    sums[SOURCES] += slice->n;
    sums[NEW] += roaring_bitmap_get_cardinality(state->seen) - before;
}

static void end(struct pz_part *part, const struct pz_table *sources)
{
    struct state *state = part->state;
    (void)sources;
    if (state->seen)
        roaring_bitmap_free(state->seen);
}

static void row(const struct pz_part *whole, size_t i, struct pz_csv *csv)
{
    uint32_t at = whole->frame->hours[i].hour, midnight = pz_outbreak_hour(whole->frame->outbreak);
    if (at < midnight || at >= midnight + PZ_HOURS_PER_DAY)
        return;
    const uint64_t *sums = whole->sums + (at - midnight) * KINDS;
    pz_put_count(csv, sums[SOURCES]);
    pz_put_count(csv, sums[NEW]);
    pz_put_running(csv, sums[NEW]);
}

static const struct pz_column columns[] = {
    PZ_COLUMN_HOUR,
    {"sources", PZ_TYPE_COUNT, "sources", .doc = "unique in the hour", .recorded = true},
    {"new_sources", PZ_TYPE_COUNT, "sources", .doc = "not seen since midnight", .recorded = true},
    {"cumulative_sources", PZ_TYPE_RUNNING, "sources", .doc = "seen since midnight; a number in outages too"},
    PZ_COLUMN_COVERED,
    PZ_COLUMN_STATUS,
    {0},
};

const struct pz_job pz_job_first_day = {
    .sums = PZ_HOURS_PER_DAY * KINDS,
    .state_nbytes = sizeof(struct state),
    .hour = hour,
    .end = end,
    .tables = PZ_TABLES(
        {{"first_day", "Figure 2. 21 November 2008 only; the header alone where the captures don't have it.", columns},
         PZ_EACH_HOUR,
         row})};
