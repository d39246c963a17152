/* SPDX-License-Identifier: BSD-2-Clause */
/* A frame is walked layer by layer. Each layer's function reads its header at `at`, moves `at` to the byte after it and
 * says which layer begins there; so nothing recurses, however many layers a hostile frame piles up. */
#include "capture/link.h"

#include "base/bytes.h"

enum layer { STOP, IPV4, VERSION, ETHERNET, ETHERTYPE, LLC, SNAP, NLPID, MPLS, PPP, PPPOE };

struct frame {
    const uint8_t *bytes;
    size_t nbytes, at;
    enum pz_fate fate; /* at STOP */
};

/* https://www.iana.org/assignments/ieee-802-numbers, and what switches used before there were standards. */
enum {
    TYPE_IPV4 = 0x0800,
    TYPE_IPV6 = 0x86dd,
    TYPE_MPLS = 0x8847,
    TYPE_MPLS_MULTICAST = 0x8848,
    TYPE_PPPOE_SESSION = 0x8864,
    TYPE_PBB = 0x88e7, /* IEEE 802.1ah: the tag of a service instance, and another pair of addresses */
    LENGTH_MAX = 1500, /* IEEE 802.3: not a type, but the length of an LLC frame */
    ADDRESSES = 12,
};

enum {
    PPP_IPV4 = 0x0021, /* RFC 1332 */
    PPP_IPV6 = 0x0057, /* RFC 5072 */
    PPP_MPLS = 0x0281, /* RFC 3032 */
    PPP_MPLS_MULTICAST = 0x0283,
};

/* ISO/IEC TR 9577, as frame relay uses them: RFC 2427. */
enum { NLPID_SNAP = 0x80, NLPID_IPV6 = 0x8e, NLPID_IPV4 = 0xcc };

static enum layer stop(struct frame *f, enum pz_fate fate)
{
    f->fate = fate;
    return STOP;
}

static bool has(const struct frame *f, size_t n)
{
    return f->at + n <= f->nbytes;
}

/* 802.1Q; 802.1ad; what came before it, from several makers. */
static bool is_vlan(unsigned type)
{
    return type == 0x8100 || type == 0x88a8 || type == 0x9100 || type == 0x9200 || type == 0x9300;
}

static bool looks_like_ipv4(const struct frame *f, size_t at)
{
    const uint8_t *ip = f->bytes + at;
    return at + 20 <= f->nbytes && ip[0] >> 4 == 4 && (ip[0] & 15) >= 5 && pz_get_be16(ip + 2) >= (ip[0] & 15) * 4 &&
           !(ip[6] & 0x80);
}

/* The byte of an IPv4 header that follows the type at `at` and VLAN tags, of which `strange` may have types that nobody
 * registered: makers of switches let one set any. 0 if what follows isn't clearly one. */
static size_t find_tagged_ipv4(const struct frame *f, size_t at, int strange)
{
    for (; at + 2 <= f->nbytes; at += 4) {
        unsigned type = pz_get_be16(f->bytes + at);
        if (type == TYPE_IPV4)
            return looks_like_ipv4(f, at + 2) ? at + 2 : 0;
        if (!is_vlan(type) && strange-- <= 0)
            return 0;
    }
    return 0;
}

static enum layer at_tagged_ipv4(struct frame *f, size_t at, int strange)
{
    f->at = find_tagged_ipv4(f, at, strange);
    return f->at ? IPV4 : stop(f, PZ_NOT_IP);
}

/* What a type announces; `at` is after it. */
static enum layer by_type(struct frame *f, unsigned type)
{
    enum { TAG = 2, SERVICE_TAG = 4, STRANGE_TAGS = 2 };
    switch (type) {
    case TYPE_IPV4:
        return IPV4;
    case TYPE_IPV6:
        return stop(f, PZ_IPV6);
    case TYPE_MPLS:
    case TYPE_MPLS_MULTICAST:
        return MPLS;
    case TYPE_PPPOE_SESSION:
        return PPPOE;
    case TYPE_PBB:
        f->at += SERVICE_TAG;
        return ETHERNET;
    default:
        break;
    }
    if (is_vlan(type)) {
        f->at += TAG;
        return ETHERTYPE;
    }
    return at_tagged_ipv4(f, f->at - 2, STRANGE_TAGS);
}

static enum layer in_ethertype(struct frame *f)
{
    if (!has(f, 2))
        return stop(f, PZ_CUT_SHORT);
    unsigned type = pz_get_be16(f->bytes + f->at);
    f->at += 2;
    return type <= LENGTH_MAX ? LLC : by_type(f, type);
}

