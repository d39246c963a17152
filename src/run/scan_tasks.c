/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/scan.h"

#include "base/text.h"

#include <stdlib.h>

_Static_assert(PZ_PORTS <= 32, "a task has a bit for each port");

/* Standard input first, as it is rank 0's alone; then the biggest first, so that none is left for the end. */
static int compare_tasks(const void *a, const void *b)
{
    const struct pz_scan_task *x = a, *y = b;
    if (x->standard != y->standard)
        return x->standard ? -1 : 1;
    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    return x->capture < y->capture ? -1 : x->capture > y->capture;
}

/* The ports of which a capture has no tally, a bit each. */
static uint32_t lacking_of(const struct pz_scan *scan, const struct pz_capture *capture)
{
    uint32_t lacking = 0;
    for (size_t port = 0; capture->state == PZ_CAPTURE_READABLE && port < scan->nports; port++)
        lacking |= (uint32_t)!capture->by_port[port] << port;
    return lacking;
}

static struct pz_scan_task task_of(const struct pz_captures *captures, size_t i, uint32_t lacking)
{
    const struct pz_capture *capture = &captures->all[i];
    return (struct pz_scan_task){strcmp(capture->path, "-") == 0, capture->identity.size, i, lacking};
}

/* On rank 0, as bytes for all. */
static void encode_tasks(struct pz_scan_tasks *tasks, const struct pz_scan *scan, struct pz_buf *to)
{
    for (size_t i = 0; i < scan->captures->n; i++) {
        uint32_t lacking = lacking_of(scan, &scan->captures->all[i]);
        if (lacking)
            tasks->all[tasks->n++] = task_of(scan->captures, i, lacking);
    }
    qsort(tasks->all, tasks->n, sizeof *tasks->all, compare_tasks);
    for (size_t i = 0; i < tasks->n; i++) {
        pz_buf_put_u64(to, tasks->all[i].capture);
        pz_buf_put_u32(to, tasks->all[i].lacking);
    }
}

void pz_scan_tasks_choose(struct pz_scan_tasks *tasks, const struct pz_scan *scan)
{
    struct pz_buf chosen = {0};
    free(tasks->all);
    *tasks = (struct pz_scan_tasks){.all = pz_alloc(scan->captures->n * sizeof *tasks->all)};
    if (scan->session->comm->rank == 0)
        encode_tasks(tasks, scan, &chosen);
    pz_comm_broadcast(scan->session->comm, &chosen);
    struct pz_cursor from = pz_cursor_of(chosen.bytes, chosen.nbytes);
    for (tasks->n = 0; pz_cursor_left(&from); tasks->n++) {
        size_t i = pz_cursor_u64(&from);
        struct pz_scan_task *task = &tasks->all[tasks->n];
        *task = task_of(scan->captures, i, pz_cursor_u32(&from));
        tasks->nstandard += task->standard;
        tasks->bytes += task->size;
    }
    pz_buf_release(&chosen);
}

/* What captures lack of a port. */
struct lack {
    size_t captures;
    uint64_t bytes;
};

static struct lack lack_of(const struct pz_scan_tasks *tasks, size_t port)
{
    struct lack lack = {0};
    for (size_t i = 0; i < tasks->n; i++)
        if (tasks->all[i].lacking >> port & 1) {
            lack.captures++;
            lack.bytes += tasks->all[i].size;
        }
    return lack;
}

void pz_scan_tasks_tell_lacks(const struct pz_scan_tasks *tasks, const struct pz_scan *scan)
{
    size_t least = scan->other_ports ? 0 : SIZE_MAX;
    for (size_t port = 0; port < scan->nports; port++) {
        struct lack lack = lack_of(tasks, port);
        least = lack.captures < least ? lack.captures : least;
    }
    for (size_t port = 0; port < scan->nports; port++) {
        struct lack lack = lack_of(tasks, port);
        if (lack.captures > least)
            pz_tell("the store lacks tallies of port %u for %zu of %zu captures: %.3f MB are read to make them",
                    scan->stores[port].filter.port, lack.captures,
                    pz_captures_count(scan->captures, PZ_CAPTURE_READABLE), (double)lack.bytes / 1e6);
    }
}

int pz_scan_tasks_fail(const struct pz_scan_tasks *tasks, const struct pz_scan *scan, struct pz_error *error)
{
    size_t port = (size_t)__builtin_ctz(tasks->all[0].lacking);
    size_t n = pz_captures_count(scan->captures, PZ_CAPTURE_READABLE);
    struct lack lack = lack_of(tasks, port);
    const struct pz_store *store = &scan->stores[port];
    char *of_port = pz_format(" of port %u", store->filter.port);
    pz_fail(error,
            "%zu of %zu captures have no tally%s in the store %s, or only that of a damaged file that has changed "
            "since, for"
            " example %s. Scan them first: patientzero scan with the same captures, --port, --lens and --decode, which "
            "reads"
            " %.3f MB",
            lack.captures, n, scan->nports > 1 || scan->other_ports ? of_port : "", store->directory,
            scan->captures->all[tasks->all[0].capture].path, (double)lack.bytes / 1e6);
    free(of_port);
    return -1;
}
