/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/error.h"
#include "twin/writer.h"

#include <stdlib.h>
#include <zlib.h>

enum { WINDOW_BITS = 15, GZIP = 16, MEMORY_LEVEL = 8 };

static void *begin(int level)
{
    z_stream *stream = pz_alloc(sizeof *stream);
    PZ_CHECK(deflateInit2(stream, level, Z_DEFLATED, WINDOW_BITS + GZIP, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK);
    return stream;
}

static void put(void *deflater, const uint8_t *bytes, size_t nbytes, bool last, struct pz_buf *to)
{
    z_stream *stream = deflater;
    stream->next_in = (Bytef *)(uintptr_t)bytes; /* zlib only reads there */
    stream->avail_in = (uInt)nbytes;
    int status;
    do {
        const uInt step = 1 << 16;
        stream->next_out = pz_buf_extend(to, step);
        stream->avail_out = step;
        status = deflate(stream, last ? Z_FINISH : Z_NO_FLUSH);
        to->nbytes -= stream->avail_out;
        PZ_CHECK(status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR);
    } while (stream->avail_in || stream->avail_out == 0 || (last && status != Z_STREAM_END));
}

static void end(void *deflater)
{
    deflateEnd(deflater);
    free(deflater);
}

const struct pz_twin_deflate pz_twin_deflate_zlib = {begin, put, end};
