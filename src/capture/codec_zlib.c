/* SPDX-License-Identifier: BSD-2-Clause */
/* gzip members with zlib: slower than ISA-L, and the authority on what a damaged one still holds. */
#include "base/bytes.h"
#include "base/error.h"
#include "capture/codec.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

enum { TRAILER_BYTES = 8 }; /* CRC-32 and length modulo 2^32, little-endian: RFC 1952 section 2.3.1 */

struct state {
    z_stream z;
    uint32_t crc, length;
    uint8_t trailer[TRAILER_BYTES];
    size_t ntrailer;
    bool in_trailer;
};

static void reset(void *memory)
{
    struct state *s = memory;
    inflateReset(&s->z);
    s->crc = (uint32_t)crc32(0, NULL, 0);
    s->length = 0;
    s->ntrailer = 0;
    s->in_trailer = false;
}

static void *create(void)
{
    struct state *s = pz_alloc(sizeof *s);
    PZ_CHECK_MEMORY(inflateInit2(&s->z, -MAX_WBITS) == Z_OK);
    reset(s);
    return s;
}

static void destroy(void *memory)
{
    struct state *s = memory;
    inflateEnd(&s->z);
    free(s);
}

static enum pz_codec_status run_trailer(struct state *s, struct pz_codec_io *io)
{
    while (s->ntrailer < TRAILER_BYTES && io->in_left) {
        s->trailer[s->ntrailer++] = *io->in++;
        io->in_left--;
    }
    if (s->ntrailer < TRAILER_BYTES)
        return PZ_CODEC_MORE;
    bool right = pz_get_le32(s->trailer) == s->crc && pz_get_le32(s->trailer + 4) == s->length;
    return right ? PZ_CODEC_END : PZ_CODEC_CHECKSUM;
}

static enum pz_codec_status run(void *memory, struct pz_codec_io *io)
{
    struct state *s = memory;
    if (!s->in_trailer) {
        size_t in = io->in_left < UINT_MAX ? io->in_left : UINT_MAX;
        size_t out = io->out_left < UINT_MAX ? io->out_left : UINT_MAX;
        s->z.next_in = (Bytef *)(uintptr_t)io->in; /* zlib never writes there */
        s->z.avail_in = (uInt)in;
        s->z.next_out = io->out;
        s->z.avail_out = (uInt)out;
        int status = inflate(&s->z, Z_NO_FLUSH);
        size_t written = out - s->z.avail_out;
        s->crc = (uint32_t)crc32_z(s->crc, io->out, written);
        s->length += (uint32_t)written;
        pz_codec_moved(io, in - s->z.avail_in, written);
        if (status == Z_MEM_ERROR)
            pz_alloc(SIZE_MAX); /* says so and ends the process */
        if (status != Z_OK && status != Z_BUF_ERROR && status != Z_STREAM_END)
            return PZ_CODEC_CORRUPT;
        s->in_trailer = status == Z_STREAM_END;
    }
    return s->in_trailer ? run_trailer(s, io) : PZ_CODEC_MORE;
}

const struct pz_codec pz_codec_zlib = {"zlib", true, false, create, destroy, reset, run};
