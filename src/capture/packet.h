/* SPDX-License-Identifier: BSD-2-Clause */
/* One packet as everything above the reader sees it: numbers in host order, lengths as on the wire, and its fate: the
 * one reason why it is a scan or not.
 *
 * Every record that a capture holds becomes one packet and gets one fate, so
 *
 *     records read = scans + the sum of all other fates.
 *
 * A filter can't tell a copy of a scan from a scan: that takes the packets around it, and is done where they are
 * counted. What is missing from a packet (headers cut off, no TCP) is 0. */
#ifndef PZ_CAPTURE_PACKET_H
#define PZ_CAPTURE_PACKET_H

#include "base/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* PZ_FATES lists all: name, the words people read in summary.json. Order is that of the stored counts: append only. */
#define PZ_FATES(_)                                                                                   \
    _(SCAN, "scan")                        /* an opening SYN to the port */                           \
    _(OTHER_FLAGS, "other_tcp_flags")      /* TCP to the port, but not SYN without ACK, RST, FIN */   \
    _(OTHER_PORT, "other_tcp_port")        /* TCP to another port */                                  \
    _(OTHER_PROTOCOL, "other_ip_protocol") /* IPv4, not TCP */                                        \
    _(LATER_FRAGMENT, "later_fragment")    /* no TCP header in it */                                  \
    _(BAD_TCP_HEADER, "bad_tcp_header")    /* data offset below 5 words */                            \
    _(BAD_IP_HEADER, "bad_ip_header")      /* version, header length or total length impossible */    \
    _(CUT_SHORT, "cut_short")              /* the capture holds too few of its bytes to tell */       \
    _(IPV6, "ipv6")                        /* whatever is in it */                                    \
    _(IP_IN_IP, "ip_in_ip")                /* tunnels, which aren't looked into: from here */         \
    _(IPV6_IN_IP, "ipv6_in_ip")                                                                       \
    _(GRE, "gre")                                                                                     \
    _(ESP, "esp")                                                                                     \
    _(AH, "ah")                                                                                       \
    _(VXLAN, "vxlan")                                                                                 \
    _(GENEVE, "geneve")                                                                               \
    _(GTP, "gtp")                                                                                     \
    _(TEREDO, "teredo")                  /* to here */                                                \
    _(NOT_IP, "not_ip")                  /* ARP, anything else on the link */                         \
    _(UNKNOWN_LINK, "unknown_link_type") /* the capture's link layer isn't one we know */             \
    _(COPY, "copy")                      /* of a scan, made by the recording: tally/copies.h */       \
    _(OUTSIDE_LENS, "outside_lens")      /* not to the prefix asked for; not counted among packets */ \
    _(BEFORE_2000, "time_before_2000")   /* not counted among packets, as they belong to no hour */   \
    _(AFTER_2038, "time_after_2038")                                                                  \
    _(WITHOUT_TIME, "without_time") /* a simple packet of a pcapng file has none */

enum pz_fate {
#define PZ_FATE_ENUM(name, words) PZ_##name,
    PZ_FATES(PZ_FATE_ENUM)
#undef PZ_FATE_ENUM
        PZ_FATE_COUNT
};

const char *pz_fate_name(enum pz_fate fate);
/* Of a capture's records, by fate: if 9 of 10 or more have fates that hide whether they are scans, such as tunnels or
 * IPv6, the most frequent of these fates; if no record is within the lens, PZ_OUTSIDE_LENS. Else PZ_SCAN. */
enum pz_fate pz_fates_hide(const uint64_t fates[PZ_FATE_COUNT]);
/* What people call such a fate, and what to do about it. */
const char *pz_fate_words(enum pz_fate fate);
const char *pz_fate_remedy(enum pz_fate fate);

#define PZ_NO_TIME (-1)
/* Packets of a capture with several queues may come so late. What comes later was recorded after the clock went back. */
#define PZ_DISORDER_USEC (15 * PZ_USEC_PER_SECOND)

