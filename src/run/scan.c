/* SPDX-License-Identifier: BSD-2-Clause */
/* Scans captures that lack a tally in the store of a port: tasks are captures, the largest first. The rank that reads a
 * capture makes the tallies that it lacks and publishes each in its store; rank 0 gets what the summary says of it. */
#include "run/scan.h"

#include "base/text.h"
#include "base/time.h"
#include "run/contents.h"
#include "run/reading.h"
#include "run/stop.h"
#include "run/store_lookup.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

struct scanning {
    struct pz_scan *scan;
    struct pz_lookup lookup;
    struct pz_scan_tasks tasks;
    struct pz_progress progress;
};

static int check_strict(const struct pz_scan *scan, const struct pz_capture *capture, const struct pz_damage_log *log,
                        struct pz_error *error)
{
    if (!scan->strict || !pz_damage_log_damaged(log))
        return 0;
    const struct pz_damage *damage = &log->entries[0];
    return pz_fail(error, "%s: %s, at byte %" PRIu64 " (--strict stops at the first damage)", capture->path,
                   pz_damage_words((enum pz_damage_reason)damage->reason), damage->offset);
}

static void put_known(const struct pz_reading *reading, const struct pz_tally *tally, size_t port,
                      const struct pz_identity *identity, uint32_t original, struct pz_buf *to)
{
    struct pz_stored stored = {.identity = *identity,
                               .rows = tally->sources.n + pz_tally_edge_rows(tally),
                               .edge_rows = pz_tally_edge_rows(tally),
                               .stretch = reading->stretch};
    pz_tally_hours(tally, &stored.first_hour, &stored.last_hour);
    const struct pz_capture_facts facts =
        pz_capture_facts_of(&stored, &reading->log, tally->fates, tally->digest, &tally->hours);
    pz_known_encode(&facts, port, original, reading->file, to);
}

/* Standard input may hold the bytes of one of the files, which shows only at its end: the place of that file in the
 * list. */
static uint32_t original_of(const struct pz_captures *captures, const struct pz_identity *identity)
{
    for (size_t i = 0; i < captures->n; i++)
        if (captures->all[i].state == PZ_CAPTURE_READABLE && strcmp(captures->all[i].path, "-") != 0 &&
            pz_identity_compare(&captures->all[i].identity, identity) == 0)
            return (uint32_t)i;
    return PZ_NOT_A_DUPLICATE;
}

/* Stores the tallies of the ports that were lacking, and says so to rank 0. A file that turned out to be no capture has them too, so that it
 * is known. */
static int finish(struct pz_scan *scan, struct pz_reading *reading, const size_t *ports, struct pz_buf *result,
                  struct pz_error *error)
{
    const struct pz_capture *capture = &scan->captures->all[reading->file];
    struct pz_identity identity = capture->identity;
    bool standard = strcmp(capture->path, "-") == 0;
    if (standard)
        pz_input_identify(reading->input, &identity, error);
    if (check_strict(scan, capture, &reading->log, error) != 0)
        return -1;
    uint32_t original = standard ? original_of(scan->captures, &identity) : PZ_NOT_A_DUPLICATE;
    size_t nports = reading->options->nports;
    int status = 0;
    pz_tallies_finish(reading->tallies, nports);
    for (size_t i = 0; status == 0 && i < nports; i++) {
        struct pz_tally *tally = &reading->tallies[i];
        if (original == PZ_NOT_A_DUPLICATE) { /* else the file has tallies of its own */
            status = pz_store_write(&scan->stores[ports[i]], &identity, tally, &reading->log, error);
            pz_hours_merge(&scan->hours[ports[i]], &tally->hours);
        }
        put_known(reading, tally, ports[i], &identity, original, result);
    }
    return status;
}

/* Whether another run on the same store has scanned it since we looked it up. */
static bool is_there_now(const struct scanning *work, size_t i, size_t port, struct pz_buf *result)
{
    const struct pz_capture *capture = &work->scan->captures->all[i];
    struct pz_path path = pz_store_path(&work->scan->stores[port], &capture->identity, &capture->stretch);
    bool there = strcmp(capture->path, "-") != 0 && access(path.text, F_OK) == 0;
    return there && pz_lookup_one(&work->lookup, i, port, result);
}

/* The ports whose tallies the capture of a task still lacks; returns how many. */
static size_t find_lacking(const struct scanning *work, const struct pz_scan_task *task, size_t ports[PZ_PORTS],
                           struct pz_buf *result)
{
    size_t n = 0;
    for (size_t port = 0; port < work->scan->nports; port++)
        if (task->lacking >> port & 1 && !is_there_now(work, task->capture, port, result))
            ports[n++] = port;
    return n;
}

