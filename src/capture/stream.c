/* SPDX-License-Identifier: BSD-2-Clause */
/* Decompresses a file member by member with the codec that the first bytes of each member ask for. Where a member is
 * corrupt, the bytes after it are searched for the next member's header. The last data before an error are held back
 * until it is known whether the member really ends there. */
#include "capture/stream.h"

#include "capture/container.h"

#include <stdlib.h>
#include <string.h>

/* How a member that was cut short is kept from destroying the one after it
 *
 * A decoder doesn't notice at once that its member has ended and another begins: it takes the bytes of the next one for
 * its own, and most often stumbles some ten thousand bytes later. So where inside a member another one seems to begin,
 * what comes from there on is held back, until the decoder has gone on for HOLD_IN bytes, or has given HOLD_OUT bytes,
 * or has ended with the right checksum: then these were bytes of a member within a member (a payload that is a
 * compressed file), and what was held is given. If it stumbles before, its member was cut short at that place; what was
 * held is dropped, and the other member is read from its start.
 *
 * Work for nothing (what was dropped, trials) is at most SPENT_MIN, and SPENT_RATE for each byte of the file; a file
 * that asks for more was made to do so, and is read without looking for members within members. */
enum {
    IN_BYTES = 1 << 20, /* large sequential reads are what Lustre and GPFS are built for */
    STEP = 1 << 18,     /* of input, that the codec gets at once; with PROBE_BYTES less than half of IN_BYTES */
    HOLD_IN = 1 << 20,
    HOLD_OUT = 8 << 20,
    HOLD_STEP = 1 << 16,
    SPENT_MIN = 64 << 20,
    SPENT_RATE = 8,
    PROBE_BYTES = 1 << 17, /* of a member's beginning that are looked at: a block of zstd */
    GZIP_HEADER = 1 << 17  /* of a gzip header, bytes that are searched */
};

enum place { AT_START, AT_MEMBER, IN_MEMBER, IN_PLAIN, LOST, AT_END };

struct pz_stream {
    struct pz_input *input;
    const struct pz_codec *gzip;
    const struct pz_container *container; /* of the present member */
    const struct pz_codec *codec;         /* its own */
    void *state;                          /* of `codec` */
    enum place place;
    bool distrusted;
    bool ended, unreadable; /* no more of the file will be read: at its end, after an error */
    uint8_t *in;
    size_t room, at, end; /* of what was read and not yet consumed */
    uint64_t nread;
    uint64_t begin;     /* byte of the file at which the present member begins */
    uint64_t clear;     /* up to this byte, no other begins within it */
    uint64_t believed;  /* at this byte, one seems to begin */
    uint64_t spent;     /* work for nothing, in bytes */
    uint64_t padding;   /* zeros after members */
    uint64_t passed;    /* bytes passed over that the reader hasn't heard of yet */
    struct pz_buf held; /* what the decoder gave from `mark` on, */
    size_t given;       /* how much of it was given on since it proved right, */
    bool held_end;      /* and whether the member ends with it */
    size_t mark;        /* where in `in` a member seems to begin; only while holding */
    bool holding;
};

/* Tries to have `n` bytes ahead, n <= IN_BYTES / 2; returns how many there are. */
static size_t ahead(struct pz_stream *s, size_t n)
{
    struct pz_error error;
    while (s->end - s->at < n && !s->ended) {
        size_t from = s->holding && s->mark < s->at ? s->mark : s->at;
        memmove(s->in, s->in + from, s->end - from);
        s->end -= from;
        s->at -= from;
        s->mark -= s->holding ? from : 0;
        if (s->end > s->room / 2)
            s->in = pz_realloc(s->in, s->room *= 2); /* only while holding */
        ssize_t got = pz_input_read(s->input, s->in + s->end, s->room - s->end, &error);
        s->unreadable = got < 0;
        s->ended = got <= 0; /* once and for all, though the file may grow */
        s->end += got > 0 ? (size_t)got : 0;
        s->nread += got > 0 ? (uint64_t)got : 0;
    }
    return s->end - s->at;
}

uint64_t pz_stream_offset(const struct pz_stream *s)
{
    return s->nread - (s->end - s->at);
}

