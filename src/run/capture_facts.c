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

struct pz_capture_facts pz_capture_facts_of(const struct pz_stored *stored, const struct pz_damage_log *log,
                                            const uint64_t fates[PZ_FATE_COUNT], uint64_t digest,
                                            const struct pz_hours *hours)
{
    struct pz_capture_facts facts = {
        .stored = *stored, .log = *log, .digest = digest, .first_usec = INT64_MAX, .last_usec = INT64_MIN};
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

/* The stamp is the last. */
static void capture_fields(struct pz_fields *f, struct pz_capture *capture)
{
    capture->state = (enum pz_capture_state)pz_field_u32(f, capture->state);
    capture->original = pz_field_u64(f, capture->original);
    pz_identity_fields(f, &capture->identity);
    pz_stretch_fields(f, &capture->stretch);
    pz_stamp_fields(f, &capture->stamp);
}

void pz_capture_encode(const struct pz_capture *capture, struct pz_buf *to)
{
    struct pz_capture copy = *capture;
    pz_buf_put_text(to, capture->why);
    struct pz_fields f = pz_fields_to(to, sizeof copy);
    capture_fields(&f, &copy);
    pz_fields_written(&f, to);
}

void pz_capture_decode(struct pz_capture *capture, struct pz_cursor *from)
{
    free(capture->why);
    capture->why = pz_cursor_text(from);
    struct pz_fields f = pz_fields_from(from);
    capture_fields(&f, capture);
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
