/* Unique sources of each UTC day: the published Figure 1, by its text. A source that scans in many hours of a day counts
 * once in it: the day's set is the union of its hours'. */
#include "reduce/job.h"

#include <inttypes.h>
#include <stdlib.h>

struct state {
    roaring_bitmap_t *seen; /* in the day at hand */
    size_t day;
};

static size_t nsums(const struct pz_frame *frame)
{
    return frame->ndays;
}

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
    uint32_t *addresses = pz_alloc(slice->n * sizeof *addresses);
    for (size_t i = 0; i < slice->n; i++)
        addresses[i] = slice->rows[i].address;
    roaring_bitmap_t *sources = roaring_bitmap_of_ptr(slice->n, addresses);
    free(addresses);
    PZ_CHECK(sources);
    if (state->seen) {
        roaring_bitmap_or_inplace(state->seen, sources);
        roaring_bitmap_free(sources);
    } else {
        state->seen = sources;
    }
}

static void end(struct pz_part *part, const struct pz_table *sources)
{
    (void)sources;
    close_day(part);
}

static void write(const struct pz_part *whole, struct pz_buf *csv)
{
    pz_buf_printf(csv, "day,sources,scans,packets,covered_seconds,status\n");
    for (size_t i = 0; i < whole->frame->ndays; i++) {
        const struct pz_frame_day *row = &whole->frame->days[i];
        char day[PZ_TIME_TEXT];
        pz_time_text_day(row->day, day);
        if (row->packets)
            pz_buf_printf(csv, "%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64, day, whole->sums[i], row->scans, row->packets);
        else
            pz_buf_printf(csv, "%s,,,", day);
        pz_buf_printf(csv, ",%" PRIu32 ",%s\n", row->covered_seconds, pz_status_name(row->status));
    }
}

const struct pz_job pz_job_daily = {.name = "daily", .nsums = nsums, .state_nbytes = sizeof(struct state),
                                    .hour = hour, .end = end, .write = write};
