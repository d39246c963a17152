/* SPDX-License-Identifier: BSD-2-Clause */
/* One way through for run, scan and reduce: captures are scanned, tables are made, the result is concluded. If a tally
 * can't be read, on some rank, what is known of captures is forgotten, and scan and tables are tried again after a
 * pause, up to three times. Rank 0 reports files that could not be read before anything is replaced, and appends a
 * paragraph to run.log at the end. */
#include "cli/work.h"

#include "base/text.h"
#include "base/time.h"
#include "cli/notes.h"
#include "figures/figures.h"
#include "jobs/jobs.h"
#include "run/contents.h"
#include "run/look.h"
#include "run/scan.h"
#include "run/tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* The run in progress. */
struct run {
    struct pz_context *context;
    struct pz_output output;
    struct pz_pseudonyms pseudonyms; /* on rank 0, which writes the tables */
    bool unread;                     /* what failed was reading a tally, on this rank */
    struct pz_tables *tables;        /* owned: one a port */
    double concluding;               /* seconds, on rank 0 */
};

static bool does(const struct run *work, unsigned halves)
{
    return work->context->command->needs & halves;
}

/* One paragraph a run: when, where, by which command and libraries, how fast. Nobody's result depends on it, so a failure
 * is let pass. Appended in one piece, as tasks of a job array may do so at once. */
static void append_log(const struct run *work, int code)
{
    const struct pz_scan *scan = &work->context->scan;
    struct pz_path path = pz_file_join(work->context->settings.out, "run.log");
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    struct pz_buf text = {0};
    pz_buf_printf(&text, "%s patientzero %s %s, ", pz_time_text((int64_t)time(NULL)).text, PZ_VERSION,
                  work->context->command->name);
    if (work->context->settings.part.nparts)
        pz_buf_printf(&text, "part %u/%u, ", work->context->settings.part.part, work->context->settings.part.nparts);
    pz_buf_printf(&text, "%d ranks, rank 0 on %s: exit %d\n", work->context->session.comm->size, host, code);
    pz_buf_printf(&text, "    %s\n", work->context->command_line);
    pz_version_put(&text, "    ");
    if (does(work, PZ_HALF_SCAN))
        pz_buf_printf(&text, "    scanned %zu captures, %" PRIu64 " bytes, %" PRIu64 " packets in %.1f s\n",
                      scan->once.captures, scan->once.bytes, scan->once.packets, scan->once.seconds);
    if (scan->again.captures)
        pz_buf_printf(&text,
                      "    again, as they overlap: %zu captures of %" PRIu64 " bytes, %" PRIu64 " packets in %.1f s\n",
                      scan->again.captures, scan->again.bytes, scan->again.packets, scan->again.seconds);
    for (size_t i = 0; i < work->context->nports; i++)
        pz_tables_log(&work->tables[i], work->context->filters[i].port, &text);
    if (work->concluding > 0)
        pz_buf_printf(&text, "    figures, page and summary %.1f s\n", work->concluding);
    pz_buf_printf(&text, "    %.1f s in all\n", pz_clock() - scan->began);
    pz_file_append(path.text, text.bytes, text.nbytes);
    pz_buf_release(&text);
}

/* Each folder of a store once, however many captures have tallies there. */
static void sweep(const struct run *work)
{
    const struct pz_context *context = work->context;
    bool has[PZ_STORE_FOLDERS] = {false};
    for (size_t i = 0; i < context->captures.n; i++)
        if (context->captures.all[i].state == PZ_CAPTURE_READABLE)
            has[pz_store_folder_of(&context->captures.all[i].identity)] = true;
    for (size_t port = 0; port < context->nports; port++) {
        for (unsigned folder = 0; folder < PZ_STORE_FOLDERS; folder++)
            if (has[folder])
                pz_store_sweep(&context->stores[port], folder);
        pz_file_sweep(context->stores[port].directory, 0);
    }
    pz_file_sweep(context->store_directory, 0);
    if (does(work, PZ_HALF_REDUCE))
        pz_output_sweep(&work->output);
}

