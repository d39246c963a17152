/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames to packets. Frames by hand: RFC 791, 9293, 1661, 1332; IEEE 802.3, 802.1Q, 802.1ad;
 * https://www.tcpdump.org/linktypes.html for the rest. */
#include "tools/make.h"

#include "capture/decode.h"

/* A timeline: a link header before the SYN of make_syn(), source 10.0.0.7. */
static struct pz_packet decode(uint32_t link_type, const uint8_t *link, size_t nlink, const uint8_t *ip, size_t nip)
{
    uint8_t *timeline = malloc(nlink + nip); /* exactly as long: a sanitizer sees what reads on */
    if (nlink)
        memcpy(timeline, link, nlink);
    memcpy(timeline + nlink, ip, nip);
    struct pz_packet packet;
    memset(&packet, 0xff, sizeof packet);
    packet.usec = 1227232109314700;
    pz_decode(link_type, timeline, nlink + nip, &packet);
    free(timeline);
    assert_true(packet.usec == 1227232109314700);
    return packet;
}

static const struct pz_packet syn = {.usec = 1227232109314700,
                                     .source = 0x0a000007,
                                     .destination = 0x2c000009,
                                     .sequence = 7,
                                     .source_port = 1031,
                                     .destination_port = 445,
                                     .ip_len = 48,
                                     .ip_id = 0x1234,
                                     .ttl = 103,
                                     .protocol = 6,
                                     .tcp_flags = 2,
                                     .fate = PZ_SCAN,
                                     .has_addresses = true};

#define MACS 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x02, 0xb3, 0x01, 0x02, 0x03
#define SLL_TO_TYPE 0, 0, 0, 1, 0, 6, 0, 2, 0xb3, 1, 2, 3, 0, 0
#define SLL2_BEHIND_TYPE 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 0, 2, 0xb3, 1, 2, 3, 0, 0

struct header {
    uint32_t link_type;
    uint8_t n;
    uint8_t bytes[48];
};

