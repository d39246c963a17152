/* SPDX-License-Identifier: BSD-2-Clause */
/* gzip members with ISA-L, about twice as fast as zlib. */
#include "base/error.h"
#include "base/vectors.h"
#include "capture/codec.h"

#include <isa-l/igzip_lib.h>
#include <limits.h>
#include <stdlib.h>

static void reset(void *memory)
{
    struct inflate_state *s = memory;
    isal_inflate_reset(s);
    s->crc_flag = ISAL_GZIP_NO_HDR_VER; /* the header was read; the trailer is to be checked */
}

static void *create(void)
{
    struct inflate_state *s = pz_alloc(sizeof *s);
    isal_inflate_init(s);
    reset(s);
    return s;
}

static enum pz_codec_status run(void *memory, struct pz_codec_io *io)
{
    struct inflate_state *s = memory;
    size_t in = io->in_left < INT_MAX ? io->in_left : INT_MAX;
    size_t out = io->out_left < INT_MAX ? io->out_left : INT_MAX;
    s->next_in = (uint8_t *)(uintptr_t)io->in; /* never written to */
    s->avail_in = (uint32_t)in;
    s->next_out = io->out;
    s->avail_out = (uint32_t)out;
    int status = isal_inflate(s);
    pz_vectors_clear();
    /* After an error its counters mean nothing: 2.30 leaves -3 bytes of input after a distance too far back. */
    if ((status < 0 && status != ISAL_INCORRECT_CHECKSUM) || s->avail_in > in || s->avail_out > out)
        return PZ_CODEC_CORRUPT;
    pz_codec_moved(io, in - s->avail_in, out - s->avail_out);
    if (status == ISAL_INCORRECT_CHECKSUM)
        return PZ_CODEC_CHECKSUM;
    return s->block_state == ISAL_BLOCK_FINISH ? PZ_CODEC_END : PZ_CODEC_MORE;
}

const struct pz_codec pz_codec_isal = {"ISA-L", false, false, create, free, reset, run};
