/* SPDX-License-Identifier: BSD-2-Clause */
/* Rank 0 lists the candidates and broadcasts them. All ranks share the looks at them as tasks; answers, with the number
 * of their candidate, are collected on rank 0 and broadcast, and every rank sorts them into the same list. With
 * `remember`, answers are written to the store now and then, so that a run that was stopped doesn't look again.
 * Duplicates are found by sorting identities. Last, a file that is not a capture but is named as the captures are
 * becomes unreadable. */
#include "run/captures.h"

#include "archive/chunk.h"
#include "base/sort.h"
#include "base/text.h"
#include "run/look.h"
#include "run/looked.h"

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

/* Looks at one file, and appends what it is. */
static void examine(const struct pz_candidate *candidate, const char *decode, struct pz_buf *to)
{
    struct pz_identity identity = {0};
    struct pz_stamp stamp = {0};
    struct pz_error why = {0};
    enum pz_capture_state state = pz_look_at(candidate, decode, &identity, &stamp, &why);
    pz_buf_put_u32(to, state);
    pz_identity_encode(&identity, to);
    pz_stamp_encode(&stamp, to);
    pz_buf_put_text(to, why.text);
}

/* The files as tasks for the ranks to share, `step` files a task. */
struct finding {
    const struct pz_session *session;
    const struct pz_captures_wanted *wanted;
    const struct pz_candidates *candidates;
    struct pz_looked looked; /* what an earlier run found */
    size_t step;
    struct pz_buf *answers; /* each after its candidate's number and its length */
    time_t kept;            /* when the answers were last written down */
};

enum { KEEP_SECONDS = 60, WORTH_SECONDS = 1 }; /* between two writings; a look that is shorter is done again */

/* Writes the answers so far to the store. */
static void keep_answers(struct finding *work)
{
    struct pz_cursor from = pz_cursor_of(work->answers->bytes, work->answers->nbytes);
    struct pz_buf file = {0};
    pz_looked_begin(&file, work->session->decode);
    while (pz_cursor_left(&from)) {
        size_t i = pz_cursor_u64(&from), nbytes = pz_cursor_u32(&from);
        const uint8_t *answer = pz_cursor_take(&from, nbytes);
        struct pz_cursor fields = pz_cursor_of(answer, nbytes);
        enum pz_capture_state state = (enum pz_capture_state)pz_cursor_u32(&fields);
        struct pz_identity identity = pz_identity_decode(&fields);
        struct pz_stamp stamp = pz_stamp_decode(&fields);
        if (state != PZ_CAPTURE_UNREADABLE && stamp.inode)
            pz_looked_put(&file, work->candidates->all[i].path, identity.size, &stamp, answer, nbytes);
    }
    pz_looked_write(&file, work->wanted->store);
    pz_buf_release(&file);
    work->kept = time(NULL);
}

static int examine_some(void *context, size_t task, struct pz_task_queue *queue, struct pz_buf *result,
                        struct pz_error *error)
{
    struct finding *work = context;
    size_t begin = task * work->step, end = begin + work->step;
    (void)error;
    for (size_t i = begin; i < end && i < work->candidates->n; i++) {
        size_t nbytes;
        const uint8_t *known = pz_looked_answer(&work->looked, work->candidates, i, &nbytes);
        pz_buf_put_u64(result, i);
        size_t length = result->nbytes;
        pz_buf_put_u32(result, 0);
        if (known)
            pz_buf_put(result, known, nbytes);
        else
            examine(&work->candidates->all[i], work->session->decode, result);
        pz_set_le32(result->bytes + length, (uint32_t)(result->nbytes - length - 4));
        if (!pz_task_tick(queue, 0, 0))
            break;
    }
    return 0;
}

static void take_answers(void *context, size_t task, struct pz_cursor *result)
{
    struct finding *work = context;
    size_t left = pz_cursor_left(result);
    (void)task;
    pz_buf_put(work->answers, pz_cursor_take(result, left), left);
    if (work->wanted->remember && time(NULL) - work->kept >= KEEP_SECONDS)
        keep_answers(work);
}

size_t pz_capture_step(size_t n, int nranks)
{
    enum { ROUNDS = 8, MOST = 32 }; /* small enough to be shared evenly, large enough to be few messages */
    size_t step = n / ((size_t)nranks * ROUNDS);
    return step < 1 ? 1 : step < MOST ? step : MOST;
}

