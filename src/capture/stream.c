#include "capture/stream.h"

#include <stdlib.h>
#include <string.h>

/* Large sequential reads are what Lustre and GPFS are built for. */
enum { IN_BYTES = 1 << 20, PROBE_BYTES = 4096 };

/* Flags of a gzip header, RFC 1952 section 2.3.1. */
enum { FHCRC = 0x02, FEXTRA = 0x04, FNAME = 0x08, FCOMMENT = 0x10, FRESERVED = 0xe0 };

enum place { AT_START, AT_MEMBER, IN_MEMBER, IN_PLAIN, LOST, AT_END };

struct pz_stream {
    struct pz_input *input;
    const struct pz_codec *gzip;
    const struct pz_codec *codec; /* of the present member */
    void *state;                  /* of `codec` */
    enum place place;
    bool distrusted;
    bool ended, unreadable; /* no more of the file will be read: at its end, after an error */
    uint8_t *in;
    size_t at, end; /* of what was read and not yet consumed */
    uint64_t nread;
};

/* Tries to have `n` bytes ahead, n <= IN_BYTES / 2; returns how many there are. */
static size_t ahead(struct pz_stream *s, size_t n)
{
    struct pz_error error;
    while (s->end - s->at < n && !s->ended) {
        memmove(s->in, s->in + s->at, s->end - s->at);
        s->end -= s->at;
        s->at = 0;
        ssize_t got = pz_input_read(s->input, s->in + s->end, IN_BYTES - s->end, &error);
        s->unreadable = got < 0;
        s->ended = got <= 0; /* once and for all, though the file may grow */
        s->end += got > 0 ? (size_t)got : 0;
        s->nread += got > 0 ? (uint64_t)got : 0;
    }
    return s->end - s->at;
}

static int next_byte(struct pz_stream *s)
{
    return ahead(s, 1) ? s->in[s->at++] : -1;
}

static bool is_gzip(const uint8_t *b, size_t n)
{
    return n >= 4 && b[0] == 0x1f && b[1] == 0x8b && b[2] == 8 && !(b[3] & FRESERVED);
}

/* Whether the file ends with too few bytes to be sure, and these are how a gzip member begins. */
static bool is_gzip_torn(const uint8_t *b, size_t n)
{
    static const uint8_t magic[] = {0x1f, 0x8b, 8};
    return n > 0 && n < 4 && memcmp(b, magic, n) == 0;
}

static bool is_zstd(const uint8_t *b, size_t n)
{
    return n >= 4 && (pz_get_le32(b) == 0xfd2fb528 || (pz_get_le32(b) & 0xfffffff0) == 0x184d2a50);
}

bool pz_stream_decompresses(const uint8_t *b, size_t n)
{
    return is_gzip(b, n) || (is_zstd(b, n) && pz_codec_for_zstd());
}

bool pz_capture_magic(const uint8_t *b, size_t n)
{
    /* us, ns and Kuznetzov's modified pcap in either byte order; pcapng's section header. */
    static const uint32_t magics[] = {0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34, 0xd4c3b2a1,
                                      0x4d3cb2a1, 0x34cdb2a1, 0x0a0d0d0a};
    for (size_t i = 0; n >= 4 && i < sizeof magics / sizeof *magics; i++)
        if (pz_get_le32(b) == magics[i])
            return true;
    return false;
}

