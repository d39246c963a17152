/* SPDX-License-Identifier: BSD-2-Clause */
#include "tally/attempt.h"

#include "base/sort.h"

#include <stdlib.h>

static bool earlier(const struct pz_syn *a, const struct pz_syn *b)
{
    return a->usec != b->usec ? a->usec < b->usec : a->facts < b->facts;
}

void pz_attempt_merge(struct pz_attempt *into, const struct pz_attempt *other)
{
    struct pz_syn first = into->first, second = other->first;
    if (earlier(&second, &first)) {
        struct pz_syn swap = first;
        first = second;
        second = swap;
    }
    if (earlier(&into->second, &second))
        second = into->second;
    if (earlier(&other->second, &second))
        second = other->second;
    into->first = first;
    into->second = second;
    into->last_usec = other->last_usec > into->last_usec ? other->last_usec : into->last_usec;
    into->closed = into->closed || other->closed;
    into->syns = (uint8_t)(into->syns + other->syns < PZ_SYNS_MAX ? into->syns + other->syns : PZ_SYNS_MAX);
}

int pz_attempt_compare(const void *a, const void *b)
{
    const struct pz_attempt *x = a, *y = b;
    int order = PZ_ORDER(x->source, y->source);
    order = order ? order : PZ_ORDER(x->destination, y->destination);
    order = order ? order : PZ_ORDER(x->sequence, y->sequence);
    order = order ? order : PZ_ORDER(x->source_port, y->source_port);
    order = order ? order : PZ_ORDER(x->first.usec, y->first.usec);
    order = order ? order : PZ_ORDER(x->last_usec, y->last_usec);
    order = order ? order : PZ_ORDER(x->first.facts, y->first.facts);
    order = order ? order : PZ_ORDER(x->syns, y->syns);
    order = order ? order : PZ_ORDER(x->second.usec, y->second.usec);
    return order ? order : PZ_ORDER(x->second.facts, y->second.facts);
}

size_t pz_attempts_join(struct pz_attempt *attempts, size_t n)
{
    if (!n)
        return 0;
    qsort(attempts, n, sizeof *attempts, pz_attempt_compare);
    size_t kept = 0;
    for (size_t i = 1; i < n; i++) {
        /* Sorted by their first SYN, so a piece that touches an attempt touches the attempt as joined so far. */
        if (pz_attempt_same_flow(&attempts[kept], &attempts[i]) && pz_attempt_touches(&attempts[kept], &attempts[i]))
            pz_attempt_merge(&attempts[kept], &attempts[i]);
        else
            attempts[++kept] = attempts[i];
    }
    return kept + 1;
}

void pz_attempts_encode(const struct pz_attempt *attempts, size_t n, struct pz_buf *buf)
{
    enum { BYTES_MAX = 64 }; /* more than one ever takes: 24 bytes of fixed width, and varints of 30 at their longest */
    uint32_t previous = 0;
    pz_buf_put_varint(buf, n);
    for (size_t i = 0; i < n; i++) {
        const struct pz_attempt *a = &attempts[i];
        uint8_t *start = pz_buf_extend(buf, BYTES_MAX), *to = pz_next_varint(start, a->source - previous);
        previous = a->source;
        to = pz_next_u32(to, a->destination);
        to = pz_next_u32(to, a->sequence);
        to = pz_next_varint(to, a->source_port);
        to = pz_next_varint(to, a->syns);
        to = pz_next_u64(to, (uint64_t)a->first.usec);
        to = pz_next_u32(to, a->first.facts);
        if (a->syns > 1) {
            to = pz_next_varint(to, (uint64_t)(a->second.usec - a->first.usec));
            to = pz_next_u32(to, a->second.facts);
            to = pz_next_varint(to, (uint64_t)(a->last_usec - a->first.usec));
        }
        buf->nbytes -= (size_t)(start + BYTES_MAX - to);
    }
}

static bool decode_one(struct pz_cursor *from, uint64_t previous, struct pz_attempt *a)
{
    const int64_t latest = PZ_LATEST_SECOND * PZ_USEC_PER_SECOND;
    uint64_t source = previous + pz_cursor_varint(from);
    a->source = (uint32_t)source;
    a->destination = pz_cursor_u32(from);
    a->sequence = pz_cursor_u32(from);
    uint64_t port = pz_cursor_varint(from), syns = pz_cursor_varint(from);
    a->source_port = (uint16_t)port;
    a->syns = (uint8_t)syns;
    a->first.usec = (int64_t)pz_cursor_u64(from);
    a->first.facts = pz_cursor_u32(from);
    a->second = (struct pz_syn){.usec = INT64_MAX};
    a->last_usec = a->first.usec;
    bool good = source <= UINT32_MAX && port <= UINT16_MAX && syns && syns <= PZ_SYNS_MAX && a->first.usec >= 0 &&
                a->first.usec < latest && pz_attempt_traits(a) < PZ_TRAITS;
    if (!good || syns < 2)
        return good;
    uint64_t gap = pz_cursor_varint(from);
    a->second.facts = pz_cursor_u32(from);
    uint64_t length = pz_cursor_varint(from);
    if (gap > PZ_ATTEMPT_GAP_USEC || length < gap || length >= (uint64_t)(latest - a->first.usec))
        return false;
    a->second.usec = a->first.usec + (int64_t)gap;
    a->last_usec = a->first.usec + (int64_t)length;
    return true;
}

void pz_attempts_decode(struct pz_cursor *from, struct pz_buf *to)
{
    uint64_t n = pz_cursor_varint(from), previous = 0;
    for (uint64_t i = 0; i < n && !from->bad; i++) {
        struct pz_attempt attempt = {0};
        if (!decode_one(from, previous, &attempt))
            from->bad = true;
        previous = attempt.source;
        pz_buf_put(to, &attempt, sizeof attempt);
    }
}