/* All ranks get what an earlier run found. */
static void share_looked(struct finding *work)
{
    const struct pz_comm *comm = work->session->comm;
    struct pz_buf bytes = {0};
    if (!work->wanted->remember)
        return;
    if (comm->rank == 0) {
        pz_looked_read(&work->looked, work->wanted->store, work->session->decode, work->candidates);
        pz_looked_encode(&work->looked, &bytes);
    } else {
        work->looked =
            (struct pz_looked){pz_alloc(work->candidates->n * sizeof *work->looked.all), work->candidates->n};
    }
    pz_comm_broadcast(comm, &bytes);
    if (comm->rank) {
        struct pz_cursor from = pz_cursor_of(bytes.bytes, bytes.nbytes);
        pz_looked_decode(&work->looked, &from);
    }
    pz_buf_release(&bytes);
}

/* All ranks get all answers. */
static int examine_all(const struct pz_session *session, const struct pz_candidates *candidates,
                       const struct pz_captures_wanted *wanted, struct pz_buf *answers, struct pz_error *error)
{
    struct finding work = {.session = session,
                           .candidates = candidates,
                           .wanted = wanted,
                           .answers = answers,
                           .step = pz_capture_step(candidates->n, session->comm->size),
                           .kept = time(NULL)};
    const struct pz_tasks tasks = {.context = &work, .run = examine_some, .done = take_answers};
    double seconds = 0;
    share_looked(&work);
    int status = pz_counted_run(session, "looking at files", candidates->n, work.step, tasks, &seconds, error);
    if (status >= 0 && wanted->remember && seconds > WORTH_SECONDS)
        keep_answers(&work);
    pz_looked_release(&work.looked);
    if (status == 0)
        pz_comm_broadcast(session->comm, answers);
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

struct by_identity {
    const struct pz_identity *identity;
    size_t place;
};

static int compare_identities(const void *a, const void *b)
{
    const struct by_identity *x = a, *y = b;
    int order = pz_identity_compare(x->identity, y->identity);
    return order ? order : PZ_ORDER(x->place, y->place);
}

static void mark_duplicates(struct pz_captures *captures)
{
    struct by_identity *order = pz_alloc(captures->n * sizeof *order);
    size_t n = 0;
    for (size_t i = 0; i < captures->n; i++)
        if (captures->all[i].state == PZ_CAPTURE_READABLE)
            order[n++] = (struct by_identity){&captures->all[i].identity, i};
    qsort(order, n, sizeof *order, compare_identities);
    for (size_t i = 1, first = 0; i < n; i++) {
        struct pz_capture *capture = &captures->all[order[i].place];
        if (pz_identity_compare(order[i].identity, order[first].identity) != 0) {
            first = i;
            continue;
        }
        capture->state = PZ_CAPTURE_DUPLICATE;
        capture->original = order[first].place;
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

static void collect(struct pz_captures *captures, const struct pz_candidates *candidates, struct pz_cursor *from)
{
    captures->all = pz_alloc(candidates->n * sizeof *captures->all);
    while (pz_cursor_left(from)) {
        const struct pz_candidate *candidate = &candidates->all[pz_cursor_u64(from)];
        pz_cursor_u32(from); /* the answer's length */
        struct pz_capture capture = {.state = (enum pz_capture_state)pz_cursor_u32(from)};
        capture.identity = pz_identity_decode(from);
        capture.stamp = pz_stamp_decode(from);
        capture.why = pz_cursor_text(from);
        capture.named = candidate->named;
        capture.path = pz_strdup(candidate->path);
        capture.label = pz_strdup(candidate->label);
        captures->all[captures->n++] = capture;
    }
    qsort(captures->all, captures->n, sizeof *captures->all, compare);
    for (size_t i = 0; i < captures->n; i++)
        captures->all[i].read = captures->all[i].overlaps = i;
    mark_duplicates(captures);
    suspect_neighbours(captures);
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
    struct pz_buf bytes = {0}, answers = {0};
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
        status = examine_all(session, &candidates, wanted, &answers, error);
    }
    if (status == 0) {
        struct pz_cursor from = pz_cursor_of(answers.bytes, answers.nbytes);
        collect(captures, &candidates, &from);
    }
    pz_buf_release(&answers);
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