static const struct header headers[] = {
    {PZ_LINK_ETHERNET, 14, {MACS, 0x08, 0x00}},
    {PZ_LINK_ETHERNET, 18, {MACS, 0x81, 0x00, 0x20, 0x64, 0x08, 0x00}},
    {PZ_LINK_ETHERNET, 22, {MACS, 0x88, 0xa8, 0x00, 0x64, 0x81, 0x00, 0x00, 0xc8, 0x08, 0x00}},
    {PZ_LINK_ETHERNET, 22, {MACS, 0x91, 0x00, 0x00, 0x64, 0x81, 0x00, 0x00, 0xc8, 0x08, 0x00}},
    {PZ_LINK_RAW, 0, {0}},
    {PZ_LINK_RAW_BSD, 0, {0}},
    {PZ_LINK_RAW_OPENBSD, 0, {0}},
    {PZ_LINK_IPV4, 0, {0}},
    {PZ_LINK_NULL, 4, {2, 0, 0, 0}},
    {PZ_LINK_NULL, 4, {0, 0, 0, 2}},
    {PZ_LINK_LOOP, 4, {0, 0, 0, 2}},
    {PZ_LINK_SLL, 16, {SLL_TO_TYPE, 0x08, 0x00}},
    {PZ_LINK_SLL, 20, {SLL_TO_TYPE, 0x81, 0x00, 0x00, 0x64, 0x08, 0x00}},
    {PZ_LINK_SLL2, 20, {0x08, 0x00, SLL2_BEHIND_TYPE}},
    {PZ_LINK_SLL2, 24, {0x81, 0x00, SLL2_BEHIND_TYPE, 0x00, 0x64, 0x08, 0x00}},
    {PZ_LINK_CHDLC, 4, {0x0f, 0x00, 0x08, 0x00}},
    {PZ_LINK_PPP, 4, {0xff, 0x03, 0x00, 0x21}},
    {PZ_LINK_PPP, 2, {0x00, 0x21}},
    {PZ_LINK_PPP, 3, {0xff, 0x03, 0x21}},
    {PZ_LINK_PPP, 1, {0x21}},
    {PZ_LINK_PPP_HDLC, 4, {0xff, 0x03, 0x00, 0x21}},
    {PZ_LINK_PPP_HDLC, 4, {0x0f, 0x00, 0x08, 0x00}},
    {PZ_LINK_PPP_HDLC, 4, {0x8f, 0x00, 0x08, 0x00}},
    /* VLAN tags of other types: two makers', with each other. */
    {PZ_LINK_ETHERNET, 18, {MACS, 0x92, 0x00, 0x00, 0x64, 0x08, 0x00}},
    {PZ_LINK_ETHERNET, 22, {MACS, 0x93, 0x00, 0x00, 0x64, 0x91, 0x00, 0x00, 0xc8, 0x08, 0x00}},
    /* MPLS: one label, three; multicast's type; in a VLAN; on other links. */
    {PZ_LINK_ETHERNET, 18, {MACS, 0x88, 0x47, 0x00, 0x01, 0x01, 0xff}},
    {PZ_LINK_ETHERNET, 26, {MACS, 0x88, 0x48, 0x00, 0x01, 0x00, 0xff, 0x12, 0x34, 0x5e, 0x40, 0x00, 0x00, 0x01, 0x01}},
    {PZ_LINK_ETHERNET, 22, {MACS, 0x81, 0x00, 0x00, 0x64, 0x88, 0x47, 0x00, 0x01, 0x01, 0xff}},
    {PZ_LINK_PPP, 8, {0xff, 0x03, 0x02, 0x81, 0x00, 0x01, 0x01, 0xff}},
    {PZ_LINK_PPP, 6, {0x02, 0x83, 0x00, 0x01, 0x01, 0xff}},
    {PZ_LINK_CHDLC, 8, {0x0f, 0x00, 0x88, 0x47, 0x00, 0x01, 0x01, 0xff}},
    {PZ_LINK_SLL, 20, {SLL_TO_TYPE, 0x88, 0x47, 0x00, 0x01, 0x01, 0xff}},
    {PZ_LINK_SLL2, 24, {0x88, 0x47, SLL2_BEHIND_TYPE, 0x00, 0x01, 0x01, 0xff}},
    {PZ_LINK_MPLS, 8, {0x00, 0x01, 0x00, 0xff, 0x00, 0x02, 0x01, 0xff}},
    /* PPPoE: on Ethernet, in two VLANs, with a protocol of one byte, with MPLS inside, on a link of its own. */
    {PZ_LINK_ETHERNET, 22, {MACS, 0x88, 0x64, 0x11, 0x00, 0x12, 0x34, 0x00, 0x32, 0x00, 0x21}},
    {PZ_LINK_ETHERNET, 30, {MACS, 0x88, 0xa8, 0, 1, 0x81, 0, 0, 2, 0x88, 0x64, 0x11, 0, 0x12, 0x34, 0, 0x32, 0, 0x21}},
    {PZ_LINK_ETHERNET, 21, {MACS, 0x88, 0x64, 0x11, 0x00, 0x12, 0x34, 0x00, 0x31, 0x21}},
    {PZ_LINK_ETHERNET, 26, {MACS, 0x88, 0x64, 0x11, 0, 0x12, 0x34, 0, 0x36, 0x02, 0x81, 0x00, 0x01, 0x01, 0xff}},
    {PZ_LINK_SLL, 24, {SLL_TO_TYPE, 0x88, 0x64, 0x11, 0x00, 0x12, 0x34, 0x00, 0x32, 0x00, 0x21}},
    {PZ_LINK_PPPOE, 8, {0x11, 0x00, 0x12, 0x34, 0x00, 0x32, 0x00, 0x21}},
    /* 802.3: LLC and SNAP, a bridge's SNAP, SNAP in a VLAN, SNAP with a tag in it, LLC's own number of IP. */
    {PZ_LINK_ETHERNET, 22, {MACS, 0x00, 0x38, 0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00, 0x08, 0x00}},
    {PZ_LINK_ETHERNET, 22, {MACS, 0x00, 0x38, 0xaa, 0xaa, 0x03, 0x00, 0x00, 0xf8, 0x08, 0x00}},
    {PZ_LINK_ETHERNET, 26, {MACS, 0x81, 0, 0, 1, 0x00, 0x38, 0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00, 0x08, 0x00}},
    {PZ_LINK_ETHERNET, 26, {MACS, 0x00, 0x3c, 0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00, 0x81, 0, 0, 1, 0x08, 0x00}},
    {PZ_LINK_ETHERNET, 17, {MACS, 0x00, 0x33, 0x06, 0x06, 0x03}},
    {PZ_LINK_SLL, 24, {SLL_TO_TYPE, 0x00, 0x04, 0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00, 0x08, 0x00}},
    {PZ_LINK_ATM, 8, {0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00, 0x08, 0x00}},
    {PZ_LINK_FDDI, 21, {0x50, MACS, 0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00, 0x08, 0x00}},
    {PZ_LINK_FRAME_RELAY, 4, {0x18, 0x41, 0x03, 0xcc}},
    {PZ_LINK_FRAME_RELAY, 10, {0x18, 0x41, 0x03, 0x00, 0x80, 0x00, 0x00, 0x00, 0x08, 0x00}},
    /* 802.1ah: a service's tag and inner addresses; behind a backbone's tag, with a customer's. */
    {PZ_LINK_ETHERNET, 32, {MACS, 0x88, 0xe7, 0x00, 0x00, 0x12, 0x34, MACS, 0x08, 0x00}},
    {PZ_LINK_ETHERNET, 40, {MACS, 0x88, 0xa8, 0, 1, 0x88, 0xe7, 0, 0, 0x12, 0x34, MACS, 0x81, 0, 0, 7, 0x08, 0x00}},
};
enum { NHEADERS = sizeof headers / sizeof *headers };

