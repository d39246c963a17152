#include "run/tables.h"

#include "run/stop.h"

#include <stdlib.h>

/* What the shared tasks work on: slices first, then hours. */
struct work {
    struct pz_tables *tables;
    struct pz_frame frame;
    struct pz_stored *stored;
    size_t nstored;
    uint64_t rows;             /* source-hours in all */
    unsigned shards;           /* of a slice */
    struct pz_result result;
    const struct pz_job *job;  /* whose sets are written */
    size_t *hours;             /* rows of the frame with scans */
    size_t nhours;
    struct pz_progress progress;
    struct pz_share *share;    /* of the slice at work, and how many source-hours of it are done */
    uint64_t done;
};

/* Every readable capture's stored tally, the same on all ranks. */
static void share_stored(struct work *work)
{
    const struct pz_captures *captures = work->tables->captures;
    struct pz_buf bytes = {0};
    for (size_t i = 0; work->tables->comm->rank == 0 && i < captures->n; i++) {
        const struct pz_capture *capture = &captures->all[i];
        if (capture->state != PZ_CAPTURE_READABLE)
            continue;
        PZ_CHECK(capture->facts);
        pz_identity_encode(&capture->identity, &bytes);
        pz_buf_put_u32(&bytes, capture->facts->first_hour);
        pz_buf_put_u32(&bytes, capture->facts->last_hour);
        pz_buf_put_u64(&bytes, capture->facts->rows);
    }
    pz_comm_broadcast(work->tables->comm, &bytes);
    struct pz_cursor from = pz_cursor_of(bytes.bytes, bytes.nbytes);
    while (pz_cursor_left(&from)) {
        struct pz_stored stored = {.identity = pz_identity_decode(&from)};
        stored.first_hour = pz_cursor_u32(&from);
        stored.last_hour = pz_cursor_u32(&from);
        stored.rows = pz_cursor_u64(&from);
        work->stored = pz_realloc(work->stored, (work->nstored + 1) * sizeof *work->stored);
        work->stored[work->nstored++] = stored;
        work->rows += stored.rows;
    }
    pz_stored_sort(work->stored, work->nstored);
    pz_buf_release(&bytes);
}

/* Rank 0 makes the frame, as it has all hours and all damage. */
static void share_frame(struct work *work)
{
    const struct pz_captures *captures = work->tables->captures;
    struct pz_buf bytes = {0};
    if (work->tables->comm->rank == 0) {
        struct pz_ledger damaged;
        pz_ledger_init(&damaged);
        for (size_t i = 0; i < captures->n; i++) {
            if (captures->all[i].state != PZ_CAPTURE_READABLE)
                continue;
            const struct pz_ledger *ledger = &captures->all[i].facts->ledger;
            for (uint32_t j = 0; j < ledger->nhours; j++)
                pz_ledger_mark(&damaged, ledger->hours[j][0], ledger->hours[j][1]);
        }
        struct pz_frame frame;
        pz_frame_make(&frame, &work->tables->options, work->tables->hours, &damaged);
        pz_frame_encode(&frame, &bytes);
        pz_frame_release(&frame);
        pz_ledger_release(&damaged);
    }
    pz_comm_broadcast(work->tables->comm, &bytes);
    struct pz_cursor from = pz_cursor_of(bytes.bytes, bytes.nbytes);
    pz_frame_decode(&work->frame, &from);
    work->frame.countries = work->tables->countries;
    work->frame.model = work->tables->model;
    pz_buf_release(&bytes);
    work->hours = pz_alloc(work->frame.n * sizeof *work->hours);
    for (size_t i = 0; i < work->frame.n; i++)
        if (work->frame.hours[i].scans)
            work->hours[work->nhours++] = i;
}

static bool tick(void *context)
{
    struct work *work = context;
    return pz_share_tick(work->share, work->done, 0);
}

static int reduce_one(void *context, size_t task, struct pz_share *share, struct pz_buf *result, struct pz_error *error)
{
    struct work *work = context;
    unsigned first = (unsigned)task * work->shards;
    (void)result;
    work->share = share;
    work->done = 0;
    int status = pz_reduce_slice(&work->result, work->tables->store, work->stored, work->nstored, first,
                                 first + work->shards, tick, work, error);
    work->tables->unread = status != 0;
    return status;
}

