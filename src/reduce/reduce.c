/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls the jobs: each gets every hour of a source range, every window, and in the end every source of the span. What
 * jobs keep lies in one array of sums, so that one call adds up the results of all ranks. */
#include "reduce/reduce.h"

#include "reduce/anonymised.h"
#include "worm/scorer.h"

#include <stdlib.h>

static size_t nsums(const struct pz_job *job, const struct pz_timeline *timeline)
{
    if (!pz_job_runs(job, timeline))
        return 0;
    return job->sums + job->hour_sums * timeline->nslots + job->day_sums * timeline->ndays +
           (job->nsums ? job->nsums(timeline) : 0);
}

void pz_result_init(struct pz_result *result, const struct pz_job *const *jobs, const struct pz_timeline *timeline)
{
    size_t n = 0, counted = timeline->nslots * PZ_SLOT_COUNTS;
    *result = (struct pz_result){
        .jobs = jobs, .timeline = timeline, .scorer = pz_scorer_new(), .nsums = counted + PZ_ANONYMISED_SUMS};
    for (; jobs[n]; n++)
        result->nsums += nsums(jobs[n], timeline);
    result->parts = pz_alloc(n * sizeof *result->parts);
    result->sums = pz_alloc(result->nsums * sizeof *result->sums);
    result->anonymised = result->sums + counted;
    uint64_t *sums = result->anonymised + PZ_ANONYMISED_SUMS;
    for (size_t i = 0; i < n; i++) {
        const struct pz_job *job = jobs[i];
        result->parts[i] = (struct pz_accumulator){.timeline = timeline, .sums = sums};
        sums += nsums(job, timeline);
        pz_topk_init(&result->parts[i].top, job->top, job->row_nbytes, job->compare, job->together);
    }
}

void pz_result_release(struct pz_result *result)
{
    for (size_t i = 0; result->jobs[i]; i++) {
        pz_topk_release(&result->parts[i].top);
        if (result->parts[i].found)
            result->jobs[i]->forget(result->parts[i].found);
    }
    pz_timeline_release(&result->whole);
    pz_scorer_free(result->scorer);
    free(result->parts);
    free(result->sums);
    *result = (struct pz_result){0};
}

static void take_window(void *context, const struct pz_window *window)
{
    struct pz_result *result = context;
    for (size_t i = 0; result->jobs[i]; i++)
        if (result->jobs[i]->window)
            result->jobs[i]->window(&result->parts[i], window);
}

void pz_reducing_begin(struct pz_reducing *reducing, struct pz_result *result, struct pz_range *range)
{
    *reducing = (struct pz_reducing){.result = result, .range = range};
    pz_table_init(&reducing->sources, true);
    pz_window_init(&reducing->window, result->timeline, result->scorer, take_window, result);
    for (size_t i = 0; result->jobs[i]; i++) {
        struct pz_accumulator *acc = &result->parts[i];
        acc->state = result->jobs[i]->state_nbytes ? pz_alloc(result->jobs[i]->state_nbytes) : NULL;
        acc->seen = result->jobs[i]->seen ? roaring_bitmap_create() : NULL;
        PZ_CHECK_MEMORY(acc->seen || !result->jobs[i]->seen);
    }
}

int pz_reducing_go_on(struct pz_reducing *reducing, bool (*tick)(void *context), void *context, struct pz_error *error)
{
    struct pz_result *result = reducing->result;
    struct pz_range_hour hour;
    int status;
    size_t row;
    while ((status = pz_window_next(&reducing->window, reducing->range, &hour, &row, error)) == 1) {
        pz_range_hour_count(&hour, (struct pz_timeline_slot *)result->sums + result->timeline->hours[row].slot);
        pz_window_add(&reducing->window, row, &hour);
        pz_table_merge(&reducing->sources, hour.rows, hour.n, NULL);
        for (size_t i = 0; result->jobs[i]; i++)
            if (result->jobs[i]->hour && pz_job_runs(result->jobs[i], result->timeline))
                result->jobs[i]->hour(&result->parts[i], row, &hour);
        if (!tick(context))
            break;
    }
    return status < 0 ? -1 : 0;
}