static void test_links(void **state)
{
    (void)state;
    uint8_t ip[SYN_BYTES];
    make_syn(ip, 7);
    for (size_t i = 0; i < NHEADERS; i++) {
        assert_true(pz_link_known(headers[i].link_type));
        struct pz_packet packet = decode(headers[i].link_type, headers[i].bytes, headers[i].n, ip, sizeof ip);
        assert_true(same_packet(&packet, &syn));
    }
}

/* The flags are the last byte that is needed: 34 of IP and TCP. Fewer are cut short, whatever the link. */
static void test_cut_anywhere(void **state)
{
    (void)state;
    uint8_t ip[SYN_BYTES];
    make_syn(ip, 7);
    for (size_t i = 0; i < NHEADERS; i++) {
        const struct header *h = &headers[i];
        for (size_t n = 0; n < sizeof ip; n++) {
            struct pz_packet packet = decode(h->link_type, h->bytes, h->n, ip, n);
            assert_int_equal(packet.fate, n < 34 ? PZ_CUT_SHORT : PZ_SCAN);
            assert_int_equal(packet.has_addresses, n >= 20);
            assert_int_equal(packet.source, n >= 20 ? 0x0a000007 : 0);
        }
        for (uint8_t n = 0; n < h->n; n++) {
            struct pz_packet packet = decode(h->link_type, h->bytes, n, ip, 0);
            assert_int_equal(packet.fate, PZ_CUT_SHORT);
        }
    }
}

static void assert_all(const struct header *headers_of_them, size_t n, enum pz_fate fate)
{
    uint8_t ip[SYN_BYTES];
    make_syn(ip, 7);
    for (size_t i = 0; i < n; i++) {
        const struct header *h = &headers_of_them[i];
        struct pz_packet packet = decode(h->link_type, h->bytes, h->n, ip, sizeof ip);
        assert_int_equal(packet.fate, fate);
        assert_false(packet.has_addresses);
    }
}

