/* Frames to packets. Frames by hand: RFC 791, 9293, 1661, 1332; IEEE 802.3, 802.1Q, 802.1ad;
 * https://www.tcpdump.org/linktypes.html for the rest. */
#include "tools/make.h"

#include "capture/decode.h"

/* A frame: a link header before the SYN of make_syn(), source 10.0.0.7. */
static struct pz_packet decode(uint32_t link_type, const uint8_t *link, size_t nlink, const uint8_t *ip, size_t nip)
{
    uint8_t *frame = malloc(nlink + nip); /* exactly as long: a sanitizer sees what reads on */
    if (nlink)
        memcpy(frame, link, nlink);
    memcpy(frame + nlink, ip, nip);
    struct pz_packet packet;
    memset(&packet, 0xff, sizeof packet);
    packet.usec = 1227232109314700;
    pz_decode(link_type, frame, nlink + nip, &packet);
    free(frame);
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
    uint8_t bytes[32];
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

static void test_not_ipv4(void **state)
{
    (void)state;
    static const struct header others[] = {
        {PZ_LINK_ETHERNET, 14, {MACS, 0x08, 0x06}},                         /* ARP */
        {PZ_LINK_ETHERNET, 14, {MACS, 0x86, 0xdd}},                         /* IPv6 */
        {PZ_LINK_ETHERNET, 14, {MACS, 0x00, 0x26}},                         /* an 802.3 length */
        {PZ_LINK_ETHERNET, 14, {MACS, 0x88, 0x47}},                         /* MPLS */
        {PZ_LINK_ETHERNET, 18, {MACS, 0x81, 0x00, 0x00, 0x64, 0x86, 0xdd}}, /* IPv6 in a VLAN */
        {PZ_LINK_RAW, 1, {0x60}},
        {PZ_LINK_RAW_BSD, 1, {0x60}},
        {PZ_LINK_NULL, 4, {24, 0, 0, 0}}, /* AF_INET6 of NetBSD */
        {PZ_LINK_LOOP, 4, {2, 0, 0, 0}},  /* LOOP has one byte order only */
        {PZ_LINK_SLL, 16, {SLL_TO_TYPE, 0x86, 0xdd}},
        {PZ_LINK_SLL2, 20, {0x86, 0xdd, SLL2_BEHIND_TYPE}},
        {PZ_LINK_SLL2, 24, {0x81, 0x00, SLL2_BEHIND_TYPE, 0x00, 0x64, 0x86, 0xdd}},
        {PZ_LINK_CHDLC, 4, {0x0f, 0x00, 0x80, 0x35}},
        {PZ_LINK_PPP, 4, {0xff, 0x03, 0xc0, 0x21}}, /* LCP */
        {PZ_LINK_PPP, 4, {0xff, 0x03, 0x00, 0x57}}, /* IPv6 */
    };
    uint8_t ip[SYN_BYTES];
    make_syn(ip, 7);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct pz_packet packet = decode(others[i].link_type, others[i].bytes, others[i].n, ip, sizeof ip);
        assert_int_equal(packet.fate, PZ_NOT_IPV4);
        assert_false(packet.has_addresses);
    }
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
        uint8_t frame[PZ_PLAIN_BYTES + 16] = {MACS, 0x08, 0x00};
        make_syn(frame + link_nbytes, (uint8_t)i);
        /* Bytes changed anywhere, more often where something hangs on them, and any number of them captured. */
        static const uint8_t telling[] = {0, 2, 3, 6, 7, 9, 32, 33};
        for (int changes = rand() % 4; changes > 0; changes--) {
            size_t at = rand() % 2 ? link_nbytes + telling[rand() % 8] : (size_t)rand() % sizeof frame;
            frame[at] = (uint8_t)(rand() % 3 ? rand() : rand() % 64);
        }
        size_t nbytes = rand() % 2 ? sizeof frame : (size_t)rand() % sizeof frame;
        struct pz_packet plain, thorough;
        memset(&plain, 0xff, sizeof plain);
        plain.usec = thorough.usec = i;
        pz_decode(link_nbytes ? PZ_LINK_ETHERNET : PZ_LINK_RAW, frame, nbytes, &thorough);
        if (!pz_decode_plain(link_nbytes, frame, nbytes, &plain))
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_links),       cmocka_unit_test(test_cut_anywhere),
                                       cmocka_unit_test(test_not_ipv4),    cmocka_unit_test(test_unknown_links),
                                       cmocka_unit_test(test_ip_headers),  cmocka_unit_test(test_ip_options),
                                       cmocka_unit_test(test_tcp_headers), cmocka_unit_test(test_plain)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
