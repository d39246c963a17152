/* From the bytes of one record to a packet: link layer, IPv4, TCP.
 *
 * Only the outermost IPv4 header counts: tunnels, ICMP's quotes, MPLS and PPPoE are not looked into. Bytes that a
 * capture doesn't hold are not needed as long as the TCP flags are there (archives of headers only, snaplen 48). */
#ifndef PZ_CAPTURE_DECODE_H
#define PZ_CAPTURE_DECODE_H

#include "capture/packet.h"

#include <stddef.h>

/* Link types, numbered as in a pcap file (https://www.tcpdump.org/linktypes.html). */
enum pz_link {
    PZ_LINK_NULL = 0,
    PZ_LINK_ETHERNET = 1,
    PZ_LINK_PPP = 9,
    PZ_LINK_RAW_BSD = 12, /* DLT_RAW of most systems, found in files too */
    PZ_LINK_RAW_OPENBSD = 14,
    PZ_LINK_RAW = 101,
    PZ_LINK_CHDLC = 104,
    PZ_LINK_LOOP = 108,
    PZ_LINK_SLL = 113,
    PZ_LINK_IPV4 = 228,
    PZ_LINK_SLL2 = 276,
};

bool pz_link_known(uint32_t link_type);

/* Fills all of `packet` but `usec`. `bytes` holds `nbytes` captured bytes of the frame. The fate is PZ_SCAN if a TCP
 * header with its flags was read, and the reason against it otherwise. */
void pz_decode(uint32_t link_type, const uint8_t *bytes, size_t nbytes, struct pz_packet *packet);

#endif
