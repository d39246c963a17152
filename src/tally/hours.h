/* SPDX-License-Identifier: BSD-2-Clause */
/* What is kept of each hour apart from its sources: packets of all kinds, the seconds that had any, and which /16s they
 * went to (the lens, as the hour saw it).
 *
 * A state under the laws of a tally: sums, unions, earliest and latest. Hours are kept in order. */
#ifndef PZ_TALLY_HOURS_H
#define PZ_TALLY_HOURS_H

#include "capture/packet.h"
#include "tally/bitmap.h"
#include "tally/distinct.h"
#include "worm/tools.h"

enum { PZ_HOUR_WORDS = 57 };  /* of 64 seconds each: 3,600 fit */
enum { PZ_OCTET3_WORDS = 2 }; /* of 64 values each */

struct pz_hour {
    uint32_t hour;                                /* since 1970 */
    uint64_t packets, syns;                       /* of all kinds; SYNs to the port, copies of scans too */
    uint64_t scans_by[PZ_TRAITS];                 /* settled scans by their traits: worm/traits.h, tally/copies.h */
    uint64_t tools[PZ_TOOLS];                     /* settled scans that look like a tool's: worm/tools.h */
    uint64_t attempts_by[PZ_TRAITS][PZ_PATTERNS]; /* closed attempts whose first SYN came in the hour */
    int64_t first_usec, last_usec;                /* of all packets */
    uint64_t seconds[PZ_HOUR_WORDS];              /* bit s % 64 of word s / 64: a packet came in second s */
    uint64_t octet3[PZ_OCTET3_WORDS];             /* bit v: of a destination's octet 3 the upper seven bits were v */
    struct pz_distinct sources;                   /* of SYNs to the port; known when the tally is encoded */
    roaring_bitmap_t *lens;                       /* owned: the upper 16 bits of destinations */
    uint64_t *lens_open; /* owned: the same as a plain bit set, of an hour that packets come to; or NULL */
};

struct pz_hours {
    struct pz_hour **hours; /* owned, ascending */
    size_t n;
    struct pz_hour *open[2]; /* those with a plain bit set, the latest used first: disorder is short */
};

static inline unsigned pz_packet_traits(const struct pz_packet *packet)
{
    return pz_worm_traits(packet->destination, packet->ip_len, packet->ttl, packet->source_port);
}

void pz_hours_init(struct pz_hours *hours);
void pz_hours_release(struct pz_hours *hours);
/* Adds all packets that belong to an hour: those in the lens and of a possible time. */
void pz_hours_observe(struct pz_hours *hours, const struct pz_packet *packets, size_t n);
/* pz_hours_observe for a batch in a narrow span, which is faster. All packets belong to an hour; `first` and `last` are
 * the times of the earliest and the latest. If these lie in one hour and in at most two seconds of it, adds the packets
 * and returns the hour, to which the caller adds the SYNs. Else returns NULL and adds nothing. */
struct pz_hour *pz_hours_observe_near(struct pz_hours *hours, const struct pz_packet *packets, size_t n, int64_t first,
                                      int64_t last);
/* For the hours of another port than that of the hours that observe the packets: counts a SYN, and in the end copies
 * what does not depend on the port from those, which are closed. */
void pz_hours_add_syn(struct pz_hours *hours, uint32_t hour);
void pz_hours_take_common(struct pz_hours *hours, const struct pz_hours *from);
/* Counts a scan of `port` in `tools`. */
static inline void pz_tools_count(uint64_t *tools, const struct pz_scan_row *scan, uint16_t port)
{
    tools[PZ_TOOL_TTL] += scan->ttl >= PZ_TOOL_TTL_MIN; /* of whole networks; the others are rare */
    if (!pz_tools_any(scan->source, scan->destination, scan->sequence, port, scan->ip_id))
        return;
    unsigned found = pz_tools_of(scan->source, scan->destination, scan->sequence, port, scan->ip_id);
    for (int tool = 0; tool < PZ_TOOL_TTL; tool++)
        tools[tool] += found >> tool & 1;
}
/* Adds settled scans of `port` whose packets were observed. */
void pz_hours_add_scans(struct pz_hours *hours, const struct pz_scan_row *scans, size_t n, uint16_t port);
static inline uint64_t pz_hour_scans(const struct pz_hour *hour)
{
    uint64_t scans = 0;
    for (int traits = 0; traits < PZ_TRAITS; traits++)
        scans += hour->scans_by[traits];
    return scans;
}
/* Adds a source to those of its hour, which has packets. */
void pz_hours_add_source(struct pz_hours *hours, uint32_t hour, uint32_t address);
/* Adds attempts whose SYNs were observed. */
void pz_hours_add_closed(struct pz_hours *hours, const struct pz_closed_attempt *attempts, size_t n);
void pz_hours_merge(struct pz_hours *into, const struct pz_hours *other);
/* No packets may be added afterwards: open bit sets are turned into bitmaps. */
void pz_hours_close(struct pz_hours *hours);
/* Of closed hours. */
void pz_hours_encode(const struct pz_hours *hours, struct pz_buf *to);
/* Into an initialised state; leaves the cursor bad if the bytes make none. */
void pz_hours_decode(struct pz_hours *hours, struct pz_cursor *from);

#endif
