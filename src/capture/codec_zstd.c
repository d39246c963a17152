/* SPDX-License-Identifier: BSD-2-Clause */
/* zstd frames, skippable ones included.
 *
 * At an error libzstd forgets to say what it took and gave in that call. So it is given no more than it asks for, a
 * block or a checksum at a time: what came before the bad block has been given, and a bad checksum's place is known. */
#include "base/bytes.h"
#include "base/error.h"
#include "capture/codec.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <stdlib.h>

enum {
    BLOCK_HEADER = 3, /* bytes, RFC 8878 section 3.1.1.2 */
    FRAME_HEADER = 18 /* bytes at most, magic included, section 3.1.1.1 */
};

struct state {
    ZSTD_DStream *stream;
    size_t wanted; /* bytes of input */
    bool full;     /* there may be more output than there was room for: it must be taken before more input is given */
    uint8_t header[FRAME_HEADER]; /* the first bytes of the frame */
    size_t nheader;
};

static void reset(void *memory)
{
    struct state *s = memory;
    s->wanted = ZSTD_initDStream(s->stream);
    s->full = false;
    s->nheader = 0;
}

static void *create(void)
{
    struct state *s = pz_alloc(sizeof *s);
    s->stream = ZSTD_createDStream();
    PZ_CHECK_MEMORY(s->stream);
    PZ_CHECK(!ZSTD_isError(ZSTD_DCtx_setParameter(s->stream, ZSTD_d_windowLogMax, 30))); /* PZ_WINDOW_MAX */
    reset(s);
    return s;
}

static void destroy(void *memory)
{
    struct state *s = memory;
    ZSTD_freeDStream(s->stream);
    free(s);
}

static void keep_header(struct state *s, const uint8_t *bytes, size_t n)
{
    n = n < FRAME_HEADER - s->nheader ? n : FRAME_HEADER - s->nheader;
    memcpy(s->header + s->nheader, bytes, n);
    s->nheader += n;
}

/* What the header says of the window: RFC 8878 sections 3.1.1.1.2 and 3.1.1.1.4. */
static uint64_t window_of(const struct state *s)
{
    unsigned descriptor = s->header[4], width = descriptor >> 6, dictionary = descriptor & 3;
    if (!(descriptor & 0x20)) {
        unsigned exponent = s->header[5] >> 3, mantissa = s->header[5] & 7;
        return ((uint64_t)8 + mantissa) << (7 + exponent);
    }
    /* A single segment: the window is the content, whose length follows the dictionary's number. */
    const uint8_t *length = s->header + 5 + (dictionary == 3 ? 4 : dictionary);
    return width == 3 ? pz_get_le64(length) : width == 2 ? pz_get_le32(length) : 0;
}

static enum pz_codec_status run(void *memory, struct pz_codec_io *io)
{
    struct state *s = memory;
    /* It asks for the next block's header in advance, which would be a second thing that can go wrong. */
    size_t wanted = s->wanted > BLOCK_HEADER ? s->wanted - BLOCK_HEADER : s->wanted;
    size_t given = s->full ? 0 : io->in_left < wanted ? io->in_left : wanted;
    ZSTD_inBuffer in = {io->in, given, 0};
    ZSTD_outBuffer out = {io->out, io->out_left, 0};
    size_t status = ZSTD_decompressStream(s->stream, &out, &in);
    bool failed = ZSTD_isError(status), checksum = failed && ZSTD_getErrorCode(status) == ZSTD_error_checksum_wrong;
    size_t taken = failed ? given : in.pos; /* where it failed mustn't depend on how much it got at once */
    keep_header(s, io->in, given);
    pz_codec_moved(io, taken, out.pos);
    if (failed && ZSTD_getErrorCode(status) == ZSTD_error_frameParameter_windowTooLarge) {
        io->window = window_of(s);
        return PZ_CODEC_WINDOW;
    }
    if (failed)
        return checksum ? PZ_CODEC_CHECKSUM : PZ_CODEC_CORRUPT;
    s->wanted = status;
    s->full = io->out_left == 0;
    return status == 0 ? PZ_CODEC_END : PZ_CODEC_MORE;
}

const struct pz_codec pz_codec_zstd = {"zstd", true, false, create, destroy, reset, run};