static int scan_one(void *context, size_t task, struct pz_task_queue *queue, struct pz_buf *result,
                    struct pz_error *error)
{
    struct scanning *work = context;
    struct pz_scan *scan = work->scan;
    size_t i = work->tasks.all[task].capture, ports[PZ_PORTS];
    uint64_t size = scan->captures->all[i].identity.size;
    struct pz_reading_options options = {
        .captures = scan->captures, .decode = scan->session->decode, .inflater = scan->inflater, .queue = queue};
    if (!pz_task_tick(queue, 0, 0))
        return 0;
    options.nports = find_lacking(work, &work->tasks.all[task], ports, result);
    for (size_t port = 0; port < options.nports; port++)
        options.filters[port] = scan->stores[ports[port]].filter;
    if (!options.nports) {
        pz_task_tick(queue, size, 0);
        return 0;
    }
    struct pz_reading *reading = pz_reading_make(&options, i);
    if (!reading)
        return 0;
    int status = finish(scan, reading, ports, result, error);
    if (status == 0)
        pz_task_tick(queue, size ? size : reading->offset, reading->log.records);
    pz_reading_free(reading);
    return status;
}

static void take_result(void *context, size_t task, struct pz_cursor *result)
{
    struct scanning *work = context;
    work->scan->last.captures++;
    while (pz_cursor_left(result))
        pz_known_decode(work->scan->captures, work->tasks.all[task].capture, result);
}

/* Names a capture that would not have been read to its end even if it had been the only one: however often the run is
 * repeated with the same time limit, it will never be done. */
static void tell_too_long(void *context, size_t task, uint64_t bytes, double seconds)
{
    struct scanning *work = context;
    uint64_t size = work->tasks.all[task].size;
    double given = pz_clock() - work->scan->began, needed = bytes ? seconds * (double)size / (double)bytes : 0;
    if (needed <= given)
        return;
    char need[PZ_DURATION_TEXT], had[PZ_DURATION_TEXT];
    pz_tell("reading %s alone takes about %s, but this run was stopped after %s: give it more time",
            work->scan->captures->all[work->tasks.all[task].capture].path, pz_progress_duration(needed, need),
            pz_progress_duration(given, had));
}

static void show(void *context, const struct pz_task_status *status)
{
    struct scanning *work = context;
    struct pz_scan *scan = work->scan;
    scan->last.bytes = status->bytes;
    scan->last.packets = status->packets;
    char *words =
        status->slowest_task < work->tasks.n
            ? pz_format("%zu of %zu captures, longest at work: rank %d on %s", status->tasks_done, work->tasks.n,
                        status->slowest_rank, scan->captures->all[work->tasks.all[status->slowest_task].capture].label)
            : pz_format("%zu of %zu captures", status->tasks_done, work->tasks.n);
    pz_progress_show(&work->progress, status->bytes, status->packets, words);
    free(words);
}

static int look_up(struct scanning *work, struct pz_error *error)
{
    struct pz_scan *scan = work->scan;
    int status = pz_lookup_all(&work->lookup, error), strict = 0;
    for (size_t i = 0; status == 0 && strict == 0 && i < scan->captures->n; i++) {
        const struct pz_capture *capture = &scan->captures->all[i];
        for (size_t port = 0; strict == 0 && port < scan->nports; port++)
            if (capture->by_port[port] && capture->state == PZ_CAPTURE_READABLE)
                strict = check_strict(scan, capture, &capture->by_port[port]->log, error);
    }
    return status == 0 ? pz_comm_agree(scan->session->comm, strict, error) : status;
}

static void encode_hours(void *context, struct pz_buf *to)
{
    pz_hours_encode(context, to);
}

static void merge_hours(void *context, struct pz_cursor *bytes)
{
    struct pz_hours hours;
    pz_hours_init(&hours);
    pz_hours_decode(&hours, bytes);
    PZ_CHECK(!bytes->bad); /* it only ever comes from another rank */
    pz_hours_merge(context, &hours);
    pz_hours_release(&hours);
}

static void add_scanned(struct pz_scanned *to, struct pz_scanned *last)
{
    to->captures += last->captures;
    to->bytes += last->bytes;
    to->packets += last->packets;
    to->seconds += last->seconds;
    *last = (struct pz_scanned){0};
}

static int scan_missing(struct scanning *work, const char *what, struct pz_error *error)
{
    struct pz_scan *scan = work->scan;
    pz_progress_begin(&work->progress, scan->session, what, work->tasks.bytes);
    work->progress.quiet = work->progress.quiet || !work->tasks.n;
    const struct pz_tasks queue = {.context = work,
                                   .ntasks = work->tasks.n,
                                   .roots = work->tasks.nstandard,
                                   .run = scan_one,
                                   .done = take_result,
                                   .dropped = tell_too_long,
                                   .progress = show,
                                   .progress_context = work,
                                   .stop = pz_stop_asked};
    int status = pz_tasks_run(scan->session->comm, &queue, error);
    char *words = pz_format("%zu of %zu captures", scan->last.captures, work->tasks.n);
    scan->last.seconds = pz_progress_end(&work->progress, scan->last.bytes, scan->last.packets, words);
    free(words);
    return status;
}

