/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps after all captures have tallies: share the list of tallies, make the timeline on rank 0, shuffle and
 * reduce, add up, and write the tables on rank 0 and the sets of hours on all ranks. */
#include "run/tables.h"

#include "reduce/anonymised.h"
#include "reduce/busiest.h"
#include "run/basis.h"
#include "run/calibration.h"
#include "run/shuffle.h"
#include "worm/model.h"

#include <stdlib.h>

struct making_tables {
    struct pz_tables *tables;
    struct pz_basis basis;
    struct pz_result result;
    struct pz_busiest busiest; /* networks */
    size_t *hours;             /* rows of the timeline with SYNs */
    size_t nhours;
};

static void begin(struct making_tables *work)
{
    struct pz_tables *tables = work->tables;
    struct pz_basis *basis = &work->basis;
    *basis = (struct pz_basis){.comm = tables->session->comm, .store = tables->store, .hours = tables->hours};
    pz_basis_share(basis, tables->captures, &tables->options);
    tables->untold = basis->untold;
    basis->timeline.countries = tables->countries;
    basis->timeline.networks = tables->networks;
    basis->timeline.model = tables->model;
    basis->timeline.outbreak = tables->outbreak;
    basis->timeline.calibrated = &tables->calibrated;
    bool built_in = tables->calibrated.state != PZ_CALIBRATED && tables->calibrated.state != PZ_CALIBRATED_BY_FILE;
    if (built_in && !basis->timeline.lens_high)
        tables->calibrated.model = tables->calibrated.half;
    tables->calibrated.digest = pz_model_settle(&tables->calibrated.model);
    work->hours = pz_alloc(basis->timeline.n * sizeof *work->hours);
    for (size_t i = 0; i < basis->timeline.n; i++)
        if (basis->timeline.hours[i].syns)
            work->hours[work->nhours++] = i;
}

static int write_set(void *context, size_t task, struct pz_task_queue *queue, struct pz_buf *record,
                     struct pz_error *error)
{
    struct making_tables *work = context;
    uint32_t hour = work->basis.timeline.hours[work->hours[task]].hour;
    struct pz_buf set = {0};
    int status = 0;
    if (pz_task_tick(queue, 0, 0))
        status = pz_reduce_set(work->tables->store, work->basis.stored, work->basis.nstored, hour, &set, error);
    work->tables->unread = status != 0;
    if (status == 0)
        status = pz_output_set(work->tables->output, hour, &set, record, error);
    pz_buf_release(&set);
    return status;
}

static void take_set(void *context, size_t task, struct pz_cursor *record)
{
    struct making_tables *work = context;
    pz_output_take_set(work->tables->output, work->basis.timeline.hours[work->hours[task]].hour, record);
}

static int reduce(struct making_tables *work, struct pz_result *result, const char *what, struct pz_error *error)
{
    struct pz_tables *tables = work->tables;
    struct pz_progress progress;
    struct pz_shuffle shuffle = {.basis = &work->basis,
                                 .since = tables->options.since,
                                 .until = tables->options.until,
                                 .result = result,
                                 .progress = &progress};
    pz_progress_begin(&progress, tables->session, what, work->basis.nstored);
    int status = pz_shuffle_run(&shuffle, error);
    tables->seconds.reducing += pz_progress_end_count(&progress);
    tables->plan = shuffle.plan;
    tables->unread = shuffle.unread;
    return status;
}

/* So that other commands score alike. */
static int write_model(const struct pz_tables *tables, struct pz_error *error)
{
    struct pz_buf text = {0};
    pz_model_write(&tables->calibrated.model, &text);
    int status = pz_output_model(tables->output, &text, error);
    pz_buf_release(&text);
    return status;
}

