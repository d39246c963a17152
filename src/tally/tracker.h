/* SPDX-License-Identifier: BSD-2-Clause */
/* Connection attempts of a capture while it is read: which are open, which are closed, and which are boundary rows.
 *
 * A capture is cut into spans of time, wherever its packets jump on by more than 15 s, or back by more than its
 * disorder. An attempt is closed in the capture if some 17 s on both sides of it lie inside one span, and outside the
 * stretch in which another capture has packets too: 15 s for another SYN of it, and as much more as it takes for all
 * SYNs in these to be settled (tally/copies.h). Every other attempt is a boundary row. So a capture may be cut
 * anywhere, and nothing changes but where attempts are closed.
 *
 * Scans come by radix partition: those that were staged of one and are settled, with the partition's open attempts in
 * front of them. These rows fit a second-level cache. */
#ifndef PZ_TALLY_TRACKER_H
#define PZ_TALLY_TRACKER_H

#include "tally/copies.h"
#include "tally/source_table.h"

struct pz_tracker_rest;

struct pz_tracker {
    /* Takes attempts that are closed, a batch at a time, each with the row of its first SYN's source and hour. */
    void (*closed)(void *context, const struct pz_closed_attempt *attempts, const uint32_t *rows, size_t n);
    void *context;
    struct pz_stretch stretch;    /* what comes in it or near it is not closed here */
    int64_t disorder_usec;        /* that is expected: tally/copies.h */
    int64_t margin_usec;          /* from a span's ends */
    int64_t span_begin, span_end; /* the latest time of the present span; long ago if there is none */
    uint64_t nspans;              /* that have begun */
    struct pz_tracker_partition {
        struct pz_scan_row *open; /* owned: first SYNs of open attempts, some with a rest in the place after them */
        uint32_t n, capacity;     /* places */
    } partitions[PZ_PARTITIONS];
    /* The rows of the partition at work; their memory is kept for the next. */
    struct pz_scan_row *rows;      /* owned: first SYNs of open attempts, then scans */
    uint32_t *earlier;             /* owned: of each row the latest before it of the same flow + 1; 0 for none */
    uint32_t *rest_of;             /* owned: of each row its place in `rests`: 0 of a single SYN */
    uint32_t *met;                 /* owned: rows that have an earlier one; then, those to be closed */
    uint32_t *slots;               /* owned: a row + 1 in the low `bits`, of its hash the rest; 0 is empty */
    struct pz_tracker_rest *rests; /* owned */
    uint32_t n, nrests, capacity;
    unsigned bits, bits_capacity; /* of the number of slots */
    /* Boundary rows: pz_attempt structs, and pz_scan_row structs for attempts of one SYN, which take less room. */
    struct pz_buf boundary, singles;
};

void pz_tracker_init(struct pz_tracker *tracker,
                     void (*closed)(void *context, const struct pz_closed_attempt *attempts, const uint32_t *rows,
                                    size_t n),
                     void *context);
void pz_tracker_release(struct pz_tracker *tracker);
/* Before the first packet. */
void pz_tracker_set_disorder(struct pz_tracker *tracker, int64_t disorder_usec);

/* Every packet moves the clock; a scan moves it before the scan is taken. */
static inline bool pz_tracker_jumps(const struct pz_tracker *tracker, int64_t usec)
{
    return usec > tracker->span_end + PZ_ATTEMPT_GAP_USEC || usec < tracker->span_end - tracker->disorder_usec;
}
static inline void pz_tracker_move_clock(struct pz_tracker *tracker, int64_t usec)
{
    tracker->span_end = usec > tracker->span_end ? usec : tracker->span_end;
}
/* Begins a radix partition's rows with its open attempts, and room for at most `n` scans, which go to where it
 * returns. */
struct pz_scan_row *pz_tracker_begin_partition(struct pz_tracker *tracker, unsigned partition, size_t n);
/* So many scans were put there: they open attempts or continue them. */
void pz_tracker_join(struct pz_tracker *tracker, size_t n);
/* Closes the attempts that are over, all of them if the span ends, and keeps the others for the partition's next rows.
 * By now each scan has the number of its row in place of its hour. */
void pz_tracker_end_partition(struct pz_tracker *tracker, unsigned partition, bool span_ends);
/* Where time jumps, or before the first packet, when all radix partitions are ended. */
void pz_tracker_begin_span(struct pz_tracker *tracker, int64_t usec);
/* The capture's end, when all radix partitions are ended. It may go on afterwards, in a span of its own. */
void pz_tracker_end_span(struct pz_tracker *tracker);

#endif
