/* Sources by the time of their first scan in the span, and how many of them the worm's random scan can reach itself: with
 * a span that begins at midnight of 21 November 2008, the published Figure 6. */
#include "reduce/job.h"
#include "worm/reachable.h"

#include <inttypes.h>

/* Bins of one hour of the frame; where a bin is longer than an hour, an hour has one and its bin is put together in
 * the table. */
static size_t bins_of(const struct pz_frame *frame)
{
    uint32_t bin = frame->options.timeline_bin;
    return bin < PZ_SECONDS_PER_HOUR ? PZ_SECONDS_PER_HOUR / bin : 1;
}

enum { NEW, NEW_REACHABLE, KINDS };

static size_t nsums(const struct pz_frame *frame)
{
    return frame->nslots * bins_of(frame) * KINDS;
}

static void end(struct pz_part *part, const struct pz_table *sources)
{
    const size_t bins = bins_of(part->frame);
    for (size_t i = 0; i < sources->n; i++) {
        const struct pz_source *source = pz_table_row(sources, i);
        uint32_t hour = (uint32_t)(source->first_usec / PZ_USEC_PER_HOUR);
        size_t bin = (size_t)(source->first_usec % PZ_USEC_PER_HOUR) * bins / PZ_USEC_PER_HOUR;
        uint64_t *sums = pz_part_sums(part, pz_frame_row(part->frame, hour), bins * KINDS) + bin * KINDS;
        sums[NEW]++;
        sums[NEW_REACHABLE] += pz_worm_reaches(source->address);
    }
}

struct bin {
    int64_t second; /* since 1970, of its start */
    uint64_t sums[KINDS];
    bool recorded;  /* some hour of it has packets */
};

static void write_bin(const struct bin *bin, uint64_t *cumulative, struct pz_buf *csv)
{
    char time[PZ_TIME_TEXT];
    pz_time_text(bin->second, time);
    *cumulative += bin->sums[NEW];
    if (bin->recorded)
        pz_buf_printf(csv, "%s,%" PRIu64 ",%" PRIu64, time, bin->sums[NEW], bin->sums[NEW_REACHABLE]);
    else
        pz_buf_printf(csv, "%s,,", time);
    pz_buf_printf(csv, ",%" PRIu64 "\n", *cumulative);
}

static void write(const struct pz_part *whole, struct pz_buf *csv)
{
    const struct pz_frame *frame = whole->frame;
    const size_t bins = bins_of(frame);
    const uint32_t length = frame->options.timeline_bin;
    uint64_t cumulative = 0;
    struct bin bin = {.second = -1};
    pz_buf_printf(csv, "time,new_sources,new_reachable,cumulative_sources\n");
    for (size_t row = 0; row < frame->n; row++) {
        /* Hours that were missing for a month have one bin, as they have one row elsewhere. */
        size_t n = frame->hours[row].nhours > 1 ? 1 : bins;
        for (size_t i = 0; i < n; i++) {
            int64_t second = frame->hours[row].hour * (int64_t)PZ_SECONDS_PER_HOUR + (int64_t)i * length;
            if (length > PZ_SECONDS_PER_HOUR)
                second -= second % length;
            if (second != bin.second) {
                if (bin.second >= 0)
                    write_bin(&bin, &cumulative, csv);
                bin = (struct bin){.second = second};
            }
            const uint64_t *sums = pz_part_sums(whole, row, bins * KINDS) + i * KINDS;
            bin.sums[NEW] += sums[NEW];
            bin.sums[NEW_REACHABLE] += sums[NEW_REACHABLE];
            bin.recorded = bin.recorded || frame->hours[row].packets;
        }
    }
    if (bin.second >= 0)
        write_bin(&bin, &cumulative, csv);
}

const struct pz_job pz_job_first_seen = {.name = "first_seen", .nsums = nsums, .end = end, .write = write};
