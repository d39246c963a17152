/* SPDX-License-Identifier: BSD-2-Clause */
/* Decompressors, all with one small interface: bytes in, bytes out. Each library has one file; container.c knows which
 * were built in. */
#ifndef PZ_CAPTURE_CODEC_H
#define PZ_CAPTURE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pz_codec_io {
    const uint8_t *in;
    size_t in_left;
    uint8_t *out;
    size_t out_left;
    uint64_t window; /* set with PZ_CODEC_WINDOW: bytes of memory that the member needs */
};

/* What a decoder may keep of the data that it gave, in bytes: a limit on the memory of a rank. */
#define PZ_WINDOW_MAX ((uint64_t)1 << 30)
/* A codec gets at least this many bytes of input, except where fewer are left. */
enum { PZ_CODEC_AHEAD = 16 };

/* So many bytes of input were taken, and so many of output given. */
static inline void pz_codec_moved(struct pz_codec_io *io, size_t in, size_t out)
{
    io->in += in;
    io->in_left -= in;
    io->out += out;
    io->out_left -= out;
}

enum pz_codec_status {
    PZ_CODEC_MORE,     /* wants input or room */
    PZ_CODEC_END,      /* the member ended and its checksum, if it has one, is right */
    PZ_CODEC_CORRUPT,  /* the data make no sense from here on */
    PZ_CODEC_CHECKSUM, /* the member ended and its checksum or length is wrong */
    PZ_CODEC_WINDOW,   /* the member needs more memory than PZ_WINDOW_MAX; nothing of it was given */
};

struct pz_codec {
    const char *name;
    /* A fast codec is believed only as long as it finds nothing wrong: see stream.h. */
    bool authority;
    /* Its checksums cover more than it gives at once: what it gave of a member that turns out to be corrupt may be
     * wrong long before the place where it was noticed. */
    bool late;
    void *(*create)(void);
    void (*destroy)(void *state);
    void (*reset)(void *state); /* ready for the next member */
    /* Without input: the input has ended. PZ_CODEC_END then if the member may end there. */
    enum pz_codec_status (*run)(void *state, struct pz_codec_io *io);
};

/* For what lies between the header and the end of a gzip member, trailer included. */
extern const struct pz_codec pz_codec_zlib;
extern const struct pz_codec pz_codec_isal; /* only where ISA-L was found */
/* Whole frames, streams and files, headers included. Each is only there where its library was found. */
extern const struct pz_codec pz_codec_zstd;       /* skippable frames too */
extern const struct pz_codec pz_codec_xz;         /* a stream, without the padding after it */
extern const struct pz_codec pz_codec_lzma;       /* the .lzma format, which came before xz */
extern const struct pz_codec pz_codec_bzip2;      /* a stream */
extern const struct pz_codec pz_codec_lz4;        /* a frame, skippable ones too */
extern const struct pz_codec pz_codec_lz4_legacy; /* what lz4 wrote before it had frames, as the Linux kernel uses it */

enum pz_inflater { PZ_INFLATER_FASTEST, PZ_INFLATER_ZLIB };

const struct pz_codec *pz_codec_gzip(enum pz_inflater inflater);

#endif
