/* SPDX-License-Identifier: BSD-2-Clause */
/* The host of the published Figure 5, looked up in a capture: its 19 packets, and what else it sent in that minute.
 *
 * The figure lists them to the microsecond, with port, sequence number, ip.id, TTL and length. So finding them shows that
 * times, byte orders, masks and fields are read right, from end to end. */
#ifndef PZ_RUN_PUBLISHED_SCAN_H
#define PZ_RUN_PUBLISHED_SCAN_H

#include "base/csv.h"
#include "run/captures.h"
#include "worm/outbreak.h"

struct pz_published_scan {
    const struct pz_outbreak *outbreak; /* borrowed; it lists packets */
    const char *decode;                 /* NULL for none */
    struct pz_filter filter;
    /* Results. */
    struct pz_buf scans;  /* pz_packet structs: all scans of the minute, of all sources */
    size_t captures_read; /* that have packets of the minute */
    bool *found;          /* owned: for each of the listed packets */
    size_t nfound;
    bool has_source; /* the host that sent them; or, if none is found, the one most like it */
    uint32_t source;
};

/* On one rank. Captures of other times are left after their first packets. */
int pz_published_scan_find(struct pz_published_scan *listed, const struct pz_captures *captures,
                           struct pz_error *error);
void pz_published_scan_release(struct pz_published_scan *listed);
/* Each published packet, found or not. */
void pz_published_scan_write_published(const struct pz_published_scan *listed, struct pz_buf *to);
/* The host's packets, without the source and with the destination's first octet zeroed. */
void pz_published_scan_write_scan(const struct pz_published_scan *listed, struct pz_buf *to);
extern const struct pz_schema pz_schema_published_packets, pz_schema_typical_scan;

#endif