/* Forgets the facts of captures that share time with others: another tally of each counts. */
static size_t forget_overlapping(struct pz_captures *captures)
{
    size_t n = pz_contents_find_stretches(captures);
    for (size_t i = 0; n && i < captures->n; i++)
        if (!pz_stretch_is_none(&captures->all[i].stretch))
            pz_capture_facts_forget(&captures->all[i]);
    return n;
}

/* Standard input must not be among those that are to be read again. */
static int check_standard(const struct pz_captures *captures, struct pz_error *error)
{
    for (size_t i = 0; i < captures->n; i++)
        if (strcmp(captures->all[i].path, "-") == 0 && !pz_stretch_is_none(&captures->all[i].stretch))
            return pz_fail_usage(
                error, "standard input overlaps other captures in time. SYNs that both recorded count once, and for "
                       "that both must be read twice: write standard input to a file, and name the file");
    return 0;
}

/* Names one of the captures that overlap others. */
static int fail_overlapping(const struct scanning *work, struct pz_error *error)
{
    return pz_fail(error,
                   "%zu captures overlap others in time, but were not scanned together with them, for example %s. "
                   "SYNs that both recorded would count twice. Scan them together first: patientzero scan with the "
                   "same captures, --port, --lens and --decode, without --part",
                   work->tasks.n, work->scan->captures->all[work->tasks.all[0].capture].path);
}

/* When all times are known: scans again the captures that overlap others and have no tally of the stretch. */
static int scan_overlapping(struct scanning *work, struct pz_error *error)
{
    struct pz_scan *scan = work->scan;
    if (pz_comm_agree(scan->session->comm, check_standard(scan->captures, error), error) != 0)
        return -1;
    work->lookup.overlapping = true;
    int status = look_up(work, error);
    work->lookup.overlapping = false;
    if (status != 0)
        return status;
    pz_scan_tasks_choose(&work->tasks, scan);
    if (!scan->only_look_up)
        status = scan_missing(work, "scanning what overlaps", error);
    else if (work->tasks.n)
        status = fail_overlapping(work, error);
    add_scanned(&scan->again, &scan->last);
    return status;
}

/* Leaves out doubles, and scans captures that overlap. If there are any, the hours must be merged again. */
static int settle_doubles(struct scanning *work, struct pz_error *error)
{
    struct pz_scan *scan = work->scan;
    bool root = scan->session->comm->rank == 0;
    uint64_t left_out = pz_comm_max(scan->session->comm, root ? pz_contents_leave_out(scan->captures) : 0);
    uint64_t forgotten =
        pz_comm_max(scan->session->comm, root && !scan->chunk ? forget_overlapping(scan->captures) : 0);
    int status = 0;
    if (left_out || forgotten)
        pz_captures_share(scan->captures, scan->session->comm);
    if (forgotten)
        status = scan_overlapping(work, error);
    if (status != 0 || !(left_out || forgotten))
        return status;
    pz_scan_release(scan);
    work->lookup.again = true;
    return look_up(work, error);
}

/* Nothing is known yet. */
static struct scanning begin(struct pz_scan *scan)
{
    for (size_t port = 0; port < scan->nports; port++)
        pz_hours_init(&scan->hours[port]);
    pz_captures_choose_port(scan->captures, 0);
    for (size_t i = 0; i < scan->captures->n; i++)
        scan->captures->all[i].stretch = PZ_NO_STRETCH;
    return (struct scanning){.scan = scan, .lookup = {.scan = scan}};
}

int pz_scan_run(struct pz_scan *scan, struct pz_error *error)
{
    struct scanning work = begin(scan);
    work.lookup.forget = scan->rescan;
    int status = look_up(&work, error);
    if (status != 0)
        return status;
    scan->rescan = work.lookup.forget = false;
    pz_scan_tasks_choose(&work.tasks, scan);
    if (!scan->only_look_up && scan->session->comm->rank == 0)
        pz_scan_tasks_tell_lacks(&work.tasks, scan);
    if (!scan->only_look_up)
        status = scan_missing(&work, "scanning", error);
    else if (work.tasks.n)
        status = pz_scan_tasks_fail(&work.tasks, scan, error);
    add_scanned(&scan->once, &scan->last);
    if (status == 0)
        status = settle_doubles(&work, error);
    for (size_t port = 0; status == 0 && port < scan->nports; port++)
        pz_comm_merge(scan->session->comm, &scan->hours[port], encode_hours, merge_hours);
    free(work.tasks.all);
    return status;
}

int pz_scan_plan(struct pz_scan *scan, struct pz_scan_tasks *tasks, struct pz_error *error)
{
    struct scanning work = begin(scan);
    *tasks = (struct pz_scan_tasks){0};
    int status = scan->rescan ? 0 : look_up(&work, error);
    if (status == 0)
        pz_scan_tasks_choose(tasks, scan);
    return status;
}

void pz_scan_release(struct pz_scan *scan)
{
    for (size_t port = 0; port < scan->nports; port++)
        pz_hours_release(&scan->hours[port]);
}
