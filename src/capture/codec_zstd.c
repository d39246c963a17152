/* zstd frames, skippable ones included. */
#include "base/error.h"
#include "capture/codec.h"

#include <zstd.h>
#include <zstd_errors.h>

static void *create(void)
{
    ZSTD_DStream *state = ZSTD_createDStream();
    PZ_CHECK(state);
    ZSTD_initDStream(state);
    return state;
}

static void destroy(void *state)
{
    ZSTD_freeDStream(state);
}

static void reset(void *state)
{
    ZSTD_initDStream(state);
}

static enum pz_codec_status run(void *state, struct pz_codec_io *io)
{
    ZSTD_inBuffer in = {io->in, io->in_left, 0};
    ZSTD_outBuffer out = {io->out, io->out_left, 0};
    size_t status = ZSTD_decompressStream(state, &out, &in);
    io->in += in.pos;
    io->in_left -= in.pos;
    io->out += out.pos;
    io->out_left -= out.pos;
    if (ZSTD_isError(status))
        return ZSTD_getErrorCode(status) == ZSTD_error_checksum_wrong ? PZ_CODEC_CHECKSUM : PZ_CODEC_CORRUPT;
    return status == 0 ? PZ_CODEC_END : PZ_CODEC_MORE;
}

const struct pz_codec pz_codec_zstd = {"zstd", true, create, destroy, reset, run};