/* Reports first what is wrong with each file. Tables without a row may be right, if all captures are whole; but they
 * don't replace another result. */
static int check_readable(struct run *work, struct pz_error *error)
{
    const struct pz_captures *captures = &work->context->captures;
    if (pz_fates_check_any(captures, work->context->arguments[0], error) != 0)
        return -1;
    bool refuse = pz_earlier_there(work->context->settings.out);
    for (size_t i = 0; !refuse && i < captures->n; i++)
        refuse = pz_capture_flawed(&captures->all[i]);
    for (size_t i = 0; i < work->context->nports; i++)
        work->tables[i].refuse_empty = refuse;
    return 0;
}

/* The tables of each port. */
static int make_all(struct run *work, struct pz_error *error)
{
    struct pz_context *context = work->context;
    int status = 0;
    work->output.begun = false;
    for (size_t i = 0; status == 0 && i < context->nports; i++) {
        pz_captures_choose_port(&context->captures, i);
        pz_output_choose_port(&work->output, context->filters[i].port);
        work->tables[i].hours = &context->scan.hours[i];
        status = pz_tables_make(&work->tables[i], error);
        work->unread = work->tables[i].unread;
    }
    pz_captures_choose_port(&context->captures, 0);
    return status;
}

/* Scan and tables; again if a stored tally turned out to be damaged on the way. */
static int scan_and_make(struct run *work, struct pz_error *error)
{
    /* Other nodes may see a new file late: NFS caches for up to a minute that a name doesn't exist. */
    static const unsigned pauses[] = {2, 15, 60};
    enum { ATTEMPTS = sizeof pauses / sizeof *pauses };
    const struct pz_comm *comm = work->context->session.comm;
    struct pz_scan *scan = &work->context->scan;
    for (int attempt = 0;; attempt++) {
        int status = pz_scan_run(scan, error);
        if (status != 0 || !does(work, PZ_HALF_REDUCE))
            return status;
        if (pz_comm_agree(comm, comm->rank ? 0 : check_readable(work, error), error) != 0)
            return -1;
        status = make_all(work, error);
        if (status >= 0 || error->exit != PZ_EXIT_ENVIRONMENT || attempt == ATTEMPTS)
            return status;
        if (!pz_comm_max(comm, work->unread))
            return status; /* the store is not to blame */
        sleep(pauses[attempt]);
        for (size_t i = 0; i < work->context->captures.n; i++)
            pz_capture_facts_forget(&work->context->captures.all[i]);
        pz_scan_release(scan);
    }
}

int pz_work_refuse(const struct pz_context *context, struct pz_error *error)
{
    const struct pz_settings *settings = &context->settings;
    if (!settings->part.nparts && pz_fates_check_any(&context->captures, context->arguments[0], error) != 0)
        return -1;
    bool replaces = context->command->needs & PZ_HALF_REDUCE && !settings->replace;
    return replaces ? pz_earlier_check(context, error) : 0;
}

static int prepare(struct run *work, struct pz_error *error)
{
    const struct pz_context *context = work->context;
    const struct pz_settings *settings = &context->settings;
    int status = 0;
    if (context->session.comm->rank == 0) {
        status = pz_work_refuse(context, error);
        if (status == 0 && settings->pseudonyms)
            status = pz_pseudonyms_read(&work->pseudonyms, settings->pseudonyms, error);
        if (status == 0 && settings->out)
            status = pz_output_prepare(&work->output, error);
        for (size_t i = 0; status == 0 && i < context->nports; i++)
            status = pz_store_prepare(context->store_directory, &context->filters[i], error);
    }
    return pz_comm_agree(context->session.comm, status, error);
}

