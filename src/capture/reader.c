#include "capture/reader.h"

#include "capture/feed.h"
#include "capture/stream.h"

#include <stdlib.h>

enum {
    BUFFER_BYTES = 1 << 18,   /* decompressed at a time: half of a second-level cache */
    FILE_HEADER = 24,         /* https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html, sections 4 and 5 */
    RECORD_HEADER = 16,
    RECORD_MAX = 262144,      /* bytes: no snapshot is longer; libpcap refuses longer records too */
    LINK_TYPE_MASK = 0xffff,  /* above it: the length of a frame check sequence, and reserved bits */
};

enum kind { KIND_NONE, KIND_SHORT, KIND_PCAP, KIND_RARE };

struct format {
    bool swapped; /* big-endian */
    bool nano;
    uint32_t link_type;
};

struct reader {
    struct pz_stream *stream;
    struct pz_feed feed;
    struct format format;
    uint8_t *buffer;
    size_t nbytes; /* in the buffer, not yet walked */
    bool in_capture; /* a file header was read and records follow */
    bool lost;       /* no record can be found until a file header comes again */
};

static uint32_t get32(const uint8_t *b, bool swapped)
{
    return swapped ? pz_get_be32(b) : pz_get_le32(b);
}

/* What begins at `b`: a file header of the common kind (then `format` is filled), of a rarer kind, one
 * cut short, or none. */
static enum kind read_file_header(const uint8_t *b, size_t n, struct format *format)
{
    if (!pz_capture_magic(b, n))
        return KIND_NONE;
    if (n < FILE_HEADER)
        return KIND_SHORT;
    uint32_t magic = pz_get_le32(b);
    format->swapped = b[0] == 0xa1;
    format->nano = magic == 0xa1b23c4d || magic == 0x4d3cb2a1;
    bool common = format->nano || magic == 0xa1b2c3d4 || magic == 0xd4c3b2a1;
    bool version_2_4 = get32(b + 4, format->swapped) == (format->swapped ? 0x00020004u : 0x00040002u);
    format->link_type = get32(b + 20, format->swapped) & LINK_TYPE_MASK;
    return common && version_2_4 ? KIND_PCAP : KIND_RARE;
}

/* Walks whole records; returns how many bytes they took. Stops, with `odd` set, before what may be no record. */
static inline __attribute__((always_inline)) size_t walk_records(struct reader *r, const uint8_t *b, size_t n,
                                                                 bool swapped, bool nano, bool *odd)
{
    const uint32_t second = nano ? 1000000000u : 1000000u;
    size_t at = 0;
    while (n - at >= RECORD_HEADER) {
        uint32_t sec = get32(b + at, swapped), fraction = get32(b + at + 4, swapped);
        size_t captured = get32(b + at + 8, swapped);
        if (__builtin_expect(captured > RECORD_MAX || fraction >= second || sec >= PZ_LATEST_SECOND, 0) && !*odd) {
            *odd = true;
            return at;
        }
        if (captured > RECORD_MAX || n - at - RECORD_HEADER < captured)
            break;
        int64_t usec = (int64_t)sec * PZ_USEC_PER_SECOND + (nano ? fraction / 1000 : fraction);
        pz_feed_record(&r->feed, usec, b + at + RECORD_HEADER, captured);
        at += RECORD_HEADER + captured;
        *odd = false;
    }
    return at;
}

static size_t walk_some(struct reader *r, const uint8_t *b, size_t n, bool *odd)
{
    if (r->format.swapped)
        return r->format.nano ? walk_records(r, b, n, true, true, odd) : walk_records(r, b, n, true, false, odd);
    return r->format.nano ? walk_records(r, b, n, false, true, odd) : walk_records(r, b, n, false, false, odd);
}

static void begin_capture(struct reader *r)
{
    r->in_capture = true;
    r->lost = false;
    pz_feed_link_type(&r->feed, r->format.link_type);
}

/* Records, and file headers between them (captures joined by cat); returns how many bytes were walked. `whole`: no more
 * bytes will come to complete what is there. */
static size_t walk(struct reader *r, const uint8_t *b, size_t n, bool whole)
{
    size_t at = 0;
    while (!r->lost) {
        bool odd = false;
        at += walk_some(r, b + at, n - at, &odd);
        if (!odd)
            break;
        if (pz_capture_magic(b + at, n - at) && n - at < FILE_HEADER && !whole)
            break; /* look again with more bytes */
        if (n - at >= FILE_HEADER && read_file_header(b + at, n - at, &r->format) == KIND_PCAP) {
            begin_capture(r);
            at += FILE_HEADER;
            continue;
        }
        if (get32(b + at + 8, r->format.swapped) > RECORD_MAX) {
            pz_feed_damage(&r->feed, PZ_DAMAGE_RECORD_ABSURD);
            r->lost = true;
            return n;
        }
        size_t step = walk_some(r, b + at, n - at, &odd); /* a record after all: its time is for the feed to judge */
        at += step;
        if (step == 0)
            break;
    }
    return r->lost ? n : at;
}

