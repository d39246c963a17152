/* SPDX-License-Identifier: BSD-2-Clause */
/* How attempts are followed.
 *
 * A SYN belongs to an attempt of its flow if it comes within 15 s of any SYN of it, before or after. So an open attempt
 * is a state that merges: the earliest two SYNs, the latest time and a count. A SYN that lies between two such states
 * joins them. Each row is such a state, an open attempt or one SYN, until it is joined to another.
 *
 *     begin       puts the partition's open attempts in front
 *     join        notes for each row whether its flow was met before in these rows, without a branch; only rows whose flow
 *                 was are compared with the earlier ones, and join those that they touch
 *     end         closes what is over and keeps what is open
 *
 * An attempt is at the row of its first SYN. What it has besides is its rest, in a place of its own, as most attempts
 * have one SYN or two. A slot holds the number of a flow's latest row in its low bits and bits of the hash above them,
 * so that most lookups touch one slot and no row.
 *
 * An attempt is over when the clock is `margin_usec` past its latest SYN, or when the span ends. It is closed,
 * and counted, if it lies as far from both ends of the span, and from a stretch that another capture recorded too: then
 * no SYN outside this capture can belong to it. Every other attempt is a boundary row as it is, and is joined and
 * closed when tallies are reduced (reduce/boundary.c). What was counted is never taken back. */
#include "tally/tracker.h"

#include "base/error.h"

#include <stdlib.h>

/* Any packet's time is a jump from here. */
#define NO_SPAN (INT64_MIN / 2)

/* What an attempt has after its first SYN. */
struct pz_tracker_rest {
    int64_t length_usec;                /* from the first SYN to the last */
    uint32_t second_usec, second_facts; /* the time since the first */
    uint32_t syns;                      /* with the first */
};

_Static_assert(sizeof(struct pz_tracker_rest) <= sizeof(struct pz_scan_row), "a rest fits the place after a SYN");

static const struct pz_tracker_rest no_rest = {.syns = 1};

enum { HAS_REST = 0x40 }; /* among the traits of a SYN that is kept: the place after it has the attempt's rest */
_Static_assert(!(HAS_REST & (PZ_ROW_COPY | (PZ_TRAITS - 1))), "it is no trait");

#define JOINED UINT32_MAX /* in place of a rest: the row belongs to an attempt that is at another */

void pz_tracker_init(struct pz_tracker *tracker,
                     void (*closed)(void *context, const struct pz_closed_attempt *attempts, const uint32_t *rows,
                                    size_t n),
                     void *context)
{
    *tracker = (struct pz_tracker){.closed = closed, .context = context, .stretch = PZ_NO_STRETCH, .span_end = NO_SPAN};
    pz_tracker_set_disorder(tracker, PZ_DISORDER_USEC);
}

void pz_tracker_set_disorder(struct pz_tracker *tracker, int64_t disorder_usec)
{
    tracker->disorder_usec = disorder_usec;
    tracker->margin_usec = PZ_ATTEMPT_GAP_USEC + disorder_usec + PZ_COPY_GAP_USEC;
}

static void free_rows(struct pz_tracker *tracker)
{
    free(tracker->rows);
    free(tracker->earlier);
    free(tracker->rest_of);
    free(tracker->met);
    free(tracker->rests);
}

void pz_tracker_release(struct pz_tracker *tracker)
{
    for (unsigned partition = 0; partition < PZ_PARTITIONS; partition++)
        free(tracker->partitions[partition].open);
    free_rows(tracker);
    free(tracker->slots);
    pz_buf_release(&tracker->boundary);
    pz_buf_release(&tracker->singles);
    *tracker = (struct pz_tracker){0};
}

static inline uint64_t hash_of(const struct pz_scan_row *scan)
{
    uint64_t addresses = (uint64_t)scan->source << 32 | scan->destination;
    uint64_t rest = (uint64_t)scan->sequence << 16 | scan->source_port;
    return (addresses * 0x9e3779b97f4a7c15u ^ rest) * 0xd6e8feb86659fd93u;
}

