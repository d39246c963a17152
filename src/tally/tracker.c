#include "tally/tracker.h"

#include "base/error.h"

#include <stdlib.h>

enum {
    FIRST_BITS = 10,
    /* So far ahead in the queue, entries are asked for, and then their buckets. */
    ENTRY_AHEAD = 16,
    BUCKET_AHEAD = 8,
};

/* Any packet's time is a jump from here. */
#define NO_SPAN (INT64_MIN / 2)

/* In the queue, of an entry that was at its head already and not over then. */
#define AGAIN ((uint32_t)1 << 31)

/* An open attempt in one cache line. */
struct pz_tracker_entry {
    uint32_t source, destination, sequence;
    uint16_t source_port;
    uint8_t syns;         /* 0: merged into another, and still in the queue */
    int64_t first_usec, last_usec;
    uint32_t first_facts, second_facts;
    uint32_t second_usec; /* since the first */
    uint32_t row;         /* of the first SYN's source and hour */
    uint32_t next;        /* entry + 1 with the same bucket, or in the list of free ones */
    uint32_t unused[3];
};

_Static_assert(sizeof(struct pz_tracker_entry) == 64, "an open attempt is one cache line");

static void alloc_all(struct pz_tracker *tracker, unsigned bits)
{
    size_t n = (size_t)1 << bits;
    tracker->bits = bits;
    tracker->buckets = pz_alloc(2 * n * sizeof *tracker->buckets); /* few share one */
    tracker->queue = pz_alloc(n * sizeof *tracker->queue);
    tracker->entries = pz_alloc_lines(n * sizeof *tracker->entries);
}

void pz_tracker_init(struct pz_tracker *tracker,
                     void (*decided)(void *context, const struct pz_attempt *attempts, const uint32_t *rows, size_t n),
                     void *context)
{
    *tracker = (struct pz_tracker){.decided = decided, .context = context, .span_end = NO_SPAN};
    alloc_all(tracker, FIRST_BITS);
}

void pz_tracker_release(struct pz_tracker *tracker)
{
    free(tracker->entries);
    free(tracker->buckets);
    free(tracker->queue);
    pz_buf_release(&tracker->edges);
    *tracker = (struct pz_tracker){0};
}

static inline uint64_t hash_of(uint32_t source, uint32_t destination, uint32_t sequence, uint16_t port)
{
    uint64_t addresses = (uint64_t)source << 32 | destination, rest = (uint64_t)sequence << 16 | port;
    return (addresses * 0x9e3779b97f4a7c15u ^ rest) * 0xd6e8feb86659fd93u;
}

static inline uint32_t *bucket_of(const struct pz_tracker *tracker, uint64_t hash)
{
    return &tracker->buckets[hash >> (63 - tracker->bits)];
}

static inline uint32_t *bucket_of_entry(const struct pz_tracker *tracker, const struct pz_tracker_entry *entry)
{
    return bucket_of(tracker, hash_of(entry->source, entry->destination, entry->sequence, entry->source_port));
}

