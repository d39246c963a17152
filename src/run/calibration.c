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
    struct pz_stored *stored; /* those of a piece */
    size_t nstored, begun;    /* begun: tallies of all pieces so far */
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
    return pz_accumulator_sums(&work->result.parts[0], row, PZ_QUIET_SUMS);
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
    pz_comm_sum(work->tables->session->comm, work->result.sums + first * COUNTED, n * COUNTED);
    pz_comm_sum(work->tables->session->comm, work->result.parts[0].sums + first * PZ_QUIET_SUMS, n * PZ_QUIET_SUMS);
}

static int reduce(struct work *work, size_t row, size_t end, struct pz_error *error)
{
    const struct pz_timeline *timeline = &work->basis.timeline;
    const struct pz_comm *comm = work->tables->session->comm;
    struct pz_shuffle shuffle = {.comm = comm,
                                 .store = work->tables->store,
                                 .stored = work->stored,
                                 .since = window_of(work, row) * timeline->options.window,
                                 .until = (window_of(work, end - 1) + 1) * timeline->options.window,
                                 .result = &work->result,
                                 .progress = &work->progress,
                                 .begun = work->begun};
    for (size_t i = 0; i < work->basis.nstored; i++)
        if (pz_stored_wanted(&work->basis.stored[i], shuffle.since, shuffle.until))
            work->stored[shuffle.nstored++] = work->basis.stored[i];
    shuffle.plan = pz_basis_plan(comm, work->tables->hours, work->stored, shuffle.nstored, shuffle.since, shuffle.until,
                                 timeline->options.window);
    int status = pz_shuffle_run(&shuffle, error);
    work->tables->unread = shuffle.unread;
    work->begun += shuffle.nstored;
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
        const uint64_t *sums = sums_of(work, row);
        hours[n] =
            (struct pz_quiet_hour){sums[PZ_QUIET_SURE], sums[PZ_QUIET_REACHED],
                                   sums[PZ_QUIET_MOSTLY] + sums[PZ_QUIET_ELSEWHERE], !timeline->hours[row].lens_high};
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

/* Window by window, until an outbreak is found. */
static int search(struct work *work, struct pz_error *error)
{
    const struct pz_timeline *timeline = &work->basis.timeline;
    const struct pz_comm *comm = work->tables->session->comm;
    struct pz_topk *top = &work->result.parts[0].top;
    int status = 0;
    work->outbreak = timeline->n;
    for (size_t row = 0, end; status == 0 && row < timeline->n && work->outbreak == timeline->n; row = end) {
        end = end_of_piece(work, row);
        while (row < end && !timeline->hours[row].slot)
            row++;
        if (row == end)
            continue;
        status = reduce(work, row, end, error);
        if (status == 0)
            status = pz_shuffle_merge_tops(comm, &work->result, error);
        find_outbreak(work, end);
        if (comm->rank == 0)
            keep(work, end);
        pz_buf_clear(&top->rows);
        top->kept = 0;
    }
    return status;
}

/* The hours up to the outbreak once more, by what was learned. */
static int count_again(struct work *work, struct pz_error *error)
{
    const struct pz_timeline *timeline = &work->basis.timeline;
    int status = 0;
    memset(work->result.sums, 0, work->result.nsums * sizeof *work->result.sums);
    for (size_t row = 0, end; status == 0 && row <= work->outbreak; row = end) {
        end = end_of_piece(work, row);
        while (row < end && !timeline->hours[row].slot)
            row++;
        if (row < end)
            status = reduce(work, row, end, error);
        pz_buf_clear(&work->result.parts[0].top.rows);
        work->result.parts[0].top.kept = 0;
    }
    return status;
}

static void share(struct work *work)
{
    struct pz_buf bytes = {0};
    pz_buf_put(&bytes, &work->tables->calibrated, sizeof work->tables->calibrated);
    pz_comm_broadcast(work->tables->session->comm, &bytes);
    memcpy(&work->tables->calibrated, bytes.bytes, sizeof work->tables->calibrated);
    pz_buf_release(&bytes);
}

static int learn(struct work *work, struct pz_error *error)
{
    struct pz_calibrated *calibrated = &work->tables->calibrated;
    const struct pz_comm *comm = work->tables->session->comm;
    struct pz_timeline *timeline = &work->basis.timeline;
    int status = search(work, error);
    if (status != 0 || work->outbreak == timeline->n)
        return status;
    if (comm->rank == 0)
        pz_learned_stacks(calibrated, timeline, work->outbreak, &work->kept);
    share(work);
    timeline->calibrated = calibrated;
    if (calibrated->windows)
        status = count_again(work, error);
    if (status != 0)
        return status;
    if (comm->rank == 0)
        pz_learned_ratios(calibrated, timeline, work->outbreak, &work->result);
    share(work);
    return 0;
}

int pz_calibration_learn(struct pz_tables *tables, struct pz_error *error)
{
    struct work work = {.tables = tables};
    struct pz_timeline_options options = tables->options; /* whose hours don't matter here */
    bool root = tables->session->comm->rank == 0;
    options.since = 0;
    options.until = UINT32_MAX;
    tables->calibrated.state = PZ_UNCALIBRATED_NO_OUTBREAK;
    pz_basis_share(&work.basis, tables->session->comm, tables->captures, tables->hours, &options);
    work.basis.timeline.model = tables->model;
    work.stored = pz_alloc(work.basis.nstored * sizeof *work.stored);
    pz_result_init(&work.result, jobs, &work.basis.timeline);
    pz_topk_init(&work.kept.others, PZ_QUIET_SAMPLE, sizeof(struct pz_quiet_source), pz_quiet_compare, NULL);
    if (root)
        pz_progress_begin_count(&work.progress, tables->session, "calibrating", work.basis.nstored);
    int status = learn(&work, error);
    if (root)
        tables->seconds.calibrating += pz_progress_end_count(&work.progress);
    pz_buf_release(&work.kept.late);
    pz_topk_release(&work.kept.others);
    pz_result_release(&work.result);
    pz_basis_release(&work.basis);
    free(work.stored);
    return status;
}
