/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside src/capture: what every kind of capture does with a record once its time and bytes are found. Decodes it,
 * batches the packets, watches the order of time, and gives damage the hours that it marks.
 *
 * A run is a stretch of good records without a jump of time, so every hour from its first to its last holds one. */
#ifndef PZ_CAPTURE_BATCHER_H
#define PZ_CAPTURE_BATCHER_H

#include "base/time.h"
#include "capture/decode.h"
#include "capture/reader.h"
#include "capture/stream.h"

struct pz_marks {
    uint32_t (*hours)[2]; /* owned; see pz_ranges_join */
    uint32_t n;
};

struct pz_batcher {
    const struct pz_sink *sink;
    struct pz_damage_log *log;
    uint32_t link_type;
    unsigned link_nbytes;       /* for pz_decode_plain, */
    size_t plain_nbytes;        /* which takes records with at least this many bytes after their header */
    uint64_t offset;            /* byte of the file that decompression has reached; the reader keeps this, and */
    uint64_t content;           /* how many bytes came of it, and */
    const uint8_t *content_end; /* where the last of them ends in the buffer; NULL where libpcap has them */
    size_t header_nbytes;       /* of a record, before its bytes */
    size_t n;
    int64_t floor_usec;    /* a record before this, or much after it, is no ordinary next one */
    int64_t last_usec;     /* of the last good record; -1 before the first; late while floor_usec tells it */
    int64_t first_usec;    /* of the first good record; -1 before it */
    int64_t member_usec;   /* of the last good record before the present member, or the first in it; -1 before it */
    int64_t member_span;   /* what the member before spans, in usec */
    int64_t break_usec;    /* time at which the member that the latest damage cut short was expected to end; or 0 */
    uint64_t break_offset; /* byte of the file at which the latest damage was met */
    uint32_t break_entry;  /* the place of that damage in the damage log's details; PZ_DAMAGE_LOG_ENTRIES for none */
    int64_t run_first, run_last;  /* the times that the present run spans; first > last if it is empty */
    struct pz_marks member, file; /* hours of the runs that ended, in this member and before it */
    uint32_t open_entries;        /* bit i: damage i of the damage log's details waits for the next good record */
    bool pending;                 /* damage was met and no good record since */
    bool doubtful;                /* all that is read marks its hours: the link type is unknown */
    uint32_t doubt_entry;         /* the place of that damage in the damage log's details, */
    uint32_t fraction_entry;      /* and of the first impossible fraction of a second */
    _Alignas(64) struct pz_packet batch[PZ_BATCH];
};

void pz_batcher_init(struct pz_batcher *batcher, const struct pz_sink *sink, struct pz_damage_log *log);
void pz_batcher_release(struct pz_batcher *batcher);
/* A file header was read; `at` as below. */
void pz_batcher_link_type(struct pz_batcher *batcher, uint32_t link_type, const uint8_t *at);
/* Records of another link type follow; `told`: if it is unknown, the damage log has it already. */
void pz_batcher_switch_link(struct pz_batcher *batcher, uint32_t link_type, const uint8_t *at, bool told);
void pz_batcher_flush(struct pz_batcher *batcher);
/* Damage between the last good record and the next. `at`: where in the buffer, if it is damage inside. */
void pz_batcher_damage(struct pz_batcher *batcher, enum pz_damage_reason reason, const uint8_t *at);
/* Damage somewhere in the present member; `spills`: a record that began in it goes on in the next. */
void pz_batcher_damage_member(struct pz_batcher *batcher, enum pz_damage_reason reason, bool spills);
/* Damage somewhere in the file. */
void pz_batcher_damage_file(struct pz_batcher *batcher, enum pz_damage_reason reason);
/* After pz_batcher_damage: what was read of the present member before may be wrong too. */
void pz_batcher_doubt_member(struct pz_batcher *batcher);
/* After a damage: bytes of the file were passed over, as nothing could be read there. */
void pz_batcher_passed(struct pz_batcher *batcher, uint64_t nbytes);
/* The end of the file. If no good record came since the last damage, the hours that the bytes from there to here should
 * have held are marked: as much time as was read from as many bytes, or, of a member that was cut short, as the member
 * before spans. */