/* Walks what the buffer holds and keeps the rest. At the start, and after damage, a file header must come first. */
static void walk_buffer(struct reader *r, bool whole)
{
    size_t walked = 0;
    if (!r->in_capture) {
        if (r->nbytes < FILE_HEADER)
            return;
        r->in_capture = true;
        if (read_file_header(r->buffer, r->nbytes, &r->format) == KIND_PCAP) {
            begin_capture(r);
            walked = FILE_HEADER;
        } else if (!r->lost) {
            pz_feed_damage(&r->feed, PZ_DAMAGE_NOT_PCAP);
            r->lost = true;
        }
    }
    walked += walk(r, r->buffer + walked, r->nbytes - walked, whole);
    r->nbytes -= walked;
    memmove(r->buffer, r->buffer + walked, r->nbytes);
}

static struct pz_stream_read fill(struct reader *r)
{
    struct pz_stream_read got = pz_stream_read(r->stream, r->buffer + r->nbytes, BUFFER_BYTES + RECORD_MAX - r->nbytes);
    r->nbytes += got.nbytes;
    r->feed.offset = pz_stream_offset(r->stream);
    return got;
}

/* What is left in the buffer will never be a whole record. */
static void drop_rest(struct reader *r, bool told)
{
    if (r->nbytes && !told)
        pz_feed_damage(&r->feed, PZ_DAMAGE_RECORD_TORN);
    r->nbytes = 0;
}

static enum pz_read_status read_pcap(struct reader *r, struct pz_stream_read got)
{
    const struct pz_sink *sink = r->feed.sink;
    for (;; got = fill(r)) {
        if (pz_stream_distrusted(r->stream))
            return PZ_READ_DISTRUSTED;
        bool whole = got.event == PZ_STREAM_BROKEN || got.event == PZ_STREAM_END;
        walk_buffer(r, whole);
        switch (got.event) {
        case PZ_STREAM_MORE:
            break;
        case PZ_STREAM_CHECKSUM:
            pz_feed_damage_member(&r->feed, got.reason);
            /* fall through */
        case PZ_STREAM_MEMBER_END:
            pz_feed_new_member(&r->feed);
            if (r->lost)
                r->in_capture = false; /* the next member may begin with a header */
            break;
        case PZ_STREAM_BROKEN:
            pz_feed_damage(&r->feed, got.reason);
            drop_rest(r, true);
            pz_feed_new_member(&r->feed);
            r->in_capture = false;
            break;
        case PZ_STREAM_END:
            drop_rest(r, false);
            return PZ_READ_DONE;
        }
        if (!sink->tick(sink->context, r->feed.offset, r->feed.ledger->records))
            return PZ_READ_STOPPED;
    }
}

enum pz_read_status pz_capture_read(struct pz_input *input, enum pz_inflater inflater, const struct pz_sink *sink,
                                    struct pz_ledger *ledger)
{
    struct reader r = {.stream = pz_stream_open(input, inflater), .buffer = pz_alloc(BUFFER_BYTES + RECORD_MAX)};
    pz_feed_init(&r.feed, sink, ledger);

    /* Members may be as short as one wants: read on until there is a header's worth. */
    struct pz_stream_read got = fill(&r);
    while (r.nbytes < FILE_HEADER && got.event == PZ_STREAM_MEMBER_END)
        got = fill(&r);

    enum pz_read_status status;
    enum kind kind = read_file_header(r.buffer, r.nbytes, &r.format);
    bool broken = got.event == PZ_STREAM_BROKEN && r.nbytes < sizeof(uint32_t); /* too early to tell what it was */
    if (pz_stream_distrusted(r.stream))
        status = PZ_READ_DISTRUSTED;
    else if (kind == KIND_RARE)
        status = pz_read_rare(r.stream, r.buffer, r.nbytes, got, &r.feed);
    else if (kind == KIND_NONE && !broken)
        status = PZ_READ_NO_CAPTURE;
    else
        status = read_pcap(&r, got);
    pz_feed_flush(&r.feed);

    if (status == PZ_READ_DONE && pz_input_filter_failed(input))
        pz_feed_damage(&r.feed, PZ_DAMAGE_FILTER_FAILED);
    if (status == PZ_READ_DONE && pz_input_changed(input))
        pz_feed_damage(&r.feed, PZ_DAMAGE_CHANGED);
    pz_stream_free(r.stream);
    free(r.buffer);
    return status;
}