void pz_reducing_end(struct pz_reducing *reducing)
{
    struct pz_result *result = reducing->result;
    pz_window_end(&reducing->window);
    pz_anonymised_count(&reducing->sources, result->anonymised);
    for (size_t i = 0; result->jobs[i]; i++) {
        struct pz_accumulator *acc = &result->parts[i];
        if (result->jobs[i]->end && pz_job_runs(result->jobs[i], result->timeline))
            result->jobs[i]->end(acc, &reducing->sources);
        if (acc->seen)
            roaring_bitmap_free(acc->seen);
        free(acc->state);
        acc->seen = NULL;
        acc->state = NULL;
    }
    pz_window_release(&reducing->window);
    pz_table_release(&reducing->sources);
    pz_range_close(reducing->range);
}

void pz_result_encode_tops(const struct pz_result *result, struct pz_buf *to)
{
    for (size_t i = 0; result->jobs[i]; i++) {
        const struct pz_buf *rows = &result->parts[i].top.rows;
        pz_buf_put_u64(to, rows->nbytes);
        pz_buf_put(to, rows->bytes, rows->nbytes);
    }
}

void pz_result_merge_tops(struct pz_result *result, struct pz_cursor *from)
{
    for (size_t i = 0; result->jobs[i]; i++) {
        struct pz_topk *top = &result->parts[i].top;
        uint64_t nbytes = pz_cursor_u64(from);
        const uint8_t *rows = pz_cursor_take(from, nbytes);
        PZ_CHECK(rows || !nbytes); /* it only ever comes from another rank */
        for (uint64_t at = 0; at < nbytes; at += top->row_nbytes)
            pz_topk_add(top, rows + at);
    }
}

void pz_result_finish(struct pz_result *result)
{
    pz_timeline_finish(&result->whole, result->timeline, (const struct pz_timeline_slot *)result->sums);
    for (size_t i = 0; result->jobs[i]; i++) {
        result->parts[i].timeline = &result->whole;
        if (result->jobs[i]->top)
            pz_topk_finish(&result->parts[i].top);
        if (result->jobs[i]->find)
            result->parts[i].found = result->jobs[i]->find(&result->parts[i]);
    }
}

static void add_set(void *context, const roaring_bitmap_t *set)
{
    roaring_bitmap_or_inplace(context, set);
}

/* Adds one tally's set of the hour, if it has one, and the boundary rows that may change that set. */
static int add_tally(const struct pz_store *store, const struct pz_stored *stored, uint32_t hour, roaring_bitmap_t *set,
                     struct pz_buf *boundary, struct pz_error *error)
{
    struct pz_path path = pz_stored_path(store, stored);
    bool bad = false;
    int status = pz_tally_read_sets(path.text, hour, hour + 1, boundary, add_set, set, &bad, error);
    if (bad)
        status = pz_tally_fail_damaged(path.text, error);
    return status;
}

int pz_reduce_set(const struct pz_store *store, const struct pz_stored *stored, size_t n, uint32_t hour,
                  struct pz_buf *to, struct pz_error *error)
{
    roaring_bitmap_t *set = roaring_bitmap_create();
    PZ_CHECK_MEMORY(set);
    struct pz_buf boundary = {0};
    int status = 0;
    for (size_t i = 0; status == 0 && i < n; i++)
        /* What came late in the hour before may have copies in this one. */
        if (stored[i].first_hour <= hour && hour <= stored[i].last_hour + 1)
            status = add_tally(store, &stored[i], hour, set, &boundary, error);
    struct pz_scan_row *scans = (void *)boundary.bytes;
    size_t nscans = boundary.nbytes / sizeof *scans;
    pz_copies_mark(scans, nscans);
    for (size_t i = 0; i < nscans; i++)
        if (scans[i].hour == hour && !(scans[i].traits & PZ_ROW_COPY))
            roaring_bitmap_add(set, scans[i].source);
    pz_buf_release(&boundary);
    if (status == 0 && !roaring_bitmap_is_empty(set))
        pz_bitmap_write(set, to);
    roaring_bitmap_free(set);
    return status;
}