static inline bool same_flow(const struct pz_scan_row *a, const struct pz_scan_row *b)
{
    return a->source == b->source && a->destination == b->destination && a->sequence == b->sequence &&
           a->source_port == b->source_port;
}

static inline uint32_t facts_of(const struct pz_scan_row *scan)
{
    return pz_syn_facts(scan->ip_id, scan->ttl, scan->traits);
}

static struct pz_attempt attempt_of(const struct pz_tracker *tracker, uint32_t row)
{
    const struct pz_tracker_rest *rest = &tracker->rests[tracker->rest_of[row]];
    struct pz_attempt attempt = pz_scan_attempt(&tracker->rows[row]);
    attempt.syns = (uint8_t)rest->syns;
    attempt.last_usec += rest->length_usec;
    if (rest->syns > 1)
        attempt.second = (struct pz_syn){attempt.first.usec + rest->second_usec, rest->second_facts};
    return attempt;
}

/* Room for `n` rows, and slots enough that most lookups end at the first. */
static void reserve(struct pz_tracker *tracker, size_t n)
{
    PZ_CHECK(n < (uint32_t)1 << 29);
    if (n > tracker->capacity) {
        free_rows(tracker);
        tracker->capacity = (uint32_t)n + (uint32_t)n / 4;
        tracker->rows = pz_alloc_lines(tracker->capacity * sizeof *tracker->rows);
        tracker->earlier = pz_alloc_lines(tracker->capacity * sizeof *tracker->earlier);
        tracker->rest_of = pz_alloc_lines(tracker->capacity * sizeof *tracker->rest_of);
        tracker->met = pz_alloc_lines(tracker->capacity * sizeof *tracker->met);
        tracker->rests = pz_alloc_lines((tracker->capacity + 1) * sizeof *tracker->rests);
    }
    for (tracker->bits = 6; (size_t)1 << tracker->bits < 4 * n; tracker->bits++)
        continue;
    if (tracker->bits > tracker->bits_capacity) {
        free(tracker->slots);
        tracker->bits_capacity = tracker->bits;
        tracker->slots = pz_alloc_lines(sizeof *tracker->slots << tracker->bits);
    }
    memset(tracker->slots, 0, sizeof *tracker->slots << tracker->bits);
}

struct pz_scan_row *pz_tracker_begin_partition(struct pz_tracker *tracker, unsigned partition, size_t n)
{
    const struct pz_tracker_partition *open = &tracker->partitions[partition];
    reserve(tracker, open->n + n);
    tracker->rests[0] = no_rest;
    tracker->nrests = 1;
    tracker->n = 0;
    for (uint32_t at = 0; at < open->n; at++) {
        const uint32_t row = tracker->n++;
        tracker->rows[row] = open->open[at];
        tracker->rest_of[row] = 0;
        if (open->open[at].traits & HAS_REST) {
            tracker->rows[row].traits &= PZ_TRAITS - 1;
            memcpy(&tracker->rests[tracker->nrests], &open->open[++at], sizeof *tracker->rests);
            tracker->rest_of[row] = tracker->nrests++;
        }
    }
    return tracker->rows + tracker->n;
}

static inline uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Finds of each row the latest before it of the same flow, or of another with the same hash; returns how many have one,
 * and puts them into `met`. */
static size_t meet(struct pz_tracker *tracker)
{
    const unsigned bits = tracker->bits;
    const uint32_t mask = ((uint32_t)1 << bits) - 1, n = tracker->n;
    const struct pz_scan_row *rows = tracker->rows;
    uint32_t *slots = tracker->slots, *earlier = tracker->earlier, *met = tracker->met;
    size_t nmet = 0;
    for (uint32_t i = 0; i < n; i++) {
        const uint64_t hash = hash_of(&rows[i]);
        const uint32_t tag = ((uint32_t)hash & ~mask) | (mask + 1); /* not 0, so a slot is empty if it is too small */
        uint32_t at = (uint32_t)(hash >> (64 - bits)), slot = slots[at];
        while (least(slot, slot ^ tag) > mask) /* one branch, nearly never taken: it is of another flow */
            slot = slots[at = (at + 1) & mask];
        slots[at] = tag | (i + 1);
        earlier[i] = slot & mask;
        met[nmet] = i;
        nmet += (slot & mask) != 0;
    }
    return nmet;
}