static struct pz_attempt attempt_of(const struct pz_tracker_entry *entry)
{
    struct pz_attempt attempt = {.source = entry->source, .destination = entry->destination,
                                 .sequence = entry->sequence, .source_port = entry->source_port, .syns = entry->syns,
                                 .first = {entry->first_usec, entry->first_facts}, .second = {.usec = INT64_MAX},
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
    entry->syns = (uint8_t)attempt.syns;
    entry->first_usec = attempt.first.usec;
    entry->first_facts = attempt.first.facts;
    entry->second_usec = (uint32_t)(attempt.second.usec - attempt.first.usec);
    entry->second_facts = attempt.second.facts;
    entry->last_usec = attempt.last_usec;
}

static void grow(struct pz_tracker *tracker)
{
    uint32_t n = (uint32_t)1 << tracker->bits;
    struct pz_tracker old = *tracker;
    PZ_CHECK(tracker->bits < 30);
    alloc_all(tracker, tracker->bits + 1);
    memcpy(tracker->entries, old.entries, n * sizeof *old.entries);
    for (uint32_t i = 0; i < n; i++) {
        tracker->queue[i] = old.queue[(old.head + i) & (n - 1)];
        uint32_t number = tracker->queue[i] & ~AGAIN;
        struct pz_tracker_entry *entry = &tracker->entries[number];
        if (!entry->syns)
            continue;
        uint32_t *bucket = bucket_of_entry(tracker, entry);
        entry->next = *bucket;
        *bucket = number + 1;
    }
    tracker->head = 0;
    free(old.entries);
    free(old.queue);
    free(old.buckets);
}

static inline void push(struct pz_tracker *tracker, uint32_t number)
{
    uint32_t mask = ((uint32_t)1 << tracker->bits) - 1;
    tracker->queue[(tracker->head + tracker->nopen++) & mask] = number;
}

static void flush(struct pz_tracker *tracker)
{
    if (tracker->nbatch)
        tracker->decided(tracker->context, tracker->batch, tracker->rows, tracker->nbatch);
    tracker->nbatch = 0;
}

static void decide(struct pz_tracker *tracker, const struct pz_tracker_entry *entry)
{
    struct pz_attempt attempt = attempt_of(entry);
    bool inside = attempt.first.usec > tracker->span_begin + PZ_TRACKER_MARGIN_USEC &&
                  attempt.last_usec < tracker->span_end - PZ_TRACKER_MARGIN_USEC;
    if (!inside) {
        pz_buf_put(&tracker->edges, &attempt, sizeof attempt);
        return;
    }
    tracker->rows[tracker->nbatch] = entry->row;
    tracker->batch[tracker->nbatch++] = attempt;
    if (tracker->nbatch == PZ_SCANS)
        flush(tracker);
}

static void finish(struct pz_tracker *tracker, uint32_t number)
{
    struct pz_tracker_entry *entry = &tracker->entries[number];
    if (entry->syns) {
        uint32_t *at = bucket_of_entry(tracker, entry);
        while (*at != number + 1)
            at = &tracker->entries[*at - 1].next;
        *at = entry->next;
        decide(tracker, entry);
    }
    entry->next = tracker->free_entry;
    tracker->free_entry = number + 1;
}

/* So many behind the queue's head; some entry or other, if it isn't as long. */
static inline struct pz_tracker_entry *entry_at(const struct pz_tracker *tracker, uint32_t behind)
{
    uint32_t mask = ((uint32_t)1 << tracker->bits) - 1;
    return &tracker->entries[tracker->queue[(tracker->head + behind) & mask] & ~AGAIN];
}

/* Takes from the queue what is over: no SYN of it can come any more. Those that go on are looked at again when they
 * come to its head once more; they may be over for some time then, which changes nothing. */
static void finish_due(struct pz_tracker *tracker)
{
    const uint32_t mask = ((uint32_t)1 << tracker->bits) - 1;
    const int64_t due = tracker->span_end - PZ_TRACKER_MARGIN_USEC;
    while (tracker->nopen) {
        __builtin_prefetch(entry_at(tracker, ENTRY_AHEAD), 1);
        __builtin_prefetch(bucket_of_entry(tracker, entry_at(tracker, BUCKET_AHEAD)), 1);
        uint32_t queued = tracker->queue[tracker->head & mask], number = queued & ~AGAIN;
        const struct pz_tracker_entry *entry = &tracker->entries[number];
        if (entry->syns && !(queued & AGAIN) && entry->first_usec >= due)
            return;
        tracker->head++;
        tracker->nopen--;
        if (!entry->syns || entry->last_usec < due) {
            finish(tracker, number);
            continue;
        }
        push(tracker, number | AGAIN);
        if (queued & AGAIN)
            return; /* one of these a batch, or they would go round for ever */
    }
}

void pz_tracker_close(struct pz_tracker *tracker)
{
    const uint32_t mask = ((uint32_t)1 << tracker->bits) - 1;
    for (; tracker->nopen; tracker->nopen--)
        finish(tracker, tracker->queue[tracker->head++ & mask] & ~AGAIN);
    flush(tracker);
    tracker->span_end = NO_SPAN;
}

void pz_tracker_begin_span(struct pz_tracker *tracker, int64_t usec)
{
    pz_tracker_close(tracker);
    tracker->span_begin = tracker->span_end = usec;
}

static void open_attempt(struct pz_tracker *tracker, const struct pz_tracker_entry *fresh, uint64_t hash)
{
    if (tracker->nopen == (uint32_t)1 << tracker->bits)
        grow(tracker);
    uint32_t number;
    if (tracker->free_entry) {
        number = tracker->free_entry - 1;
        tracker->free_entry = tracker->entries[number].next;
    } else {
        number = tracker->nentries++;
    }
    uint32_t *bucket = bucket_of(tracker, hash);
    tracker->entries[number] = *fresh;
    tracker->entries[number].next = *bucket;
    *bucket = number + 1;
    push(tracker, number);
}

static inline bool continues(const struct pz_tracker_entry *entry, const struct pz_packet *scan)
{
    return entry->source == scan->source && entry->destination == scan->destination &&
           entry->sequence == scan->sequence && entry->source_port == scan->source_port &&
           entry->first_usec <= scan->usec + PZ_ATTEMPT_GAP_USEC && scan->usec <= entry->last_usec + PZ_ATTEMPT_GAP_USEC;
}

/* A SYN goes on with the attempt that it touches, or with two of them if it closes the gap between; else it opens one. */
static inline void take_scan(struct pz_tracker *tracker, const struct pz_scan_row *scan, uint64_t hash)
{
    const struct pz_packet *packet = scan->packet;
    const struct pz_syn syn = {packet->usec, pz_syn_facts(packet->ip_id, packet->ttl, scan->traits)};
    struct pz_tracker_entry *grown = NULL;
    for (uint32_t *at = bucket_of(tracker, hash); *at;) {
        struct pz_tracker_entry *entry = &tracker->entries[*at - 1];
        if (!continues(entry, packet)) {
            at = &entry->next;
        } else if (!grown) {
            grown = entry;
            at = &entry->next;
        } else {
            struct pz_attempt other = attempt_of(entry);
            merge(grown, &other, entry->row);
            entry->syns = 0;
            *at = entry->next;
        }
    }
    if (grown) {
        const struct pz_attempt one = {.first = syn, .second = {.usec = INT64_MAX}, .last_usec = syn.usec, .syns = 1};
        merge(grown, &one, scan->row);
        return;
    }
    const struct pz_tracker_entry fresh = {.source = packet->source, .destination = packet->destination,
                                           .sequence = packet->sequence, .source_port = packet->source_port, .syns = 1,
                                           .first_usec = syn.usec, .last_usec = syn.usec, .first_facts = syn.facts,
                                           .row = scan->row};
    open_attempt(tracker, &fresh, hash);
}

void pz_tracker_observe(struct pz_tracker *tracker, const struct pz_scan_row *scans, size_t n)
{
    uint64_t hashes[PZ_SCANS];
    PZ_CHECK(n <= PZ_SCANS);
    for (size_t i = 0; i < n; i++) {
        const struct pz_packet *p = scans[i].packet;
        hashes[i] = hash_of(p->source, p->destination, p->sequence, p->source_port);
        __builtin_prefetch(bucket_of(tracker, hashes[i]), 1);
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t first = *bucket_of(tracker, hashes[i]);
        if (first)
            __builtin_prefetch(&tracker->entries[first - 1], 1);
    }
    for (size_t i = 0; i < n; i++)
        take_scan(tracker, &scans[i], hashes[i]);
    finish_due(tracker);
}
