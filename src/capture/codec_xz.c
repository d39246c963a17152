/* SPDX-License-Identifier: BSD-2-Clause */
/* xz streams and .lzma files with liblzma. */
#include "base/error.h"
#include "capture/codec.h"

#include <lzma.h>
#include <stdlib.h>

/* A dictionary of the largest window, and what a decoder needs besides. */
static const uint64_t memory_max = PZ_WINDOW_MAX + (1 << 20);

struct state {
    lzma_stream z;
    bool alone; /* .lzma */
};

static void reset(void *memory)
{
    struct state *s = memory;
    lzma_ret status = s->alone ? lzma_alone_decoder(&s->z, memory_max) : lzma_stream_decoder(&s->z, memory_max, 0);
    if (status == LZMA_MEM_ERROR)
        pz_alloc(SIZE_MAX); /* says so and ends the process */
    PZ_CHECK_MEMORY(status == LZMA_OK);
}

static void *create(bool alone)
{
    struct state *s = pz_alloc(sizeof *s);
    s->z = (lzma_stream)LZMA_STREAM_INIT;
    s->alone = alone;
    reset(s);
    return s;
}

static void *create_xz(void)
{
    return create(false);
}

static void *create_lzma(void)
{
    return create(true);
}

static void destroy(void *memory)
{
    struct state *s = memory;
    lzma_end(&s->z);
    free(s);
}

static enum pz_codec_status run(void *memory, struct pz_codec_io *io)
{
    struct state *s = memory;
    s->z.next_in = io->in;
    s->z.avail_in = io->in_left;
    s->z.next_out = io->out;
    s->z.avail_out = io->out_left;
    lzma_ret status = lzma_code(&s->z, LZMA_RUN);
    io->in = s->z.next_in;
    io->in_left = s->z.avail_in;
    io->out = s->z.next_out;
    io->out_left = s->z.avail_out;
    switch (status) {
    case LZMA_OK:
    case LZMA_BUF_ERROR: /* no input, or no room */
        return PZ_CODEC_MORE;
    case LZMA_STREAM_END:
        return PZ_CODEC_END;
    case LZMA_MEMLIMIT_ERROR:
        io->window = lzma_memusage(&s->z);
        return PZ_CODEC_WINDOW;
    case LZMA_MEM_ERROR:
        pz_alloc(SIZE_MAX); /* says so and ends the process */
        return PZ_CODEC_CORRUPT;
    default:
        return PZ_CODEC_CORRUPT;
    }
}

const struct pz_codec pz_codec_xz = {"xz", true, true, create_xz, destroy, reset, run};
const struct pz_codec pz_codec_lzma = {"lzma", true, true, create_lzma, destroy, reset, run};