/* Whether work for nothing may go on. */
static bool may_spend(const struct pz_stream *s)
{
    return s->spent < SPENT_MIN + SPENT_RATE * s->nread;
}

static void use_codec(struct pz_stream *s, const struct pz_codec *codec)
{
    if (s->codec != codec) {
        if (s->codec)
            s->codec->destroy(s->state);
        s->codec = codec;
        s->state = codec->create();
    } else {
        codec->reset(s->state);
    }
}

/* Goes on to the next place where a member begins, or to the end. */
static void resync(struct pz_stream *s)
{
    uint64_t from = pz_stream_offset(s);
    s->at += from == s->begin; /* a member that gave nothing isn't tried again */
    s->place = AT_END;
    while (s->place == AT_END && ahead(s, PZ_CONTAINER_HEAD)) {
        const struct pz_container *found = NULL;
        size_t n = s->end - s->at, skip = pz_probe_any(s->in + s->at, n, &found);
        if (!found) {
            /* The last few bytes may be the beginning of one, more of which is to come. */
            size_t kept = s->ended || n < PZ_CONTAINER_HEAD ? 0 : PZ_CONTAINER_HEAD - 1;
            s->at += n - kept;
            continue;
        }
        s->at += skip;
        n = ahead(s, PROBE_BYTES);
        if (may_spend(s) && pz_probe_try(found, s->in + s->at, n < PROBE_BYTES ? n : PROBE_BYTES, &s->spent))
            s->place = AT_MEMBER;
        else
            s->at++;
    }
    s->passed += pz_stream_offset(s) - from;
}

static struct pz_stream_read broken(struct pz_stream *s, size_t nbytes, enum pz_damage_reason reason)
{
    struct pz_stream_read read = {.nbytes = nbytes, .event = PZ_STREAM_BROKEN};
    s->distrusted = !pz_stream_proven(s);
    bool corrupt = reason == PZ_DAMAGE_CORRUPT || reason == PZ_DAMAGE_WINDOW;
    read.reason = s->unreadable && !corrupt ? PZ_DAMAGE_UNREADABLE : reason;
    read.member_too = reason == PZ_DAMAGE_CORRUPT && s->codec->late;
    /* Search on only when the reader comes back, so that the offset it asks for is that of the damage. */
    s->place = corrupt || reason == PZ_DAMAGE_TRAILING ? LOST : AT_END;
    return read;
}

static struct pz_stream_read read_plain(struct pz_stream *s, uint8_t *to, size_t nbytes)
{
    size_t done = 0;
    while (done < nbytes && ahead(s, 1)) {
        size_t n = s->end - s->at < nbytes - done ? s->end - s->at : nbytes - done;
        memcpy(to + done, s->in + s->at, n);
        s->at += n;
        done += n;
    }
    if (s->unreadable)
        return broken(s, done, PZ_DAMAGE_UNREADABLE);
    return (struct pz_stream_read){.nbytes = done, .event = done < nbytes ? PZ_STREAM_END : PZ_STREAM_MORE};
}

/* Looks for a member that begins within the next `n` bytes of the present one; returns where, or `n`. */
static size_t find_within(struct pz_stream *s, size_t n)
{
    while (may_spend(s)) {
        uint64_t offset = pz_stream_offset(s);
        bool last = s->ended && n == s->end - s->at;
        size_t from = s->clear > offset ? (size_t)(s->clear - offset) : 0;
        size_t at = from < n ? from + pz_probe_next(s->container, s->in + s->at + from, n - from, last) : n;
        s->clear = offset + at;
        if (at >= n || s->clear == s->believed)
            return at;
        size_t there = ahead(s, at + PROBE_BYTES) - at;
        there = there < PROBE_BYTES ? there : PROBE_BYTES;
        if (pz_probe_next(s->container, s->in + s->at + at, there, true) == 0 &&
            pz_probe_try(s->container, s->in + s->at + at, there, &s->spent)) {
            s->believed = s->clear;
            return at;
        }
        s->clear++;
    }
    return n;
}

