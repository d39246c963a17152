/* zstd frames, skippable ones included.
 *
 * At an error libzstd forgets to say what it took and gave in that call. So it is given no more than it asks for, a block
 * or a checksum at a time: what came before the bad block has then been told, and a bad checksum's place is known. */
#include "base/error.h"
#include "capture/codec.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <stdlib.h>

enum { BLOCK_HEADER = 3 }; /* bytes, RFC 8878 section 3.1.1.2 */

struct state {
    ZSTD_DStream *stream;
    size_t wanted; /* bytes of input */
    bool full;     /* there may be more output than there was room for: it must be told before more input is taken */
};

static void reset(void *memory)
{
    struct state *s = memory;
    s->wanted = ZSTD_initDStream(s->stream);
    s->full = false;
}

static void *create(void)
{
    struct state *s = pz_alloc(sizeof *s);
    s->stream = ZSTD_createDStream();
    PZ_CHECK(s->stream);
    reset(s);
    return s;
}

static void destroy(void *memory)
{
    struct state *s = memory;
    ZSTD_freeDStream(s->stream);
    free(s);
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
    size_t taken = checksum ? given : in.pos;
    io->in += taken;
    io->in_left -= taken;
    io->out += out.pos;
    io->out_left -= out.pos;
    if (failed)
        return checksum ? PZ_CODEC_CHECKSUM : PZ_CODEC_CORRUPT;
    s->wanted = status;
    s->full = io->out_left == 0;
    return status == 0 ? PZ_CODEC_END : PZ_CODEC_MORE;
}

const struct pz_codec pz_codec_zstd = {"zstd", true, create, destroy, reset, run};
