/* SPDX-License-Identifier: BSD-2-Clause */
/* What kind of capture begins at some bytes, and where its records go on after damage. */
#ifndef PZ_CAPTURE_FORMAT_H
#define PZ_CAPTURE_FORMAT_H

#include "base/bytes.h"
#include "capture/synthetic.h"

#include <stdbool.h>

enum pz_format_kind {
    PZ_FORMAT_NONE,
    PZ_FORMAT_SHORT,  /* one of the others, and too few bytes to tell */
    PZ_FORMAT_PCAP,   /* version 2.4, in microseconds or nanoseconds */
    PZ_FORMAT_PCAPNG, /* the type of a section header's block */
    PZ_FORMAT_RARE,   /* for libpcap to read */
};

enum {
    PZ_FORMAT_HEADER = 24, /* bytes of pcap's file header; fewer tell nothing */
    /* The accuracy of time stamps in it: always 0 in practice, and nobody reads it
     * (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html, section 4, Reserved2). Ours says who wrote it. */
    PZ_FORMAT_MARK = 12,
};

struct pz_format {
    enum pz_format_kind kind;
    bool swapped; /* big-endian; with all below, of pcap only */
    bool nano;
    uint32_t link_type;
    uint32_t synthetic; /* the mark of made-up data, or PZ_SYNTHETIC_NONE */
};

/* Whether bytes begin as a capture does: pcap of any kind, or pcapng. */
bool pz_capture_magic(const uint8_t *bytes, size_t nbytes);
struct pz_format pz_format_of(const uint8_t *bytes, size_t nbytes);
/* Appends the file header of a little-endian pcap in microseconds. `mark` goes to the field at PZ_FORMAT_MARK. */
void pz_format_put_header(uint32_t mark, uint32_t snaplen, uint32_t link_type, struct pz_buf *to);

/* The first place from which several pcap records follow one another, in bytes that begin anywhere, as after damage.
 * `whole`: no more bytes follow; then fewer records will do. `n` if there is none. */
size_t pz_records_find(const uint8_t *b, size_t n, bool swapped, bool nano, bool whole);

static inline uint32_t pz_format_u32(const uint8_t *b, bool swapped)
{
    return swapped ? pz_get_be32(b) : pz_get_le32(b);
}

static inline uint16_t pz_format_u16(const uint8_t *b, bool swapped)
{
    return swapped ? pz_get_be16(b) : pz_get_le16(b);
}

#endif
