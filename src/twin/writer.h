/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets to a gzip pcap file in memory: headers only, the destination's first bits zeroed as the archive's users get
 * it, checksums 0, as the zeroed bits would make them wrong.
 *
 * The records are the same bytes on every machine. Compressed, they are so for one version of one compressor. */
#ifndef PZ_TWIN_WRITER_H
#define PZ_TWIN_WRITER_H

#include "twin/traffic.h"

struct pz_twin_writer {
    const struct pz_twin_params *params; /* borrowed */
    uint32_t start_second;
    struct pz_buf plain; /* not compressed yet */
    struct pz_buf *to;   /* borrowed: compressed bytes are appended */
    void *deflater;      /* owned: the state of whichever compressor it is */
};

void pz_twin_writer_begin(struct pz_twin_writer *writer, const struct pz_twin_params *params, uint32_t hour,
                          struct pz_buf *to);
void pz_twin_writer_put(struct pz_twin_writer *writer, const struct pz_twin_packet *packet);
void pz_twin_writer_end(struct pz_twin_writer *writer);

/* How many whole records a reader gets from a capture that was cut off. */
uint64_t pz_twin_count_records(const uint8_t *capture, size_t nbytes);

/* Compressors: bytes in, bytes appended to `to`. */
struct pz_twin_deflate {
    void *(*begin)(int level);
    void (*put)(void *deflater, const uint8_t *bytes, size_t nbytes, bool last, struct pz_buf *to);
    void (*end)(void *deflater);
};
extern const struct pz_twin_deflate pz_twin_deflate_zlib;
#ifdef PZ_HAVE_ISAL
extern const struct pz_twin_deflate pz_twin_deflate_isal;
#endif

#endif