static void test_ipv6(void **state)
{
    (void)state;
    static const struct header ipv6[] = {
        {PZ_LINK_ETHERNET, 14, {MACS, 0x86, 0xdd}},
        {PZ_LINK_ETHERNET, 18, {MACS, 0x81, 0x00, 0x00, 0x64, 0x86, 0xdd}},
        {PZ_LINK_ETHERNET, 19, {MACS, 0x88, 0x47, 0x00, 0x00, 0x21, 0xff, 0x60}}, /* MPLS */
        {PZ_LINK_ETHERNET, 22, {MACS, 0x88, 0x64, 0x11, 0x00, 0x12, 0x34, 0x00, 0x32, 0x00, 0x57}},
        {PZ_LINK_ETHERNET, 22, {MACS, 0x00, 0x38, 0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00, 0x86, 0xdd}},
        {PZ_LINK_RAW, 1, {0x60}},
        {PZ_LINK_RAW_BSD, 1, {0x60}},
        {PZ_LINK_IPV6, 1, {0x60}},
        {PZ_LINK_NULL, 4, {24, 0, 0, 0}}, /* of NetBSD */
        {PZ_LINK_NULL, 4, {0, 0, 0, 30}}, /* of Darwin */
        {PZ_LINK_LOOP, 4, {0, 0, 0, 24}}, /* of OpenBSD */
        {PZ_LINK_SLL, 16, {SLL_TO_TYPE, 0x86, 0xdd}},
        {PZ_LINK_SLL2, 20, {0x86, 0xdd, SLL2_BEHIND_TYPE}},
        {PZ_LINK_SLL2, 24, {0x81, 0x00, SLL2_BEHIND_TYPE, 0x00, 0x64, 0x86, 0xdd}},
        {PZ_LINK_PPP, 4, {0xff, 0x03, 0x00, 0x57}},
        {PZ_LINK_PPP, 1, {0x57}},
        {PZ_LINK_FRAME_RELAY, 4, {0x18, 0x41, 0x03, 0x8e}},
    };
    assert_all(ipv6, sizeof ipv6 / sizeof *ipv6, PZ_IPV6);
}

static void test_not_ip(void **state)
{
    (void)state;
    static const struct header others[] = {
        {PZ_LINK_ETHERNET, 42, {MACS, 0x08, 0x06, 0, 1, 0x08, 0x00, 6, 4, 0, 1}},                   /* ARP, for IPv4 */
        {PZ_LINK_ETHERNET, 17, {MACS, 0x00, 0x26, 0x42, 0x42, 0x03}},                               /* spanning tree */
        {PZ_LINK_ETHERNET, 22, {MACS, 0x00, 0x38, 0xaa, 0xaa, 0x03, 0x00, 0x00, 0x0c, 0x08, 0x00}}, /* Cisco's SNAP */
        {PZ_LINK_ETHERNET, 22, {MACS, 0x88, 0x63, 0x11, 0x09, 0x00, 0x00, 0x00, 0x32, 0x00, 0x21}}, /* discovery */
        {PZ_LINK_ETHERNET, 22, {MACS, 0x88, 0x64, 0x11, 0xa7, 0x12, 0x34, 0x00, 0x32, 0x00, 0x21}}, /* an end */
        {PZ_LINK_ETHERNET, 22, {MACS, 0x88, 0x64, 0x11, 0x00, 0x12, 0x34, 0x00, 0x32, 0xc0, 0x21}}, /* LCP */
        {PZ_LINK_ETHERNET, 19, {MACS, 0x88, 0x47, 0x00, 0x00, 0xd1, 0xff, 0x10}},                   /* MPLS' own */
        {PZ_LINK_LOOP, 4, {2, 0, 0, 0}}, /* LOOP has one byte order only */
        {PZ_LINK_SLL, 16, {SLL_TO_TYPE, 0x00, 0x01}},
        {PZ_LINK_CHDLC, 4, {0x0f, 0x00, 0x80, 0x35}},
        {PZ_LINK_PPP, 4, {0xff, 0x03, 0xc0, 0x21}}, /* LCP */
        {PZ_LINK_FRAME_RELAY, 4, {0x18, 0x41, 0x03, 0x81}},
        {PZ_LINK_FRAME_RELAY, 4, {0x18, 0x41, 0x13, 0xcc}},
    };
    assert_all(others, sizeof others / sizeof *others, PZ_NOT_IP);
}