/* Options that leave nothing of what was read. */
static void tell_nothing_left(const struct run *work, size_t port)
{
    const struct pz_timeline_options *options = &work->context->settings.hours;
    const struct pz_hours *hours = &work->context->scan.hours[port];
    uint64_t packets = 0, scans = 0;
    for (size_t i = 0; i < hours->n; i++) {
        if (!pz_timeline_has(options, hours->hours[i]->hour))
            continue;
        packets += hours->hours[i]->packets;
        scans += hours->hours[i]->syns;
    }
    if (hours->n && !packets && port == 0) {
        pz_tell("no packet lies between --since and --until: the captures have packets of the hours %s to %s",
                pz_time_text_hour(hours->hours[0]->hour).text,
                pz_time_text_hour(hours->hours[hours->n - 1]->hour).text);
    } else if (packets && !scans) {
        pz_tell("no packet is a SYN to port %u, of %" PRIu64 " packets: is --port right?",
                work->context->filters[port].port, packets);
    }
}

/* Hours that no file of ranges is early enough for. */
static void tell_later_files(const struct run *work, const struct pz_geo *geo, const char *option)
{
    const struct pz_timeline_options *options = &work->context->settings.hours;
    const struct pz_hours *hours = &work->context->scan.hours[0];
    size_t n = 0;
    for (size_t i = 0; i < hours->n; i++) {
        uint32_t hour = hours->hours[i]->hour;
        n += hour < geo->earliest && pz_timeline_has(options, hour);
    }
    if (n)
        pz_tell("%s: %zu hours are before the first of the files, which is of %s, and count by it", option, n,
                pz_time_text_hour(geo->earliest).text);
}

/* On rank 0, after success: writes and reports the rest. */
static int finish(struct run *work, struct pz_error *error)
{
    const struct pz_context *context = work->context;
    struct pz_captures *captures = &work->context->captures;
    bool reduces = does(work, PZ_HALF_REDUCE);
    pz_contents_find_overlaps_of_all(captures);
    pz_tell_doubles(captures, context->scan.chunk);
    int code = pz_fates_tell(captures) ? PZ_EXIT_DAMAGE : PZ_EXIT_DONE;
    pz_fates_warn(captures, NULL);
    for (size_t i = 0; i < context->nports; i++)
        tell_nothing_left(work, i);
    tell_later_files(work, &context->countries, "--countries");
    tell_later_files(work, &context->networks, "--networks");
    if (work->tables[0].untold)
        pz_tell("%zu captures were not read, and their names do not tell their hours: any hour may count too "
                "few, and a missing hour may be one of theirs",
                work->tables[0].untold);
    for (size_t i = 0; i < context->nports; i++) {
        pz_captures_choose_port(captures, i);
        char *port = context->nports > 1 ? pz_format("port %u", context->filters[i].port) : pz_strdup("the port");
        pz_tell_copies(captures, reduces ? &work->tables[i] : NULL, port);
        free(port);
    }
    pz_captures_choose_port(captures, 0);
    double began = pz_clock();
    if (reduces && pz_conclude(context, work->tables, &work->output, error) != 0)
        return -1;
    work->concluding = reduces ? pz_clock() - began : 0;
    sweep(work);
    return code;
}

static int run_prepared(struct run *work, struct pz_error *error)
{
    const struct pz_comm *comm = work->context->session.comm;
    const struct pz_settings *settings = &work->context->settings;
    pz_open_stores(work->context);
    int code = scan_and_make(work, error);
    if (comm->rank == 0 && code < 0 && error->exit == PZ_EXIT_USAGE) {
        /* There is nothing to make tables of: say why. */
        pz_fates_tell(&work->context->captures);
        pz_fates_warn(&work->context->captures, NULL);
    }
    if (code == 1)
        code = PZ_EXIT_STOPPED;
    if (comm->rank == 0 && code == PZ_EXIT_STOPPED && settings->out)
        pz_output_remove_empty(&work->output);
    /* The work of rank 0 alone, above all drawing figures, shows no progress, so the other ranks wait longer. */
    if (settings->watchdog && settings->watchdog < PZ_WATCHDOG_SECONDS)
        pz_comm_arm_watchdog(comm, PZ_WATCHDOG_SECONDS);
    if (comm->rank == 0 && code == 0)
        code = finish(work, error);
    bool refused = code < 0 && error->exit == PZ_EXIT_USAGE; /* an earlier result stays as it is */
    if (comm->rank == 0 && settings->out && !refused)
        append_log(work, code < 0 ? (int)error->exit : code);
    return pz_comm_agree_code(comm, code, error);
}

