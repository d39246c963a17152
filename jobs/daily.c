/* Unique sources of each UTC day: the published Figure 1, by its text. A source that scans in many hours of a day counts
 * once in it: the day's set is the union of its hours'. */
#include "reduce/hourset.h"
#include "reduce/job.h"

struct state {
    roaring_bitmap_t *seen; /* in the day at hand */
    size_t day;
};

static void close_day(struct pz_part *part)
{
    struct state *state = part->state;
    if (!state->seen)
        return;
    part->sums[state->day] += roaring_bitmap_get_cardinality(state->seen);
    roaring_bitmap_free(state->seen);
    state->seen = NULL;
}

static void hour(struct pz_part *part, size_t row, const struct pz_slice_hour *slice)
{
    struct state *state = part->state;
    size_t day = part->frame->hours[row].day;
    if (day != state->day)
        close_day(part);
    state->day = day;
    pz_hourset_add(&state->seen, pz_hourset_of(slice));
}

static void end(struct pz_part *part, const struct pz_table *sources)
{
    (void)sources;
    close_day(part);
}

static void row(const struct pz_part *whole, size_t i, struct pz_csv *csv)
{
    pz_put_count(csv, whole->sums[i]);
}

static const struct pz_column columns[] = {
    PZ_COLUMN_DAY,
    {"sources", PZ_TYPE_COUNT, "sources",
     .doc = "unique in the day: the union of its hours' sources, not their sum; 0: nobody scanned", .recorded = true},
    PZ_COLUMN_SCANS,
    PZ_COLUMN_PACKETS,
    PZ_COLUMN_COVERED,
    PZ_COLUMN_STATUS,
    PZ_COLUMN_COPIES,
    {0},
};

const struct pz_job pz_job_daily = {
    .day_sums = 1,
    .state_nbytes = sizeof(struct state),
    .hour = hour,
    .end = end,
    .tables = PZ_TABLES(
        {{"daily", "Figure 1. A row for every day from the first packet to the last.", columns}, PZ_EACH_DAY, row})};
