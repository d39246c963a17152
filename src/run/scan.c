/* SPDX-License-Identifier: BSD-2-Clause */
/* Scans captures that have no tally in the store: tasks are captures, the largest first. The rank that reads a capture
 * makes its tally and publishes it in the store; rank 0 gets what the summary says of it. */
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

struct task {
    bool standard; /* it is standard input */
    uint64_t size;
    size_t capture;
};

struct scanning {
    struct pz_scan *scan;
    struct pz_lookup lookup;
    struct task *tasks; /* in the order of work */
    size_t ntasks, nstandard;
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

static void put_known(struct pz_reading *reading, const struct pz_identity *identity, uint32_t original,
                      struct pz_buf *to)
{
    const struct pz_tally *tally = &reading->tally;
    struct pz_stored stored = {
        .identity = *identity, .rows = tally->sources.n + pz_tally_edge_rows(tally), .stretch = reading->stretch};
    pz_tally_hours(tally, &stored.first_hour, &stored.last_hour);
    struct pz_capture_facts facts =
        pz_capture_facts_of(&stored, &reading->log, tally->fates, tally->digest, &tally->hours);
    pz_known_encode(&facts, original, reading->file, to);
    reading->log = facts.log;
}

/* Standard input shows only at its end that it is one of the files too: the file's place in the list. */
static uint32_t original_of(const struct pz_captures *captures, const struct pz_identity *identity)
{
    for (size_t i = 0; i < captures->n; i++)
        if (captures->all[i].state == PZ_CAPTURE_READABLE && strcmp(captures->all[i].path, "-") != 0 &&
            pz_identity_compare(&captures->all[i].identity, identity) == 0)
            return (uint32_t)i;
    return PZ_NOT_A_DUPLICATE;
}

/* Stores the tally, and says so to rank 0. A file that turned out to be no capture has one too, so that it is known. */
static int finish(struct pz_scan *scan, struct pz_reading *reading, struct pz_buf *result, struct pz_error *error)
{
    const struct pz_capture *capture = &scan->captures->all[reading->file];
    struct pz_identity identity = capture->identity;
    bool standard = strcmp(capture->path, "-") == 0;
    if (standard)
        pz_input_identify(reading->input, &identity, error);
    if (check_strict(scan, capture, &reading->log, error) != 0)
        return -1;
    uint32_t original = standard ? original_of(scan->captures, &identity) : PZ_NOT_A_DUPLICATE;
    if (original != PZ_NOT_A_DUPLICATE) {
        put_known(reading, &identity, original, result); /* the file has a tally of its own */
        return 0;
    }
    if (pz_store_write(scan->store, &identity, &reading->tally, &reading->log, error) != 0)
        return -1;
    put_known(reading, &identity, PZ_NOT_A_DUPLICATE, result);
    pz_hours_merge(&scan->hours, &reading->tally.hours);
    return 0;
}

/* Whether another run on the same store has scanned it since we looked it up. */
static bool is_there_now(const struct scanning *work, size_t i, struct pz_buf *result)
{
    const struct pz_capture *capture = &work->scan->captures->all[i];
    char *path = pz_store_path(work->scan->store, &capture->identity, &capture->stretch);
    bool there = strcmp(capture->path, "-") != 0 && access(path, F_OK) == 0;
    free(path);
    return there && pz_lookup_one(&work->lookup, i, result);
}

static int scan_one(void *context, size_t task, struct pz_task_queue *queue, struct pz_buf *result,
                    struct pz_error *error)
{
    struct scanning *work = context;
    struct pz_scan *scan = work->scan;
    size_t i = work->tasks[task].capture;
    uint64_t size = scan->captures->all[i].identity.size;
    const struct pz_reading_options options = {.captures = scan->captures,
                                               .filter = &scan->store->filter,
                                               .decode = scan->decode,
                                               .inflater = scan->inflater,
                                               .queue = queue};
    if (!pz_task_tick(queue, 0, 0))
        return 0;
    if (is_there_now(work, i, result)) {
        pz_task_tick(queue, size, 0);
        return 0;
    }
    struct pz_reading *reading = pz_reading_make(&options, i);
    if (!reading)
        return 0;
    int status = finish(scan, reading, result, error);
    if (status == 0)
        pz_task_tick(queue, size ? size : reading->offset, reading->log.records);
    pz_reading_free(reading);
    return status;
}

static void take_result(void *context, size_t task, struct pz_cursor *result)
{
    struct scanning *work = context;
    struct pz_capture *capture = &work->scan->captures->all[work->tasks[task].capture];
    work->scan->last.captures++;
    pz_known_decode(capture, result);
}

/* A capture that would not have been read to its end even if it had been the only one must be named: run as often as
 * one likes, in the same time it will never be done. */
static void tell_too_long(void *context, size_t task, uint64_t bytes, double seconds)
{
    struct scanning *work = context;
    uint64_t size = work->tasks[task].size;
    double given = pz_clock() - work->scan->began, needed = bytes ? seconds * (double)size / (double)bytes : 0;
    if (needed <= given)
        return;
    char *need = pz_progress_duration(needed), *had = pz_progress_duration(given);
    pz_tell("%s alone takes about %s to read, and this run was stopped after %s: give it more time",
            work->scan->captures->all[work->tasks[task].capture].path, need, had);
    free(had);
    free(need);
}

static void show(void *context, const struct pz_task_status *status)
{
    struct scanning *work = context;
    struct pz_scan *scan = work->scan;
    scan->last.bytes = status->bytes;
    scan->last.packets = status->packets;
    char *words =
        status->slowest_task < work->ntasks
            ? pz_format("%zu of %zu captures, longest at work: rank %d on %s", status->tasks_done, work->ntasks,
                        status->slowest_rank, scan->captures->all[work->tasks[status->slowest_task].capture].label)
            : pz_format("%zu of %zu captures", status->tasks_done, work->ntasks);
    pz_progress_show(&work->progress, status->bytes, status->packets, words);
    free(words);
}

static int look_up(struct scanning *work, struct pz_error *error)
{
    struct pz_scan *scan = work->scan;
    int status = pz_lookup_all(scan->comm, &work->lookup, scan->captures, error), strict = 0;
    for (size_t i = 0; status == 0 && strict == 0 && i < scan->captures->n; i++) {
        const struct pz_capture *capture = &scan->captures->all[i];
        if (capture->facts && capture->state == PZ_CAPTURE_READABLE)
            strict = check_strict(scan, capture, &capture->facts->log, error);
    }
    return status == 0 ? pz_comm_agree(scan->comm, strict, error) : status;
}

/* Standard input first, as it is rank 0's alone; then the biggest first, so that none is left for the end. */
static int compare_tasks(const void *a, const void *b)
{
    const struct task *x = a, *y = b;
    if (x->standard != y->standard)
        return x->standard ? -1 : 1;
    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    return x->capture < y->capture ? -1 : x->capture > y->capture;
}

/* Rank 0 knows what is to be done, and in which order. */
static uint64_t choose_tasks(struct scanning *work)
{
    struct pz_captures *captures = work->scan->captures;
    uint64_t bytes = 0;
    free(work->tasks);
    work->tasks = pz_alloc(captures->n * sizeof *work->tasks);
    work->ntasks = work->nstandard = 0;
    struct pz_buf chosen = {0};
    if (work->scan->comm->rank == 0) {
        for (size_t i = 0; i < captures->n; i++) {
            const struct pz_capture *capture = &captures->all[i];
            if (capture->state == PZ_CAPTURE_READABLE && !capture->facts)
                work->tasks[work->ntasks++] = (struct task){strcmp(capture->path, "-") == 0, capture->identity.size, i};
        }
        qsort(work->tasks, work->ntasks, sizeof *work->tasks, compare_tasks);
        for (size_t i = 0; i < work->ntasks; i++)
            pz_buf_put_u64(&chosen, work->tasks[i].capture);
    }
    pz_comm_broadcast(work->scan->comm, &chosen);
    struct pz_cursor from = pz_cursor_of(chosen.bytes, chosen.nbytes);
    for (work->ntasks = 0; pz_cursor_left(&from); work->ntasks++) {
        size_t i = pz_cursor_u64(&from);
        bool standard = strcmp(captures->all[i].path, "-") == 0;
        work->tasks[work->ntasks] = (struct task){standard, captures->all[i].identity.size, i};
        work->nstandard += standard;
        bytes += captures->all[i].identity.size;
    }
    pz_buf_release(&chosen);
    return bytes;
}

/* Names a few of the captures that should have been scanned. */
static int fail_missing(const struct scanning *work, struct pz_error *error)
{
    const struct pz_capture *first = &work->scan->captures->all[work->tasks[0].capture];
    return pz_fail(
        error,
        "%zu of %zu captures have no tally in the store %s, or one of a damaged file that has changed since,"
        " %s for one: scan them first, with patientzero scan and the same captures, --port, --lens and --decode",
        work->ntasks, pz_captures_count(work->scan->captures, PZ_CAPTURE_READABLE), work->scan->store->directory,
        first->path);
}

static void encode_hours(void *context, struct pz_buf *to)
{
    pz_hours_encode(context, to);
}

static int merge_hours(void *context, struct pz_cursor *bytes, struct pz_error *error)
{
    (void)error;
    struct pz_hours hours;
    pz_hours_init(&hours);
    pz_hours_decode(&hours, bytes);
    PZ_CHECK(!bytes->bad); /* it only ever comes from another rank */
    pz_hours_merge(context, &hours);
    pz_hours_release(&hours);
    return 0;
}

static void add_scanned(struct pz_scanned *to, struct pz_scanned *last)
{
    to->captures += last->captures;
    to->bytes += last->bytes;
    to->packets += last->packets;
    to->seconds += last->seconds;
    *last = (struct pz_scanned){0};
}

static int scan_missing(struct scanning *work, const char *what, uint64_t bytes, struct pz_error *error)
{
    struct pz_scan *scan = work->scan;
    bool root = scan->comm->rank == 0, any = work->ntasks > 0;
    if (root)
        pz_progress_begin(&work->progress, what, bytes, scan->progress_seconds, scan->quiet || !any);
    const struct pz_tasks queue = {.context = work,
                                   .ntasks = work->ntasks,
                                   .roots = work->nstandard,
                                   .run = scan_one,
                                   .done = take_result,
                                   .dropped = tell_too_long,
                                   .progress = show,
                                   .progress_context = work,
                                   .stop = pz_stop_asked};
    int status = pz_tasks_run(scan->comm, &queue, error);
    if (root) {
        char *words = pz_format("%zu of %zu captures", scan->last.captures, work->ntasks);
        scan->last.seconds = pz_progress_end(&work->progress, scan->last.bytes, scan->last.packets, words);
        free(words);
    }
    return status;
}

/* Forgets what is known of captures that share time with others: another tally of theirs counts. */
static size_t forget_overlapping(struct pz_captures *captures)
{
    size_t n = pz_contents_find_stretches_of_all(captures);
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
                error, "standard input overlaps other captures in time, and SYNs that both recorded count once"
                       " only if both are read twice: write it to a file, and name that");
    return 0;
}

