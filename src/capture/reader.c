/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks pcap records in a buffer of decompressed data. A record is plausible by its lengths and its time; where one
 * isn't, the reader notes the damage and searches for the next place from which several records follow one another.
 * Members of a file are read one after the other, whether a capture goes on in the next member or begins anew. */
#include "capture/reader.h"

#include "capture/batcher.h"
#include "capture/format.h"
#include "capture/pcapng.h"
#include "capture/stream.h"

#include <stdlib.h>

enum {
    BUFFER_BYTES = 1 << 18, /* decompressed at a time: half of a second-level cache */
    RECORD_HEADER = 16,     /* https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html, section 5 */
    RECORD_MAX = 262144,    /* bytes: no snapshot is longer; libpcap refuses longer records too */
};

_Static_assert(BUFFER_BYTES + RECORD_MAX >= PZ_BLOCK_MAX, "a block must fit into the buffer");

struct reader {
    struct pz_input *input;
    struct pz_stream *stream;
    struct pz_batcher batcher;
    struct pz_format format;
    struct pz_pcapng pcapng;
    uint8_t *buffer;
    size_t nbytes;   /* in the buffer, not yet walked */
    size_t joint;    /* where in the buffer the bytes of a new member begin; 0 is not looked at */
    bool in_capture; /* a file header was read and records follow */
    bool any;        /* some file header was read */
    bool last;       /* what is in the buffer is the last of its kind */
    bool lost;       /* no record can be found until a file header comes again */
    bool told;       /* the damage log knows why what is left in the buffer is no whole record */
    bool resuming;   /* after damage: the next records may lie anywhere */
    bool whole;      /* no more bytes of this member come */
    bool rare;       /* from here on it is for libpcap to read */
};

/* Walks whole records; returns how many bytes they took. Stops, with `odd` set, before what may be no record: a file
 * header, read as a record, has no bytes (its time zone is 0). `sure`: the first is one, however odd. */
static inline __attribute__((always_inline)) size_t walk_records(struct reader *r, const uint8_t *b, size_t n,
                                                                 bool swapped, bool nano, bool sure, bool *odd)
{
    const uint32_t second = nano ? 1000000000u : 1000000u;
    size_t at = 0;
    while (n - at >= RECORD_HEADER) {
        uint32_t sec = pz_format_u32(b + at, swapped), fraction = pz_format_u32(b + at + 4, swapped);
        size_t captured = pz_format_u32(b + at + 8, swapped);
        bool strange = (captured - 1 >= RECORD_MAX) | (fraction >= second);
        if (__builtin_expect(strange, 0)) {
            if (!sure) {
                *odd = true;
                return at;
            }
            if (fraction >= second && n - at - RECORD_HEADER >= captured) {
                pz_batcher_fraction(&r->batcher, sec, b + at + RECORD_HEADER);
                fraction = second - 1;
            }
        }
        if (n - at - RECORD_HEADER < captured)
            break;
        int64_t usec = (int64_t)sec * PZ_USEC_PER_SECOND + (nano ? fraction / 1000 : fraction);
        pz_batcher_record_within(&r->batcher, usec, b + at + RECORD_HEADER, captured, n - at - RECORD_HEADER);
        at += RECORD_HEADER + captured;
        sure = false;
    }
    *odd = false;
    return at;
}

/* A file header begins at `at`, and `format` is what it says. Returns how many bytes of it are walked. */
static size_t begin_capture(struct reader *r, const uint8_t *at)
{
    bool pcapng = r->format.kind == PZ_FORMAT_PCAPNG;
    uint32_t *mark = &r->batcher.log->synthetic;
    *mark = r->any ? pz_synthetic_join(*mark, r->format.synthetic) : r->format.synthetic;
    r->in_capture = r->any = true;
    r->lost = r->resuming = false;
    r->batcher.header_nbytes = pcapng ? PZ_PACKET_BLOCK_FRONT : RECORD_HEADER;
    if (pcapng)
        pz_pcapng_begin(&r->pcapng);
    else
        pz_batcher_link_type(&r->batcher, r->format.link_type, at);
    return pcapng ? 0 : PZ_FORMAT_HEADER;
}

static size_t walk_some(struct reader *r, const uint8_t *b, size_t n, bool sure, bool *odd)
{
    if (r->format.kind == PZ_FORMAT_PCAPNG)
        return pz_pcapng_walk(&r->pcapng, &r->batcher, b, n, r->last, odd);
    if (r->format.swapped)
        return r->format.nano ? walk_records(r, b, n, true, true, sure, odd)
                              : walk_records(r, b, n, true, false, sure, odd);
    return r->format.nano ? walk_records(r, b, n, false, true, sure, odd)
                          : walk_records(r, b, n, false, false, sure, odd);
}

