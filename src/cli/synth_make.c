/* SPDX-License-Identifier: BSD-2-Clause */
/* Hours are tasks: a rank makes a capture and the truth about it, and writes both. The truth is written last, so an
 * hour that has it is made, and a run that was stopped goes on with the others. Then the 256 shares of addresses are
 * tasks: a rank reads the share of each hour's truth, writes that share of sources.csv, and adds to its totals. Rank 0
 * sums up the totals, writes the tables and removes the intermediate files. */
#include "base/file.h"
#include "base/sha256.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/command.h"
#include "run/stop.h"
#include "twin/truth.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The work in progress. */
struct archive {
    const struct pz_session *session;
    const char *out;
    struct pz_twin *twin;
    struct pz_path folder; /* for the truth */
    struct pz_path hours;  /* for what it is made of until the end: named by all that hours depend on */
    struct pz_buf parameters, delegated;
    struct pz_twin_truth truth; /* of the shares that this rank did */
    size_t nhours;
    struct pz_progress progress;       /* on rank 0 */
    uint64_t captures, packets, bytes; /* on rank 0: made by all ranks */
};

static struct pz_path share_path(const struct archive *making, size_t share)
{
    return pz_path("%s/sources-%03zu", making->hours.text, share);
}

static bool tick(void *context, uint64_t npackets)
{
    return pz_task_tick(context, 0, npackets);
}

static int make_hour(void *context, size_t task, struct pz_task_queue *queue, struct pz_buf *result,
                     struct pz_error *error)
{
    struct archive *making = context;
    uint32_t hour = making->twin->params->first_hour + (uint32_t)task;
    struct pz_path path = pz_file_join(making->out, pz_twin_capture_name(hour).text);
    struct pz_path truth_path = pz_twin_truth_path(making->hours.text, hour);
    if (access(path.text, F_OK) == 0 && access(truth_path.text, F_OK) == 0)
        return 0; /* by an attempt that was stopped */
    const struct pz_twin_watch watch = {tick, queue};
    struct pz_buf capture = {0}, truth = {0};
    uint64_t npackets = pz_twin_make_hour(making->twin, hour, &watch, &capture, &truth);
    int status = 0;
    /* The truth last: its file marks the hour as made. */
    if (pz_task_tick(queue, capture.nbytes, npackets) && capture.nbytes) {
        status = pz_file_write(path.text, capture.bytes, capture.nbytes, error);
        if (status == 0)
            status = pz_file_write(truth_path.text, truth.bytes, truth.nbytes, error);
        pz_buf_put_u64(result, npackets);
        pz_buf_put_u64(result, capture.nbytes);
    }
    pz_buf_release(&capture);
    pz_buf_release(&truth);
    return status;
}

static void hour_done(void *context, size_t task, struct pz_cursor *result)
{
    (void)task;
    struct archive *making = context;
    if (!pz_cursor_left(result))
        return;
    making->captures++;
    making->packets += pz_cursor_u64(result);
    making->bytes += pz_cursor_u64(result);
}

static void show_hours(void *context, const struct pz_task_status *status)
{
    struct archive *making = context;
    char *words = pz_format("hour %zu of %zu", status->tasks_done, making->nhours);
    pz_progress_show(&making->progress, status->bytes, status->packets, words);
    free(words);
}

static int make_share(void *context, size_t task, struct pz_task_queue *queue, struct pz_buf *result,
                      struct pz_error *error)
{
    (void)queue;
    (void)result;
    struct archive *making = context;
    struct pz_buf csv = {0};
    int status = pz_twin_truth_share(&making->truth, making->hours.text, (uint32_t)task, &csv, error);
    if (status == 0)
        status = pz_file_write(share_path(making, task).text, csv.bytes, csv.nbytes, error);
    pz_buf_release(&csv);
    return status;
}

static int write_truth(const struct archive *making, const char *name, const struct pz_buf *bytes,
                       struct pz_error *error)
{
    return pz_file_write(pz_file_join(making->folder.text, name).text, bytes->bytes, bytes->nbytes, error);
}

static int write_sources(const struct archive *making, struct pz_error *error)
{
    struct pz_buf csv = {0};
    struct pz_csv header;
    int status = 0;
    pz_csv_begin(&header, &pz_twin_truth_sources, NULL, &csv);
    for (size_t share = 0; share < PZ_TWIN_NSHARES && status == 0; share++)
        status = pz_file_read(share_path(making, share).text, &csv, error);
    if (status == 0)
        status = write_truth(making, "sources.csv", &csv, error);
    pz_buf_release(&csv);
    return status;
}

/* On rank 0, from the counts of all. hourly.csv comes last: if it exists, all tables do. */
static int write_tables(const struct archive *making, struct pz_error *error)
{
    int status = write_sources(making, error);
    for (int i = 0; i < PZ_TWIN_NTABLES && status == 0; i++) {
        struct pz_buf csv = {0};
        const char *name = pz_twin_truth_table(&making->truth, i, &csv);
        status = write_truth(making, pz_path("%s.csv", name).text, &csv, error);
        pz_buf_release(&csv);
    }
    return status;
}

static void sweep(struct archive *making)
{
    const struct pz_twin_params *params = making->twin->params;
    for (uint32_t hour = params->first_hour; hour < params->end_hour; hour++)
        unlink(pz_twin_truth_path(making->hours.text, hour).text);
    for (size_t share = 0; share < PZ_TWIN_NSHARES; share++)
        unlink(share_path(making, share).text);
    pz_file_sweep(making->hours.text, 1);
    pz_file_sweep(making->folder.text, 1);
    pz_file_sweep(making->out, 1);
    rmdir(making->hours.text);
}