void pz_batcher_swallowed(struct pz_batcher *batcher);
void pz_batcher_new_member(struct pz_batcher *batcher);
/* To be called after the last record: hours still owed are marked, packets still held are handed out. */
void pz_batcher_end(struct pz_batcher *batcher);
/* A record that has no time. */
void pz_batcher_timeless(struct pz_batcher *batcher, const uint8_t *bytes, size_t nbytes);
/* The rare record: the first, one after damage, after a jump of time, out of order, out of range. `bytes` follow its
 * header. */
void pz_batcher_odd_time(struct pz_batcher *batcher, int64_t usec, const uint8_t *bytes);

/* A record's fraction of a second is one or more: it is logged once, and marks the hour of the record's second. To be
 * called before the record is fed, whose time is the last of that second. */
void pz_batcher_fraction(struct pz_batcher *batcher, uint32_t second, const uint8_t *bytes);

/* A step forward of half an hour ends a run. It is no damage: telescopes have outages. */
#define PZ_RUN_STEP_USEC (PZ_USEC_PER_HOUR / 2)
/* A step forward of a year is the clock's, no outage. */
#define PZ_CLOCK_STEP_USEC (365 * 24 * PZ_USEC_PER_HOUR)

/* Where the next record's packet goes; its time is taken, the rest is to be decoded. */
static inline struct pz_packet *pz_batcher_next(struct pz_batcher *batcher, int64_t usec, const uint8_t *bytes)
{
    struct pz_packet *packet = &batcher->batch[batcher->n++];
    /* One comparison tells both that it is after the floor and that it isn't long after. */
    bool ordinary = (uint64_t)usec - (uint64_t)batcher->floor_usec < PZ_DISORDER_USEC + PZ_RUN_STEP_USEC &&
                    usec < PZ_LATEST_SECOND * PZ_USEC_PER_SECOND;
    if (__builtin_expect(ordinary, 1)) {
        batcher->floor_usec = usec - PZ_DISORDER_USEC;
        batcher->run_first = usec < batcher->run_first ? usec : batcher->run_first;
        batcher->run_last = usec > batcher->run_last ? usec : batcher->run_last;
    } else {
        pz_batcher_odd_time(batcher, usec, bytes);
    }
    batcher->log->records++;
    packet->usec = usec;
    return packet;
}

static inline void pz_batcher_record(struct pz_batcher *batcher, int64_t usec, const uint8_t *bytes, size_t nbytes)
{
    pz_decode(batcher->link_type, bytes, nbytes, pz_batcher_next(batcher, usec, bytes));
    if (batcher->n == PZ_BATCH)
        pz_batcher_flush(batcher);
}

/* As pz_batcher_record, but faster, for a record that others follow: `readable` bytes may be looked at. */
static inline void pz_batcher_record_within(struct pz_batcher *batcher, int64_t usec, const uint8_t *bytes,
                                            size_t nbytes, size_t readable)
{
    struct pz_packet *packet = pz_batcher_next(batcher, usec, bytes);
    if (__builtin_expect(
            readable < batcher->plain_nbytes || !pz_decode_plain(batcher->link_nbytes, bytes, nbytes, packet), 0))
        pz_decode(batcher->link_type, bytes, nbytes, packet);
    if (batcher->n == PZ_BATCH)
        pz_batcher_flush(batcher);
}

/* Captures that only libpcap can read; `ahead` was already taken from the stream, by the read that gave `got`. */
enum pz_read_status pz_read_with_libpcap(const struct pz_input *input, struct pz_stream *stream, const uint8_t *ahead,
                                         size_t nahead, struct pz_stream_read got, struct pz_batcher *batcher);

#endif