/* TCP flags, RFC 9293 section 3.1. */
enum { PZ_TCP_FIN = 0x01, PZ_TCP_SYN = 0x02, PZ_TCP_RST = 0x04, PZ_TCP_ACK = 0x10 };

struct pz_packet {
    int64_t usec;    /* since 1970, UTC; finer times are cut, not rounded; PZ_NO_TIME for none */
    uint32_t source; /* IPv4 addresses, host order */
    uint32_t destination;
    uint32_t sequence;
    uint16_t source_port, ip_id;
    uint16_t ip_len; /* total length from the IP header, with it */
    uint8_t ttl, tcp_flags;
    uint16_t destination_port;
    uint8_t tos, protocol;
    uint8_t fate;       /* enum pz_fate; the decoder says PZ_SCAN of every packet with a readable TCP header */
    bool has_addresses; /* an IPv4 header was read */
};

/* A number made of a packet's time and headers. Sums of them tell captures of equal packets from others, whatever the
 * order of the packets. Other packets give the same sum by a chance of 2^-64; packets of which a single field differs,
 * or that have exchanged one, by 2^-32 at most: a product mod 2^64 loses what a factor has in its top bits, so those
 * bits come down to the bottom of the other factor. Eight instructions, as each word below is one load on machines of
 * the usual byte order. */
static inline uint64_t pz_packet_digest(const struct pz_packet *packet)
{
    uint64_t addresses = (uint64_t)packet->destination << 32 | packet->source;
    uint64_t stream = (uint64_t)packet->ip_id << 48 | (uint64_t)packet->source_port << 32 | packet->sequence;
    uint64_t rest = (uint64_t)packet->protocol << 56 | (uint64_t)packet->tos << 48 |
                    (uint64_t)packet->destination_port << 32 | (uint64_t)packet->tcp_flags << 24 |
                    (uint64_t)packet->ttl << 16 | packet->ip_len;
    uint64_t one = (uint64_t)packet->usec + stream * 0x4c957f2du + rest, other = one + addresses * 0x5851f42du;
    return one * (other << 32 | other >> 32);
}

/* What is a scan, apart from what is TCP: it changes a tally, so it is part of a store's key. */
struct pz_filter {
    uint32_t lens, lens_mask; /* a packet to `destination` is inside if (destination & lens_mask) == lens */
    uint16_t port;
};

enum { PZ_PORTS = 16 }; /* that one reading counts scans of, at most: each takes memory of its own */

/* The final fate of a packet that has the decoder's. Packets are as good as random, so a branch on what they are costs
 * more than the few operations that it saves: only what is the same for nearly all of them is branched on. */
static inline unsigned pz_filter_fate(const struct pz_filter *filter, const struct pz_packet *packet)
{
    const uint8_t telling = PZ_TCP_SYN | PZ_TCP_ACK | PZ_TCP_RST | PZ_TCP_FIN;
    if (packet->usec < PZ_EARLIEST_SECOND * PZ_USEC_PER_SECOND)
        return packet->usec == PZ_NO_TIME ? PZ_WITHOUT_TIME : PZ_BEFORE_2000;
    if (packet->usec >= PZ_LATEST_SECOND * PZ_USEC_PER_SECOND)
        return PZ_AFTER_2038;
    if (filter->lens_mask && (!packet->has_addresses || (packet->destination & filter->lens_mask) != filter->lens))
        return PZ_OUTSIDE_LENS;
    unsigned other_port = packet->destination_port != filter->port;
    unsigned other_flags = (packet->tcp_flags & telling) != PZ_TCP_SYN;
    unsigned fate = other_port * PZ_OTHER_PORT | (other_flags & ~other_port) * PZ_OTHER_FLAGS;
    return packet->fate | (fate & (0u - (packet->fate == PZ_SCAN)));
}

_Static_assert(PZ_SCAN == 0, "a fate is put together by OR");

/* Gives packets their final fates. */
void pz_filter_apply(const struct pz_filter *filter, struct pz_packet *packets, size_t n);

#endif
