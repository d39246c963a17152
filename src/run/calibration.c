/* SPDX-License-Identifier: BSD-2-Clause */
/* The timeline is cut into pieces of one window, or more where a tally spans several. For each piece all ranks shuffle
 * and reduce with the quiet job; sums go to all ranks, tops to rank 0, and every rank looks for an outbreak in the sums
 * so far. When there is one, rank 0 learns stacks and choices and broadcasts the model; the pieces up to the outbreak
 * are reduced once more, to count with that model, and rank 0 learns the ratios from these counts. */
#include "run/calibration.h"

#include "run/basis.h"
#include "run/learned.h"
#include "run/quiet_job.h"
#include "run/shuffle.h"
#include "worm/model.h"
#include "worm/quiet.h"

#include <stdlib.h>

struct work {
    struct pz_tables *tables;
    struct pz_basis basis;
    struct pz_result result;
    struct pz_progress progress;
    struct pz_kept kept; /* on rank 0 */
    size_t outbreak;     /* the row of its first hour; the timeline's n: none was found so far */
};

static const struct pz_job *const jobs[] = {&pz_quiet_job, NULL};

static uint32_t window_of(const struct work *work, size_t row)
{
    return work->basis.timeline.hours[row].hour / work->basis.timeline.options.window;
}

static uint64_t *sums_of(const struct work *work, size_t row)
{
    return pz_accumulator_sums(&work->result.parts[0], row, PZ_CLASSES);
}

/* A piece is a window, or more where a tally reaches over several: so that no tally is read many times. Returns the row
 * after its last. */
static size_t end_of_piece(const struct work *work, size_t row)
{
    const struct pz_timeline *timeline = &work->basis.timeline;
    const uint32_t length = timeline->options.window;
    uint32_t last = window_of(work, row);
    for (size_t i = 0; i < work->basis.nstored; i++) {
        const struct pz_stored *stored = &work->basis.stored[i];
        uint32_t from = stored->first_hour / length, to = stored->last_hour / length;
        if (stored->first_hour <= stored->last_hour && from <= last && to > last && to > from + 1)
            last = to;
    }
    while (row < timeline->n && window_of(work, row) <= last)
        row++;
    return row;
}

/* Adds up what all ranks have of these rows. Slots are in the order of rows. */
static void sum(struct work *work, size_t row, size_t end)
{
    enum { COUNTED = sizeof(struct pz_timeline_slot) / sizeof(uint64_t) };
    const struct pz_timeline *timeline = &work->basis.timeline;
    size_t first = 0, n = 0;
    for (; row < end; row++)
        if (timeline->hours[row].slot) {
            first = n ? first : timeline->hours[row].slot;
            n++;
        }
    pz_comm_sum(work->basis.comm, work->result.sums + first * COUNTED, n * COUNTED);
    pz_comm_sum(work->basis.comm, work->result.parts[0].sums + first * PZ_CLASSES, n * PZ_CLASSES);
}

static int reduce(struct work *work, size_t row, size_t end, struct pz_error *error)
{
    const uint32_t length = work->basis.timeline.options.window;
    struct pz_shuffle shuffle = {.basis = &work->basis,
                                 .since = window_of(work, row) * length,
                                 .until = (window_of(work, end - 1) + 1) * length,
                                 .result = &work->result,
                                 .progress = &work->progress};
    int status = pz_shuffle_run(&shuffle, error);
    work->tables->unread = shuffle.unread;
    sum(work, row, end);
    return status;
}

static void find_outbreak(struct work *work, size_t end)
{
    const struct pz_timeline *timeline = &work->basis.timeline;
    struct pz_quiet_hour *hours = pz_alloc(end * sizeof *hours);
    size_t *rows = pz_alloc(end * sizeof *rows), n = 0;
    for (size_t row = 0; row < end; row++) {
        if (!timeline->hours[row].slot)
            continue;
        hours[n] = (struct pz_quiet_hour){sums_of(work, row), !timeline->hours[row].lens_high};
        rows[n++] = row;
    }
    size_t first = pz_quiet_end(hours, n);
    work->outbreak = first < n ? rows[first] : timeline->n;
    free(hours);
    free(rows);
}