/* A tag of a type that nobody registered is believed if the header behind it is whole and one of IPv4. */
static void test_strange_tags(void **state)
{
    (void)state;
    static const struct header tags[] = {
        {PZ_LINK_ETHERNET, 18, {MACS, 0x12, 0x34, 0x00, 0x64, 0x08, 0x00}},
        {PZ_LINK_ETHERNET, 22, {MACS, 0xff, 0x0f, 0x00, 0x64, 0x81, 0x00, 0x00, 0x64, 0x08, 0x00}},
        {PZ_LINK_ETHERNET, 22, {MACS, 0x81, 0x00, 0x00, 0x64, 0xfe, 0xfe, 0x00, 0x64, 0x08, 0x00}},
        {PZ_LINK_ETHERNET, 22, {MACS, 0x99, 0x99, 0x00, 0x64, 0x99, 0x99, 0x00, 0x64, 0x08, 0x00}},
        {PZ_LINK_SLL, 20, {SLL_TO_TYPE, 0x99, 0x99, 0x00, 0x64, 0x08, 0x00}},
        /* An Ethernet timeline behind an MPLS label and a control word. */
        {PZ_LINK_ETHERNET, 36, {MACS, 0x88, 0x47, 0, 1, 1, 0xff, 0, 0, 0, 0, MACS, 0x08, 0x00}},
        {PZ_LINK_MPLS, 26, {0, 1, 1, 0xff, 0, 0, 0, 0, MACS, 0x81, 0x00, 0x00, 0x64, 0x08, 0x00}},
    };
    uint8_t ip[SYN_BYTES];
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        const struct header *h = &tags[i];
        make_syn(ip, 7);
        struct pz_packet packet = decode(h->link_type, h->bytes, h->n, ip, sizeof ip);
        assert_true(same_packet(&packet, &syn));
        assert_int_equal(decode(h->link_type, h->bytes, h->n, ip, 34).fate, PZ_SCAN);
        assert_int_equal(decode(h->link_type, h->bytes, h->n, ip, 33).fate, PZ_CUT_SHORT);
        for (uint8_t n = 0; n < 20; n++)
            assert_int_equal(decode(h->link_type, h->bytes, h->n, ip, n).fate, PZ_NOT_IP);
        static const uint8_t changes[][2] = {{0, 0x65}, {0, 0x44}, {3, 19}, {6, 0x80}};
        for (size_t c = 0; c < sizeof changes / sizeof *changes; c++) {
            make_syn(ip, 7);
            ip[changes[c][0]] = changes[c][1];
            assert_int_equal(decode(h->link_type, h->bytes, h->n, ip, sizeof ip).fate, PZ_NOT_IP);
        }
    }
    static const struct header three = {
        PZ_LINK_ETHERNET, 26, {MACS, 0x99, 0x99, 0, 1, 0x99, 0x99, 0, 1, 0x99, 0x99, 0, 1, 0x08, 0x00}};
    assert_all(&three, 1, PZ_NOT_IP);
}

/* However many layers a timeline claims, it is walked once. */
static void test_many_layers(void **state)
{
    (void)state;
    enum { N = 60000 };
    static const uint8_t patterns[][4] = {{0x81, 0, 0x81, 0}, {0x88, 0xa8, 0, 1}, {0x99, 0x99, 0x99, 0x99}};
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        uint8_t *timeline = calloc(1, 14 + N * 4);
        for (size_t n = 0; n < N; n++)
            memcpy(timeline + 12 + 4 * n, patterns[i], 4);
        struct pz_packet packet = {0};
        pz_decode(PZ_LINK_ETHERNET, timeline, 12 + N * 4, &packet);
        assert_int_equal(packet.fate, i == 2 ? PZ_NOT_IP : PZ_CUT_SHORT);
        free(timeline);
    }
    uint8_t *labels = calloc(N, 4); /* none the last */
    struct pz_packet packet = {0};
    pz_decode(PZ_LINK_MPLS, labels, N * 4, &packet);
    assert_int_equal(packet.fate, PZ_CUT_SHORT);
    free(labels);
}

static void test_unknown_links(void **state)
{
    (void)state;
    static const uint32_t links[] = {6, 105, 127, 147, 220, 249, 65535, PZ_NO_LINK};
    uint8_t ip[SYN_BYTES];
    make_syn(ip, 7);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        assert_false(pz_link_known(links[i]));
        assert_int_equal(decode(links[i], NULL, 0, ip, sizeof ip).fate, PZ_UNKNOWN_LINK);
    }
}

