/* SPDX-License-Identifier: BSD-2-Clause */
/* How attempts are followed.
 *
 * A SYN belongs to an attempt of its flow if it comes within 15 s of any SYN of it, before or after. So an open attempt
 * is a state that merges: the earliest two SYNs, the latest time and a count. A SYN that lies between two such states
 * joins them.
 *
 * Memory is the cost. All open attempts of an hour are larger than the caches, and SYNs come in no order of sources. So
 * open attempts are kept by radix partition as plain arrays, and a partition is worked on only when its staging buffer
 * is full:
 *
 *     begin_partition   copies the partition's open attempts into `entries` and enters them into a hash table, `slots`
 *     observe           each scan looks its flow up there: it extends an attempt, joins two, or opens one
 *     end_partition     closes what is over and copies what is still open back
 *
 * `entries` and `slots` are the same memory for all partitions, and stay in a second-level cache. A slot holds the
 * number of an entry in its low bits and bits of the hash above them, so that most lookups touch one slot and one
 * entry.
 *
 * An attempt is over when the clock is `margin_usec` past its latest SYN, or when the span ends. It is closed,
 * and counted, if it lies as far from both ends of the span, and from a stretch that another capture recorded too: then
 * no SYN outside this capture can belong to it. Every other attempt goes to `boundary` as it is, and is joined and
 * closed when tallies are reduced (reduce/boundary.c). What was counted is never taken back. */
#include "tally/tracker.h"

#include "base/error.h"

#include <stdlib.h>

/* Any packet's time is a jump from here. */
#define NO_SPAN (INT64_MIN / 2)

/* An open attempt. */
struct pz_tracker_entry {
    uint32_t source, destination, sequence;
    uint16_t source_port;
    uint8_t syns; /* 0: merged into another */
    int64_t first_usec, last_usec;
    uint32_t first_facts, second_facts;
    uint32_t second_usec; /* since the first */
    uint32_t row;         /* of the first SYN's source and hour */
};

_Static_assert(sizeof(struct pz_tracker_entry) == 48, "an open attempt has no holes");

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

void pz_tracker_release(struct pz_tracker *tracker)
{
    for (unsigned partition = 0; partition < PZ_PARTITIONS; partition++)
        free(tracker->partitions[partition].entries);
    free(tracker->entries);
    free(tracker->others);
    free(tracker->slots);
    pz_buf_release(&tracker->boundary);
    *tracker = (struct pz_tracker){0};
}

static inline uint64_t hash_of(uint32_t source, uint32_t destination, uint32_t sequence, uint16_t port)
{
    uint64_t addresses = (uint64_t)source << 32 | destination, rest = (uint64_t)sequence << 16 | port;
    return (addresses * 0x9e3779b97f4a7c15u ^ rest) * 0xd6e8feb86659fd93u;
}

static inline uint32_t slot_of(const struct pz_tracker *tracker, uint64_t hash)
{
    return (uint32_t)(hash >> (64 - tracker->bits));
}

static struct pz_attempt attempt_of(const struct pz_tracker_entry *entry)
{
    struct pz_attempt attempt = {.source = entry->source,
                                 .destination = entry->destination,
                                 .sequence = entry->sequence,
                                 .source_port = entry->source_port,
                                 .syns = entry->syns,
                                 .first = {entry->first_usec, entry->first_facts},
                                 .second = {.usec = INT64_MAX},
                                 .last_usec = entry->last_usec};
    if (entry->syns > 1)
        attempt.second = (struct pz_syn){entry->first_usec + entry->second_usec, entry->second_facts};
    return attempt;
}

/* Adds another state of the same key; `row` is that of its first SYN. */
static void merge(struct pz_tracker_entry *entry, const struct pz_attempt *other, uint32_t row)
{
    struct pz_attempt attempt = attempt_of(entry);
    if (other->first.usec < attempt.first.usec)
        entry->row = row;
    pz_attempt_merge(&attempt, other);
    entry->syns = attempt.syns;
    entry->first_usec = attempt.first.usec;
    entry->first_facts = attempt.first.facts;
    entry->second_usec = (uint32_t)(attempt.second.usec - attempt.first.usec);
    entry->second_facts = attempt.second.facts;
    entry->last_usec = attempt.last_usec;
}

