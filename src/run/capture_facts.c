/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known of a capture, and its encoding for other ranks. */
#include "run/captures.h"

#include <stdlib.h>

void pz_capture_facts_forget(struct pz_capture *capture)
{
    for (size_t port = 0; port < PZ_PORTS; port++) {
        if (capture->by_port[port])
            pz_damage_log_release(&capture->by_port[port]->log);
        free(capture->by_port[port]);
        capture->by_port[port] = NULL;
    }
    capture->facts = NULL;
}

void pz_captures_choose_port(struct pz_captures *captures, size_t port)
{
    captures->port = port;
    for (size_t i = 0; i < captures->n; i++)
        captures->all[i].facts = captures->all[i].by_port[port];
}

struct pz_capture_facts pz_capture_facts_of(const struct pz_stored *stored, struct pz_damage_log *log,
                                            const uint64_t fates[PZ_FATE_COUNT], uint64_t digest,
                                            const struct pz_hours *hours)
{
    struct pz_capture_facts facts = {
        .stored = *stored, .log = *log, .digest = digest, .first_usec = INT64_MAX, .last_usec = INT64_MIN};
    pz_damage_log_init(log);
    memcpy(facts.fates, fates, sizeof facts.fates);
    for (size_t i = 0; i < hours->n; i++) {
        const struct pz_hour *hour = hours->hours[i];
        bool new = !i || (hours->hours[i - 1]->hour + 1 != hour->hour && facts.nperiods < PZ_PERIODS);
        if (new)
            facts.periods[facts.nperiods++].first_usec = hour->first_usec;
        facts.periods[facts.nperiods - 1].last_usec = hour->last_usec;
    }
    if (hours->n) {
        facts.first_usec = hours->hours[0]->first_usec;
        facts.last_usec = hours->hours[hours->n - 1]->last_usec;
    }
    return facts;
}

void pz_capture_facts_encode(const struct pz_capture_facts *facts, struct pz_buf *to)
{
    pz_buf_put(to, facts, sizeof *facts); /* of the same program, on a machine of the same kind */
    pz_damage_log_encode(&facts->log, to);
}

void pz_capture_facts_decode(struct pz_captures *captures, size_t i, size_t port, struct pz_cursor *from)
{
    struct pz_capture *capture = &captures->all[i];
    const uint8_t *bytes = pz_cursor_take(from, sizeof *capture->facts);
    PZ_CHECK(bytes && port < PZ_PORTS); /* it only ever comes from another rank */
    if (capture->by_port[port])
        pz_damage_log_release(&capture->by_port[port]->log);
    free(capture->by_port[port]);
    struct pz_capture_facts *facts = capture->by_port[port] = pz_alloc(sizeof *facts);
    capture->facts = capture->by_port[captures->port];
    memcpy(facts, bytes, sizeof *facts);
    pz_damage_log_init(&facts->log);
    pz_damage_log_decode(&facts->log, from);
}

void pz_capture_encode(const struct pz_capture *capture, struct pz_buf *to)
{
    pz_buf_put_u32(to, capture->state);
    pz_buf_put_u64(to, capture->original);
    pz_buf_put_text(to, capture->why);
    pz_buf_put_u64(to, capture->identity.size);
    pz_buf_put_u64(to, capture->identity.hash);
    pz_buf_put_u64(to, capture->identity.start);
    pz_buf_put_u64(to, capture->identity.end);
    pz_buf_put_u64(to, (uint64_t)capture->stretch.first_usec);
    pz_buf_put_u64(to, (uint64_t)capture->stretch.last_usec);
    pz_stamp_encode(&capture->stamp, to);
}

void pz_capture_decode(struct pz_capture *capture, struct pz_cursor *from)
{
    capture->state = (enum pz_capture_state)pz_cursor_u32(from);
    capture->original = pz_cursor_u64(from);
    free(capture->why);
    capture->why = pz_cursor_text(from);
    capture->identity.size = pz_cursor_u64(from);
    capture->identity.hash = pz_cursor_u64(from);
    capture->identity.start = pz_cursor_u64(from);
    capture->identity.end = pz_cursor_u64(from);
    capture->stretch.first_usec = (int64_t)pz_cursor_u64(from);
    capture->stretch.last_usec = (int64_t)pz_cursor_u64(from);
    capture->stamp = pz_stamp_decode(from);
}

void pz_captures_share(struct pz_captures *captures, const struct pz_comm *comm)
{
    struct pz_buf bytes = {0};
    for (size_t i = 0; comm->rank == 0 && i < captures->n; i++)
        pz_capture_encode(&captures->all[i], &bytes);
    pz_comm_broadcast(comm, &bytes);
    struct pz_cursor from = pz_cursor_of(bytes.bytes, bytes.nbytes);
    for (size_t i = 0; comm->rank != 0 && i < captures->n; i++)
        pz_capture_decode(&captures->all[i], &from);
    pz_buf_release(&bytes);
}

void pz_captures_put_stored(const struct pz_captures *captures, uint32_t since, uint32_t until, struct pz_buf *to)
{
    for (size_t i = 0; i < captures->n; i++) {
        const struct pz_capture *capture = &captures->all[i];
        if (capture->state != PZ_CAPTURE_READABLE)
            continue;
        PZ_CHECK(capture->facts);
        if (pz_stored_wanted(&capture->facts->stored, since, until))
            pz_buf_put(to, &capture->facts->stored, sizeof capture->facts->stored);
    }
    pz_stored_sort((void *)to->bytes, to->nbytes / sizeof(struct pz_stored));
}
