/* SPDX-License-Identifier: BSD-2-Clause */
/* Each capture's tally is looked up by its name, which the identity gives, and its index and common section are read.
 * The facts go to rank 0; the hours are merged on the rank that read them. Some tallies won't do: those of captures
 * whose damage may have passed, or whose files have changed since. */
#include "run/store_lookup.h"

#include "base/text.h"
#include "run/look.h"

#include <stdlib.h>

/* Damage that the next reading may not meet: the capture is scanned again next time. */
static bool is_passing(const struct pz_damage_log *log)
{
    return log->counts[PZ_DAMAGE_UNREADABLE] || log->counts[PZ_DAMAGE_FILTER_FAILED] || log->counts[PZ_DAMAGE_CHANGED];
}

/* A file that looked like a capture by its first bytes, and turned out not to be one. */
static bool is_none(const struct pz_damage_log *log)
{
    return log->link_type == PZ_NO_LINK && log->counts[PZ_DAMAGE_NOT_PCAP] && !is_passing(log);
}

void pz_known_encode(const struct pz_capture_facts *facts, size_t port, uint32_t original, size_t read,
                     struct pz_buf *to)
{
    pz_buf_put_u32(to, (uint32_t)port);
    pz_buf_put_u32(to, original);
    pz_buf_put_u64(to, read);
    pz_buf_put(to, facts, sizeof *facts); /* of the same program, on a machine of the same kind */
    pz_damage_log_encode(&facts->log, to);
}

static void decode_facts(struct pz_capture_facts **facts, struct pz_cursor *from)
{
    const uint8_t *bytes = pz_cursor_take(from, sizeof **facts);
    PZ_CHECK(bytes); /* it only ever comes from another rank */
    if (*facts)
        pz_damage_log_release(&(*facts)->log);
    else
        *facts = pz_alloc(sizeof **facts);
    memcpy(*facts, bytes, sizeof **facts);
    pz_damage_log_init(&(*facts)->log);
    pz_damage_log_decode(&(*facts)->log, from);
}

static void set_fate(struct pz_capture *capture, enum pz_capture_state state, const char *why)
{
    free(capture->why);
    capture->why = pz_strdup(why);
    capture->state = state;
}

void pz_known_decode(struct pz_captures *captures, size_t i, struct pz_cursor *from)
{
    struct pz_capture *capture = &captures->all[i];
    size_t port = pz_cursor_u32(from);
    uint32_t original = pz_cursor_u32(from);
    capture->read = pz_cursor_u64(from);
    PZ_CHECK(port < PZ_PORTS);
    decode_facts(&capture->by_port[port], from);
    capture->facts = capture->by_port[captures->port];
    capture->identity = capture->by_port[port]->stored.identity;
    const struct pz_damage_log *log = &capture->by_port[port]->log;
    if (original != PZ_NOT_A_DUPLICATE) {
        set_fate(capture, PZ_CAPTURE_DUPLICATE, "");
        capture->original = original;
    } else if (is_none(log)) {
        bool standard = strcmp(capture->path, "-") == 0; /* it could not be examined before */
        set_fate(capture, standard ? PZ_CAPTURE_NONE : PZ_CAPTURE_UNREADABLE,
                 standard ? "" : "begins as a capture and is not one; copy it again, or remove it");
    } else if (!log->records && is_passing(log)) {
        set_fate(capture, PZ_CAPTURE_UNREADABLE,
                 log->counts[PZ_DAMAGE_FILTER_FAILED] ? PZ_WHY_DECODE_FAILED
                 : log->counts[PZ_DAMAGE_CHANGED]     ? pz_damage_words(PZ_DAMAGE_CHANGED)
                                                      : pz_damage_words(PZ_DAMAGE_UNREADABLE));
    }
}

/* Whether the files of capture `i` are those that were found damaged, the one that the damage log is about among them.
 */
static bool is_unchanged(const struct pz_captures *captures, size_t i, const struct pz_damage_log *log)
{
    bool same = false;
    for (size_t file = i, next = 0; file < captures->n;
         file = pz_captures_next_copy(captures, i, next), next = file + 1) {
        const struct pz_stamp *stamp = &captures->all[file].stamp;
        if (!pz_damage_log_has_file(log, stamp))
            return false;
        same = same || pz_stamp_same(&log->files[0], stamp);
    }
    return same;
}

bool pz_lookup_one(const struct pz_lookup *lookup, size_t i, size_t port, struct pz_buf *known)
{
    const struct pz_scan *scan = lookup->scan;
    const struct pz_capture *capture = &scan->captures->all[i];
    struct pz_tally_index index;
    struct pz_common common;
    struct pz_error error;
    pz_common_init(&common);
    bool good = pz_store_look_up(&scan->stores[port], &capture->identity, &capture->stretch, &index, &common, &error);
    if (error.text[0])
        pz_tell("%s; the capture %s must be scanned again", error.text, capture->path);
    if (!lookup->again)
        good = good && (scan->only_look_up || !is_passing(&common.log)) &&
               (!pz_damage_log_damaged(&common.log) || is_unchanged(scan->captures, i, &common.log));
    if (good) {
        const struct pz_stored stored = pz_stored_of(&index);
        const struct pz_capture_facts facts =
            pz_capture_facts_of(&stored, &common.log, common.fates, common.digest, &common.hours);
        if (!lookup->again)
            pz_known_encode(&facts, port, PZ_NOT_A_DUPLICATE, i, known);
        pz_hours_merge(&lookup->scan->hours[port], &common.hours);
    }
    pz_common_release(&common);
    return good;
}

/* Looks up, or removes, what the store of one port has of capture `i`. */
static int look_up_port(const struct pz_lookup *lookup, size_t i, size_t port, struct pz_buf *result,
                        struct pz_error *error)
{
    const struct pz_capture *capture = &lookup->scan->captures->all[i];
    if (lookup->forget)
        pz_store_remove(&lookup->scan->stores[port], &capture->identity);
    else if (!pz_lookup_one(lookup, i, port, result) && lookup->again)
        return pz_fail(error, "the tally of %s was removed or changed during the run: run again", capture->path);
    return 0;
}

static int look_up(void *context, size_t i, struct pz_task_queue *queue, struct pz_buf *result, struct pz_error *error)
{
    const struct pz_lookup *lookup = context;
    const struct pz_capture *capture = &lookup->scan->captures->all[i];
    int status = 0;
    (void)queue;
    if (capture->state != PZ_CAPTURE_READABLE || (strcmp(capture->path, "-") == 0 && !lookup->again) ||
        (lookup->overlapping && pz_stretch_is_none(&capture->stretch)))
        return 0;
    for (size_t port = 0; status == 0 && port < lookup->scan->nports; port++)
        status = look_up_port(lookup, i, port, result, error);
    return status;
}

static void take_known(void *context, size_t i, struct pz_cursor *result)
{
    const struct pz_lookup *lookup = context;
    while (pz_cursor_left(result))
        pz_known_decode(lookup->scan->captures, i, result);
}

int pz_lookup_all(struct pz_lookup *lookup, struct pz_error *error)
{
    const struct pz_tasks tasks = {.context = lookup, .run = look_up, .done = take_known};
    const struct pz_scan *scan = lookup->scan;
    return pz_counted_run(scan->session, "looking up", scan->captures->n, true, tasks, NULL, error);
}