/* Records, and file headers between them (captures joined by cat); returns how many bytes were walked. */
static size_t walk(struct reader *r, const uint8_t *b, size_t n)
{
    bool sure = false, odd;
    for (size_t at = 0;;) {
        at += walk_some(r, b + at, n - at, sure, &odd);
        if (!odd)
            return at;
        struct pz_format format = pz_format_of(b + at, n - at);
        switch (format.kind) {
        case PZ_FORMAT_PCAP:
        case PZ_FORMAT_PCAPNG:
            r->format = format;
            at += begin_capture(r, b + at);
            sure = false;
            break;
        case PZ_FORMAT_RARE:
            r->rare = true;
            return at;
        case PZ_FORMAT_SHORT:
            return at; /* look again with more bytes */
        case PZ_FORMAT_NONE:
            if (pz_format_u32(b + at + 8, r->format.swapped) > RECORD_MAX) {
                pz_batcher_damage(&r->batcher, PZ_DAMAGE_RECORD_ABSURD, b + at);
                r->lost = true;
                return n;
            }
            sure = true; /* a record after all: the batcher judges its time */
        }
    }
}

static void forget(struct reader *r, size_t nbytes)
{
    r->nbytes -= nbytes;
    memmove(r->buffer, r->buffer + nbytes, r->nbytes);
    r->batcher.content_end -= nbytes;
}

static bool in_pcapng(const struct reader *r)
{
    return r->in_capture && r->format.kind == PZ_FORMAT_PCAPNG;
}

/* Nothing can be read before a file header or a section header comes. */
static bool is_lost(const struct reader *r)
{
    return r->lost || (in_pcapng(r) && r->pcapng.lost);
}

/* The first `nbytes` in the buffer will never be a whole record. */
static void give_up(struct reader *r, size_t nbytes)
{
    bool none = !r->in_capture && !pz_capture_magic(r->buffer, nbytes);
    bool open = nbytes || (in_pcapng(r) && r->pcapng.long_length);
    if (open && !r->told && !is_lost(r) && !r->resuming)
        pz_batcher_damage(&r->batcher, none ? PZ_DAMAGE_NOT_PCAP : PZ_DAMAGE_RECORD_TORN, r->buffer);
    forget(r, nbytes);
}

/* After damage, where the member that comes goes on with the capture before. Returns how many bytes are to be passed
 * over. */
static size_t find_records(struct reader *r)
{
    if (r->format.kind == PZ_FORMAT_PCAPNG) {
        pz_pcapng_lose(&r->pcapng);
        r->in_capture = true;
        r->resuming = r->lost = false;
        return 0;
    }
    size_t at = pz_records_find(r->buffer, r->nbytes, r->format.swapped, r->format.nano, r->whole);
    if (at < r->nbytes) {
        r->in_capture = true;
        r->resuming = r->lost = false;
        return at;
    }
    if (r->nbytes > BUFFER_BYTES) /* one may begin here whose next lie beyond */
        forget(r, r->nbytes - BUFFER_BYTES / 2);
    return 0;
}

/* Where a file header must come first: at the start, and after damage. Returns how many bytes were walked. */
static size_t walk_file_header(struct reader *r)
{
    if (r->nbytes < PZ_FORMAT_HEADER)
        return 0;
    struct pz_format format = pz_format_of(r->buffer, r->nbytes);
    switch (format.kind) {
    case PZ_FORMAT_PCAP:
    case PZ_FORMAT_PCAPNG:
        r->format = format;
        return begin_capture(r, r->buffer);
    case PZ_FORMAT_RARE:
        r->rare = true;
        return 0;
    case PZ_FORMAT_SHORT:
    case PZ_FORMAT_NONE:
        break;
    }
    if (r->resuming)
        return find_records(r);
    if (!r->lost)
        pz_batcher_damage(&r->batcher, PZ_DAMAGE_NOT_PCAP, r->buffer);
    r->in_capture = r->lost = true;
    return 0;
}

/* Whether the member that begins in the buffer doesn't go on with a record that the one before it left open. */
static bool is_new_capture(const struct reader *r)
{
    enum pz_format_kind kind = pz_format_of(r->buffer + r->joint, r->nbytes - r->joint).kind;
    return kind == PZ_FORMAT_PCAP || kind == PZ_FORMAT_PCAPNG;
}

/* Walks what the buffer holds and keeps the rest. */
static void walk_buffer(struct reader *r)
{
    if (r->joint && is_new_capture(r)) {
        give_up(r, r->joint);
        r->in_capture = false;
    }
    r->joint = 0;
    size_t walked = r->in_capture ? 0 : walk_file_header(r);
    if (!r->in_capture || r->rare)
        return;
    walked = r->lost ? r->nbytes : walked + walk(r, r->buffer + walked, r->nbytes - walked);
    r->told = r->told && walked == 0;
    forget(r, walked);
}

static struct pz_stream_read fill(struct reader *r)
{
    struct pz_stream_read got = pz_stream_read(r->stream, r->buffer + r->nbytes, BUFFER_BYTES + RECORD_MAX - r->nbytes);
    r->nbytes += got.nbytes;
    r->batcher.offset = pz_stream_offset(r->stream);
    r->batcher.content += got.nbytes;
    r->batcher.content_end = r->buffer + r->nbytes;
    r->whole = got.event != PZ_STREAM_MORE;
    if (got.passed)
        pz_batcher_passed(&r->batcher, got.passed);
    return got;
}