/* Names one of the captures that must know of others. */
static int fail_overlapping(const struct scanning *work, struct pz_error *error)
{
    return pz_fail(
        error,
        "captures overlap others in time (%zu), and were not scanned together with them, %s for one: what both"
        " recorded would count twice. Scan them together first, with patientzero scan and the same captures,"
        " --port, --lens and --decode, and without --part",
        work->ntasks, work->scan->captures->all[work->tasks[0].capture].path);
}

/* With all times known, scans captures that overlap others once more, if they don't have the tallies. */
static int scan_overlapping(struct scanning *work, struct pz_error *error)
{
    struct pz_scan *scan = work->scan;
    if (pz_comm_agree(scan->comm, check_standard(scan->captures, error), error) != 0)
        return -1;
    work->lookup.overlapping = true;
    int status = look_up(work, error);
    work->lookup.overlapping = false;
    if (status != 0)
        return status;
    uint64_t bytes = choose_tasks(work);
    if (!scan->only_look_up)
        status = scan_missing(work, "scanning what overlaps", bytes, error);
    else if (work->ntasks)
        status = fail_overlapping(work, error);
    add_scanned(&scan->again, &scan->last);
    return status;
}

/* Leaves out doubles, and sees to captures that overlap. If there are any, the hours must be merged again. */
static int settle_doubles(struct scanning *work, struct pz_error *error)
{
    struct pz_scan *scan = work->scan;
    bool root = scan->comm->rank == 0;
    uint64_t left_out = pz_comm_max(scan->comm, root ? pz_contents_leave_out(scan->captures) : 0);
    uint64_t forgotten = pz_comm_max(scan->comm, root && !scan->chunk ? forget_overlapping(scan->captures) : 0);
    int status = 0;
    if (left_out || forgotten)
        pz_captures_share_fates(scan->captures, scan->comm);
    if (forgotten)
        status = scan_overlapping(work, error);
    if (status != 0 || !(left_out || forgotten))
        return status;
    pz_hours_release(&scan->hours);
    work->lookup.again = true;
    return look_up(work, error);
}

