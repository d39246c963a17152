/* A job: one published result, made of the sources of all slices and of the frame. One file in jobs/, ended by one const
 * struct; docs/adding-a-job.md shows how.
 *
 * A job sees each slice's sources hour by hour, window by window, and then each source over the whole span. It keeps numbers that add up
 * (`sums`), or rows of which the first k count (`top`); what it keeps of several slices is added or merged by others, so
 * it never asks which slice it sees or how many there are. */
#ifndef PZ_REDUCE_JOB_H
#define PZ_REDUCE_JOB_H

#include "base/error.h"
#include "reduce/frame.h"
#include "reduce/slice.h"
#include "reduce/window.h"
#include "reduce/top.h"
#include "tally/table.h"

struct pz_figure; /* report/figure.h */

/* What a job has of some slices, or in the end of all. */
struct pz_part {
    const struct pz_frame *frame;
    uint64_t *sums;    /* `nsums` of them, 0 at first */
    struct pz_top top;
    void *state;       /* what the job wants to remember from hour to hour of one slice */
};

/* The sums of a row, of a job that keeps `n` for each of the frame's slots. Those of a row without scans are all zero, and
 * nothing may be added to them. */
static inline uint64_t *pz_part_sums(const struct pz_part *part, size_t row, size_t n)
{
    return part->sums + part->frame->hours[row].slot * n;
}

struct pz_beside {
    const char *name;
    void (*write)(const struct pz_part *whole, struct pz_buf *csv);
};

struct pz_job {
    const char *name;    /* of its table, NAME.csv */
    bool restricted;     /* it names sources: it goes to restricted/ and not to tables/ */
    size_t (*nsums)(const struct pz_frame *frame); /* NULL for none */
    size_t top, row_nbytes;                        /* 0 for none */
    int (*compare)(const void *a, const void *b);
    bool (*together)(const void *a, const void *b); /* NULL, or which rows are of a class: reduce/top.h */
    size_t state_nbytes; /* zeroed at the start of a slice */
    /* Any of the following may be NULL. An hour of the slice; hours come in order. */
    void (*hour)(struct pz_part *part, size_t row, const struct pz_slice_hour *hour);
    /* A window's end: each of its sources with all that was seen of it in the window, and judged. */
    void (*window)(struct pz_part *part, const struct pz_window *window);
    /* The slice's end: its sources over the whole span, in no order. */
    void (*end)(struct pz_part *part, const struct pz_table *sources);
    /* With everything together: a reason why no table can be made of these data, -1 and `error`, or 0. */
    int (*check)(const struct pz_part *whole, struct pz_error *error);
    /* Writes the table, as CSV. */
    void (*write)(const struct pz_part *whole, struct pz_buf *csv);
    /* Tables without addresses, for tables/NAME.csv, of a job whose table is restricted; ended by one without a name, or
     * NULL. */
    const struct pz_beside *besides;
    /* Or, instead of a table: the set of all sources of an hour, as a file of its own in restricted/NAME/HOUR.roaring. */
    bool sets;
    /* What the report draws of its table and of others; ended by one without a name, or NULL. */
    const struct pz_figure *figures;
};

#endif
