/* SPDX-License-Identifier: BSD-2-Clause */
/* bzip2 streams with libbz2. */
#include "base/error.h"
#include "capture/codec.h"

#include <bzlib.h>
#include <limits.h>
#include <stdlib.h>

static void *create(void)
{
    bz_stream *z = pz_alloc(sizeof *z);
    PZ_CHECK_MEMORY(BZ2_bzDecompressInit(z, 0, 0) == BZ_OK);
    return z;
}

static void reset(void *z)
{
    BZ2_bzDecompressEnd(z);
    PZ_CHECK_MEMORY(BZ2_bzDecompressInit(z, 0, 0) == BZ_OK);
}

static void destroy(void *z)
{
    BZ2_bzDecompressEnd(z);
    free(z);
}

static enum pz_codec_status run(void *memory, struct pz_codec_io *io)
{
    bz_stream *z = memory;
    size_t in = io->in_left < UINT_MAX ? io->in_left : UINT_MAX;
    size_t out = io->out_left < UINT_MAX ? io->out_left : UINT_MAX;
    z->next_in = (char *)(uintptr_t)io->in; /* libbz2 never writes there */
    z->avail_in = (unsigned)in;
    z->next_out = (char *)io->out;
    z->avail_out = (unsigned)out;
    int status = BZ2_bzDecompress(z);
    pz_codec_moved(io, in - z->avail_in, out - z->avail_out);
    if (status == BZ_MEM_ERROR)
        pz_alloc(SIZE_MAX); /* says so and ends the process */
    return status == BZ_OK ? PZ_CODEC_MORE : status == BZ_STREAM_END ? PZ_CODEC_END : PZ_CODEC_CORRUPT;
}

const struct pz_codec pz_codec_bzip2 = {"bzip2", true, true, create, destroy, reset, run};
