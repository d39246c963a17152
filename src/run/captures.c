/* SPDX-License-Identifier: BSD-2-Clause */
/* Rank 0 lists the candidates and broadcasts them. All ranks share the looks at them as tasks; what they find is
 * collected on rank 0 and broadcast, and every rank sorts it into the same list. With `remember`, it is written to the
 * store now and then, so that a run that was stopped doesn't look again.
 * Duplicates are found by sorting identities. Last, a file that is not a capture but is named as the captures are
 * becomes unreadable. */
#include "run/captures.h"

#include "base/sort.h"
#include "base/text.h"
#include "run/look.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

bool pz_capture_flawed(const struct pz_capture *capture)
{
    return capture->state == PZ_CAPTURE_UNREADABLE || (capture->state == PZ_CAPTURE_NONE && capture->named) ||
           (capture->state == PZ_CAPTURE_DUPLICATE && capture->torn_copy) ||
           (capture->state == PZ_CAPTURE_READABLE && capture->facts && pz_damage_log_damaged(&capture->facts->log));
}

size_t pz_captures_count(const struct pz_captures *captures, enum pz_capture_state state)
{
    size_t n = 0;
    for (size_t i = 0; i < captures->n; i++)
        n += captures->all[i].state == state;
    return n;
}

struct finding {
    const struct pz_session *session;
    const struct pz_captures_wanted *wanted;
    const struct pz_candidates *candidates;
    struct pz_captures *captures; /* one a candidate, in the same order; on rank 0 all that were looked at */
    time_t kept;                  /* when they were last written down */
};

enum { KEEP_SECONDS = 60, WORTH_SECONDS = 1 }; /* between two writings; a look that is shorter is done again */

/* Writes what was found so far to the store. */
static void keep_looks(struct finding *work)
{
    pz_looked_keep(work->captures, work->session->decode, work->wanted->store);
    work->kept = time(NULL);
}

static int examine(void *context, size_t i, struct pz_task_queue *queue, struct pz_buf *result, struct pz_error *error)
{
    struct finding *work = context;
    struct pz_capture *capture = &work->captures->all[i];
    (void)queue, (void)error;
    if (!pz_looked_holds(capture))
        pz_look_at(&work->candidates->all[i], work->session->decode, capture);
    pz_capture_encode(capture, result);
    return 0;
}

static void take_look(void *context, size_t i, struct pz_cursor *result)
{
    struct finding *work = context;
    pz_capture_decode(&work->captures->all[i], result);
    if (work->wanted->remember && time(NULL) - work->kept >= KEEP_SECONDS)
        keep_looks(work);
}

/* All ranks get all that was found. */
static int examine_all(struct finding *work, struct pz_error *error)
{
    const struct pz_session *session = work->session;
    const struct pz_tasks tasks = {.context = work, .run = examine, .done = take_look};
    double seconds = 0;
    if (work->wanted->remember)
        pz_looked_recall(work->captures, session, work->wanted->store);
    int status = pz_counted_run(session, "looking at files", work->captures->n, true, tasks, &seconds, error);
    if (status >= 0 && session->comm->rank == 0 && work->wanted->remember && seconds > WORTH_SECONDS)
        keep_looks(work);
    if (status == 0)
        pz_captures_share(work->captures, session->comm);
    return status;
}

static int compare(const void *a, const void *b)
{
    const struct pz_capture *x = a, *y = b;
    int order = strcmp(x->label, y->label);
    if (!order)
        order = pz_identity_compare(&x->identity, &y->identity);
    return order ? order : strcmp(x->path, y->path);
}

/* Of pointers: by identity, then by place. */
static int compare_identities(const void *a, const void *b)
{
    const struct pz_capture *const *x = a, *const *y = b;
    int order = pz_identity_compare(&(*x)->identity, &(*y)->identity);
    return order ? order : PZ_ORDER(*x, *y);
}

static void mark_duplicates(struct pz_captures *captures)
{
    struct pz_capture **order = pz_alloc(captures->n * sizeof *order);
    size_t n = 0;
    for (size_t i = 0; i < captures->n; i++)
        if (captures->all[i].state == PZ_CAPTURE_READABLE)
            order[n++] = &captures->all[i];
    qsort(order, n, sizeof *order, compare_identities);
    for (size_t i = 1, first = 0; i < n; i++) {
        if (pz_identity_compare(&order[i]->identity, &order[first]->identity) != 0) {
            first = i;
            continue;
        }
        order[i]->state = PZ_CAPTURE_DUPLICATE;
        order[i]->original = (size_t)(order[first] - captures->all);
    }
    free(order);
}

size_t pz_captures_next_copy(const struct pz_captures *captures, size_t i, size_t from)
{
    const struct pz_capture *all = captures->all;
    for (; from < captures->n; from++)
        if (from != i && all[from].state == PZ_CAPTURE_DUPLICATE &&
            pz_identity_compare(&all[from].identity, &all[i].identity) == 0)
            break;
    return from;
}