int pz_scan_run(struct pz_scan *scan, struct pz_error *error)
{
    pz_hours_init(&scan->hours);
    for (size_t i = 0; i < scan->captures->n; i++)
        scan->captures->all[i].stretch = PZ_NO_STRETCH;
    struct scanning work = {.scan = scan,
                            .lookup = {.store = scan->store,
                                       .captures = scan->captures,
                                       .forget = scan->rescan,
                                       .passing_too = scan->only_look_up,
                                       .hours = &scan->hours,
                                       .quiet = scan->quiet,
                                       .progress_seconds = scan->progress_seconds}};
    int status = look_up(&work, error);
    if (status != 0)
        return status;
    scan->rescan = work.lookup.forget = false;
    uint64_t bytes = choose_tasks(&work);
    if (!scan->only_look_up)
        status = scan_missing(&work, "scanning", bytes, error);
    else if (work.ntasks)
        status = fail_missing(&work, error);
    add_scanned(&scan->once, &scan->last);
    if (status == 0)
        status = settle_doubles(&work, error);
    if (status == 0)
        status = pz_comm_merge(scan->comm, &scan->hours, encode_hours, merge_hours, error);
    free(work.tasks);
    return status;
}

void pz_scan_release(struct pz_scan *scan)
{
    pz_hours_release(&scan->hours);
}
