/* Unique sources of each hour: the published Figures 1 to 4, hourly. */
#include "reduce/job.h"
#include "report/history.h"

#include <inttypes.h>

static size_t nsums(const struct pz_frame *frame)
{
    return frame->nslots;
}

static void hour(struct pz_part *part, size_t row, const struct pz_slice_hour *slice)
{
    *pz_part_sums(part, row, 1) += slice->n;
}

static void write(const struct pz_part *whole, struct pz_buf *csv)
{
    pz_buf_printf(csv, "hour,sources,scans,packets,covered_seconds,status,copies\n");
    for (size_t i = 0; i < whole->frame->n; i++) {
        const struct pz_frame_hour *row = &whole->frame->hours[i];
        char time[PZ_TIME_TEXT];
        pz_time_text(row->hour * (int64_t)PZ_SECONDS_PER_HOUR, time);
        if (row->packets)
            pz_buf_printf(csv, "%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64, time, *pz_part_sums(whole, i, 1), row->scans, row->packets);
        else
            pz_buf_printf(csv, "%s,,,", time);
        pz_buf_printf(csv, ",%" PRIu32 ",%s,", row->covered_seconds, pz_status_name(row->status));
        if (row->packets)
            pz_buf_printf(csv, "%" PRIu64, row->syns - row->scans);
        pz_buf_printf(csv, "\n");
    }
}

static int draw(struct pz_results *results, struct pz_drawing *drawing)
{
    const struct pz_history history = {"hourly", "%Y-%m-%dT%H:%M:%SZ", "hour", PZ_SECONDS_PER_HOUR};
    return pz_history_draw(&history, results, drawing);
}

static const struct pz_figure figures[] = {
    {.number = 1,
     .name = "figure-1-hourly",
     .title = "Unique sources per hour",
     .table = "hourly",
     .width = 960,
     .height = 640,
     .draw = draw},
    {0},
};

const struct pz_job pz_job_hourly = {
    .name = "hourly", .nsums = nsums, .hour = hour, .write = write, .figures = figures};