/* The SYN of make_syn() with some bytes changed: {where, to what}, ended by -1. */
static struct pz_packet decode_changed(const int (*changes)[2])
{
    uint8_t ip[SYN_BYTES];
    make_syn(ip, 7);
    for (; (*changes)[0] >= 0; changes++)
        ip[(*changes)[0]] = (uint8_t)(*changes)[1];
    return decode(PZ_LINK_IPV4, NULL, 0, ip, sizeof ip);
}
#define CHANGED(...) (decode_changed((const int[][2]){__VA_ARGS__, {-1, 0}}))

static void test_ip_headers(void **state)
{
    (void)state;
    assert_int_equal(CHANGED({0, 0x55}).fate, PZ_BAD_IP_HEADER);       /* version 5 */
    assert_int_equal(CHANGED({0, 0x44}).fate, PZ_BAD_IP_HEADER);       /* a header of 16 bytes */
    assert_int_equal(CHANGED({0, 0x40}).fate, PZ_BAD_IP_HEADER);       /* of none */
    assert_int_equal(CHANGED({3, 19}).fate, PZ_BAD_IP_HEADER);         /* a packet shorter than its header */
    assert_int_equal(CHANGED({3, 33}).fate, PZ_BAD_IP_HEADER);         /* that ends before its TCP flags */
    assert_int_equal(CHANGED({3, 34}).fate, PZ_SCAN);                  /* behind them */
    assert_int_equal(CHANGED({2, 5}).fate, PZ_SCAN);                   /* longer than what was captured: 1328 bytes */
    assert_int_equal(CHANGED({3, 0}).fate, PZ_SCAN);                   /* length 0: left to the network card */
    assert_int_equal(CHANGED({9, 17}).fate, PZ_OTHER_PROTOCOL);        /* UDP */
    assert_int_equal(CHANGED({9, 1}, {7, 1}).fate, PZ_OTHER_PROTOCOL); /* a fragment of ICMP */
    assert_int_equal(CHANGED({6, 0}, {7, 1}).fate, PZ_LATER_FRAGMENT); /* at byte 8 */
    assert_int_equal(CHANGED({6, 0x3f}, {7, 0xff}).fate, PZ_LATER_FRAGMENT);
    assert_int_equal(CHANGED({6, 0x20}, {7, 0}).fate, PZ_SCAN); /* the first of several fragments */
    struct pz_packet packet = CHANGED({0, 0x44});
    assert_true(packet.has_addresses && packet.destination == 0x2c000009 && packet.ttl == 103);
    packet = CHANGED({0, 0x55});
    assert_false(packet.has_addresses);
    packet = CHANGED({1, 0xb8}, {3, 0}, {9, 17});
    assert_int_equal(packet.tos, 0xb8);
    assert_int_equal(packet.protocol, 17);
    assert_int_equal(packet.ip_len, 0);
    assert_int_equal(packet.source_port, 0);
}

