/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside src/capture: pcapng, walked block by block in the reader's buffer.
 * https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html
 *
 * Packets of all three kinds of block become records, each with the link type and the clock of its interface; any other
 * block is passed over by its length. A block is believed if the length at its end is the one at its start. After a
 * damaged block, the next whole one is searched for byte by byte; interfaces that are described later in that section
 * may then have another number than it seems, and their packets aren't read. */
#ifndef PZ_CAPTURE_PCAPNG_H
#define PZ_CAPTURE_PCAPNG_H

#include "capture/batcher.h"

struct pz_interface {
    int64_t offset; /* of its clock, seconds */
    uint32_t snaplen;
    uint16_t link_type;
    uint8_t resolution; /* as in if_tsresol */
    bool told;          /* the damage log knows that its link type is unknown */
};

struct pz_pcapng {
    bool ordered;         /* the section's byte order is known, */
    bool swapped;         /* and big-endian */
    bool numbered;        /* all interfaces of the section so far are known */
    bool lost;            /* a block must be found first */
    uint32_t long_length; /* of a block that is longer than the buffer and is being passed over; 0 for none */
    uint32_t long_left;   /* bytes of it still to come, but for the length at its end */
    struct pz_interface *interfaces; /* owned; of the section */
    uint32_t n;
};

enum { PZ_PACKET_BLOCK_FRONT = 28 }; /* bytes of a packet's block before the packet's own, but for the simple one */

/* Bytes of the longest block that is looked into. The buffer must hold as many. */
enum { PZ_BLOCK_MAX = 1 << 19 };

/* A section header comes next. */
void pz_pcapng_begin(struct pz_pcapng *pcapng);
/* Blocks were lost; the next may begin anywhere. */
void pz_pcapng_lose(struct pz_pcapng *pcapng);
void pz_pcapng_release(struct pz_pcapng *pcapng);
/* Walks whole blocks and returns how many bytes they took; those left are to be given again, with more. `last`: there
 * are no more. Sets `other` where a file header of pcap comes instead of a block. */
size_t pz_pcapng_walk(struct pz_pcapng *pcapng, struct pz_batcher *batcher, const uint8_t *bytes, size_t nbytes,
                      bool last, bool *other);

#endif
