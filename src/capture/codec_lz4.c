/* SPDX-License-Identifier: BSD-2-Clause */
/* lz4 frames, skippable ones included.
 *
 * At an error liblz4 forgets to say what it took and gave in that call. So it gets no more than a block at a time: what
 * came before the bad block has been given, and where it failed doesn't depend on how much it got at once. */
#include "base/error.h"
#include "capture/codec.h"

#include <lz4frame.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST = 7,  /* bytes of the shortest header */
    ADVANCE = 8 /* bytes that it asks for, at most, of what comes after a block: a checksum, the next block's header */
};

struct state {
    LZ4F_dctx *context;
    size_t wanted; /* bytes of input */
    bool full;     /* there may be more output than there was room for: it must be taken before more input is given */
};

static void reset(void *memory)
{
    struct state *s = memory;
    LZ4F_resetDecompressionContext(s->context);
    s->wanted = FIRST;
    s->full = false;
}

static void *create(void)
{
    struct state *s = pz_alloc(sizeof *s);
    PZ_CHECK_MEMORY(!LZ4F_isError(LZ4F_createDecompressionContext(&s->context, LZ4F_VERSION)));
    reset(s);
    return s;
}

static void destroy(void *memory)
{
    struct state *s = memory;
    LZ4F_freeDecompressionContext(s->context);
    free(s);
}

static enum pz_codec_status run(void *memory, struct pz_codec_io *io)
{
    struct state *s = memory;
    /* What comes after a block would be a second thing that can go wrong: it comes byte by byte. */
    size_t wanted = s->wanted > ADVANCE ? s->wanted - ADVANCE : 1;
    size_t given = s->full ? 0 : io->in_left < wanted ? io->in_left : wanted, taken = given, made = io->out_left;
    size_t status = LZ4F_decompress(s->context, io->out, &made, io->in, &taken, NULL);
    bool failed = LZ4F_isError(status);
    bool checksum = failed && strcmp(LZ4F_getErrorName(status), "ERROR_contentChecksum_invalid") == 0;
    if (failed) {
        taken = given;
        made = 0;
    }
    pz_codec_moved(io, taken, made);
    if (failed)
        return checksum ? PZ_CODEC_CHECKSUM : PZ_CODEC_CORRUPT;
    s->wanted = status;
    s->full = io->out_left == 0;
    return status == 0 ? PZ_CODEC_END : PZ_CODEC_MORE;
}

const struct pz_codec pz_codec_lz4 = {"lz4", true, true, create, destroy, reset, run};
