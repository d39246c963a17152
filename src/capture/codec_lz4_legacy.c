/* SPDX-License-Identifier: BSD-2-Clause */
/* What lz4 wrote before it had frames: a magic number, then blocks, each with its compressed length (4 bytes,
 * little-endian), of 8 MiB but for the last. Nothing marks the end: the file ends there, or the magic number
 * of something else follows, or zeros. */
#include "base/bytes.h"
#include "base/error.h"
#include "capture/container.h"

#include <lz4.h>
#include <stdlib.h>

enum { WORD = 4, BLOCK = 8 << 20, PACKED = LZ4_COMPRESSBOUND(BLOCK) };

struct state {
    uint8_t *packed, *block;
    size_t npacked, wanted; /* bytes of the present block: so far, in all; 0 between blocks */
    size_t at, end;         /* of the block, not yet given */
    bool began;             /* the magic number was read */
};

static void reset(void *memory)
{
    struct state *s = memory;
    s->npacked = s->wanted = s->at = s->end = 0;
    s->began = false;
}

static void *create(void)
{
    struct state *s = pz_alloc(sizeof *s);
    s->packed = pz_alloc(PACKED);
    s->block = pz_alloc(BLOCK);
    return s;
}

static void destroy(void *memory)
{
    struct state *s = memory;
    free(s->packed);
    free(s->block);
    free(s);
}

static void give(struct state *s, struct pz_codec_io *io)
{
    size_t n = s->end - s->at < io->out_left ? s->end - s->at : io->out_left;
    memcpy(io->out, s->block + s->at, n);
    s->at += n;
    pz_codec_moved(io, 0, n);
}

/* Decompresses the block, once all of it is there; false if it is corrupt. */
static bool unpack(struct state *s)
{
    if (s->npacked < s->wanted)
        return true;
    int n = LZ4_decompress_safe((const char *)s->packed, (char *)s->block, (int)s->wanted, BLOCK);
    s->at = s->npacked = s->wanted = 0;
    s->end = n > 0 ? (size_t)n : 0;
    return n >= 0;
}

/* Whether the few bytes that are left are padding, or none. */
static bool ends(const struct pz_codec_io *io)
{
    for (size_t i = 0; i < io->in_left; i++)
        if (io->in[i])
            return false;
    return true;
}

static enum pz_codec_status run(void *memory, struct pz_codec_io *io)
{
    struct state *s = memory;
    for (;;) {
        give(s, io);
        if (s->at < s->end)
            return PZ_CODEC_MORE;
        if (s->wanted) {
            size_t n = s->wanted - s->npacked < io->in_left ? s->wanted - s->npacked : io->in_left;
            if (!n)
                return PZ_CODEC_MORE;
            memcpy(s->packed + s->npacked, io->in, n);
            s->npacked += n;
            pz_codec_moved(io, n, 0);
            if (!unpack(s))
                return PZ_CODEC_CORRUPT;
            continue;
        }
        if (io->in_left < WORD)
            return s->began && ends(io) ? PZ_CODEC_END : PZ_CODEC_MORE;
        uint32_t length = pz_get_le32(io->in);
        if (s->began && (length == 0 || length > PACKED))
            return length == 0 || pz_container_member(io->in, io->in_left, false, NULL) ? PZ_CODEC_END
                                                                                        : PZ_CODEC_CORRUPT;
        s->wanted = s->began ? length : 0;
        s->began = true;
        pz_codec_moved(io, WORD, 0);
    }
}

const struct pz_codec pz_codec_lz4_legacy = {"lz4, legacy", true, true, create, destroy, reset, run};