/* On rank 0: keeps the others of windows that ended without an outbreak; rows of the last window wait, as it may be the
 * outbreak's. */
static void keep(struct work *work, size_t end)
{
    struct pz_topk *top = &work->result.parts[0].top;
    pz_topk_finish(top);
    pz_buf_put(&work->kept.late, top->rows.bytes, top->rows.nbytes);
    uint32_t open = window_of(work, work->outbreak < work->basis.timeline.n ? work->outbreak : end - 1);
    struct pz_quiet_source *all = (void *)work->kept.late.bytes;
    size_t n = work->kept.late.nbytes / sizeof *all, kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (all[i].window >= open)
            all[kept++] = all[i];
        else if (all[i].worm)
            work->kept.early_worms++;
        else
            pz_topk_add(&work->kept.others, &all[i]);
    }
    work->kept.late.nbytes = kept * sizeof *all;
}

/* Window by window: in search of an outbreak, until one is found; or the hours up to it once more, to count them by what
 * was learned. */
static int reduce_windows(struct work *work, bool searching, struct pz_error *error)
{
    const struct pz_timeline *timeline = &work->basis.timeline;
    const struct pz_comm *comm = work->basis.comm;
    struct pz_topk *top = &work->result.parts[0].top;
    int status = 0;
    for (size_t row = 0, end; status == 0 && row < timeline->n; row = end) {
        if (searching ? work->outbreak < timeline->n : row > work->outbreak)
            break;
        end = end_of_piece(work, row);
        while (row < end && !timeline->hours[row].slot)
            row++;
        if (row == end)
            continue;
        status = reduce(work, row, end, error);
        if (searching && status == 0)
            pz_shuffle_merge_tops(comm, &work->result);
        if (searching)
            find_outbreak(work, end);
        if (searching && comm->rank == 0)
            keep(work, end);
        pz_buf_clear(&top->rows);
        top->kept = 0;
    }
    return status;
}

static int learn(struct work *work, struct pz_error *error)
{
    struct pz_calibrated *calibrated = &work->tables->calibrated;
    const struct pz_comm *comm = work->basis.comm;
    struct pz_timeline *timeline = &work->basis.timeline;
    work->outbreak = timeline->n;
    int status = reduce_windows(work, true, error);
    if (status != 0 || work->outbreak == timeline->n)
        return status;
    if (comm->rank == 0)
        pz_learned_stacks(calibrated, timeline, work->outbreak, &work->kept);
    pz_comm_copy(comm, calibrated, sizeof *calibrated);
    timeline->calibrated = calibrated;
    if (calibrated->windows) {
        memset(work->result.sums, 0, work->result.nsums * sizeof *work->result.sums);
        status = reduce_windows(work, false, error);
    }
    if (status != 0)
        return status;
    if (comm->rank == 0)
        pz_learned_ratios(calibrated, timeline, work->outbreak, &work->result);
    pz_comm_copy(comm, calibrated, sizeof *calibrated);
    return 0;
}

int pz_calibration_learn(struct pz_tables *tables, struct pz_error *error)
{
    struct work work = {.tables = tables};
    struct pz_timeline_options options = tables->options; /* whose hours don't matter here */
    options.since = 0;
    options.until = UINT32_MAX;
    tables->calibrated.state = PZ_UNCALIBRATED_NO_OUTBREAK;
    work.basis = (struct pz_basis){.comm = tables->session->comm, .store = tables->store, .hours = tables->hours};
    pz_basis_share(&work.basis, tables->captures, &options);
    work.basis.timeline.model = tables->model;
    pz_result_init(&work.result, jobs, &work.basis.timeline);
    pz_topk_init(&work.kept.others, PZ_QUIET_SAMPLE, sizeof(struct pz_quiet_source), pz_quiet_compare, NULL);
    pz_progress_begin(&work.progress, tables->session, "calibrating", work.basis.nstored);
    int status = learn(&work, error);
    tables->seconds.calibrating += pz_progress_end_count(&work.progress);
    pz_buf_release(&work.kept.late);
    pz_topk_release(&work.kept.others);
    pz_result_release(&work.result);
    pz_basis_release(&work.basis);
    return status;
}
