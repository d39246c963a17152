#include "run/tables.h"

#include "run/shuffle.h"
#include "run/stop.h"
#include "run/unread.h"

#include <stdlib.h>

struct making_tables {
    struct pz_tables *tables;
    struct pz_timeline timeline;
    struct pz_stored *stored; /* those with anything for the tables' hours */
    size_t nstored;
    uint64_t rows; /* their source-hours */
    struct pz_result result;
    size_t *hours; /* rows of the timeline with SYNs */
    size_t nhours;
    struct pz_progress progress;
};

/* Every readable capture's stored tally, if it is wanted: the same on all ranks. */
static void share_stored(struct making_tables *work)
{
    const struct pz_captures *captures = work->tables->captures;
    struct pz_buf bytes = {0};
    for (size_t i = 0; work->tables->comm->rank == 0 && i < captures->n; i++) {
        const struct pz_capture *capture = &captures->all[i];
        if (capture->state != PZ_CAPTURE_READABLE)
            continue;
        PZ_CHECK(capture->facts);
        const struct pz_stored stored = pz_capture_stored(capture);
        pz_identity_encode(&stored.identity, &bytes);
        pz_buf_put_u32(&bytes, stored.first_hour);
        pz_buf_put_u32(&bytes, stored.last_hour);
        pz_buf_put_u64(&bytes, stored.rows);
        pz_stretch_encode(&stored.stretch, &bytes);
    }
    pz_comm_broadcast(work->tables->comm, &bytes);
    struct pz_cursor from = pz_cursor_of(bytes.bytes, bytes.nbytes);
    while (pz_cursor_left(&from)) {
        struct pz_stored stored = {.identity = pz_identity_decode(&from)};
        stored.first_hour = pz_cursor_u32(&from);
        stored.last_hour = pz_cursor_u32(&from);
        stored.rows = pz_cursor_u64(&from);
        stored.stretch = pz_stretch_decode(&from);
        if (!pz_stored_wanted(&stored, work->tables->options.since, work->tables->options.until))
            continue;
        work->stored = pz_realloc(work->stored, (work->nstored + 1) * sizeof *work->stored);
        work->stored[work->nstored++] = stored;
        work->rows += stored.rows;
    }
    pz_stored_sort(work->stored, work->nstored);
    pz_buf_release(&bytes);
}

/* Rank 0 makes the timeline, as it has all hours and all damage. */
static void share_timeline(struct making_tables *work)
{
    const struct pz_captures *captures = work->tables->captures;
    struct pz_buf bytes = {0};
    if (work->tables->comm->rank == 0) {
        struct pz_flaws flaws;
        pz_flaws_init(&flaws);
        for (size_t i = 0; i < captures->n; i++) {
            if (captures->all[i].state != PZ_CAPTURE_READABLE)
                continue;
            const struct pz_damage_log *log = &captures->all[i].facts->log;
            for (uint32_t j = 0; j < log->nhours; j++)
                pz_damage_log_mark(&flaws.damaged, log->hours[j][0], log->hours[j][1]);
        }
        pz_unread_find_hours(captures, &flaws);
        work->tables->untold = flaws.captures_untold;
        struct pz_timeline timeline;
        pz_timeline_make(&timeline, &work->tables->options, work->tables->hours, &flaws);
        pz_timeline_encode(&timeline, &bytes);
        pz_timeline_release(&timeline);
        pz_flaws_release(&flaws);
    }
    pz_comm_broadcast(work->tables->comm, &bytes);
    struct pz_cursor from = pz_cursor_of(bytes.bytes, bytes.nbytes);
    pz_timeline_decode(&work->timeline, &from);
    work->timeline.countries = work->tables->countries;
    work->timeline.model = work->tables->model;
    work->timeline.outbreak = work->tables->outbreak;
    pz_buf_release(&bytes);
    work->hours = pz_alloc(work->timeline.n * sizeof *work->hours);
    for (size_t i = 0; i < work->timeline.n; i++)
        if (work->timeline.hours[i].syns)
            work->hours[work->nhours++] = i;
}

static int write_set(void *context, size_t task, struct pz_task_queue *queue, struct pz_buf *record,
                     struct pz_error *error)
{
    struct making_tables *work = context;
    uint32_t hour = work->timeline.hours[work->hours[task]].hour;
    struct pz_buf set = {0};
    int status = 0;
    if (pz_task_tick(queue, 0, 0))
        status = pz_reduce_set(work->tables->store, work->stored, work->nstored, hour, &set, error);
    work->tables->unread = status != 0;
    if (status == 0)
        status = pz_output_set(work->tables->output, hour, &set, record, error);
    pz_buf_release(&set);
    return status;
}