static inline bool touch(const struct pz_tracker *tracker, uint32_t a, uint32_t b)
{
    const int64_t first_a = tracker->rows[a].usec, last_a = first_a + tracker->rests[tracker->rest_of[a]].length_usec;
    const int64_t first_b = tracker->rows[b].usec, last_b = first_b + tracker->rests[tracker->rest_of[b]].length_usec;
    return first_a <= last_b + PZ_ATTEMPT_GAP_USEC && first_b <= last_a + PZ_ATTEMPT_GAP_USEC;
}

/* Joins the states of two rows of one flow; returns the row at which the attempt is now. */
static uint32_t join(struct pz_tracker *tracker, uint32_t a, uint32_t b)
{
    struct pz_attempt attempt = attempt_of(tracker, a), other = attempt_of(tracker, b);
    const bool first_is_a = attempt.first.usec != other.first.usec ? attempt.first.usec < other.first.usec
                                                                   : attempt.first.facts <= other.first.facts;
    const uint32_t row = first_is_a ? a : b;
    uint32_t rest = tracker->rest_of[a] ? tracker->rest_of[a] : tracker->rest_of[b];
    rest = rest ? rest : tracker->nrests++;
    pz_attempt_merge(&attempt, &other);
    tracker->rests[rest] = (struct pz_tracker_rest){.length_usec = attempt.last_usec - attempt.first.usec,
                                                    .second_usec = (uint32_t)(attempt.second.usec - attempt.first.usec),
                                                    .second_facts = attempt.second.facts,
                                                    .syns = attempt.syns};
    tracker->rest_of[a] = tracker->rest_of[b] = JOINED;
    tracker->rest_of[row] = rest;
    return row;
}

/* A row joins all attempts before it that it touches. What is joined leaves the chain of its flow, so that chains are
 * as short as attempts are few. */
static void join_earlier(struct pz_tracker *tracker, uint32_t row)
{
    uint32_t *link = &tracker->earlier[row], at = row;
    while (*link) {
        const uint32_t before = *link - 1;
        if (tracker->rest_of[before] == JOINED) {
            *link = tracker->earlier[before];
            continue;
        }
        if (same_flow(&tracker->rows[before], &tracker->rows[at]) && touch(tracker, before, at))
            at = join(tracker, at, before);
        link = &tracker->earlier[before];
    }
}

void pz_tracker_join(struct pz_tracker *tracker, size_t n)
{
    PZ_CHECK(n <= tracker->capacity - tracker->n);
    memset(tracker->rest_of + tracker->n, 0, n * sizeof *tracker->rest_of);
    tracker->n += (uint32_t)n;
    const size_t nmet = meet(tracker);
    for (size_t i = 0; i < nmet; i++) {
        const uint32_t row = tracker->met[i], before = tracker->earlier[row] - 1;
        const struct pz_scan_row *first = &tracker->rows[before], *second = &tracker->rows[row];
        const int64_t gap = second->usec - first->usec;
        if (!(tracker->rest_of[before] | tracker->rest_of[row] | tracker->earlier[before]) && gap > 0 &&
            gap <= PZ_ATTEMPT_GAP_USEC && same_flow(first, second)) { /* nearly always: the second of two SYNs */
            tracker->rest_of[before] = tracker->nrests;
            tracker->rest_of[row] = JOINED;
            tracker->rests[tracker->nrests++] = (struct pz_tracker_rest){gap, (uint32_t)gap, facts_of(second), 2};
        } else {
            join_earlier(tracker, row);
        }
    }
}

