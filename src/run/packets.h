/* SPDX-License-Identifier: BSD-2-Clause */
/* The scans of one source, read again from the captures whose tallies have the source. */
#ifndef PZ_RUN_PACKETS_H
#define PZ_RUN_PACKETS_H

#include "run/captures.h"
#include "tally/store.h"

struct pz_packets {
    const struct pz_session *session;
    const struct pz_store *store;
    const struct pz_captures *captures;
    uint32_t source;
    uint32_t since, until; /* hours since 1970, the first inside and the first outside */
    /* Results, on rank 0. */
    struct pz_buf found; /* pz_packet structs, by time, without copies */
    size_t copies, captures_read;
};

/* Collective. 0, 1 when stopped, -1 with `error` set: also if a capture has no tally in the store. */
int pz_packets_find(struct pz_packets *packets, struct pz_error *error);
void pz_packets_release(struct pz_packets *packets);

/* As a listing in the form of CAIDA's Figure 5 (2009), source and first octet of the destination zeroed. */
void pz_packets_list(const struct pz_packets *packets, struct pz_buf *text);
/* As a pcap of raw IP (link type 101): headers made again from what is kept, without TCP options, window and checksums;
 * lengths are those on the wire. The destinations' first octet is zeroed, unless `first_octet`. */
void pz_packets_write_pcap(const struct pz_packets *packets, bool first_octet, struct pz_buf *pcap);
/* Whether a capture's first bytes are those of a pcap that pz_packets_write_pcap made: its packets are in the archive.
 */
bool pz_packets_written_here(const uint8_t *bytes, size_t nbytes);

#endif
