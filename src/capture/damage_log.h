/* SPDX-License-Identifier: BSD-2-Clause */
/* What was read of one capture, and what of it was damaged. Kept per capture and outside the laws of tallies: where a
 * file is torn is a fact about the file, not about its packets.
 *
 * A damage has a reason, the byte at which it was met, and marks hours: from the last good record before it to the next
 * good one after it. Where none follows, to the hour that what couldn't be read is expected to end in, as far as what
 * was read tells. Where only the end of a member or of the file tells, it marks every hour of which a record was read
 * there. */
#ifndef PZ_CAPTURE_DAMAGE_LOG_H
#define PZ_CAPTURE_DAMAGE_LOG_H

#include "capture/stamp.h"
#include "capture/synthetic.h"

#include <stdbool.h>

/* Name, where, the words people read. Order is that of the stored counts: append only. INSIDE: something is wrong in
 * the capture itself, and not with the file that holds it or with its compression. */
#define PZ_DAMAGES(_)                                                                          \
    _(TORN, OUTSIDE, "compressed data ends before its member does")                            \
    _(CORRUPT, OUTSIDE, "compressed data is corrupt")                                          \
    _(CHECKSUM, OUTSIDE, "checksum or length of a compressed member is wrong")                 \
    _(TRAILING, OUTSIDE, "bytes after a compressed member are not compressed")                 \
    _(RECORD_TORN, INSIDE, "a capture ends inside a record or header")                         \
    _(RECORD_ABSURD, INSIDE, "a record claims an absurd length; nothing after it can be read") \
    _(NOT_PCAP, INSIDE, "a part of the file is no capture")                                    \
    _(UNKNOWN_LINK_TYPE, INSIDE, "unknown link type")                                          \
    _(TIME_BACK, INSIDE, "time jumps back by more than 15 seconds")                            \
    _(TIME_RANGE, INSIDE, "a record's time is before 2000 or after 2038")                      \
    _(RARE_FORMAT, INSIDE, "libpcap cannot read on")                                           \
    _(EMPTY, OUTSIDE, "the file is empty, or decompresses to nothing")                         \
    _(UNREADABLE, OUTSIDE, "the file cannot be read")                                          \
    _(CHANGED, OUTSIDE, "the file changed while it was read")                                  \
    _(FILTER_FAILED, OUTSIDE, "the decoding command failed")                                   \
    _(FRACTION, INSIDE, "a record's fraction of a second is a second or more")                 \
    _(TIME_FORWARD, INSIDE, "time jumps forward by a year or more")                            \
    _(BLOCK, INSIDE, "a pcapng block's length or contents can't be right")                     \
    _(INTERFACE, INSIDE, "a packet names an interface that was not described")                 \
    _(WINDOW, OUTSIDE, "compressed data needs more memory than a rank may use")

enum pz_damage_reason {
#define PZ_DAMAGE_ENUM(name, where, words) PZ_DAMAGE_##name,
    PZ_DAMAGES(PZ_DAMAGE_ENUM)
#undef PZ_DAMAGE_ENUM
        PZ_DAMAGE_COUNT
};

const char *pz_damage_words(enum pz_damage_reason reason);
/* Whether it is INSIDE. */
bool pz_damage_inside(enum pz_damage_reason reason);

#define PZ_NO_HOUR UINT32_MAX

struct pz_damage {
    uint32_t reason;
    uint64_t offset;                /* byte of the file; of what it decompresses to if the damage is inside */
    uint64_t record;                /* how many records were read before it */
    uint32_t first_hour, last_hour; /* that it marks, in hours since 1970; PZ_NO_HOUR where no record tells */
    uint64_t passed;                /* bytes of the file passed over after it, as nothing could be read there */
    uint64_t window;                /* of PZ_DAMAGE_WINDOW: memory that is needed, in bytes; else 0 */
};