/* Reads a gzip header; false if the file ends inside it. */
static bool skip_gzip_header(struct pz_stream *s)
{
    if (ahead(s, 10) < 10)
        return false;
    int flags = s->in[s->at + 3];
    s->at += 10;
    if (flags & FEXTRA) {
        int low = next_byte(s), high = next_byte(s);
        for (int left = high < 0 ? 0 : low | high << 8; left > 0; left--)
            if (next_byte(s) < 0)
                return false;
        if (high < 0)
            return false;
    }
    for (int texts = !!(flags & FNAME) + !!(flags & FCOMMENT); texts > 0; texts--)
        for (int c; (c = next_byte(s)) != 0;)
            if (c < 0)
                return false;
    return !(flags & FHCRC) || (next_byte(s) >= 0 && next_byte(s) >= 0);
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

/* Bytes of the gzip header at `b`, or `n` if it doesn't end there. */
static size_t gzip_header_length(const uint8_t *b, size_t n)
{
    size_t at = 10;
    if (b[3] & FEXTRA)
        at += n >= 12 ? 2u + pz_get_le16(b + 10) : n;
    for (int texts = !!(b[3] & FNAME) + !!(b[3] & FCOMMENT); texts > 0; texts--) {
        while (at < n && b[at])
            at++;
        at++;
    }
    at += b[3] & FHCRC ? 2 : 0;
    return at < n ? at : n;
}

/* Whether the gzip member at `b` decompresses to something that begins as a capture. */
static bool begins_capture(const uint8_t *b, size_t n)
{
    if (!is_gzip(b, n))
        return false;
    size_t at = gzip_header_length(b, n);
    uint8_t out[4];
    void *state = pz_codec_zlib.create();
    struct pz_codec_io io = {b + at, n - at, out, sizeof out};
    pz_codec_zlib.run(state, &io);
    pz_codec_zlib.destroy(state);
    return pz_capture_magic(out, sizeof out - io.out_left);
}

/* Goes on to the next gzip member that begins with a capture, or to the end. */
static void resync(struct pz_stream *s)
{
    while (ahead(s, PROBE_BYTES) >= 18) {
        const uint8_t *from = s->in + s->at;
        const uint8_t *found = memchr(from, 0x1f, s->end - s->at);
        s->at = found ? (size_t)(found - s->in) : s->end;
        if (!found)
            continue;
        size_t n = ahead(s, PROBE_BYTES);
        if (begins_capture(s->in + s->at, n < PROBE_BYTES ? n : PROBE_BYTES)) {
            s->place = AT_MEMBER;
            return;
        }
        s->at++;
    }
    s->at = s->end;
    s->place = AT_END;
}

static struct pz_stream_read broken(struct pz_stream *s, size_t nbytes, enum pz_damage_reason reason)
{
    s->distrusted = !pz_stream_proven(s);
    if (reason == PZ_DAMAGE_TORN)
        s->at = s->end;
    if (s->unreadable && reason != PZ_DAMAGE_CORRUPT)
        reason = PZ_DAMAGE_UNREADABLE;
    /* Search on only when the reader comes back, so that the offset it asks for is that of the damage. */
    bool more = reason == PZ_DAMAGE_CORRUPT || reason == PZ_DAMAGE_TRAILING;
    s->place = more ? LOST : AT_END;
    return (struct pz_stream_read){nbytes, PZ_STREAM_BROKEN, reason};
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
    return (struct pz_stream_read){done, done < nbytes ? PZ_STREAM_END : PZ_STREAM_MORE, 0};
}

static struct pz_stream_read read_member(struct pz_stream *s, uint8_t *to, size_t nbytes)
{
    struct pz_codec_io io = {.out = to, .out_left = nbytes};
    enum pz_codec_status status = PZ_CODEC_MORE;
    bool ended = false;
    while (status == PZ_CODEC_MORE && io.out_left && !ended) {
        if (!ahead(s, 1))
            ended = true; /* once more without input: a codec may hold back output */
        io.in = s->in + s->at;
        io.in_left = s->end - s->at;
        status = s->codec->run(s->state, &io);
        s->at = s->end - io.in_left;
    }
    size_t done = nbytes - io.out_left;
    switch (status) {
    case PZ_CODEC_END:
        s->place = AT_MEMBER;
        return (struct pz_stream_read){done, PZ_STREAM_MEMBER_END, 0};
    case PZ_CODEC_CHECKSUM:
        s->place = AT_MEMBER;
        s->distrusted = !s->codec->authority;
        return (struct pz_stream_read){done, PZ_STREAM_CHECKSUM, PZ_DAMAGE_CHECKSUM};
    case PZ_CODEC_CORRUPT:
        return broken(s, done, PZ_DAMAGE_CORRUPT);
    case PZ_CODEC_MORE:
        break;
    }
    if (ended && io.out_left)
        return broken(s, done, PZ_DAMAGE_TORN);
    return (struct pz_stream_read){done, PZ_STREAM_MORE, 0};
}

/* Decides, at the start of the file or behind a member, what comes; true if there is something to read on with. */
static bool begin_member(struct pz_stream *s, struct pz_stream_read *result)
{
    size_t n = ahead(s, 4);
    const uint8_t *b = s->in + s->at;
    if (is_gzip(b, n)) {
        use_codec(s, s->gzip);
        if (skip_gzip_header(s)) {
            s->place = IN_MEMBER;
            return true;
        }
        *result = broken(s, 0, PZ_DAMAGE_TORN);
    } else if (is_zstd(b, n) && pz_codec_for_zstd()) {
        use_codec(s, pz_codec_for_zstd());
        s->place = IN_MEMBER;
        return true;
    } else if (is_gzip_torn(b, n)) {
        s->at += n;
        *result = broken(s, 0, PZ_DAMAGE_TORN);
    } else if (s->place == AT_START) {
        s->place = IN_PLAIN;
        return true;
    } else if (n == 0 && !s->unreadable) {
        s->place = AT_END;
        *result = (struct pz_stream_read){0, PZ_STREAM_END, 0};
    } else {
        *result = broken(s, 0, PZ_DAMAGE_TRAILING);
    }
    return false;
}

struct pz_stream_read pz_stream_read(struct pz_stream *s, uint8_t *to, size_t nbytes)
{
    struct pz_stream_read result = {0, PZ_STREAM_END, 0};
    if (s->place == LOST)
        resync(s);
    if (s->place == AT_END)
        return result;
    if ((s->place == AT_START || s->place == AT_MEMBER) && !begin_member(s, &result))
        return result;
    return s->place == IN_PLAIN ? read_plain(s, to, nbytes) : read_member(s, to, nbytes);
}

struct pz_stream *pz_stream_open(struct pz_input *input, enum pz_inflater inflater)
{
    struct pz_stream *s = pz_alloc(sizeof *s);
    s->input = input;
    s->gzip = pz_codec_gzip(inflater);
    s->in = pz_alloc(IN_BYTES);
    return s;
}

uint64_t pz_stream_offset(const struct pz_stream *s)
{
    return s->nread - (s->end - s->at);
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
    free(s->in);
    free(s);
}