static void end_member(struct reader *r)
{
    pz_batcher_new_member(&r->batcher);
    if (r->lost) {
        r->nbytes = 0;
        r->in_capture = false; /* the next one may begin with a header */
    }
    r->joint = r->nbytes;
}

/* What comes next, if anything, does not continue what came before. */
static void break_off(struct reader *r, const struct pz_stream_read *got)
{
    pz_batcher_damage(&r->batcher, got->reason, NULL);
    if (got->member_too)
        pz_batcher_doubt_member(&r->batcher);
    if (got->window && r->batcher.break_entry < PZ_DAMAGE_LOG_ENTRIES)
        r->batcher.log->entries[r->batcher.break_entry].window = got->window;
    r->told = true;
    give_up(r, r->nbytes);
    pz_batcher_new_member(&r->batcher);
    r->in_capture = r->told = false;
    r->resuming = r->any;
}

static enum pz_read_status read_all(struct reader *r)
{
    const struct pz_sink *sink = r->batcher.sink;
    for (;;) {
        struct pz_stream_read got = fill(r);
        if (pz_stream_distrusted(r->stream))
            return PZ_READ_DISTRUSTED;
        r->last = got.event == PZ_STREAM_END || got.event == PZ_STREAM_BROKEN;
        walk_buffer(r);
        if (r->rare)
            return pz_read_with_libpcap(r->input, r->stream, r->buffer, r->nbytes, got, &r->batcher);
        switch (got.event) {
        case PZ_STREAM_MORE:
            /* A long member that is not a capture: its end is not waited for. */
            if (is_lost(r) && r->batcher.log->link_type == PZ_NO_LINK)
                return pz_stream_proven(r->stream) ? PZ_READ_DONE : PZ_READ_DISTRUSTED;
            break;
        case PZ_STREAM_CHECKSUM:
            pz_batcher_damage_member(&r->batcher, got.reason, r->nbytes > 0);
            r->told = r->nbytes > 0;
            end_member(r);
            break;
        case PZ_STREAM_MEMBER_END:
            end_member(r);
            break;
        case PZ_STREAM_BROKEN:
            break_off(r, &got);
            break;
        case PZ_STREAM_END:
            give_up(r, r->nbytes);
            pz_batcher_swallowed(&r->batcher);
            return PZ_READ_DONE;
        }
        if (!sink->tick(sink->context, pz_input_offset(r->input), r->batcher.log->records))
            return PZ_READ_STOPPED;
    }
}

enum pz_read_status pz_capture_read(struct pz_input *input, enum pz_inflater inflater, const struct pz_sink *sink,
                                    struct pz_damage_log *log)
{
    /* Standard input can't be read again, so it is read with zlib from the start. */
    inflater = pz_input_passing(input) ? PZ_INFLATER_ZLIB : inflater;
    struct reader r = {
        .input = input, .stream = pz_stream_open(input, inflater), .buffer = pz_alloc(BUFFER_BYTES + RECORD_MAX)};
    pz_batcher_init(&r.batcher, sink, log);
    enum pz_read_status status = read_all(&r);
    pz_batcher_end(&r.batcher);
    log->padding = pz_stream_padding(r.stream);
    if (status == PZ_READ_DONE) {
        if (pz_input_filter_failed(input))
            pz_batcher_damage_file(&r.batcher, PZ_DAMAGE_FILTER_FAILED);
        else if (!r.any && log->link_type == PZ_NO_LINK && log->counts[PZ_DAMAGE_NOT_PCAP])
            status = PZ_READ_NO_CAPTURE;
        if (pz_input_changed(input))
            pz_batcher_damage_file(&r.batcher, PZ_DAMAGE_CHANGED);
        if (!r.any && log->link_type == PZ_NO_LINK && !pz_damage_log_damaged(log))
            pz_batcher_damage_file(&r.batcher, PZ_DAMAGE_EMPTY);
    }
    pz_batcher_release(&r.batcher);
    pz_pcapng_release(&r.pcapng);
    pz_stream_free(r.stream);
    free(r.buffer);
    return status;
}

enum pz_read_status pz_capture_read_file(const struct pz_capture_file *file, const struct pz_sink *sink,
                                         struct pz_damage_log *log, struct pz_input **input, struct pz_error *error)
{
    enum pz_read_status status = PZ_READ_DISTRUSTED;
    for (enum pz_inflater inflater = file->inflater; status == PZ_READ_DISTRUSTED; inflater = PZ_INFLATER_ZLIB) {
        sink->begin(sink->context);
        pz_damage_log_release(log);
        pz_damage_log_init(log);
        *input = pz_input_open(file->path, file->decode, error);
        if (!*input)
            return PZ_READ_UNOPENED;
        if (file->expect && !pz_input_passing(*input))
            pz_input_expect(*input, file->expect);
        status = pz_capture_read(*input, inflater, sink, log);
        if (status == PZ_READ_DISTRUSTED)
            pz_input_free(*input);
    }
    return status;
}
