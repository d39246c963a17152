/* SPDX-License-Identifier: BSD-2-Clause */
/* On a terminal the line is redrawn a few times a second; in a log it is written every `interval` seconds.
 * pz_counted_run wraps the task queue for work that is counted in pieces. */
#include "run/progress.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "run/stop.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* Seconds between two drawings on a terminal. */
#define REDRAW 0.2

void pz_progress_begin(struct pz_progress *progress, const struct pz_session *session, const char *what, uint64_t total)
{
    double t = pz_clock();
    *progress = (struct pz_progress){.what = what,
                                     .total = total,
                                     .interval = session->progress_seconds,
                                     .quiet = session->quiet || session->comm->rank != 0,
                                     .terminal = isatty(STDERR_FILENO),
                                     .began = t,
                                     .last = t};
}

static void put_amount(struct pz_buf *to, uint64_t n, const char *unit)
{
    static const char *const prefixes[] = {"", "k", "M", "G", "T", "P"};
    double x = (double)n;
    int i = 0;
    for (; x >= 1000 && i < 5; i++)
        x /= 1000;
    pz_buf_printf(to, i && x < 100 ? "%.1f %s%s" : "%.0f %s%s", x, prefixes[i], unit);
}

const char *pz_progress_duration(double seconds, char text[PZ_DURATION_TEXT])
{
    long s = (long)(seconds + 0.5);
    if (s >= 3600)
        snprintf(text, PZ_DURATION_TEXT, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(text, PZ_DURATION_TEXT, "%ld:%02ld", s / 60, s % 60);
    return text;
}

/* Returns to the start of the line, and clears the rest of a longer line. */
static void draw(const struct pz_progress *progress, struct pz_buf *line, bool last)
{
    struct pz_buf shown = {0};
    pz_buf_put(line, "", 1);
    pz_buf_printf(&shown, progress->terminal ? "\r" : "");
    pz_text_escape(&shown, (const char *)line->bytes);
    pz_buf_printf(&shown, progress->terminal ? "\033[K%s" : "%s", last || !progress->terminal ? "\n" : "");
    fwrite(shown.bytes, 1, shown.nbytes, stderr);
    pz_buf_release(&shown);
    pz_buf_release(line);
}

/* How long it took or, if it is known how much of the work is done, how long it will take. */
static void put_time(const struct pz_progress *progress, struct pz_buf *line, uint64_t done, bool last)
{
    double seconds = pz_clock() - progress->began;
    double part = progress->total ? (double)done / (double)progress->total : 0;
    char text[PZ_DURATION_TEXT];
    pz_progress_duration(last || part <= 0 ? seconds : seconds * (1 / part - 1), text);
    pz_buf_printf(line, ", %s%s%s", last ? "took " : "", text, !last && part > 0 ? " left" : "");
}

static void show(struct pz_progress *progress, uint64_t bytes, uint64_t packets, const char *words, bool last)
{
    double seconds = pz_clock() - progress->began;
    struct pz_buf line = {0};
    pz_buf_printf(&line, "%s: ", progress->what);
    put_amount(&line, bytes, "B");
    if (progress->total) {
        pz_buf_printf(&line, " of ");
        put_amount(&line, progress->total, "B");
        pz_buf_printf(&line, " (%.0f%%)", 100 * (double)bytes / (double)progress->total);
    }
    pz_buf_printf(&line, ", ");
    put_amount(&line, seconds > 0 ? (uint64_t)((double)packets / seconds) : 0, "packets/s");
    put_time(progress, &line, bytes, last);
    if (*words)
        pz_buf_printf(&line, ", %s", words);
    draw(progress, &line, last);
}

static bool is_time(struct pz_progress *progress)
{
    double t = pz_clock();
    if (progress->quiet || t - progress->last < (progress->terminal ? REDRAW : progress->interval))
        return false;
    progress->last = t;
    return true;
}

void pz_progress_show(struct pz_progress *progress, uint64_t bytes, uint64_t packets, const char *words)
{
    if (is_time(progress))
        show(progress, bytes, packets, words, false);
}

double pz_progress_end(struct pz_progress *progress, uint64_t bytes, uint64_t packets, const char *words)
{
    if (!progress->quiet)
        show(progress, bytes, packets, words, true);
    return pz_clock() - progress->began;
}

static void show_count(const struct pz_progress *progress, bool last)
{
    struct pz_buf line = {0};
    pz_buf_printf(&line, "%s: %" PRIu64 " of %" PRIu64, progress->what, progress->count, progress->total);
    put_time(progress, &line, progress->count, last);
    draw(progress, &line, last);
}

void pz_progress_count(struct pz_progress *progress, uint64_t count)
{
    progress->count = count;
    if (is_time(progress))
        show_count(progress, false);
}

double pz_progress_end_count(struct pz_progress *progress)
{
    /* Short work needs no line of its own. */
    double seconds = pz_clock() - progress->began;
    if (!progress->quiet && (progress->terminal || seconds > progress->interval))
        show_count(progress, true);
    return seconds;
}

struct counting {
    struct pz_progress progress;
    const struct pz_tasks *work; /* of pieces */
    size_t total, step;          /* a task has `step` pieces */
};

static size_t end_of(const struct counting *counting, size_t task)
{
    size_t end = (task + 1) * counting->step;
    return end < counting->total ? end : counting->total;
}

/* The pieces of a task. Its result is theirs, each after its length. */
static int run_pieces(void *context, size_t task, struct pz_task_queue *queue, struct pz_buf *result,
                      struct pz_error *error)
{
    struct counting *counting = context;
    const struct pz_tasks *work = counting->work;
    struct pz_buf piece = {0};
    int status = 0;
    for (size_t i = task * counting->step; status == 0 && i < end_of(counting, task); i++) {
        pz_buf_clear(&piece);
        status = work->run(work->context, i, queue, &piece, error);
        pz_buf_put_u64(result, piece.nbytes);
        pz_buf_put(result, piece.bytes, piece.nbytes);
        if (!pz_task_tick(queue, 0, 0))
            break;
    }
    pz_buf_release(&piece);
    return status;
}

static void take_pieces(void *context, size_t task, struct pz_cursor *result)
{
    struct counting *counting = context;
    const struct pz_tasks *work = counting->work;
    for (size_t i = task * counting->step; work->done && i < end_of(counting, task); i++) {
        size_t nbytes = pz_cursor_u64(result);
        struct pz_cursor piece = pz_cursor_of(pz_cursor_take(result, nbytes), nbytes);
        work->done(work->context, i, &piece);
    }
}

static void show_tasks(void *context, const struct pz_task_status *status)
{
    struct counting *counting = context;
    size_t n = status->tasks_done * counting->step;
    pz_progress_count(&counting->progress, n < counting->total ? n : counting->total);
}

/* Small enough to be shared evenly, large enough to be few messages. */
static size_t step_of(size_t total, int nranks)
{
    enum { ROUNDS = 8, MOST = 32 };
    size_t step = total / ((size_t)nranks * ROUNDS);
    return step < 1 ? 1 : step < MOST ? step : MOST;
}

int pz_counted_run(const struct pz_session *session, const char *what, size_t total, bool small, struct pz_tasks work,
                   double *seconds, struct pz_error *error)
{
    struct counting counting = {.work = &work, .total = total, .step = small ? step_of(total, session->comm->size) : 1};
    const struct pz_tasks tasks = {.context = &counting,
                                   .ntasks = (total + counting.step - 1) / counting.step,
                                   .run = run_pieces,
                                   .done = take_pieces,
                                   .progress = show_tasks,
                                   .progress_context = &counting,
                                   .stop = pz_stop_asked};
    pz_progress_begin(&counting.progress, session, what, total);
    int status = pz_tasks_run(session->comm, &tasks, error);
    double took = pz_progress_end_count(&counting.progress);
    if (seconds)
        *seconds += took;
    return status;
}
