/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies made by the recording: a mirror port or a bonded interface shows a SYN twice or more, within milliseconds.
 *
 * A SYN is a copy if another of the same source, destination, ports, sequence number and ip.id came at most
 * PZ_COPY_GAP_USEC before it, itself a copy or not. So SYNs and their copies are chains, and the first of a chain is
 * the one scan. Whether a SYN is a copy depends only on the SYNs shortly before it. So a capture settles a SYN, as a
 * scan or as a copy, if it is far enough from the ends of its span (tally/tracker.h) that all SYNs that could matter
 * lie in the span. The others are in no count yet: they are kept as they came, as boundary rows, and settled when
 * tallies are reduced.
 *
 * Two devices may record the same hour. SYNs in a stretch of time in which another capture has packets too are all
 * boundary rows: the other capture may have copies of them. */
#ifndef PZ_TALLY_COPIES_H
#define PZ_TALLY_COPIES_H

#include "base/fields.h"
#include "tally/staging.h"

/* Copies are microseconds to milliseconds late. A SYN that is sent again comes a second later or more, mostly with
 * another ip.id, but Linux may send 0 throughout: docs/method.md. */
#define PZ_COPY_GAP_USEC (PZ_USEC_PER_SECOND / 10)
/* No packet of nearly all captures comes later than this after a later one; of the others, PZ_DISORDER_USEC counts. */
#define PZ_ORDER_USEC (2 * PZ_USEC_PER_SECOND)

/* Time, from a first packet to a last; none if the first is after the last. */
struct pz_stretch {
    int64_t first_usec, last_usec;
};

#define PZ_NO_STRETCH ((struct pz_stretch){INT64_MAX, INT64_MIN})
/* Stretches begin and end at whole minutes, so that one more capture of the same hour seldom changes them. */
#define PZ_STRETCH_STEP_USEC ((int64_t)(60 * PZ_USEC_PER_SECOND))

static inline struct pz_stretch pz_stretch_round(int64_t first_usec, int64_t last_usec)
{
    return (struct pz_stretch){first_usec / PZ_STRETCH_STEP_USEC * PZ_STRETCH_STEP_USEC,
                               (last_usec / PZ_STRETCH_STEP_USEC + 1) * PZ_STRETCH_STEP_USEC};
}

static inline bool pz_stretch_is_none(const struct pz_stretch *stretch)
{
    return stretch->first_usec > stretch->last_usec;
}
static inline bool pz_stretch_same(const struct pz_stretch *stretch, const struct pz_stretch *other)
{
    return stretch->first_usec == other->first_usec && stretch->last_usec == other->last_usec;
}
static inline void pz_stretch_widen(struct pz_stretch *stretch, const struct pz_stretch *by)
{
    stretch->first_usec = by->first_usec < stretch->first_usec ? by->first_usec : stretch->first_usec;
    stretch->last_usec = by->last_usec > stretch->last_usec ? by->last_usec : stretch->last_usec;
}
static inline void pz_stretch_fields(struct pz_fields *f, struct pz_stretch *stretch)
{
    stretch->first_usec = pz_field_i64(f, stretch->first_usec);
    stretch->last_usec = pz_field_i64(f, stretch->last_usec);
}
/* Whether something that lasts from `first` to `last` comes at most `margin` before or after. */
static inline bool pz_stretch_near(const struct pz_stretch *stretch, int64_t first, int64_t last, int64_t margin)
{
    return last >= stretch->first_usec - margin && first <= stretch->last_usec + margin;
}

struct pz_copies {
    struct pz_stretch stretch; /* what comes in it is not settled here */
    int64_t margin_usec;       /* from a span's ends: the disorder inside it and the gap */
    /* Of the radix partition at work, and kept for the next. */
    uint32_t *hashes;       /* owned: of each SYN */
    uint32_t *alike;        /* owned: SYNs of which another may be a copy, by their places */
    int64_t *reach;         /* owned: of one of these, the time of the last in its chain that was met */
    uint32_t *slots;        /* owned: one of these + 1 in the low bits, of its hash the rest; 0 is empty */
    uint64_t *seen, *twice; /* owned: bit sets of hashes that came, and that came again */
    size_t capacity;
    struct pz_buf
        boundary; /* pz_scan_row structs: SYNs that are not settled here; copies among them are known as such */
};

void pz_copies_init(struct pz_copies *copies);
void pz_copies_release(struct pz_copies *copies);
/* Settles the SYNs of a radix partition, new ones and those that waited. Scans go to `scans`; returns how many. Those of
 * the `n` that must wait are the first then, and `n` is how many; none wait if the span ends. */
size_t pz_copies_settle(struct pz_copies *copies, struct pz_scan_row *syns, size_t *n, int64_t span_begin,
                        int64_t span_end, bool span_ends, struct pz_scan_row *scans);

/* A scan as an attempt, or a piece of one. */
struct pz_attempt pz_scan_attempt(const struct pz_scan_row *scan);

/* Sorts SYNs of several captures by key and time, and marks the copies among them. */
void pz_copies_mark(struct pz_scan_row *scans, size_t n);

/* Removes the copies from SYNs in any order, and keeps the order of the others; returns how many are left. */
size_t pz_copies_drop(struct pz_packet *syns, size_t n);

/* SYNs, ascending by source, as stored bytes. */
void pz_scans_encode(const struct pz_scan_row *scans, size_t n, struct pz_buf *to);
/* Appends the SYNs to `to`; leaves the cursor bad if the bytes are not SYNs. */
void pz_scans_decode(struct pz_cursor *from, struct pz_buf *to);

#endif
