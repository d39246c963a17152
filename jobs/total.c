/* The whole span in one row. */
#include "reduce/job.h"

#include <inttypes.h>

static size_t nsums(const struct pz_frame *frame)
{
    (void)frame;
    return 1;
}

static void end(struct pz_part *part, const struct pz_table *sources)
{
    part->sums[0] += sources->n;
}

static void write(const struct pz_part *whole, struct pz_buf *csv)
{
    uint64_t syns = 0, scans = 0, packets = 0, hours[PZ_STATUS_COUNT] = {0};
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (size_t i = 0; i < whole->frame->n; i++) {
        const struct pz_frame_hour *row = &whole->frame->hours[i];
        syns += row->syns;
        scans += row->scans;
        packets += row->packets;
        hours[row->status] += row->nhours;
        first = row->first_usec < first ? row->first_usec : first;
        last = row->last_usec > last ? row->last_usec : last;
    }
    pz_buf_printf(csv, "sources,scans,packets,hours_whole,hours_partial,hours_missing,hours_damaged,first_time,last_time,"
                       "captures_not_read,copies\n"
                       "%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",",
                  whole->sums[0], scans, packets, hours[PZ_WHOLE], hours[PZ_PARTIAL], hours[PZ_MISSING], hours[PZ_DAMAGED]);
    char time[2][PZ_TIME_TEXT] = {"", ""};
    if (first <= last) {
        pz_time_text_usec(first, time[0]);
        pz_time_text_usec(last, time[1]);
    }
    pz_buf_printf(csv, "%s,%s,%" PRIu64 ",%" PRIu64 "\n", time[0], time[1], whole->frame->captures_unread, syns - scans);
}

const struct pz_job pz_job_total = {.name = "total", .nsums = nsums, .end = end, .write = write};
