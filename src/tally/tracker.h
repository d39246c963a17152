/* Connection attempts of a partition while it is read: which are open, which are decided, and which are edges.
 *
 * A partition is cut into spans of time, wherever its packets jump by more than 15 s. An attempt is decided in the
 * partition if some 30 s on both sides of it lie inside one span, and outside the stretch in which another partition has
 * packets too: 15 s for another SYN of it, and as much more as it takes for all SYNs in these to be settled
 * (tally/copies.h). Every other attempt is an edge. So a capture may be cut anywhere, and nothing changes but where attempts
 * are decided.
 *
 * Open attempts are kept lot by lot, close together, and a lot is worked on with all scans of it that came meanwhile: so
 * what is at work fits a second-level cache. */
#ifndef PZ_TALLY_TRACKER_H
#define PZ_TALLY_TRACKER_H

#include "tally/copies.h"
#include "tally/table.h"

#define PZ_TRACKER_MARGIN_USEC (PZ_ATTEMPT_GAP_USEC + PZ_COPY_MARGIN_USEC)

struct pz_tracker_entry;

struct pz_tracker {
    /* Takes attempts that are decided, a batch at a time, each with the row of its first SYN's source and hour. */
    void (*decided)(void *context, const struct pz_decided *attempts, const uint32_t *rows, size_t n);
    void *context;
    struct pz_stretch stretch;    /* what comes in it or near it is not decided here */
    int64_t span_begin, span_end; /* the latest time of the present span; long ago if there is none */
    struct {
        struct pz_tracker_entry *entries; /* owned: open attempts */
        uint32_t n;
    } lots[PZ_LOTS];
    /* Of the lot at work, and kept for the next. */
    struct pz_tracker_entry *entries; /* owned */
    uint32_t *slots;                  /* owned: an entry + 1 in the low `bits`, of its hash the rest; 0 is empty */
    uint32_t n, capacity;             /* entries */
    unsigned bits, bits_capacity;     /* of the number of slots */
    struct pz_decided batch[PZ_SCANS];
    uint32_t rows[PZ_SCANS];
    size_t nbatch;
    struct pz_buf edges;              /* pz_attempt structs */
};

void pz_tracker_init(struct pz_tracker *tracker,
                     void (*decided)(void *context, const struct pz_decided *attempts, const uint32_t *rows, size_t n),
                     void *context);
void pz_tracker_release(struct pz_tracker *tracker);

/* Every packet of an hour moves the clock, before it is taken itself if it is a scan. */
static inline bool pz_tracker_jumps(const struct pz_tracker *tracker, int64_t usec)
{
    return usec > tracker->span_end + PZ_ATTEMPT_GAP_USEC || usec < tracker->span_end - PZ_ATTEMPT_GAP_USEC;
}
static inline void pz_tracker_move_clock(struct pz_tracker *tracker, int64_t usec)
{
    tracker->span_end = usec > tracker->span_end ? usec : tracker->span_end;
}
/* Takes up a lot, to which `n` scans at most will be added. */
void pz_tracker_begin_lot(struct pz_tracker *tracker, unsigned lot, size_t n);
/* Scans open attempts, or go on with them; `rows` are those of their sources and hours. */
void pz_tracker_observe(struct pz_tracker *tracker, const struct pz_scan_row *scans, const uint32_t *rows, size_t n);
/* Decides what is over, now that all scans of the lot are taken that came so far: all of it if the span ends. */
void pz_tracker_end_lot(struct pz_tracker *tracker, unsigned lot, bool span_ends);
/* Where time jumps, or before the first packet, when all lots are ended. */
void pz_tracker_begin_span(struct pz_tracker *tracker, int64_t usec);
/* The partition's end, when all lots are ended. It may go on afterwards, in a span of its own. */
void pz_tracker_end_span(struct pz_tracker *tracker);

#endif
