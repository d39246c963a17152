/* SPDX-License-Identifier: BSD-2-Clause */
#include "tally/attempt.h"

#include "base/fields.h"
#include "base/sort.h"

#include <stdlib.h>

#define LATEST_USEC (PZ_LATEST_SECOND * PZ_USEC_PER_SECOND)

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

PZ_FIELDS attempt_fields(struct pz_fields *f, uint32_t previous, struct pz_attempt *a)
{
    a->source = previous + (uint32_t)pz_field_varint(f, a->source - previous, UINT32_MAX - previous);
    a->destination = pz_field_u32(f, a->destination);
    a->sequence = pz_field_u32(f, a->sequence);
    a->source_port = (uint16_t)pz_field_varint(f, a->source_port, UINT16_MAX);
    a->syns = (uint8_t)pz_field_varint(f, a->syns, PZ_SYNS_MAX);
    a->first.usec = (int64_t)pz_field_u64_within(f, (uint64_t)a->first.usec, LATEST_USEC - 1);
    a->first.facts = pz_field_u32(f, a->first.facts);
    if (a->syns < 2) {
        a->second = (struct pz_syn){.usec = INT64_MAX};
        a->last_usec = a->first.usec;
        return;
    }
    const int64_t first = a->first.usec;
    a->second.usec =
        first + (int64_t)pz_field_varint(f, (uint64_t)a->second.usec - (uint64_t)first, PZ_ATTEMPT_GAP_USEC);
    a->second.facts = pz_field_u32(f, a->second.facts);
    a->last_usec = first + (int64_t)pz_field_varint(f, (uint64_t)a->last_usec - (uint64_t)first, LATEST_USEC);
}

void pz_attempts_encode(const struct pz_attempt *attempts, size_t n, struct pz_buf *to)
{
    enum { BYTES_MAX = 64 }; /* more than one ever takes: 24 bytes of fixed width, and varints of 30 at their longest */
    pz_buf_put_varint(to, n);
    for (size_t i = 0; i < n; i++) {
        struct pz_attempt attempt = attempts[i];
        struct pz_fields f = pz_fields_to(to, BYTES_MAX);
        attempt_fields(&f, i ? attempts[i - 1].source : 0, &attempt);
        pz_fields_written(&f, to);
    }
}

void pz_attempts_decode(struct pz_cursor *from, struct pz_buf *to)
{
    const uint64_t n = pz_cursor_varint(from);
    struct pz_fields f = pz_fields_from(from);
    struct pz_attempt a = {0};
    for (uint64_t i = 0; i < n && !from->bad; i++) {
        attempt_fields(&f, a.source, &a);
        if (!a.syns || a.last_usec >= LATEST_USEC || (a.syns > 1 && a.last_usec < a.second.usec) ||
            pz_attempt_traits(&a) >= PZ_TRAITS)
            from->bad = true;
        pz_buf_put(to, &a, sizeof a);
    }
}