enum { PZ_DAMAGE_LOG_WORDS = 160 }; /* bytes */
enum {
    PZ_DAMAGE_LOG_SUMS = 32,
    PZ_DAMAGE_LOG_STRIDE = 16
};                                   /* sums kept at most; records from one to the next at first */
enum { PZ_DAMAGE_LOG_ENTRIES = 16 }; /* damages kept one by one; the others only count, and mark their hours */

struct pz_damage_log {
    uint64_t records;
    uint32_t link_type;               /* of the first header read; PZ_NO_LINK if none */
    uint32_t synthetic;               /* the mark of all headers read: capture/synthetic.h */
    uint64_t counts[PZ_DAMAGE_COUNT]; /* by reason */
    uint64_t padding;                 /* zeros after compressed members, in bytes: no damage */
    uint64_t passed;                  /* bytes passed over, after all damages */
    struct pz_damage entries[PZ_DAMAGE_LOG_ENTRIES];
    uint32_t nentries;
    uint32_t (*hours)[2]; /* owned: ranges of damaged hours, both ends included, sorted, with hours between them */
    uint32_t nhours;
    char libpcap[PZ_DAMAGE_LOG_WORDS]; /* what it said where it first could not read on: printable ASCII; else empty */
    /* Of a damaged capture: the files of its identity that were read and found damaged, the one that all the rest is
     * about first. So it shows later whether one was repaired. */
    struct pz_stamp *files; /* owned */
    uint32_t nfiles;
    /* The sum of the packets' digests after each `stride` records, up to the first damage: they show that a capture is
     * another one that was cut short. */
    uint64_t stride, sums[PZ_DAMAGE_LOG_SUMS];
    uint32_t nsums;
};

#define PZ_NO_LINK UINT32_MAX

void pz_damage_log_init(struct pz_damage_log *log);
void pz_damage_log_release(struct pz_damage_log *log);
/* Counts a damage and marks its hours, if it has any. */
void pz_damage_log_add(struct pz_damage_log *log, const struct pz_damage *damage);
void pz_damage_log_mark(struct pz_damage_log *log, uint32_t first_hour, uint32_t last_hour);
/* Extends the hours of the `entry`th detail, if it is one, to this one; marks nothing. */
void pz_damage_log_extend(struct pz_damage_log *log, uint32_t entry, uint32_t hour);
/* Marks hours that belong to the `entry`th detail. */
void pz_damage_log_mark_entry(struct pz_damage_log *log, uint32_t entry, uint32_t first_hour, uint32_t last_hour);
void pz_damage_log_add_file(struct pz_damage_log *log, const struct pz_stamp *file);
bool pz_damage_log_has_file(const struct pz_damage_log *log, const struct pz_stamp *file);
/* Keeps what libpcap said, `n` bytes of it at most, if it is the first. */
void pz_damage_log_say(struct pz_damage_log *log, const char *words, size_t n);
/* The sum of the digests of all `nrecords` so far: to be given whenever they are a multiple of the stride, which
 * doubles from time to time. */
void pz_damage_log_add_sum(struct pz_damage_log *log, uint64_t nrecords, uint64_t sum);
/* How many of the first records are the same, by the sums: up to the last sum of `torn` that both have, or 0. */
uint64_t pz_damage_log_begins_as(const struct pz_damage_log *torn, const struct pz_damage_log *whole);
bool pz_damage_log_damaged(const struct pz_damage_log *log);
void pz_damage_log_encode(const struct pz_damage_log *log, struct pz_buf *to);
/* Into an initialised damage log; leaves the cursor bad if the bytes make none. */
void pz_damage_log_decode(struct pz_damage_log *log, struct pz_cursor *from);

/* Adds a range to others, which are kept as the hours of a damage log are: {NULL, 0} at first, the caller frees them.
 */
void pz_ranges_join(uint32_t (**hours)[2], uint32_t *nhours, uint32_t first_hour, uint32_t last_hour);

#endif
