/* Decompressors behind one small interface: bytes in, bytes out, nothing else. Each is one file; codec.c knows which
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
};

enum pz_codec_status {
    PZ_CODEC_MORE,     /* wants input or room */
    PZ_CODEC_END,      /* the member ended and its checksum, if it has one, is right */
    PZ_CODEC_CORRUPT,  /* the data make no sense from here on */
    PZ_CODEC_CHECKSUM, /* the member ended and its checksum or length is wrong */
};

struct pz_codec {
    const char *name;
    /* A fast codec is believed only as long as it finds nothing wrong: see stream.h. */
    bool authority;
    void *(*create)(void);
    void (*destroy)(void *state);
    void (*reset)(void *state); /* ready for the next member */
    enum pz_codec_status (*run)(void *state, struct pz_codec_io *io);
};

/* For what lies between the header and the end of a gzip member, trailer included. */
extern const struct pz_codec pz_codec_zlib;
extern const struct pz_codec pz_codec_isal; /* only where ISA-L was found */
extern const struct pz_codec pz_codec_zstd; /* whole zstd frames; only where libzstd was found */

enum pz_inflater { PZ_INFLATER_FASTEST, PZ_INFLATER_ZLIB };

const struct pz_codec *pz_codec_gzip(enum pz_inflater inflater);
/* NULL where zstd isn't built in. */
const struct pz_codec *pz_codec_for_zstd(void);

#endif