/* Runs the codec on `n` bytes; false if the input has ended and it can't go on. */
static bool run_codec(struct pz_stream *s, struct pz_codec_io *io, size_t n, enum pz_codec_status *status)
{
    size_t room = io->out_left;
    bool moved = false;
    io->in = s->in + s->at;
    io->in_left = n;
    /* Twice: it may have to find out first that no output was left over from the run before. */
    for (int i = 0; i < 2 && !moved; i++) {
        *status = s->codec->run(s->state, io);
        moved = *status != PZ_CODEC_MORE || io->in_left < n || io->out_left < room;
    }
    s->at = (size_t)(io->in - s->in);
    return moved || !s->ended;
}

/* Decompresses on from a place `skip` bytes ahead, where a member seems to begin, and holds back what comes. Returns
 * whether the present member goes on there; else the stream is at that place. */
static bool goes_on(struct pz_stream *s, size_t skip)
{
    enum pz_codec_status status = PZ_CODEC_MORE;
    bool able = true;
    uint64_t from = pz_stream_offset(s);
    s->holding = true;
    s->mark = s->at + skip;
    while (status == PZ_CODEC_MORE && able && pz_stream_offset(s) < from + HOLD_IN && s->held.nbytes < HOLD_OUT) {
        size_t n = ahead(s, PZ_CODEC_AHEAD);
        struct pz_codec_io io = {.out = pz_buf_extend(&s->held, HOLD_STEP), .out_left = HOLD_STEP};
        able = run_codec(s, &io, n, &status);
        s->held.nbytes -= io.out_left;
    }
    s->holding = false;
    s->clear = pz_stream_offset(s);
    s->held_end = status == PZ_CODEC_END;
    if (s->held_end || (status == PZ_CODEC_MORE && able))
        return true;
    s->spent += pz_stream_offset(s) - from + s->held.nbytes;
    s->at = s->mark;
    pz_buf_release(&s->held);
    return false;
}

/* Of what was held, as much as there is room for. */
static struct pz_stream_read give_held(struct pz_stream *s, uint8_t *to, size_t nbytes)
{
    size_t left = s->held.nbytes - s->given, n = left < nbytes ? left : nbytes;
    memcpy(to, s->held.bytes + s->given, n);
    s->given += n;
    if (n < left)
        return (struct pz_stream_read){.nbytes = n, .event = PZ_STREAM_MORE};
    bool end = s->held_end;
    pz_buf_release(&s->held);
    s->given = 0;
    s->held_end = false;
    s->place = end ? AT_MEMBER : IN_MEMBER;
    return (struct pz_stream_read){.nbytes = n, .event = end ? PZ_STREAM_MEMBER_END : PZ_STREAM_MORE};
}

static struct pz_stream_read read_member(struct pz_stream *s, uint8_t *to, size_t nbytes)
{
    if (s->held.nbytes || s->held_end)
        return give_held(s, to, nbytes);
    struct pz_codec_io io = {.out = to, .out_left = nbytes};
    enum pz_codec_status status = PZ_CODEC_MORE;
    bool able = true;
    while (status == PZ_CODEC_MORE && io.out_left && able) {
        size_t n = ahead(s, PZ_CODEC_AHEAD), room = io.out_left;
        n = n < STEP ? n : STEP;
        size_t before = s->codec->authority ? find_within(s, n) : n;
        able = run_codec(s, &io, before, &status);
        if (before == n || status != PZ_CODEC_MORE || io.in_left < before || io.out_left < room)
            continue;
        size_t done = nbytes - io.out_left;
        if (goes_on(s, before))
            return (struct pz_stream_read){.nbytes = done, .event = PZ_STREAM_MORE};
        struct pz_stream_read torn = broken(s, done, PZ_DAMAGE_TORN);
        torn.reason = PZ_DAMAGE_TORN;
        s->place = AT_MEMBER;
        return torn;
    }
    struct pz_stream_read read = {.nbytes = nbytes - io.out_left, .event = PZ_STREAM_MORE};
    switch (status) {
    case PZ_CODEC_END:
        s->place = AT_MEMBER;
        read.event = PZ_STREAM_MEMBER_END;
        return read;
    case PZ_CODEC_CHECKSUM:
        s->place = AT_MEMBER;
        s->distrusted = !s->codec->authority;
        read.event = PZ_STREAM_CHECKSUM;
        read.reason = PZ_DAMAGE_CHECKSUM;
        return read;
    case PZ_CODEC_CORRUPT:
        return broken(s, read.nbytes, PZ_DAMAGE_CORRUPT);
    case PZ_CODEC_WINDOW:
        read = broken(s, read.nbytes, PZ_DAMAGE_WINDOW);
        read.window = io.window;
        return read;
    case PZ_CODEC_MORE:
        break;
    }
    if (able)
        return read;
    s->at = s->end;
    return broken(s, read.nbytes, PZ_DAMAGE_TORN);
}