/* The name after its last slash, with each number as one #: h05.pcap and h06.pcap have the same. */
static char *pattern_of(const char *label)
{
    const char *slash = strrchr(label, '/');
    char *pattern = pz_strdup(slash ? slash + 1 : label), *to = pattern;
    for (const char *c = pattern; *c; c++)
        if (!isdigit((unsigned char)*c))
            *to++ = *c;
        else if (to == pattern || to[-1] != '#')
            *to++ = '#';
    *to = 0;
    return pattern;
}

/* A file whose name is that of captures, but for the numbers in it, was meant to be a capture: if it isn't one, that
 * must be reported. */
static void suspect_neighbours(struct pz_captures *captures)
{
    char **patterns = pz_alloc(captures->n * sizeof *patterns);
    size_t n = 0;
    for (size_t i = 0; i < captures->n; i++)
        if (captures->all[i].state == PZ_CAPTURE_READABLE && captures->all[i].identity.size)
            patterns[n++] = pattern_of(captures->all[i].label);
    if (n)
        qsort(patterns, n, sizeof *patterns, pz_text_compare);
    for (size_t i = 0; i < captures->n; i++) {
        struct pz_capture *capture = &captures->all[i];
        bool undecoded = strcmp(capture->why, PZ_WHY_NOT_DECODED) == 0;
        if (capture->state != PZ_CAPTURE_NONE || capture->named || (*capture->why && !undecoded))
            continue;
        char *pattern = pattern_of(capture->label);
        if (strchr(pattern, '#') && bsearch(&pattern, patterns, n, sizeof *patterns, pz_text_compare)) {
            free(capture->why);
            capture->why =
                pz_strdup(undecoded ? PZ_WHY_DECODE_FAILED
                                    : "named as the captures here are, and not one; copy it again, or remove it");
            capture->state = PZ_CAPTURE_UNREADABLE;
        }
        free(pattern);
    }
    for (size_t i = 0; i < n; i++)
        free(patterns[i]);
    free(patterns);
}

/* Lists what was found in each candidate. */
static int list(const struct pz_session *session, const struct pz_candidates *candidates,
                const struct pz_captures_wanted *wanted, struct pz_captures *captures, struct pz_error *error)
{
    struct finding work = {session, wanted, candidates, captures, time(NULL)};
    captures->all = pz_alloc(candidates->n * sizeof *captures->all);
    for (; captures->n < candidates->n; captures->n++) {
        const struct pz_candidate *candidate = &candidates->all[captures->n];
        captures->all[captures->n] = (struct pz_capture){
            .path = pz_strdup(candidate->path), .label = pz_strdup(candidate->label), .named = candidate->named};
    }
    int status = examine_all(&work, error);
    if (status != 0) {
        pz_captures_release(captures);
        return status;
    }
    qsort(captures->all, captures->n, sizeof *captures->all, compare);
    for (size_t i = 0; i < captures->n; i++)
        captures->all[i].read = captures->all[i].overlaps = i;
    mark_duplicates(captures);
    suspect_neighbours(captures);
    return 0;
}

/* A chunk may be empty, or have nothing that can be read. If the archive isn't there, all chunks would be so. */
static bool any_is_there(const struct pz_candidates *candidates)
{
    for (size_t i = 0; i < candidates->n; i++)
        if (access(candidates->all[i].path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR))
            return true;
    return false;
}

int pz_captures_find(const struct pz_session *session, const struct pz_captures_wanted *wanted,
                     struct pz_captures *captures, struct pz_error *error)
{
    const struct pz_comm *comm = session->comm;
    *captures = (struct pz_captures){0};
    struct pz_candidates candidates = {.out = wanted->out, .store = wanted->store, .sizes = wanted->nchunks != 0};
    struct pz_buf bytes = {0};
    int status = 0;
    if (comm->rank == 0) {
        for (int i = 0; status == 0 && i < wanted->narguments; i++)
            status = pz_find(wanted->arguments[i], &candidates, error);
        if (status == 0 && wanted->nchunks && candidates.n && !any_is_there(&candidates))
            status = pz_fail_usage(error, "%s: there is no such file or folder", candidates.all[0].path);
        if (status == 0 && wanted->nchunks)
            pz_candidates_chunk(&candidates, wanted->chunk, wanted->nchunks);
        pz_candidates_encode(&candidates, &bytes);
    }
    status = pz_comm_agree(comm, status, error);
    if (status == 0) {
        pz_comm_broadcast(comm, &bytes);
        if (comm->rank != 0) {
            struct pz_cursor from = pz_cursor_of(bytes.bytes, bytes.nbytes);
            pz_candidates_decode(&candidates, &from);
        }
        status = list(session, &candidates, wanted, captures, error);
    }
    pz_buf_release(&bytes);
    pz_candidates_release(&candidates);
    return status;
}

void pz_captures_release(struct pz_captures *captures)
{
    for (size_t i = 0; i < captures->n; i++) {
        free(captures->all[i].path);
        free(captures->all[i].label);
        free(captures->all[i].why);
        pz_capture_facts_forget(&captures->all[i]);
    }
    free(captures->all);
    *captures = (struct pz_captures){0};
}
