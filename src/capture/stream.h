/* SPDX-License-Identifier: BSD-2-Clause */
/* A capture's bytes after decompression, member by member: gzip, zstd, xz, bzip2, lz4 (any number of members, also of
 * different kinds), or plain. Zeros after a member are padding, as tapes have it.
 *
 * Damage is reported where it is met, once, and reading goes on after it where something can be read there: with the
 * next member, whatever it holds. A member that was cut short ends where the next one begins.
 *
 * The fast codec is believed as long as all it decompresses proves right by its checksum. At its first doubt the stream
 * is `distrusted`, and the capture is to be read again from its start with zlib, which alone says how far a damaged
 * member can be read: so what is counted never depends on the codec. */
#ifndef PZ_CAPTURE_STREAM_H
#define PZ_CAPTURE_STREAM_H

#include "capture/codec.h"
#include "capture/damage_log.h"
#include "capture/input.h"

enum pz_stream_event {
    PZ_STREAM_MORE,       /* all that was asked for was read */
    PZ_STREAM_MEMBER_END, /* a member ended; the next may go on where it stopped, or begin anew */
    PZ_STREAM_BROKEN,     /* damage: what comes next, if anything, does not continue what came before */
    PZ_STREAM_CHECKSUM,   /* a member ended and is damaged somewhere; else as MEMBER_END */
    PZ_STREAM_END,
};

struct pz_stream_read {
    size_t nbytes; /* read, whatever the event */
    enum pz_stream_event event;
    enum pz_damage_reason reason; /* of BROKEN and CHECKSUM */
    bool member_too;              /* BROKEN: what came before, from the member's start on, may be wrong too */
    uint64_t window;              /* BROKEN for PZ_DAMAGE_WINDOW: memory that the member needs, in bytes */
    uint64_t passed;              /* bytes of the file passed over since the damage before, up to here */
};

struct pz_stream;

/* Borrows the input. */
struct pz_stream *pz_stream_open(struct pz_input *input, enum pz_inflater inflater);
struct pz_stream_read pz_stream_read(struct pz_stream *stream, uint8_t *to, size_t nbytes);
/* Byte of the file, or of what the decoding command writes, that decompression has reached. */
uint64_t pz_stream_offset(const struct pz_stream *stream);
/* Zeros after members so far, in bytes. */
uint64_t pz_stream_padding(const struct pz_stream *stream);
bool pz_stream_distrusted(const struct pz_stream *stream);
/* False inside a member of which a fast codec hasn't seen the checksum yet. */
bool pz_stream_proven(const struct pz_stream *stream);
void pz_stream_free(struct pz_stream *stream);

#endif