static inline uint32_t tag_of(const struct pz_tracker *tracker, uint64_t hash)
{
    return (uint32_t)hash >> tracker->bits << tracker->bits;
}

static inline bool same_flow(const struct pz_tracker_entry *a, uint32_t source, uint32_t destination, uint32_t sequence,
                             uint16_t port)
{
    return a->source == source && a->destination == destination && a->sequence == sequence && a->source_port == port;
}

/* The slot of a flow, or the empty one where it goes. */
static inline uint32_t find_slot(const struct pz_tracker *tracker, uint64_t hash, uint32_t source, uint32_t destination,
                                 uint32_t sequence, uint16_t port)
{
    const uint32_t mask = ((uint32_t)1 << tracker->bits) - 1, tag = tag_of(tracker, hash);
    uint32_t at = slot_of(tracker, hash);
    for (uint32_t slot; (slot = tracker->slots[at]) != 0; at = (at + 1) & mask)
        if ((slot ^ tag) <= mask &&
            same_flow(&tracker->entries[(slot & mask) - 1], source, destination, sequence, port))
            break;
    return at;
}

/* Puts an entry before the others of its flow, which `at` is the slot of. */
static inline void put_slot(struct pz_tracker *tracker, uint32_t at, uint64_t hash, uint32_t number)
{
    const uint32_t mask = ((uint32_t)1 << tracker->bits) - 1;
    tracker->others[number] = tracker->slots[at] & mask;
    tracker->slots[at] = tag_of(tracker, hash) | (number + 1);
}

