/* What is known of a capture, and how ranks tell each other. */
#include "run/captures.h"

#include <stdlib.h>

void pz_capture_facts_forget(struct pz_capture *capture)
{
    if (capture->facts) {
        pz_damage_log_release(&capture->facts->log);
        free(capture->facts);
        capture->facts = NULL;
    }
}

struct pz_capture_facts pz_capture_facts_of(const struct pz_damage_log *log, const uint64_t fates[PZ_FATE_COUNT],
                                            uint64_t digest, const struct pz_hours *hours)
{
    struct pz_capture_facts facts = {
        .log = *log, .digest = digest, .first_usec = INT64_MAX, .last_usec = INT64_MIN, .first_hour = UINT32_MAX};
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

struct pz_stored pz_capture_stored(const struct pz_capture *capture)
{
    const struct pz_capture_facts *facts = capture->facts;
    return (struct pz_stored){capture->identity, facts->first_hour, facts->last_hour, facts->rows, capture->stretch};
}

void pz_stretch_encode(const struct pz_stretch *stretch, struct pz_buf *to)
{
    pz_buf_put_u64(to, (uint64_t)stretch->first_usec);
    pz_buf_put_u64(to, (uint64_t)stretch->last_usec);
}

struct pz_stretch pz_stretch_decode(struct pz_cursor *from)
{
    struct pz_stretch stretch = {.first_usec = (int64_t)pz_cursor_u64(from)};
    stretch.last_usec = (int64_t)pz_cursor_u64(from);
    return stretch;
}

void pz_capture_facts_encode(const struct pz_capture_facts *facts, struct pz_buf *to)
{
    pz_damage_log_encode(&facts->log, to);
    for (int fate = 0; fate < PZ_FATE_COUNT; fate++)
        pz_buf_put_u64(to, facts->fates[fate]);
    pz_buf_put_u64(to, facts->digest);
    pz_buf_put_u64(to, (uint64_t)facts->first_usec);
    pz_buf_put_u64(to, (uint64_t)facts->last_usec);
    pz_buf_put_u32(to, facts->first_hour);
    pz_buf_put_u32(to, facts->last_hour);
    pz_buf_put_u64(to, facts->rows);
    pz_buf_put_u32(to, facts->nperiods);
    for (uint32_t i = 0; i < facts->nperiods; i++)
        pz_stretch_encode(&facts->periods[i], to);
}

void pz_capture_facts_decode(struct pz_capture *capture, struct pz_cursor *from)
{
    pz_capture_facts_forget(capture);
    struct pz_capture_facts *facts = capture->facts = pz_alloc(sizeof *facts);
    pz_damage_log_init(&facts->log);
    pz_damage_log_decode(&facts->log, from);
    for (int fate = 0; fate < PZ_FATE_COUNT; fate++)
        facts->fates[fate] = pz_cursor_u64(from);
    facts->digest = pz_cursor_u64(from);
    facts->first_usec = (int64_t)pz_cursor_u64(from);
    facts->last_usec = (int64_t)pz_cursor_u64(from);
    facts->first_hour = pz_cursor_u32(from);
    facts->last_hour = pz_cursor_u32(from);
    facts->rows = pz_cursor_u64(from);
    facts->nperiods = pz_cursor_u32(from);
    for (uint32_t i = 0; i < facts->nperiods; i++)
        facts->periods[i] = pz_stretch_decode(from);
}

void pz_identity_encode(const struct pz_identity *identity, struct pz_buf *to)
{
    pz_buf_put_u64(to, identity->size);
    pz_buf_put_u64(to, identity->hash);
    pz_buf_put_u64(to, identity->start);
    pz_buf_put_u64(to, identity->end);
}

struct pz_identity pz_identity_decode(struct pz_cursor *from)
{
    struct pz_identity identity = {.size = pz_cursor_u64(from)};
    identity.hash = pz_cursor_u64(from);
    identity.start = pz_cursor_u64(from);
    identity.end = pz_cursor_u64(from);
    return identity;
}

void pz_captures_share_fates(struct pz_captures *captures, const struct pz_comm *comm)
{
    struct pz_buf bytes = {0};
    for (size_t i = 0; comm->rank == 0 && i < captures->n; i++) {
        pz_buf_put_u32(&bytes, captures->all[i].state);
        pz_buf_put_u64(&bytes, captures->all[i].original);
        pz_identity_encode(&captures->all[i].identity, &bytes);
        pz_stretch_encode(&captures->all[i].stretch, &bytes);
    }
    pz_comm_broadcast(comm, &bytes);
    struct pz_cursor from = pz_cursor_of(bytes.bytes, bytes.nbytes);
    for (size_t i = 0; i < captures->n; i++) {
        captures->all[i].state = (enum pz_capture_state)pz_cursor_u32(&from);
        captures->all[i].original = pz_cursor_u64(&from);
        captures->all[i].identity = pz_identity_decode(&from);
        captures->all[i].stretch = pz_stretch_decode(&from);
    }
    pz_buf_release(&bytes);
}
