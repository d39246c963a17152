/* Connection attempts of a partition while it is read: which are open, which are decided, and which are edges.
 *
 * A partition is cut into spans of time, wherever its packets jump by more than 15 s. An attempt is decided in the
 * partition if 30 s on both sides of it lie inside one span: 15 s for another SYN of it, and 15 s for the disorder that a
 * capture may have. Every other attempt is an edge. So a capture may be cut anywhere, and nothing changes but where
 * attempts are decided. */
#ifndef PZ_TALLY_TRACKER_H
#define PZ_TALLY_TRACKER_H

#include "tally/table.h"

#define PZ_TRACKER_MARGIN_USEC (2 * PZ_ATTEMPT_GAP_USEC)

struct pz_tracker_entry;

struct pz_tracker {
    /* Takes attempts that are decided, a batch at a time, each with the row of its first SYN's source and hour. */
    void (*decided)(void *context, const struct pz_attempt *attempts, const uint32_t *rows, size_t n);
    void *context;
    struct pz_tracker_entry *entries; /* owned: of open attempts, and free ones */
    uint32_t *buckets;                /* owned: first entry + 1 of each hash; 0 is none */
    uint32_t *queue;                  /* owned: a ring of open entries, the oldest first */
    uint32_t nentries, free_entry;    /* in use or once used; first of the list of free ones + 1 */
    uint32_t nopen, bits;             /* bits of the number of entries and of places in the ring; there are twice as many buckets */
    uint32_t head;
    int64_t span_begin, span_end;     /* the latest time of the present span; long ago if there is none */
    struct pz_attempt batch[PZ_SCANS];
    uint32_t rows[PZ_SCANS];
    size_t nbatch;
    struct pz_buf edges;              /* pz_attempt structs */
};

void pz_tracker_init(struct pz_tracker *tracker,
                     void (*decided)(void *context, const struct pz_attempt *attempts, const uint32_t *rows, size_t n),
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
/* Where time jumps, when all scans before it are taken. */
void pz_tracker_begin_span(struct pz_tracker *tracker, int64_t usec);
/* Scans open attempts, or go on with them. */
void pz_tracker_observe(struct pz_tracker *tracker, const struct pz_scan_row *scans, size_t n);
/* The partition's end: all open attempts are decided or become edges. It may go on afterwards, in a span of its own. */
void pz_tracker_close(struct pz_tracker *tracker);

#endif
