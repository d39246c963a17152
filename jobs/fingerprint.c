/* How many scans and attempts had which of the worm's traits, hour by hour and in all combinations: from it any rule made
 * of these traits can be tried without reading the archive again. */
#include "reduce/job.h"

#include <inttypes.h>

enum { CELLS = PZ_TRAITS * PZ_PATTERNS };

/* Edges only: attempts that a partition decided are in the frame. */
static size_t nsums(const struct pz_frame *frame)
{
    return frame->n * CELLS;
}

static void hour(struct pz_part *part, size_t row, const struct pz_slice_hour *slice)
{
    for (size_t i = 0; i < slice->nedges; i++) {
        const struct pz_attempt *edge = &slice->edges[i];
        part->sums[row * CELLS + pz_attempt_traits(edge) * PZ_PATTERNS + pz_attempt_pattern(edge)]++;
    }
}

static void write(const struct pz_part *whole, struct pz_buf *csv)
{
    pz_buf_printf(csv, "hour,reachable,length_48,ttl_65_128,port_1024_5000,scans,"
                       "attempts_1_syn,attempts_2_in_time,attempts_2_other,attempts_3_or_more\n");
    for (size_t i = 0; i < whole->frame->n; i++) {
        const struct pz_frame_hour *row = &whole->frame->hours[i];
        char time[PZ_TIME_TEXT];
        pz_time_text(row->hour * (int64_t)PZ_SECONDS_PER_HOUR, time);
        for (int traits = 0; row->packets && traits < PZ_TRAITS; traits++) {
            const uint64_t *edges = whole->sums + i * CELLS + (size_t)traits * PZ_PATTERNS;
            pz_buf_printf(csv, "%s,%d,%d,%d,%d,%" PRIu64, time, !!(traits & PZ_TRAIT_REACHABLE),
                          !!(traits & PZ_TRAIT_LENGTH), !!(traits & PZ_TRAIT_TTL), !!(traits & PZ_TRAIT_PORT),
                          row->scans_by[traits]);
            for (int pattern = 0; pattern < PZ_PATTERNS; pattern++)
                pz_buf_printf(csv, ",%" PRIu64, row->attempts_by[traits][pattern] + edges[pattern]);
            pz_buf_printf(csv, "\n");
        }
    }
}

const struct pz_job pz_job_fingerprint = {.name = "fingerprint", .nsums = nsums, .hour = hour, .write = write};