/* What is inside an IP packet isn't looked at, but has a name. */
static void test_tunnels(void **state)
{
    (void)state;
    assert_int_equal(CHANGED({9, 4}).fate, PZ_IP_IN_IP);
    assert_int_equal(CHANGED({9, 41}).fate, PZ_IPV6_IN_IP);
    assert_int_equal(CHANGED({9, 47}).fate, PZ_GRE);
    assert_int_equal(CHANGED({9, 47}, {6, 0}, {7, 9}).fate, PZ_GRE); /* a later fragment */
    assert_int_equal(CHANGED({9, 50}).fate, PZ_ESP);
    assert_int_equal(CHANGED({9, 51}).fate, PZ_AH);
    assert_int_equal(CHANGED({9, 132}).fate, PZ_OTHER_PROTOCOL);
    struct pz_packet packet = CHANGED({9, 47});
    assert_true(packet.has_addresses && packet.source == 0x0a000007 && packet.destination_port == 0);
    /* UDP: the destination port at 22, what is in it from 28 on. */
#define UDP_TO(port) {9, 17}, {22, (port) >> 8}, {23, (port)&0xff}
    assert_int_equal(CHANGED(UDP_TO(4789), {28, 0x08}, {35, 0}).fate, PZ_VXLAN);
    assert_int_equal(CHANGED(UDP_TO(8472), {28, 0x88}, {35, 0}).fate, PZ_VXLAN);
    assert_int_equal(CHANGED(UDP_TO(4789), {28, 0x00}, {35, 0}).fate, PZ_OTHER_PROTOCOL);
    assert_int_equal(CHANGED(UDP_TO(4789), {28, 0x08}, {35, 1}).fate, PZ_OTHER_PROTOCOL);
    assert_int_equal(CHANGED(UDP_TO(6081), {28, 0x02}, {30, 0x65}, {31, 0x58}).fate, PZ_GENEVE);
    assert_int_equal(CHANGED(UDP_TO(6081), {28, 0x00}, {30, 0x08}, {31, 0x00}).fate, PZ_GENEVE);
    assert_int_equal(CHANGED(UDP_TO(6081), {28, 0x40}, {30, 0x65}, {31, 0x58}).fate, PZ_OTHER_PROTOCOL);
    assert_int_equal(CHANGED(UDP_TO(6081), {28, 0x00}, {30, 0x65}, {31, 0x59}).fate, PZ_OTHER_PROTOCOL);
    assert_int_equal(CHANGED(UDP_TO(2152), {28, 0x30}, {29, 0xff}).fate, PZ_GTP);
    assert_int_equal(CHANGED(UDP_TO(2152), {28, 0x30}, {29, 0x01}).fate, PZ_OTHER_PROTOCOL); /* an echo request */
    assert_int_equal(CHANGED(UDP_TO(2152), {28, 0x48}, {29, 0xff}).fate, PZ_OTHER_PROTOCOL);
    assert_int_equal(CHANGED(UDP_TO(3544), {28, 0x60}).fate, PZ_TEREDO);
    assert_int_equal(CHANGED(UDP_TO(3544), {28, 0x00}, {29, 0x01}).fate, PZ_TEREDO);
    assert_int_equal(CHANGED(UDP_TO(3544), {28, 0x00}, {29, 0x02}).fate, PZ_OTHER_PROTOCOL);
    assert_int_equal(CHANGED(UDP_TO(445), {28, 0x08}, {35, 0}).fate, PZ_OTHER_PROTOCOL);
    assert_int_equal(CHANGED(UDP_TO(4789), {28, 0x08}, {35, 0}, {6, 0}, {7, 9}).fate, PZ_OTHER_PROTOCOL);
    assert_int_equal(CHANGED(UDP_TO(4789), {28, 0x08}, {3, 28}).fate, PZ_OTHER_PROTOCOL); /* nothing in it */
    /* Of headers alone the port must do. */
    uint8_t ip[SYN_BYTES];
    make_syn(ip, 7);
    ip[9] = 17;
    ip[22] = 4789 >> 8;
    ip[23] = 4789 & 0xff;
    assert_int_equal(decode(PZ_LINK_IPV4, NULL, 0, ip, 28).fate, PZ_VXLAN);
    assert_int_equal(decode(PZ_LINK_IPV4, NULL, 0, ip, 24).fate, PZ_VXLAN);
    assert_int_equal(decode(PZ_LINK_IPV4, NULL, 0, ip, 23).fate, PZ_OTHER_PROTOCOL);
}

static void test_ip_options(void **state)
{
    (void)state;
    uint8_t ip[SYN_BYTES + 40];
    make_syn(ip, 7);
    memmove(ip + 60, ip + 20, SYN_BYTES - 20); /* a header of 60 bytes, the longest */
    memset(ip + 20, 1, 40);                    /* no-operation */
    ip[0] = 0x4f;
    ip[3] = 88;
    struct pz_packet packet = decode(PZ_LINK_IPV4, NULL, 0, ip, sizeof ip);
    assert_int_equal(packet.fate, PZ_SCAN);
    assert_int_equal(packet.destination_port, 445);
    assert_int_equal(packet.sequence, 7);
    assert_int_equal(decode(PZ_LINK_IPV4, NULL, 0, ip, 74).fate, PZ_SCAN);
    assert_int_equal(decode(PZ_LINK_IPV4, NULL, 0, ip, 73).fate, PZ_CUT_SHORT);
    ip[3] = 73;
    assert_int_equal(decode(PZ_LINK_IPV4, NULL, 0, ip, sizeof ip).fate, PZ_BAD_IP_HEADER);
}