/* IEEE 802.2: two service access points and the control byte of an unnumbered frame. */
static enum layer in_llc(struct frame *f)
{
    if (!has(f, 3))
        return stop(f, PZ_CUT_SHORT);
    uint32_t header = pz_get_be32((const uint8_t[]){0, f->bytes[f->at], f->bytes[f->at + 1], f->bytes[f->at + 2]});
    f->at += 3;
    switch (header) {
    case 0xaaaa03:
        return SNAP;
    case 0x060603:
        return VERSION;
    case 0xfefe03:
        return NLPID;
    default:
        return stop(f, PZ_NOT_IP);
    }
}

/* An organisation's number and its type: 0 is RFC 1042, 0000f8 the same of bridges. */
static enum layer in_snap(struct frame *f)
{
    if (!has(f, 5))
        return stop(f, PZ_CUT_SHORT);
    const uint8_t *b = f->bytes + f->at;
    if (b[0] || b[1] || (b[2] && b[2] != 0xf8))
        return stop(f, PZ_NOT_IP);
    f->at += 5;
    return by_type(f, pz_get_be16(b + 3));
}

static enum layer in_nlpid(struct frame *f)
{
    while (has(f, 1) && !f->bytes[f->at])
        f->at++; /* padding */
    if (!has(f, 1))
        return stop(f, PZ_CUT_SHORT);
    switch (f->bytes[f->at++]) {
    case NLPID_IPV4:
        return IPV4;
    case NLPID_IPV6:
        return stop(f, PZ_IPV6);
    case NLPID_SNAP:
        return SNAP;
    default:
        return stop(f, PZ_NOT_IP);
    }
}

/* RFC 3032. What follows the last label is known by its first bits, as routers do it: an IP version, or 0 for the
 * control word of an Ethernet pseudowire (RFC 4448). */
static enum layer in_mpls(struct frame *f)
{
    enum { LABEL = 4, BOTTOM = 0x01, CONTROL_WORD = 4 };
    bool bottom = false;
    for (; !bottom && has(f, LABEL); f->at += LABEL)
        bottom = f->bytes[f->at + 2] & BOTTOM;
    if (!bottom || !has(f, 1))
        return stop(f, PZ_CUT_SHORT);
    return f->bytes[f->at] >> 4 ? VERSION : at_tagged_ipv4(f, f->at + CONTROL_WORD + ADDRESSES, 0);
}

/* RFC 2516. */
static enum layer in_pppoe(struct frame *f)
{
    enum { HEADER = 6, VERSION_AND_TYPE = 0x11, SESSION_DATA = 0 };
    if (!has(f, HEADER))
        return stop(f, PZ_CUT_SHORT);
    const uint8_t *b = f->bytes + f->at;
    f->at += HEADER;
    return b[0] == VERSION_AND_TYPE && b[1] == SESSION_DATA ? PPP : stop(f, PZ_NOT_IP);
}

/* RFC 1661, 1662. The address and control bytes may be left out, and so may the first, zero byte of the protocol. */
static enum layer in_ppp(struct frame *f)
{
    if (has(f, 2) && f->bytes[f->at] == 0xff && f->bytes[f->at + 1] == 0x03)
        f->at += 2;
    if (!has(f, 1) || (!has(f, 2) && (f->bytes[f->at] == 0xff || !(f->bytes[f->at] & 1))))
        return stop(f, PZ_CUT_SHORT);
    const uint8_t *b = f->bytes + f->at;
    unsigned protocol = b[0] & 1 ? b[0] : pz_get_be16(b);
    f->at += b[0] & 1 ? 1 : 2;
    switch (protocol) {
    case PPP_IPV4:
        return IPV4;
    case PPP_IPV6:
        return stop(f, PZ_IPV6);
    case PPP_MPLS:
    case PPP_MPLS_MULTICAST:
        return MPLS;
    default:
        return stop(f, PZ_NOT_IP);
    }
}

/* An IP packet of any version. */
static enum layer in_version(struct frame *f)
{
    if (!has(f, 1))
        return stop(f, PZ_CUT_SHORT);
    unsigned version = f->bytes[f->at] >> 4;
    return version == 4 ? IPV4 : stop(f, version == 6 ? PZ_IPV6 : PZ_NOT_IP);
}

/* Address families of BSD systems' loopbacks, and of Linux: IPv4 is the same on all, IPv6 isn't. */
static enum layer by_family(struct frame *f, uint32_t family, uint32_t other_order)
{
    enum { INET = 2, INET6_LINUX = 10, INET6_NETBSD = 24, INET6_FREEBSD = 28, INET6_DARWIN = 30 };
    if (!has(f, 4))
        return stop(f, PZ_CUT_SHORT);
    f->at += 4;
    family = family < other_order ? family : other_order;
    bool inet6 = family == INET6_LINUX || family == INET6_NETBSD || family == INET6_FREEBSD || family == INET6_DARWIN;
    return family == INET ? IPV4 : stop(f, inet6 ? PZ_IPV6 : PZ_NOT_IP);
}

