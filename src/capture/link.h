/* SPDX-License-Identifier: BSD-2-Clause */
/* From the first byte of a frame to the first byte of its IPv4 header.
 *
 * Between the two may lie, in any order and number, whatever carries an IP packet on a link without an IP header of its
 * own: VLAN tags of any type, 802.1ah, LLC and SNAP, MPLS labels, PPPoE, PPP. Tunnels have one, and are not entered. */
#ifndef PZ_CAPTURE_LINK_H
#define PZ_CAPTURE_LINK_H

#include "capture/packet.h"

/* Link types, numbered as in a pcap file (https://www.tcpdump.org/linktypes.html). */
enum pz_link {
    PZ_LINK_NULL = 0,
    PZ_LINK_ETHERNET = 1,
    PZ_LINK_PPP = 9,
    PZ_LINK_FDDI = 10,
    PZ_LINK_RAW_BSD = 12, /* DLT_RAW of most systems, found in files too */
    PZ_LINK_RAW_OPENBSD = 14,
    PZ_LINK_PPP_HDLC = 50,
    PZ_LINK_PPPOE = 51,
    PZ_LINK_ATM = 100,
    PZ_LINK_RAW = 101,
    PZ_LINK_CHDLC = 104,
    PZ_LINK_FRAME_RELAY = 107,
    PZ_LINK_LOOP = 108,
    PZ_LINK_SLL = 113,
    PZ_LINK_MPLS = 219,
    PZ_LINK_IPV4 = 228,
    PZ_LINK_IPV6 = 229,
    PZ_LINK_SLL2 = 276,
};

bool pz_link_known(uint32_t link_type);

/* Where the IPv4 header begins in `nbytes` captured bytes of a frame, which may be at their end or after it. `fate` is
 * PZ_SCAN then; else it says why there is no IPv4 header. */
size_t pz_link_find_ipv4(uint32_t link_type, const uint8_t *bytes, size_t nbytes, enum pz_fate *fate);

#endif