static void take_set(void *context, size_t task, struct pz_cursor *record)
{
    struct making_tables *work = context;
    pz_output_take_set(work->tables->output, work->timeline.hours[work->hours[task]].hour, record);
}

static void show_reduced(void *context, size_t done)
{
    struct making_tables *work = context;
    pz_progress_count(&work->progress, done);
}

static int reduce(struct making_tables *work, struct pz_error *error)
{
    struct pz_tables *tables = work->tables;
    struct pz_shuffle shuffle = {.comm = tables->comm,
                                 .store = tables->store,
                                 .stored = work->stored,
                                 .nstored = work->nstored,
                                 .plan = pz_plan_ranges(work->rows, tables->comm->size),
                                 .result = &work->result,
                                 .stop = pz_stop_asked,
                                 .progress = show_reduced,
                                 .context = work};
    bool root = tables->comm->rank == 0;
    if (root)
        pz_progress_begin_count(&work->progress, "reducing", work->nstored * shuffle.plan.passes,
                                tables->progress_seconds, tables->quiet);
    int status = pz_shuffle_run(&shuffle, error);
    if (root)
        tables->seconds += pz_progress_end_count(&work->progress);
    tables->unread = shuffle.unread;
    return status;
}

static int share_sets(struct making_tables *work, struct pz_error *error)
{
    struct pz_counted counted = {.comm = work->tables->comm,
                                 .what = "writing sets",
                                 .total = work->nhours,
                                 .step = 1,
                                 .interval = work->tables->progress_seconds,
                                 .quiet = work->tables->quiet,
                                 .work = {.context = work, .run = write_set, .done = take_set}};
    int status = pz_counted_run(&counted, error);
    work->tables->seconds += counted.seconds;
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

static int write_tables(struct making_tables *work, struct pz_error *error)
{
    struct pz_tables *tables = work->tables;
    struct pz_result *result = &work->result;
    const struct pz_job *const *jobs = result->jobs;
    pz_comm_sum(tables->comm, result->sums, result->nsums);
    if (pz_comm_merge(tables->comm, result, encode_tops, merge_tops, error) != 0)
        return -1;
    int status = 0;
    if (tables->comm->rank == 0) {
        pz_result_finish(result);
        tables->syns = tables->copies = 0;
        for (size_t i = 0; i < result->whole.n; i++) {
            tables->syns += result->whole.hours[i].syns;
            tables->copies += result->whole.hours[i].syns - result->whole.hours[i].scans;
        }
        if (!tables->accept_anonymised)
            status = pz_result_check(result, error);
        if (status == 0 && tables->refuse_empty && !work->timeline.n)
            status = pz_fail_usage(error, "there is nothing to make tables of: the captures that could be read have no"
                                          " packet of the hours and destinations that are asked for");
        if (status == 0)
            status = pz_output_begin(tables->output, error);
        for (size_t i = 0; status == 0 && jobs[i]; i++)
            for (const struct pz_job_table *table = jobs[i]->tables; status == 0 && table && table->row; table++)
                status = pz_output_table(tables->output, jobs[i], table, &result->parts[i], error);
    }
    return pz_comm_agree(tables->comm, status, error);
}

static int write_sets(struct making_tables *work, struct pz_error *error)
{
    const struct pz_tables *tables = work->tables;
    int prepared = tables->comm->rank ? 0 : pz_output_prepare_sets(tables->output, &work->result.whole, error);
    return pz_comm_agree(tables->comm, prepared, error) == 0 ? share_sets(work, error) : -1;
}

int pz_tables_make(struct pz_tables *tables, struct pz_error *error)
{
    struct making_tables work = {.tables = tables};
    tables->seconds = 0;
    tables->unread = false;
    share_stored(&work);
    share_timeline(&work);
    pz_result_init(&work.result, tables->output->jobs, &work.timeline);
    int status = reduce(&work, error);
    if (status == 0)
        status = write_tables(&work, error);
    if (status == 0)
        status = write_sets(&work, error);
    pz_result_release(&work.result);
    pz_timeline_release(&work.timeline);
    free(work.hours);
    free(work.stored);
    return status;
}