static void test_tcp_headers(void **state)
{
    (void)state;
    assert_int_equal(CHANGED({32, 0x40}).fate, PZ_BAD_TCP_HEADER); /* data offset 4 */
    assert_int_equal(CHANGED({32, 0x00}).fate, PZ_BAD_TCP_HEADER);
    assert_int_equal(CHANGED({32, 0x50}).fate, PZ_SCAN);
    struct pz_packet packet = CHANGED({20, 0xff}, {21, 0xfe}, {22, 0x1f}, {23, 0x90}, {24, 0xde}, {25, 0xad},
                                      {26, 0xbe}, {27, 0xef}, {33, 0xff});
    assert_int_equal(packet.source_port, 65534);
    assert_int_equal(packet.destination_port, 8080);
    assert_true(packet.sequence == 0xdeadbeef);
    assert_int_equal(packet.tcp_flags, 0xff);
}

/* The quick way and the thorough one agree wherever the quick one answers, and it answers for the usual packet. */
static void test_plain(void **state)
{
    (void)state;
    srand(445);
    int answered = 0;
    for (int i = 0; i < 300000; i++) {
        unsigned link_nbytes = i & 1 ? 14 : 0;
        uint8_t timeline[PZ_PLAIN_BYTES + 16] = {MACS, 0x08, 0x00};
        make_syn(timeline + link_nbytes, (uint8_t)i);
        /* Bytes changed anywhere, more often where something hangs on them, and any number of them captured. */
        static const uint8_t telling[] = {0, 2, 3, 6, 7, 9, 32, 33};
        static const uint8_t protocols[] = {17, 4, 41, 47, 50, 51, 1};
        static const uint16_t ports[] = {4789, 8472, 6081, 2152, 3544, 53};
        if (rand() % 4 == 0) {
            uint8_t *ip = timeline + link_nbytes;
            ip[9] = protocols[rand() % 7];
            ip[22] = (uint8_t)(ports[i % 6] >> 8);
            ip[23] = (uint8_t)ports[i % 6];
        }
        for (int changes = rand() % 4; changes > 0; changes--) {
            size_t at = rand() % 2 ? link_nbytes + telling[rand() % 8] : (size_t)rand() % sizeof timeline;
            timeline[at] = (uint8_t)(rand() % 3 ? rand() : rand() % 64);
        }
        size_t nbytes = rand() % 2 ? sizeof timeline : (size_t)rand() % sizeof timeline;
        struct pz_packet plain, thorough;
        memset(&plain, 0xff, sizeof plain);
        plain.usec = thorough.usec = i;
        pz_decode(link_nbytes ? PZ_LINK_ETHERNET : PZ_LINK_RAW, timeline, nbytes, &thorough);
        if (!pz_decode_plain(link_nbytes, timeline, nbytes, &plain))
            continue;
        answered++;
        assert_true(same_packet(&plain, &thorough));
    }
    assert_true(answered > 50000);
    uint8_t ip[PZ_PLAIN_BYTES];
    struct pz_packet packet = {.usec = syn.usec};
    make_syn(ip, 7);
    assert_true(pz_decode_plain(0, ip, sizeof ip, &packet));
    assert_true(same_packet(&packet, &syn));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links),      cmocka_unit_test(test_cut_anywhere),  cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_not_ip),     cmocka_unit_test(test_strange_tags),  cmocka_unit_test(test_many_layers),
        cmocka_unit_test(test_tunnels),    cmocka_unit_test(test_unknown_links), cmocka_unit_test(test_ip_headers),
        cmocka_unit_test(test_ip_options), cmocka_unit_test(test_tcp_headers),   cmocka_unit_test(test_plain)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
