/* Unique sources of each UTC day: the published Figure 1, by its text. A source that scans in many hours of a day counts
 * once in it: the day's set is the union of its hours'. */
#include "reduce/hourset.h"
#include "reduce/job.h"
#include "report/history.h"

#include <inttypes.h>

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
    pz_hourset_add(&state->seen, pz_hourset_of(slice));
}

static void end(struct pz_part *part, const struct pz_table *sources)
{
    (void)sources;
    close_day(part);
}

static void write(const struct pz_part *whole, struct pz_buf *csv)
{
    pz_buf_printf(csv, "day,sources,scans,packets,covered_seconds,status,copies\n");
    for (size_t i = 0; i < whole->frame->ndays; i++) {
        const struct pz_frame_day *row = &whole->frame->days[i];
        char day[PZ_TIME_TEXT];
        pz_time_text_day(row->day, day);
        if (row->packets)
            pz_buf_printf(csv, "%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64, day, whole->sums[i], row->scans, row->packets);
        else
            pz_buf_printf(csv, "%s,,,", day);
        pz_buf_printf(csv, ",%" PRIu32 ",%s,", row->covered_seconds, pz_status_name(row->status));
        if (row->packets)
            pz_buf_printf(csv, "%" PRIu64, row->syns - row->scans);
        pz_buf_printf(csv, "\n");
    }
}

static int draw(struct pz_results *results, struct pz_drawing *drawing)
{
    const struct pz_history history = {"daily", "%Y-%m-%d", "day", PZ_DAY_SECONDS};
    return pz_history_draw(&history, results, drawing);
}

static const struct pz_figure figures[] = {
    {.number = 1,
     .name = "figure-1-daily",
     .title = "Unique sources per day",
     .table = "daily",
     .width = 960,
     .height = 640,
     .draw = draw},
    {0},
};

const struct pz_job pz_job_daily = {.name = "daily",
                                    .nsums = nsums,
                                    .state_nbytes = sizeof(struct state),
                                    .hour = hour,
                                    .end = end,
                                    .write = write,
                                    .figures = figures};
