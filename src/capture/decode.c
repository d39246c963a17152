/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/decode.h"

#include "base/bytes.h"

enum {
    PROTOCOL_IP_IN_IP = 4, /* RFC 2003 */
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    PROTOCOL_IPV6_IN_IP = 41, /* RFC 4213 */
    PROTOCOL_GRE = 47,        /* RFC 2784 */
    PROTOCOL_ESP = 50,        /* RFC 4303 */
    PROTOCOL_AH = 51,         /* RFC 4302 */
    FRAGMENT_OFFSET = 0x1fff,
    IP_HEADER_MIN = 20,
    TCP_TO_FLAGS = 14, /* bytes of a TCP header up to the flags */
    UDP_HEADER = 8,
};

/* UDP ports of tunnels. */
enum {
    PORT_GTP = 2152,         /* 3GPP TS 29.281 */
    PORT_TEREDO = 3544,      /* RFC 4380 */
    PORT_VXLAN = 4789,       /* RFC 7348 */
    PORT_GENEVE = 6081,      /* RFC 8926 */
    PORT_VXLAN_LINUX = 8472, /* what Linux had before there was a standard */
};

#define PORT_BIT(port) ((uint64_t)1 << ((port) >> 8 & 63))

const uint64_t pz_tunnel_ports[256] = {
    [PROTOCOL_IP_IN_IP] = UINT64_MAX,
    [PROTOCOL_IPV6_IN_IP] = UINT64_MAX,
    [PROTOCOL_GRE] = UINT64_MAX,
    [PROTOCOL_ESP] = UINT64_MAX,
    [PROTOCOL_AH] = UINT64_MAX,
    [PROTOCOL_UDP] = PORT_BIT(PORT_GTP) | PORT_BIT(PORT_TEREDO) | PORT_BIT(PORT_VXLAN) | PORT_BIT(PORT_GENEVE) |
                     PORT_BIT(PORT_VXLAN_LINUX),
};

/* A port alone makes no tunnel, as ports are scanned: the first bytes of the tunnel's header must be right as far as
 * they were captured. `n`: bytes after the UDP header, at `b`. */
static enum pz_fate udp_tunnel(uint16_t port, const uint8_t *b, size_t n)
{
    switch (port) {
    case PORT_VXLAN:
    case PORT_VXLAN_LINUX: /* a flag says that there is a network's number; the last byte is reserved */
        return (n < 1 || b[0] & 0x08) && (n < 8 || !b[7]) ? PZ_VXLAN : PZ_OTHER_PROTOCOL;
    case PORT_GENEVE: /* version 0; carries Ethernet, IPv4 or IPv6 */
        return (n < 1 || b[0] < 0x40) && (n < 4 || pz_get_be16(b + 2) == 0x6558 || pz_get_be16(b + 2) == 0x0800 ||
                                          pz_get_be16(b + 2) == 0x86dd)
                   ? PZ_GENEVE
                   : PZ_OTHER_PROTOCOL;
    case PORT_GTP: /* version 1, and a packet of a user's */
        return (n < 1 || b[0] >> 4 == 3) && (n < 2 || b[1] == 0xff) ? PZ_GTP : PZ_OTHER_PROTOCOL;
    case PORT_TEREDO: /* IPv6, or an indicator of 0 and 0 or 1 before it */
        return n < 1 || b[0] >> 4 == 6 || (n > 1 && !b[0] && b[1] < 2) ? PZ_TEREDO : PZ_OTHER_PROTOCOL;
    default:
        return PZ_OTHER_PROTOCOL;
    }
}

static enum pz_fate decode_udp(const uint8_t *ip, size_t header, size_t total, size_t nbytes)
{
    if (pz_get_be16(ip + 6) & FRAGMENT_OFFSET || nbytes < header + 4 || total <= header + UDP_HEADER)
        return PZ_OTHER_PROTOCOL;
    size_t from = header + UDP_HEADER, to = nbytes < total ? nbytes : total;
    return udp_tunnel(pz_get_be16(ip + header + 2), ip + from, to > from ? to - from : 0);
}

/* What isn't TCP, with tunnels under names of their own. */
static enum pz_fate decode_other(const uint8_t *ip, size_t header, size_t total, size_t nbytes)
{
    static const uint8_t tunnels[256] = {[PROTOCOL_IP_IN_IP] = PZ_IP_IN_IP,
                                         [PROTOCOL_IPV6_IN_IP] = PZ_IPV6_IN_IP,
                                         [PROTOCOL_GRE] = PZ_GRE,
                                         [PROTOCOL_ESP] = PZ_ESP,
                                         [PROTOCOL_AH] = PZ_AH};
    if (ip[9] == PROTOCOL_UDP)
        return decode_udp(ip, header, total, nbytes);
    return tunnels[ip[9]] ? (enum pz_fate)tunnels[ip[9]] : PZ_OTHER_PROTOCOL;
}

static enum pz_fate decode_tcp(const uint8_t *tcp, struct pz_packet *packet)
{
    packet->source_port = pz_get_be16(tcp);
    packet->destination_port = pz_get_be16(tcp + 2);
    packet->sequence = pz_get_be32(tcp + 4);
    packet->tcp_flags = tcp[13];
    return tcp[12] >> 4 < 5 ? PZ_BAD_TCP_HEADER : PZ_SCAN;
}

static enum pz_fate decode_ipv4(const uint8_t *ip, size_t nbytes, struct pz_packet *packet)
{
    if (nbytes && ip[0] >> 4 != 4)
        return PZ_BAD_IP_HEADER;
    if (nbytes < IP_HEADER_MIN)
        return PZ_CUT_SHORT;
    size_t header = (size_t)(ip[0] & 0x0f) * 4;
    packet->tos = ip[1];
    packet->ip_len = pz_get_be16(ip + 2);
    packet->ip_id = pz_get_be16(ip + 4);
    packet->ttl = ip[8];
    packet->protocol = ip[9];
    packet->source = pz_get_be32(ip + 12);
    packet->destination = pz_get_be32(ip + 16);
    packet->has_addresses = true;
    /* A total length of 0 is what segmentation offload leaves in a capture: then the length isn't known. */
    size_t total = packet->ip_len ? packet->ip_len : SIZE_MAX;
    if (header < IP_HEADER_MIN || total < header)
        return PZ_BAD_IP_HEADER;
    if (packet->protocol != PROTOCOL_TCP)
        return decode_other(ip, header, total, nbytes);
    if (pz_get_be16(ip + 6) & FRAGMENT_OFFSET)
        return PZ_LATER_FRAGMENT;
    if (total < header + TCP_TO_FLAGS)
        return PZ_BAD_IP_HEADER;
    if (nbytes < header + TCP_TO_FLAGS)
        return PZ_CUT_SHORT;
    return decode_tcp(ip + header, packet);
}

void pz_decode(uint32_t link_type, const uint8_t *bytes, size_t nbytes, struct pz_packet *packet)
{
    int64_t usec = packet->usec;
    *packet = (struct pz_packet){.usec = usec};
    enum pz_fate fate;
    size_t at = pz_link_find_ipv4(link_type, bytes, nbytes, &fate);
    if (fate == PZ_SCAN)
        fate = at <= nbytes ? decode_ipv4(bytes + at, nbytes - at, packet) : PZ_CUT_SHORT;
    packet->fate = (uint8_t)fate;
}