int pz_work_check(const struct pz_context *context, struct pz_error *error)
{
    const struct pz_settings *settings = &context->settings;
    bool scans = context->command->needs & PZ_HALF_SCAN, reduces = context->command->needs & PZ_HALF_REDUCE;
    if (!context->narguments)
        return pz_fail_usage(error,
                             "no captures are named: patientzero %s CAPTURE... %s DIR, where a CAPTURE is a"
                             " file, a folder, - or @LIST",
                             context->command->name, reduces ? "--out" : "--store");
    if (!reduces && !settings->out && !settings->store)
        return pz_fail_usage(error,
                             "--store is missing: add --store DIR, the folder for the captures' tallies, or --out"
                             " DIR for a store inside a folder for results");
    if (reduces && !settings->out)
        return pz_fail_usage(error, "--out is missing: add --out DIR, the folder for the results");
    if (settings->hours.since >= settings->hours.until)
        return pz_fail_usage(error, "--until is not after --since: nothing lies between them");
    for (int i = 0; i < context->narguments; i++)
        if (strcmp(context->arguments[i], "-") == 0 && (!scans || settings->part.nparts))
            return pz_fail_usage(error, "standard input can't be %s: name files",
                                 settings->part.nparts ? "a part of several" : "looked up before it is read");
    return 0;
}

/* With --strict, a file that seems to be a capture and could not be read ends the run before it begins. */
static int check_strict(const struct pz_captures *captures, struct pz_error *error)
{
    for (size_t i = 0; i < captures->n; i++)
        if (captures->all[i].state == PZ_CAPTURE_UNREADABLE)
            return pz_fail(error, "could not read %s: %s (--strict ends the run)", captures->all[i].path,
                           captures->all[i].why);
    return 0;
}

static struct pz_tables tables_of(struct run *work, size_t port)
{
    const struct pz_context *context = work->context;
    const struct pz_settings *settings = &context->settings;
    return (struct pz_tables){.session = &context->session,
                              .store = &context->stores[port],
                              .captures = &context->captures,
                              .output = &work->output,
                              .networks = settings->networks.n ? &context->networks : NULL,
                              .countries = settings->countries.n ? &context->countries : NULL,
                              .model = &context->model,
                              .outbreak = pz_outbreak_of_port(settings->ports.ports[port]),
                              .keep = settings->model          ? PZ_CALIBRATED_BY_FILE
                                      : settings->no_calibrate ? PZ_UNCALIBRATED_BY_OPTION
                                                               : PZ_CALIBRATED,
                              .options = settings->hours,
                              .accept_anonymised = settings->accept_anonymised};
}

int pz_work_run(struct pz_context *context, struct pz_error *error)
{
    const struct pz_settings *settings = &context->settings;
    struct run work = {.context = context};
    work.output = (struct pz_output){.directory = settings->out,
                                     .jobs = pz_jobs,
                                     .figures = pz_figures,
                                     .ports = settings->ports.ports,
                                     .nports = settings->ports.n,
                                     .pseudonyms = settings->pseudonyms ? &work.pseudonyms : NULL};
    work.tables = pz_alloc(context->nports * sizeof *work.tables);
    for (size_t i = 0; i < context->nports; i++)
        work.tables[i] = tables_of(&work, i);
    int code = settings->strict ? check_strict(&context->captures, error) : 0;
    if (code == 0 && settings->dry_run) {
        pz_open_stores(context);
        code = pz_dry_run(context, error);
    } else if (code == 0) {
        code = prepare(&work, error);
        if (code == 0)
            code = run_prepared(&work, error);
        if ((code == PZ_EXIT_DONE || code == PZ_EXIT_DAMAGE) && context->session.comm->rank == 0)
            pz_looked_remove(context->store_directory);
    }
    pz_pseudonyms_release(&work.pseudonyms);
    for (size_t i = 0; i < context->nports; i++)
        pz_tables_release(&work.tables[i]);
    pz_output_release(&work.output);
    free(work.tables);
    return code;
}