/* Room for `n` entries in all, and slots enough that most lookups end at the first. */
static void reserve(struct pz_tracker *tracker, size_t n)
{
    PZ_CHECK(n < (uint32_t)1 << 29);
    if (n > tracker->capacity) {
        free(tracker->entries);
        free(tracker->others);
        tracker->capacity = (uint32_t)n;
        tracker->entries = pz_alloc_lines(n * sizeof *tracker->entries);
        tracker->others = pz_alloc_lines(n * sizeof *tracker->others);
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

void pz_tracker_begin_partition(struct pz_tracker *tracker, unsigned partition, size_t n)
{
    const uint32_t nopen = tracker->partitions[partition].n;
    reserve(tracker, nopen + n);
    tracker->n = nopen;
    if (nopen)
        memcpy(tracker->entries, tracker->partitions[partition].entries, nopen * sizeof *tracker->entries);
    for (uint32_t i = 0; i < nopen; i++) {
        const struct pz_tracker_entry *e = &tracker->entries[i];
        uint64_t hash = hash_of(e->source, e->destination, e->sequence, e->source_port);
        put_slot(tracker, find_slot(tracker, hash, e->source, e->destination, e->sequence, e->source_port), hash, i);
    }
}

static void flush(struct pz_tracker *tracker)
{
    if (tracker->nbatch)
        tracker->closed(tracker->context, tracker->batch, tracker->rows, tracker->nbatch);
    tracker->nbatch = 0;
}

static void close_attempt(struct pz_tracker *tracker, const struct pz_tracker_entry *entry)
{
    bool inside = entry->first_usec > tracker->span_begin + tracker->margin_usec &&
                  entry->last_usec < tracker->span_end - tracker->margin_usec &&
                  !pz_stretch_near(&tracker->stretch, entry->first_usec, entry->last_usec, tracker->margin_usec);
    if (!inside) {
        struct pz_attempt attempt = attempt_of(entry);
        pz_buf_put(&tracker->boundary, &attempt, sizeof attempt);
        return;
    }
    tracker->rows[tracker->nbatch] = entry->row;
    tracker->batch[tracker->nbatch++] =
        (struct pz_closed_attempt){.first_usec = entry->first_usec,
                                   .destination = entry->destination,
                                   .traits = (uint8_t)entry->first_facts,
                                   .pattern = (uint8_t)pz_worm_pattern(entry->syns, entry->second_usec),
                                   .id_rose = pz_id_rose(entry->syns, entry->first_facts, entry->second_facts)};
    if (tracker->nbatch == PZ_SCANS)
        flush(tracker);
}

void pz_tracker_end_partition(struct pz_tracker *tracker, unsigned partition, bool span_ends)
{
    const int64_t due = span_ends ? INT64_MAX : tracker->span_end - tracker->margin_usec;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < tracker->n; i++) {
        const struct pz_tracker_entry *entry = &tracker->entries[i];
        if (!entry->syns)
            continue;
        if (entry->last_usec < due)
            close_attempt(tracker, entry);
        else
            tracker->entries[kept++] = *entry;
    }
    flush(tracker);
    struct pz_tracker_partition *open = &tracker->partitions[partition];
    if (kept > open->capacity || span_ends) {
        free(open->entries); /* all of them were at work */
        open->capacity = kept + kept / 4;
        open->entries = kept ? pz_alloc_lines(open->capacity * sizeof *open->entries) : NULL;
    }
    if (kept)
        memcpy(open->entries, tracker->entries, kept * sizeof *tracker->entries);
    open->n = kept;
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

static inline bool touches(const struct pz_tracker_entry *entry, int64_t usec)
{
    return entry->syns && entry->first_usec <= usec + PZ_ATTEMPT_GAP_USEC &&
           usec <= entry->last_usec + PZ_ATTEMPT_GAP_USEC;
}

static inline void add_syn(struct pz_tracker_entry *entry, const struct pz_syn *syn, uint32_t row)
{
    if (entry->syns == 1 && syn->usec > entry->first_usec) { /* nearly always */
        entry->syns = 2;
        entry->second_usec = (uint32_t)(syn->usec - entry->first_usec);
        entry->second_facts = syn->facts;
        entry->last_usec = syn->usec;
        return;
    }
    const struct pz_attempt one = {.first = *syn, .second = {.usec = INT64_MAX}, .last_usec = syn->usec, .syns = 1};
    merge(entry, &one, row);
}

/* The attempt of a flow that a SYN touches, or two of them as one if it closes the gap between; NULL if it touches none.
 */
static inline struct pz_tracker_entry *find_touched(struct pz_tracker *tracker, uint32_t number, int64_t usec)
{
    struct pz_tracker_entry *touched = NULL;
    for (; number; number = tracker->others[number - 1]) {
        struct pz_tracker_entry *entry = &tracker->entries[number - 1];
        if (!touches(entry, usec))
            continue;
        if (touched) {
            struct pz_attempt other = attempt_of(entry);
            merge(touched, &other, entry->row);
            entry->syns = 0;
        } else {
            touched = entry;
        }
    }
    return touched;
}

/* A SYN goes on with the attempt that it touches; else it opens one. */
static inline void take_scan(struct pz_tracker *tracker, const struct pz_scan_row *scan, uint32_t row, uint64_t hash)
{
    const struct pz_syn syn = {scan->usec, pz_syn_facts(scan->ip_id, scan->ttl, scan->traits)};
    const uint32_t mask = ((uint32_t)1 << tracker->bits) - 1;
    uint32_t at = find_slot(tracker, hash, scan->source, scan->destination, scan->sequence, scan->source_port);
    struct pz_tracker_entry *touched = find_touched(tracker, tracker->slots[at] & mask, scan->usec);
    if (touched) {
        add_syn(touched, &syn, row);
        return;
    }
    tracker->entries[tracker->n] = (struct pz_tracker_entry){.source = scan->source,
                                                             .destination = scan->destination,
                                                             .sequence = scan->sequence,
                                                             .source_port = scan->source_port,
                                                             .syns = 1,
                                                             .first_usec = syn.usec,
                                                             .last_usec = syn.usec,
                                                             .first_facts = syn.facts,
                                                             .row = row};
    put_slot(tracker, at, hash, tracker->n++);
}

void pz_tracker_observe(struct pz_tracker *tracker, const struct pz_scan_row *scans, const uint32_t *rows, size_t n)
{
    uint64_t hashes[PZ_SCANS];
    PZ_CHECK(n <= PZ_SCANS && n <= tracker->capacity - tracker->n);
    for (size_t i = 0; i < n; i++) {
        const struct pz_scan_row *s = &scans[i];
        hashes[i] = hash_of(s->source, s->destination, s->sequence, s->source_port);
        __builtin_prefetch(&tracker->slots[slot_of(tracker, hashes[i])], 1);
    }
    for (size_t i = 0; i < n; i++)
        take_scan(tracker, &scans[i], rows[i], hashes[i]);
}
