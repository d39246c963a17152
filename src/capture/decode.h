/* SPDX-License-Identifier: BSD-2-Clause */
/* From the bytes of one record to a packet: link layer, IPv4, TCP.
 *
 * Only the outermost IPv4 header counts: tunnels and ICMP's quotes are not looked into. Bytes that a
 * capture doesn't hold are not needed as long as the TCP flags are there (archives of headers only, snaplen 48). */
#ifndef PZ_CAPTURE_DECODE_H
#define PZ_CAPTURE_DECODE_H

#include "base/bytes.h"
#include "capture/link.h"
#include "capture/packet.h"

#include <stddef.h>

/* Fills all of `packet` but `usec`. `bytes` holds `nbytes` captured bytes of the frame. The fate is PZ_SCAN if a TCP
 * header with its flags was read, and the reason against it otherwise. */
void pz_decode(uint32_t link_type, const uint8_t *bytes, size_t nbytes, struct pz_packet *packet);

/* pz_decode_plain may read this many bytes from the start of a frame, captured or not. */
enum { PZ_PLAIN_BYTES = 48 };

/* Bit n of entry p: IP protocol p may be a tunnel if the next header's third byte, the high one of a UDP destination
 * port, is n modulo 64. */
extern const uint64_t pz_tunnel_ports[256];

/* As pz_decode, in a few nanoseconds, for nearly all packets of nearly all captures: an IPv4 header without options
 * directly after `link_nbytes` of link layer (14 for Ethernet, 0 for raw IP). Returns false for any other: call
 * pz_decode then. The protocol varies from packet to packet as if at random, so nothing branches on it. */
static inline bool pz_decode_plain(unsigned link_nbytes, const uint8_t *bytes, size_t nbytes, struct pz_packet *packet)
{
    enum { IP_NBYTES = 20, TCP_TO_FLAGS = 14, FRAGMENT_OFFSET = 0x1fff, TCP = 6 };
    const uint8_t *ip = bytes + link_nbytes, *tcp = ip + IP_NBYTES;
    unsigned ip_len = pz_get_be16(ip + 2), is_tcp = ip[9] == TCP;
    unsigned wanted = IP_NBYTES + (is_tcp ? TCP_TO_FLAGS : 0u);
    uint32_t tcp_only = 0u - is_tcp;
    bool plain = ip[0] == 0x45 && (!link_nbytes || (ip[-2] == 8 && ip[-1] == 0)) && ip_len >= wanted &&
                 nbytes >= link_nbytes + wanted && !(pz_get_be16(ip + 6) & FRAGMENT_OFFSET & tcp_only) &&
                 !(pz_tunnel_ports[ip[9]] >> (tcp[2] & 63) & 1);
    packet->source = pz_get_be32(ip + 12);
    packet->destination = pz_get_be32(ip + 16);
    packet->sequence = pz_get_be32(tcp + 4) & tcp_only;
    packet->source_port = (uint16_t)(pz_get_be16(tcp) & tcp_only);
    packet->destination_port = (uint16_t)(pz_get_be16(tcp + 2) & tcp_only);
    packet->ip_len = (uint16_t)ip_len;
    packet->ip_id = pz_get_be16(ip + 4);
    packet->tos = ip[1];
    packet->ttl = ip[8];
    packet->protocol = ip[9];
    packet->tcp_flags = (uint8_t)(tcp[13] & tcp_only);
    packet->fate = (uint8_t)(!is_tcp ? PZ_OTHER_PROTOCOL : tcp[12] < 0x50 ? PZ_BAD_TCP_HEADER : PZ_SCAN);
    packet->has_addresses = true;
    return plain;
}

#endif