static int write_set(void *context, size_t task, struct pz_share *share, struct pz_buf *result, struct pz_error *error)
{
    struct work *work = context;
    uint32_t hour = work->frame.hours[work->hours[task]].hour;
    struct pz_buf set = {0};
    (void)result;
    int status = 0;
    if (pz_share_tick(share, 0, 0))
        status = pz_reduce_set(work->tables->store, work->stored, work->nstored, hour, &set, error);
    work->tables->unread = status != 0;
    if (status == 0)
        status = pz_output_set(work->tables->output, work->job, hour, &set, error);
    pz_buf_release(&set);
    return status;
}

static void forget(void *context, size_t task, struct pz_cursor *result)
{
    (void)context, (void)task, (void)result;
}

static void show(void *context, const struct pz_share_status *status)
{
    struct work *work = context;
    pz_progress_count(&work->progress, status->tasks_done);
}

static bool stop(void *context)
{
    (void)context;
    return pz_stop_asked();
}

static int share_out(struct work *work, const char *what, size_t ntasks,
                     int (*run)(void *, size_t, struct pz_share *, struct pz_buf *, struct pz_error *),
                     struct pz_error *error)
{
    const struct pz_tables *tables = work->tables;
    const struct pz_share_work share = {.context = work, .ntasks = ntasks, .run = run, .done = forget,
                                        .progress = show, .stop = stop};
    if (tables->comm->rank == 0)
        pz_progress_begin_count(&work->progress, what, ntasks, tables->progress_seconds, tables->quiet);
    int status = pz_share_run(tables->comm, &share, error);
    if (tables->comm->rank == 0)
        work->tables->seconds += pz_progress_end_count(&work->progress);
    return status;
}

static void encode_tops(void *context, struct pz_buf *to)
{
    pz_result_encode_tops(context, to);
}

static int merge_tops(void *context, struct pz_cursor *bytes, struct pz_error *error)
{
    (void)error;
    pz_result_merge_tops(context, bytes);
    return 0;
}

static int write_tables(struct work *work, struct pz_error *error)
{
    struct pz_tables *tables = work->tables;
    struct pz_result *result = &work->result;
    pz_comm_sum(tables->comm, result->sums, result->nsums);
    if (pz_comm_merge(tables->comm, result, encode_tops, merge_tops, error) != 0)
        return -1;
    int status = 0;
    if (tables->comm->rank == 0) {
        pz_result_finish(result);
        if (!tables->accept_anonymised)
            status = pz_result_check(result, error);
        for (size_t i = 0; status == 0 && pz_jobs[i]; i++)
            if (pz_jobs[i]->write)
                status = pz_output_table(tables->output, pz_jobs[i], &result->parts[i], error);
    }
    return pz_comm_agree(tables->comm, status, error);
}

static int write_sets(struct work *work, struct pz_error *error)
{
    struct pz_tables *tables = work->tables;
    int status = 0;
    for (size_t i = 0; status == 0 && pz_jobs[i]; i++) {
        if (!pz_jobs[i]->sets)
            continue;
        work->job = pz_jobs[i];
        int prepared = tables->comm->rank ? 0
                                          : pz_output_prepare_sets(tables->output, work->job, &work->frame, error);
        status = pz_comm_agree(tables->comm, prepared, error);
        if (status == 0)
            status = share_out(work, "writing sets", work->nhours, write_set, error);
    }
    return status;
}

int pz_tables_make(struct pz_tables *tables, struct pz_error *error)
{
    struct work work = {.tables = tables};
    tables->seconds = 0;
    tables->unread = false;
    share_stored(&work);
    share_frame(&work);
    work.shards = pz_slice_shards(work.rows, tables->comm->size);
    pz_result_init(&work.result, &work.frame);
    int status = share_out(&work, "reducing", PZ_SHARDS / work.shards, reduce_one, error);
    if (status == 0)
        status = write_tables(&work, error);
    if (status == 0)
        status = write_sets(&work, error);
    pz_result_release(&work.result);
    pz_frame_release(&work.frame);
    free(work.hours);
    free(work.stored);
    return status;
}
