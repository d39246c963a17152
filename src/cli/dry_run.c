/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/file.h"
#include "cli/notes.h"
#include "cli/survey_numbers.h"
#include "cli/work.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

/* On rank 0: what a run would refuse before it begins. A store that is there must be of these scans. */
static int check(const struct pz_context *context, struct pz_error *error)
{
    int status = pz_work_refuse(context, error);
    for (size_t i = 0; status == 0 && i < context->nports; i++) {
        struct pz_path folder = pz_store_folder(context->store_directory, context->filters[i].port);
        if (access(pz_file_join(folder.text, "key").text, F_OK) == 0)
            status = pz_store_prepare(context->store_directory, &context->filters[i], error);
    }
    return status;
}

/* Bytes a second and core, of the heads of the largest captures: enough to guess by, and soon done. 0 if unknown.
 * Collective; on rank 0. */
static int measure(const struct pz_context *context, const struct pz_scan_tasks *plan, double *rate,
                   struct pz_error *error)
{
    enum { SAMPLE = 8 };
    size_t n = plan->n < SAMPLE ? plan->n : SAMPLE;
    struct pz_captures sample = {.all = pz_alloc(n * sizeof *sample.all)};
    for (size_t i = 0; i < n; i++)
        if (strcmp(context->captures.all[plan->all[i].capture].path, "-") != 0) { /* it can't be read twice */
            sample.all[sample.n] = context->captures.all[plan->all[i].capture];
            sample.all[sample.n].overlaps = sample.n;
            sample.n++;
        }
    struct pz_survey survey = {
        .session = &context->session, .captures = &sample, .filters = context->filters, .nports = context->nports};
    int status = pz_survey_run(&survey, error);
    if (status == 0 && context->session.comm->rank == 0) {
        struct pz_survey_numbers numbers = pz_survey_numbers_of(&survey, 1);
        *rate = numbers.rate;
        pz_survey_numbers_release(&numbers);
    }
    pz_survey_release(&survey);
    free(sample.all); /* what its captures own is the list's */
    return status;
}

static void put_reading(const struct pz_context *context, const struct pz_scan_tasks *plan, double rate,
                        struct pz_buf *to)
{
    const struct pz_captures *captures = &context->captures;
    size_t readable = pz_captures_count(captures, PZ_CAPTURE_READABLE), ranks = (size_t)context->session.comm->size;
    uint64_t largest = plan->n ? captures->all[plan->all[0].capture].identity.size : 0;
    ranks = plan->n && plan->n < ranks ? plan->n : ranks;
    pz_buf_printf(to, "read       %zu of %zu captures, %.3f GB%s\n", plan->n, readable, (double)plan->bytes / 1e9,
                  plan->n < readable ? "; the store has the tallies of the others" : "");
    if (rate > 0) {
        double seconds = (double)plan->bytes / rate / (double)ranks, longest = (double)largest / rate;
        char time[PZ_DURATION_TEXT];
        pz_buf_printf(to, "time       about %s on %d rank%s, at %.0f MB/s each (this machine, on the heads of some)\n",
                      pz_progress_duration(seconds > longest ? seconds : longest, time), context->session.comm->size,
                      context->session.comm->size == 1 ? "" : "s", rate / 1e6);
    }
    pz_buf_printf(to, "left out   %zu duplicates, %zu that could not be read, %zu other files\n",
                  pz_captures_count(captures, PZ_CAPTURE_DUPLICATE), pz_captures_count(captures, PZ_CAPTURE_UNREADABLE),
                  pz_captures_count(captures, PZ_CAPTURE_NONE));
}

static void put_writing(const struct pz_context *context, struct pz_buf *to)
{
    const struct pz_settings *settings = &context->settings;
    if (context->command->needs & PZ_HALF_SCAN)
        pz_buf_printf(to, "tallies    %s, %s\n", context->store_directory,
                      settings->rescan ? "made again (--rescan)" : "those that are there are kept");
    if (context->command->needs & PZ_HALF_REDUCE)
        pz_buf_printf(to, "result     %s, %s\n", settings->out,
                      !pz_earlier_there(settings->out) ? "new"
                      : settings->replace
                          ? "replaces the one that is there, whatever captures that was made of (--replace)"
                          : "replaces the one that is there, of the same captures or fewer");
}

int pz_dry_run(struct pz_context *context, struct pz_error *error)
{
    const struct pz_comm *comm = context->session.comm;
    struct pz_scan_tasks plan = {0};
    double rate = 0;
    int code = pz_comm_agree(comm, comm->rank ? 0 : check(context, error), error);
    if (code == 0)
        code = pz_scan_plan(&context->scan, &plan, error);
    if (code == 0 && context->scan.only_look_up && plan.n)
        code = pz_scan_tasks_fail(&plan, &context->scan, error);
    if (code == 0)
        code = measure(context, &plan, &rate, error);
    if (code == 0 && comm->rank == 0) {
        struct pz_buf text = {0};
        put_reading(context, &plan, rate, &text);
        put_writing(context, &text);
        pz_buf_printf(&text, "Nothing was written.\n");
        code = pz_file_print(&text, error);
        if (code == 0 && pz_fates_tell(&context->captures))
            code = PZ_EXIT_DAMAGE;
    }
    free(plan.all);
    return code == 1 ? PZ_EXIT_STOPPED : pz_comm_agree_code(comm, code, error);
}