/* At the start of a member: goes to where its codec begins. False if its header is cut short, with what that is. */
static bool begin_codec(struct pz_stream *s, struct pz_stream_read *torn)
{
    s->begin = pz_stream_offset(s);
    s->clear = s->begin + 1;
    if (s->container->codec != &pz_codec_zlib) {
        use_codec(s, s->container->codec);
        s->place = IN_MEMBER;
        return true;
    }
    size_t n = ahead(s, GZIP_HEADER), header = n < 10 ? n : pz_gzip_header(s->in + s->at, n);
    size_t next = find_within(s, header);
    s->at += next;
    if (next == header && header < n) {
        use_codec(s, s->gzip);
        s->place = IN_MEMBER;
        return true;
    }
    *torn = broken(s, 0, PZ_DAMAGE_TORN);
    if (next < header) {
        torn->reason = PZ_DAMAGE_TORN;
        s->place = AT_MEMBER;
    }
    return false;
}

static void skip_padding(struct pz_stream *s)
{
    for (size_t n; (n = ahead(s, 1));) {
        size_t zeros = 0;
        while (zeros < n && !s->in[s->at + zeros])
            zeros++;
        s->at += zeros;
        s->padding += zeros;
        if (zeros < n)
            break;
    }
}

/* Decides, at the start of the file or after a member, what comes; true if there is something to read on with. */
static bool begin_member(struct pz_stream *s, struct pz_stream_read *result)
{
    bool torn, start = s->place == AT_START;
    if (!start)
        skip_padding(s);
    size_t n = ahead(s, PZ_CONTAINER_HEAD);
    const uint8_t *b = s->in + s->at;
    s->container = pz_container_member(b, n, start, &torn);
    if (s->container)
        return begin_codec(s, result);
    if (torn && (!start || n > 2 || b[0] == 0x1f)) { /* other files of a byte or two may be anything */
        s->at += n;
        *result = broken(s, 0, PZ_DAMAGE_TORN);
    } else if (start) {
        s->place = IN_PLAIN;
        return true;
    } else if (n == 0 && !s->unreadable) {
        s->place = AT_END;
        *result = (struct pz_stream_read){.event = PZ_STREAM_END};
    } else {
        *result = broken(s, 0, PZ_DAMAGE_TRAILING);
    }
    return false;
}

struct pz_stream_read pz_stream_read(struct pz_stream *s, uint8_t *to, size_t nbytes)
{
    struct pz_stream_read result = {.event = PZ_STREAM_END};
    if (s->place == LOST)
        resync(s);
    bool between = s->place == AT_START || s->place == AT_MEMBER;
    if (s->place != AT_END && (!between || begin_member(s, &result)))
        result = s->place == IN_PLAIN ? read_plain(s, to, nbytes) : read_member(s, to, nbytes);
    result.passed = s->passed;
    s->passed = 0;
    return result;
}

struct pz_stream *pz_stream_open(struct pz_input *input, enum pz_inflater inflater)
{
    struct pz_stream *s = pz_alloc(sizeof *s);
    s->input = input;
    s->gzip = pz_codec_gzip(inflater);
    s->room = IN_BYTES;
    s->in = pz_alloc(s->room);
    return s;
}

uint64_t pz_stream_padding(const struct pz_stream *s)
{
    return s->padding;
}

bool pz_stream_distrusted(const struct pz_stream *s)
{
    return s->distrusted;
}

bool pz_stream_proven(const struct pz_stream *s)
{
    return s->place != IN_MEMBER || s->codec->authority;
}

void pz_stream_free(struct pz_stream *s)
{
    if (s->codec)
        s->codec->destroy(s->state);
    pz_buf_release(&s->held);
    free(s->in);
    free(s);
}
