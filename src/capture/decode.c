#include "capture/decode.h"

#include "base/bytes.h"

enum {
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_VLAN = 0x8100,     /* IEEE 802.1Q */
    ETHERTYPE_QINQ = 0x88a8,     /* IEEE 802.1ad */
    ETHERTYPE_QINQ_OLD = 0x9100, /* the same before there was a standard */
    PPP_IPV4 = 0x0021,           /* RFC 1332 */
    FAMILY_INET = 2,             /* the same on every system that writes NULL captures */
    PROTOCOL_TCP = 6,
    FRAGMENT_OFFSET = 0x1fff,
    IP_HEADER_MIN = 20,
    TCP_TO_FLAGS = 14, /* bytes of a TCP header up to the flags */
};

bool pz_link_known(uint32_t link_type)
{
    switch (link_type) {
    case PZ_LINK_NULL:
    case PZ_LINK_ETHERNET:
    case PZ_LINK_PPP:
    case PZ_LINK_RAW_BSD:
    case PZ_LINK_RAW_OPENBSD:
    case PZ_LINK_RAW:
    case PZ_LINK_CHDLC:
    case PZ_LINK_LOOP:
    case PZ_LINK_SLL:
    case PZ_LINK_IPV4:
    case PZ_LINK_SLL2:
        return true;
    default:
        return false;
    }
}

/* Where the IPv4 header begins, behind an Ethernet type at `at` and any number of VLAN tags; the link's fate in
 * `fate` if there is none. */
static size_t behind_ethertype(const uint8_t *bytes, size_t nbytes, size_t at, enum pz_fate *fate)
{
    for (; at + 2 <= nbytes; at += 4) {
        switch (pz_get_be16(bytes + at)) {
        case ETHERTYPE_IPV4:
            return at + 2;
        case ETHERTYPE_VLAN:
        case ETHERTYPE_QINQ:
        case ETHERTYPE_QINQ_OLD:
            break;
        default:
            *fate = PZ_NOT_IPV4;
            return 0;
        }
    }
    *fate = PZ_CUT_SHORT;
    return 0;
}

static size_t behind_ppp(const uint8_t *bytes, size_t nbytes, enum pz_fate *fate)
{
    /* The address and control bytes may be left out, and so may the first, zero byte of the protocol: RFC 1661. */
    size_t at = nbytes >= 2 && bytes[0] == 0xff && bytes[1] == 0x03 ? 2 : 0;
    if (nbytes > at && bytes[at] == PPP_IPV4)
        return at + 1;
    if (at + 2 > nbytes) {
        *fate = PZ_CUT_SHORT;
        return 0;
    }
    *fate = pz_get_be16(bytes + at) == PPP_IPV4 ? PZ_SCAN : PZ_NOT_IPV4;
    return at + 2;
}

static size_t find_ipv4(uint32_t link_type, const uint8_t *bytes, size_t nbytes, enum pz_fate *fate)
{
    *fate = PZ_SCAN;
    switch (link_type) {
    case PZ_LINK_ETHERNET:
        return behind_ethertype(bytes, nbytes, 12, fate);
    case PZ_LINK_RAW:
    case PZ_LINK_RAW_BSD:
    case PZ_LINK_RAW_OPENBSD:
        if (nbytes && bytes[0] >> 4 == 6)
            *fate = PZ_NOT_IPV4;
        return 0;
    case PZ_LINK_IPV4:
        return 0;
    case PZ_LINK_NULL: /* the family in the byte order of the machine that wrote it */
        if (nbytes >= 4 && pz_get_le32(bytes) != FAMILY_INET && pz_get_be32(bytes) != FAMILY_INET)
            *fate = PZ_NOT_IPV4;
        return 4;
    case PZ_LINK_LOOP:
        if (nbytes >= 4 && pz_get_be32(bytes) != FAMILY_INET)
            *fate = PZ_NOT_IPV4;
        return 4;
    case PZ_LINK_SLL:
        return behind_ethertype(bytes, nbytes, 14, fate);
    case PZ_LINK_SLL2: { /* the type comes first here, the 20 bytes of the header after it */
        if (nbytes < 20) {
            *fate = PZ_CUT_SHORT;
            return 0;
        }
        switch (pz_get_be16(bytes)) {
        case ETHERTYPE_IPV4:
            return 20;
        case ETHERTYPE_VLAN:
        case ETHERTYPE_QINQ:
        case ETHERTYPE_QINQ_OLD:
            return behind_ethertype(bytes, nbytes, 22, fate);
        default:
            *fate = PZ_NOT_IPV4;
            return 0;
        }
    }
    case PZ_LINK_CHDLC: /* address, control, an Ethernet type */
        return behind_ethertype(bytes, nbytes, 2, fate);
    case PZ_LINK_PPP:
        return behind_ppp(bytes, nbytes, fate);
    default:
        *fate = PZ_UNKNOWN_LINK;
        return 0;
    }
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
        return PZ_OTHER_PROTOCOL;
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
    size_t at = find_ipv4(link_type, bytes, nbytes, &fate);
    if (fate == PZ_SCAN)
        fate = at <= nbytes ? decode_ipv4(bytes + at, nbytes - at, packet) : PZ_CUT_SHORT;
    packet->fate = (uint8_t)fate;
}