/* On rank 0. Captures of an archive with other parameters would stay among ours, and make the truth false. */
static int prepare(const struct archive *making, struct pz_error *error)
{
    const struct pz_buf *parameters = &making->parameters;
    struct pz_buf there = {0}, networks = {0};
    struct pz_path path = pz_file_join(making->folder.text, "parameters.json");
    int status = access(path.text, F_OK) == 0 ? pz_file_read(path.text, &there, error) : 0;
    if (status == 0 && there.bytes &&
        (there.nbytes != parameters->nbytes || memcmp(there.bytes, parameters->bytes, there.nbytes) != 0))
        status = pz_fail(error,
                         "%s holds an archive made with other parameters, see truth/parameters.json there:"
                         " name another folder, or remove that one",
                         making->out);
    pz_twin_networks_text(&making->delegated, &networks);
    if (status == 0)
        status = pz_file_make_dirs(making->hours.text, 0777, error);
    if (status == 0)
        status = write_truth(making, "delegated.txt", &making->delegated, error);
    if (status == 0)
        status = write_truth(making, "networks.pfx2as", &networks, error);
    if (status == 0)
        status = write_truth(making, "parameters.json", parameters, error);
    pz_buf_release(&there);
    pz_buf_release(&networks);
    return status;
}

/* Collective: the table of addresses, the same on every rank. */
static int read_delegated(const struct pz_context *context, struct pz_buf *text, struct pz_error *error)
{
    const struct pz_comm *comm = context->session.comm;
    const struct pz_country_files *files = &context->settings.delegated;
    int status = 0;
    for (size_t i = 0; comm->rank == 0 && i < files->n && status == 0; i++) {
        status = pz_file_read(files->paths[i], text, error);
        pz_buf_put(text, "\n", 1);
    }
    if (comm->rank == 0 && !files->n)
        pz_twin_world_text(text);
    if (pz_comm_agree(comm, status, error) != 0)
        return -1;
    pz_comm_broadcast(comm, text);
    return 0;
}

/* Collective. 0, 1 when stopped, or -1. */
static int make_hours(struct archive *making, struct pz_error *error)
{
    const struct pz_session *session = making->session;
    const struct pz_tasks work = {.context = making,
                                  .ntasks = making->nhours,
                                  .run = make_hour,
                                  .done = hour_done,
                                  .progress = show_hours,
                                  .progress_context = making,
                                  .stop = pz_stop_asked};
    if (session->comm->rank == 0)
        pz_progress_begin(&making->progress, session, "making", 0);
    int status = pz_tasks_run(session->comm, &work, error);
    if (session->comm->rank == 0 && status == 0)
        pz_progress_end(&making->progress, making->bytes, making->packets, "");
    return status;
}

static int make_truth(struct archive *making, struct pz_error *error)
{
    const struct pz_session *session = making->session;
    const struct pz_tasks tasks = {.context = making, .run = make_share};
    int status = pz_counted_run(session, "truth", PZ_TWIN_NSHARES, false, tasks, NULL, error);
    if (status != 0)
        return status;
    pz_comm_sum(session->comm, (uint64_t *)making->truth.hours,
                making->nhours * sizeof *making->truth.hours / sizeof(uint64_t));
    /* At most one share has it, so the sum is its value. */
    pz_comm_sum(session->comm, &making->truth.zero_first_usec, 1);
    return pz_comm_agree(session->comm, session->comm->rank == 0 ? write_tables(making, error) : 0, error);
}

static int make_all(struct archive *making, struct pz_error *error)
{
    const struct pz_comm *comm = making->session->comm;
    int status = pz_comm_agree(comm, comm->rank == 0 ? prepare(making, error) : 0, error);
    if (status == 0)
        status = make_hours(making, error);
    if (status == 0)
        status = make_truth(making, error);
    if (status == 0 && comm->rank == 0)
        sweep(making);
    if (status == 1 && comm->rank == 0)
        pz_tell("stopped on request; the same command continues from here");
    return status == 1 ? PZ_EXIT_STOPPED : status;
}

/* Where the hours are until the end. What an attempt with other parameters or another program left is not ours. */
static struct pz_path hours_path(const struct archive *making)
{
    static const char version[] = "2"; /* of what is written for equal parameters */
    struct pz_buf all = {0};
    pz_buf_put(&all, version, sizeof version);
    pz_buf_put(&all, making->parameters.bytes, making->parameters.nbytes);
    pz_buf_put(&all, making->delegated.bytes, making->delegated.nbytes);
    struct pz_path path = pz_path("%s/.hours-%s", making->folder.text, pz_sha256_text(all.bytes, all.nbytes).text);
    pz_buf_release(&all);
    return path;
}

int pz_synth_make(const struct pz_context *context, struct pz_error *error)
{
    const struct pz_twin_params *params = &context->settings.twin;
    struct archive making = {.session = &context->session,
                             .out = context->settings.out,
                             .folder = pz_file_join(context->settings.out, "truth"),
                             .nhours = params->end_hour - params->first_hour};
    int code = read_delegated(context, &making.delegated, error);
    if (code == 0)
        making.twin = pz_twin_new(params, &making.delegated, error);
    if (making.twin) { /* on every rank alike */
        pz_twin_truth_parameters(making.twin, &making.parameters);
        making.hours = hours_path(&making);
        pz_twin_truth_init(&making.truth, making.twin);
        code = make_all(&making, error);
        pz_twin_truth_release(&making.truth);
    } else
        code = -1;
    pz_twin_free(making.twin);
    pz_buf_release(&making.parameters);
    pz_buf_release(&making.delegated);
    return code;
}