static void put_boundary(struct pz_tracker *tracker, uint32_t row)
{
    if (tracker->rest_of[row]) {
        struct pz_attempt attempt = attempt_of(tracker, row);
        pz_buf_put(&tracker->boundary, &attempt, sizeof attempt);
    } else {
        pz_buf_put(&tracker->singles, &tracker->rows[row], sizeof *tracker->rows);
    }
}

static void close_attempts(struct pz_tracker *tracker, const uint32_t *numbers, size_t n)
{
    struct pz_closed_attempt closed[PZ_SCANS];
    uint32_t rows[PZ_SCANS];
    const int64_t low = tracker->span_begin + tracker->margin_usec, high = tracker->span_end - tracker->margin_usec;
    size_t nclosed = 0;
    for (size_t i = 0; i < n; i++) {
        const struct pz_scan_row *first = &tracker->rows[numbers[i]];
        const struct pz_tracker_rest *rest = &tracker->rests[tracker->rest_of[numbers[i]]];
        const int64_t last_usec = first->usec + rest->length_usec;
        if (first->usec <= low || last_usec >= high ||
            pz_stretch_near(&tracker->stretch, first->usec, last_usec, tracker->margin_usec)) {
            put_boundary(tracker, numbers[i]);
            continue;
        }
        rows[nclosed] = first->row;
        closed[nclosed++] =
            (struct pz_closed_attempt){.first_usec = first->usec,
                                       .destination = first->destination,
                                       .traits = first->traits,
                                       .pattern = (uint8_t)pz_worm_pattern(rest->syns, rest->second_usec),
                                       .id_rose = pz_id_rose(rest->syns, facts_of(first), rest->second_facts)};
    }
    if (nclosed)
        tracker->closed(tracker->context, closed, rows, nclosed);
}

/* Keeps the attempts at these rows as open. */
static void keep(struct pz_tracker *tracker, struct pz_tracker_partition *open, const uint32_t *numbers, size_t n)
{
    uint32_t places = (uint32_t)n;
    for (size_t i = 0; i < n; i++)
        places += tracker->rest_of[numbers[i]] != 0;
    if (places > open->capacity) {
        free(open->open); /* all of them are in the rows */
        open->capacity = places + places / 4;
        open->open = pz_alloc_lines(open->capacity * sizeof *open->open);
    }
    open->n = 0;
    for (size_t i = 0; i < n; i++) {
        const uint32_t rest = tracker->rest_of[numbers[i]];
        struct pz_scan_row *first = &open->open[open->n++];
        *first = tracker->rows[numbers[i]];
        first->traits |= rest ? HAS_REST : 0;
        if (rest)
            memcpy(&open->open[open->n++], &tracker->rests[rest], sizeof *tracker->rests);
    }
}

void pz_tracker_end_partition(struct pz_tracker *tracker, unsigned partition, bool span_ends)
{
    const int64_t due = span_ends ? INT64_MAX : tracker->span_end - tracker->margin_usec;
    uint32_t *over = tracker->met, *open = tracker->earlier; /* which are of no use any more */
    size_t nover = 0, nopen = 0;
    for (uint32_t i = 0; i < tracker->n; i++) {
        /* Which it is, is as good as random: no branch. */
        const uint32_t rest = tracker->rest_of[i], is_attempt = rest != JOINED;
        const int64_t length_usec = tracker->rests[rest & (0u - is_attempt)].length_usec;
        const uint32_t is_over = tracker->rows[i].usec + length_usec < due;
        over[nover] = i;
        nover += is_attempt & is_over;
        open[nopen] = i;
        nopen += is_attempt & ~is_over;
    }
    for (size_t at = 0; at < nover; at += PZ_SCANS)
        close_attempts(tracker, over + at, nover - at < PZ_SCANS ? nover - at : PZ_SCANS);
    keep(tracker, &tracker->partitions[partition], open, nopen);
}

void pz_tracker_begin_span(struct pz_tracker *tracker, int64_t usec)
{
    tracker->span_begin = tracker->span_end = usec;
    tracker->nspans++;
}

void pz_tracker_end_span(struct pz_tracker *tracker)
{
    tracker->span_end = NO_SPAN;
}