/* A Linux cooked capture: `type` where it says, and its header so long. */
static enum layer in_cooked(struct frame *f, size_t type, size_t nbytes)
{
    enum { COOKED_LLC = 4 }; /* ETH_P_802_2 of linux/if_ether.h */
    if (!has(f, nbytes))
        return stop(f, PZ_CUT_SHORT);
    unsigned kind = pz_get_be16(f->bytes + type);
    f->at = nbytes;
    return kind == COOKED_LLC ? LLC : kind <= LENGTH_MAX ? stop(f, PZ_NOT_IP) : by_type(f, kind);
}

/* An address, a control byte and a type of Ethernet's. */
static enum layer in_cisco_hdlc(struct frame *f)
{
    f->at += 2;
    return ETHERTYPE;
}

/* RFC 2427: an address of two bytes or more, the last of them odd, and the control byte of an unnumbered frame. */
static enum layer in_frame_relay(struct frame *f)
{
    while (has(f, 1) && !(f->bytes[f->at] & 1))
        f->at++;
    if (!has(f, 2))
        return stop(f, PZ_CUT_SHORT);
    f->at += 2;
    return f->bytes[f->at - 1] == 0x03 ? NLPID : stop(f, PZ_NOT_IP);
}

static enum layer first_layer(struct frame *f, uint32_t link_type)
{
    uint32_t big = has(f, 4) ? pz_get_be32(f->bytes) : 0, little = has(f, 4) ? pz_get_le32(f->bytes) : 0;
    switch (link_type) {
    case PZ_LINK_ETHERNET:
        return ETHERNET;
    case PZ_LINK_RAW:
    case PZ_LINK_RAW_BSD:
    case PZ_LINK_RAW_OPENBSD:
        return has(f, 1) && f->bytes[0] >> 4 == 6 ? stop(f, PZ_IPV6) : IPV4;
    case PZ_LINK_IPV4:
        return IPV4;
    case PZ_LINK_IPV6:
        return stop(f, PZ_IPV6);
    case PZ_LINK_NULL: /* in the byte order of the machine that wrote it */
        return by_family(f, little, big);
    case PZ_LINK_LOOP:
        return by_family(f, big, big);
    case PZ_LINK_SLL:
        return in_cooked(f, 14, 16);
    case PZ_LINK_SLL2:
        return in_cooked(f, 0, 20);
    case PZ_LINK_PPP_HDLC: /* of Cisco's making if the address is 0f or 8f: RFC 1547 section 4.3.1 */
        return has(f, 1) && (f->bytes[0] & 0x7f) == 0x0f ? in_cisco_hdlc(f) : PPP;
    case PZ_LINK_CHDLC:
        return in_cisco_hdlc(f);
    case PZ_LINK_PPP:
        return PPP;
    case PZ_LINK_PPPOE:
        return PPPOE;
    case PZ_LINK_MPLS:
        return MPLS;
    case PZ_LINK_ATM: /* RFC 2684 */
        return LLC;
    case PZ_LINK_FDDI: /* frame control, addresses */
        f->at = 1 + ADDRESSES;
        return LLC;
    case PZ_LINK_FRAME_RELAY:
        return in_frame_relay(f);
    default:
        return stop(f, PZ_UNKNOWN_LINK);
    }
}

static enum layer next_layer(struct frame *f, enum layer layer)
{
    switch (layer) {
    case ETHERNET:
        f->at += ADDRESSES;
        return ETHERTYPE;
    case ETHERTYPE:
        return in_ethertype(f);
    case LLC:
        return in_llc(f);
    case SNAP:
        return in_snap(f);
    case NLPID:
        return in_nlpid(f);
    case MPLS:
        return in_mpls(f);
    case PPP:
        return in_ppp(f);
    case PPPOE:
        return in_pppoe(f);
    case VERSION:
        return in_version(f);
    case STOP:
    case IPV4:
        break;
    }
    return layer;
}

bool pz_link_known(uint32_t link_type)
{
    struct frame nothing = {NULL, 0, 0, PZ_SCAN};
    first_layer(&nothing, link_type);
    return nothing.fate != PZ_UNKNOWN_LINK;
}

size_t pz_link_find_ipv4(uint32_t link_type, const uint8_t *bytes, size_t nbytes, enum pz_fate *fate)
{
    struct frame f = {bytes, nbytes, 0, PZ_SCAN};
    enum layer layer = first_layer(&f, link_type);
    while (layer != STOP && layer != IPV4)
        layer = next_layer(&f, layer);
    *fate = f.fate;
    return f.at;
}
