/* Inside src/capture: what every kind of capture does with a record once its time and bytes are found. Decodes it,
 * batches the packets, watches the order of time, and gives damage the hours that it marks. */
#ifndef PZ_CAPTURE_FEED_H
#define PZ_CAPTURE_FEED_H

#include "base/time.h"
#include "capture/decode.h"
#include "capture/reader.h"
#include "capture/stream.h"

struct pz_feed {
    const struct pz_sink *sink;
    struct pz_ledger *ledger;
    uint32_t link_type;
    uint64_t offset;                 /* byte of the file that decompression has reached; the reader keeps it */
    size_t n;
    int64_t floor_usec;              /* a record before this is no ordinary next one */
    int64_t last_usec;               /* of the last good record; -1 before the first */
    int64_t member_first, member_last; /* the times that the present member's records span; first > last if none */
    bool pending;                    /* damage was met and no good record since */
    uint32_t pending_detail;         /* its place in the ledger's details, or PZ_LEDGER_DETAILS */
    struct pz_packet batch[PZ_BATCH];
};

void pz_feed_init(struct pz_feed *feed, const struct pz_sink *sink, struct pz_ledger *ledger);
void pz_feed_link_type(struct pz_feed *feed, uint32_t link_type);
void pz_feed_flush(struct pz_feed *feed);
/* Between the last good record and the next. */
void pz_feed_damage(struct pz_feed *feed, enum pz_damage_reason reason);
/* Somewhere in the present member. */
void pz_feed_damage_member(struct pz_feed *feed, enum pz_damage_reason reason);
void pz_feed_new_member(struct pz_feed *feed);
/* The rare record: after damage, out of order, out of range. False if its time is impossible. */
bool pz_feed_odd_time(struct pz_feed *feed, int64_t usec);

/* Clocks that step back by more than this are damage; less is the disorder of a capture with several queues. */
#define PZ_DISORDER_USEC (15 * PZ_USEC_PER_SECOND)

static inline void pz_feed_record(struct pz_feed *feed, int64_t usec, const uint8_t *bytes, size_t nbytes)
{
    struct pz_packet *packet = &feed->batch[feed->n];
    feed->ledger->records++;
    bool good = usec >= feed->floor_usec && usec < PZ_LATEST_SECOND * PZ_USEC_PER_SECOND;
    if (__builtin_expect(good, 1) || pz_feed_odd_time(feed, usec)) {
        feed->last_usec = usec;
        feed->floor_usec = usec - PZ_DISORDER_USEC;
        feed->member_first = usec < feed->member_first ? usec : feed->member_first;
        feed->member_last = usec > feed->member_last ? usec : feed->member_last;
    }
    packet->usec = usec;
    pz_decode(feed->link_type, bytes, nbytes, packet);
    if (++feed->n == PZ_BATCH)
        pz_feed_flush(feed);
}

/* Captures that only libpcap can read; `ahead` was already taken from the stream, by the read that gave `got`. */
enum pz_read_status pz_read_rare(struct pz_stream *stream, const uint8_t *ahead, size_t nahead,
                                 struct pz_stream_read got, struct pz_feed *feed);

#endif