static int write_tables(struct making_tables *work, struct pz_error *error)
{
    struct pz_tables *tables = work->tables;
    struct pz_result *result = &work->result;
    const struct pz_job *const *jobs = result->jobs;
    pz_comm_sum(tables->session->comm, result->sums, result->nsums);
    pz_shuffle_merge_tops(tables->session->comm, result);
    int status = 0;
    if (tables->session->comm->rank == 0) {
        pz_result_finish(result);
        tables->syns = tables->copies = 0;
        pz_tables_release(tables);
        pz_recorded_of(&tables->recorded, &result->whole);
        for (size_t i = 0; i < result->whole.n; i++) {
            tables->syns += result->whole.hours[i].syns;
            tables->copies += result->whole.hours[i].syns - result->whole.hours[i].scans;
        }
        if (!tables->accept_anonymised)
            status = pz_anonymised_check(&result->whole, result->anonymised, error);
        if (status == 0 && tables->refuse_empty && !work->basis.timeline.n)
            status = pz_fail_usage(
                error, "there is nothing to make tables of: the readable captures have no packet in these hours and to "
                       "these destinations");
        if (status == 0)
            status = pz_output_begin(tables->output, error);
        for (size_t i = 0; status == 0 && jobs[i]; i++)
            for (const struct pz_job_table *table = jobs[i]->tables; status == 0 && table && table->schema.name;
                 table++)
                status = pz_output_table(tables->output, jobs[i], table, &result->parts[i], error);
        if (status == 0)
            status = write_model(tables, error);
        if (status == 0)
            status = pz_output_packages(tables->output, error);
    }
    return pz_comm_agree(tables->session->comm, status, error);
}

static int write_sets(struct making_tables *work, struct pz_error *error)
{
    struct pz_tables *tables = work->tables;
    int prepared = tables->session->comm->rank ? 0 : pz_output_prepare_sets(tables->output, &work->result.whole, error);
    if (pz_comm_agree(tables->session->comm, prepared, error) != 0)
        return -1;
    const struct pz_tasks tasks = {.context = work, .run = write_set, .done = take_set};
    return pz_counted_run(tables->session, "writing sets", work->nhours, false, tasks, &tables->seconds.sets, error);
}

/* Which networks get numbers by the hour: a reduction of its own, before that of the tables. */
static int find_busiest(struct making_tables *work, struct pz_error *error)
{
    static const struct pz_job *const jobs[] = {&pz_busiest_job, NULL};
    struct pz_result result;
    if (!work->tables->networks)
        return 0;
    pz_result_init(&result, jobs, &work->basis.timeline);
    int status = reduce(work, &result, "counting networks", error);
    if (status == 0) {
        pz_comm_sum(work->tables->session->comm, result.sums, result.nsums);
        pz_busiest_find(&work->busiest, work->tables->networks, result.parts[0].sums);
        work->basis.timeline.busiest = &work->busiest;
    }
    pz_result_release(&result);
    return status;
}

static int make(struct making_tables *work, struct pz_error *error)
{
    begin(work);
    int status = find_busiest(work, error);
    pz_result_init(&work->result, work->tables->output->jobs, &work->basis.timeline);
    if (status == 0)
        status = reduce(work, &work->result, "reducing", error);
    double began = pz_clock();
    if (status == 0)
        status = write_tables(work, error);
    work->tables->seconds.tables = pz_clock() - began;
    if (status == 0)
        status = write_sets(work, error);
    pz_result_release(&work->result);
    pz_busiest_release(&work->busiest);
    pz_basis_release(&work->basis);
    free(work->hours);
    return status;
}

void pz_tables_log(const struct pz_tables *tables, uint16_t port, struct pz_buf *to)
{
    const struct pz_tables_seconds *seconds = &tables->seconds;
    const struct pz_plan *plan = &tables->plan;
    if (!plan->passes)
        return;
    pz_buf_printf(to, "    port %u: calibrating %.1f s, reducing %.1f s, tables %.1f s, sets %.1f s;", port,
                  seconds->calibrating, seconds->reducing, seconds->tables, seconds->sets);
    pz_buf_printf(to, " passes: %u, of at most %.0f MiB a rank\n", plan->passes, (double)plan->nbytes / (1 << 20));
}

void pz_tables_release(struct pz_tables *tables)
{
    pz_recorded_release(&tables->recorded);
}

int pz_tables_make(struct pz_tables *tables, struct pz_error *error)
{
    struct making_tables work = {.tables = tables};
    tables->seconds = (struct pz_tables_seconds){0};
    tables->unread = false;
    tables->calibrated =
        (struct pz_calibrated){.state = tables->keep, .model = *tables->model, .half = pz_model_of_half(tables->model)};
    int status = tables->keep == PZ_CALIBRATED ? pz_calibration_learn(tables, error) : 0;
    return status == 0 ? make(&work, error) : status;
}
