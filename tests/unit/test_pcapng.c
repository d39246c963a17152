/* SPDX-License-Identifier: BSD-2-Clause */
/* pcapng, block by block. Blocks by hand, from https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html */
#include "tools/damage.h"

enum { SECTION = 0x0a0d0d0a, INTERFACE = 1, OLD_PACKET = 2, SIMPLE = 3, ENHANCED = 6, SECRETS = 10 };

/* A block: its body is put between these two. */
static size_t open_block(struct pz_buf *to, uint32_t type, bool big)
{
    size_t at = to->nbytes;
    put32(to, type, big);
    put32(to, 0, big);
    return at;
}

static void close_block(struct pz_buf *to, size_t at, bool big)
{
    while ((to->nbytes - at) % 4)
        pz_buf_put(to, "", 1);
    uint32_t length = (uint32_t)(to->nbytes - at + 4);
    put32(to, length, big);
    memcpy(to->bytes + at + 4, to->bytes + to->nbytes - 4, 4);
}

static void put_section(struct pz_buf *to, bool big)
{
    size_t at = open_block(to, SECTION, big);
    put32(to, 0x1a2b3c4d, big);
    put16(to, 1, big);
    put16(to, 0, big);
    put32(to, UINT32_MAX, big);
    put32(to, UINT32_MAX, big);
    close_block(to, at, big);
}

/* `resolution`, `offset`: 0 for no such option. */
static void put_interface(struct pz_buf *to, uint16_t link, uint32_t snaplen, uint8_t resolution, int64_t offset,
                          bool big)
{
    size_t at = open_block(to, INTERFACE, big);
    put16(to, link, big);
    put16(to, 0, big);
    put32(to, snaplen, big);
    put16(to, 1, big); /* a comment */
    put16(to, 5, big);
    pz_buf_put(to, "hello\0\0\0", 8);
    if (resolution) {
        put16(to, 9, big);
        put16(to, 1, big);
        pz_buf_put(to, (const uint8_t[]){resolution, 0, 0, 0}, 4);
    }
    if (offset) {
        put16(to, 14, big);
        put16(to, 8, big);
        put32(to, (uint32_t)((uint64_t)offset >> (big ? 32 : 0)), big);
        put32(to, (uint32_t)((uint64_t)offset >> (big ? 0 : 32)), big);
    }
    put32(to, 0, big); /* the end of the options */
    close_block(to, at, big);
}

static void put_packet(struct pz_buf *to, uint32_t type, uint32_t interface, uint64_t ticks, const void *bytes,
                       uint32_t nbytes, bool big)
{
    size_t at = open_block(to, type, big);
    if (type == OLD_PACKET) {
        put16(to, (uint16_t)interface, big);
        put16(to, 7, big); /* dropped */
    } else {
        put32(to, interface, big);
    }
    put32(to, (uint32_t)(ticks >> 32), big);
    put32(to, (uint32_t)ticks, big);
    put32(to, nbytes, big);
    put32(to, nbytes, big);
    pz_buf_put(to, bytes, nbytes);
    close_block(to, at, big);
}

static void put_syn_at(struct pz_buf *to, uint32_t interface, uint64_t ticks, uint8_t n, bool big)
{
    uint8_t ip[SYN_BYTES];
    make_syn(ip, n);
    put_packet(to, ENHANCED, interface, ticks, ip, sizeof ip, big);
}

static void put_simple(struct pz_buf *to, uint32_t length, const void *bytes, size_t nbytes, bool big)
{
    size_t at = open_block(to, SIMPLE, big);
    put32(to, length, big);
    pz_buf_put(to, bytes, nbytes);
    close_block(to, at, big);
}

static void put_other(struct pz_buf *to, uint32_t type, size_t nbytes, bool big)
{
    size_t at = open_block(to, type, big);
    memset(pz_buf_extend(to, nbytes), 0x5a, nbytes);
    close_block(to, at, big);
}

static const uint64_t usec0 = (uint64_t)T * 1000000;

/* A section with a raw IP interface and `n` SYNs, one a second. */
static struct pz_buf section(uint8_t n, bool big)
{
    struct pz_buf b = {0};
    put_section(&b, big);
    put_interface(&b, PZ_LINK_RAW, 0, 0, 0, big);
    for (uint8_t i = 1; i <= n; i++)
        put_syn_at(&b, 0, usec0 + 1000000u * (i - 1u), i, big);
    return b;
}

static void assert_sources(const struct outcome *o, const uint8_t *sources, size_t n)
{
    assert_int_equal(o->n, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(o->packets[i].source, 0x0a000000 + sources[i]);
}

static void test_interfaces(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        uint8_t timeline[14 + SYN_BYTES] = {[12] = 8}, cooked[16 + SYN_BYTES] = {[14] = 8}, ip[SYN_BYTES];
        struct pz_buf b = {0};
        put_section(&b, big);
        put_interface(&b, PZ_LINK_ETHERNET, 96, 0, 0, big);
        put_interface(&b, PZ_LINK_RAW, 65535, 9, 0, big);
        make_syn(timeline + 14, 1);
        put_packet(&b, ENHANCED, 0, usec0 + 1, timeline, sizeof timeline, big);
        make_syn(ip, 2);
        put_packet(&b, ENHANCED, 1, (usec0 + 2) * 1000 + 999, ip, sizeof ip, big);
        put_other(&b, 5, 12, big);
        put_interface(&b, PZ_LINK_SLL, 0, 3, 0, big); /* in milliseconds, described between packets */
        make_syn(cooked + 16, 3);
        put_packet(&b, OLD_PACKET, 2, usec0 / 1000, cooked, sizeof cooked, big);
        make_syn(timeline + 14, 4);
        put_packet(&b, OLD_PACKET, 0, usec0 + 4, timeline, sizeof timeline, big);
        put_other(&b, 0x0bad, 5, big);
        struct outcome o = expect(b, PZ_READ_DONE, 4, NO_DAMAGE);
        assert_sources(&o, (const uint8_t[]){1, 2, 3, 4}, 4);
        for (int i = 0; i < 4; i++) {
            assert_true(o.packets[i].usec == (int64_t)usec0 + (i == 2 ? 0 : i + 1));
            assert_int_equal(o.packets[i].fate, PZ_SCAN);
        }
        assert_int_equal(o.log.link_type, PZ_LINK_ETHERNET);
        outcome_release(&o);
    }
}

/* Times by arithmetic, in whole numbers: second 1227286800 and a fraction, in the interface's ticks. */
static void test_clocks(void **state)
{
    (void)state;
    static const struct {
        uint8_t resolution;
        int64_t offset;
        uint64_t ticks;
        int64_t usec;
    } clocks[] = {
        {0, 0, 1227286800123456, 1227286800123456},
        {6, 0, 1227286800123456, 1227286800123456},
        {1, 0, 12272868009, 1227286800900000},
        {9, 0, 1227286800123456999, 1227286800123456},
        {10, 0, 12272868001234569999u, 1227286800123456},
        {12, 1227286800, 123456999999, 1227286800123456},
        {19, 1227286799, 11234569999999999999u, 1227286800123456}, /* a second and some */
        {30, 1227286800, UINT64_MAX, 1227286800000000},
        {127, 1227286800, UINT64_MAX, 1227286800000000},
        {25, 1227286800, UINT64_MAX, 1227286800000001}, /* 18446744073709551615 / 10^19 us */
        {0x80, 0, 1227286800, 1227286800000000},
        {0x80 | 1, 0, 2454573601, 1227286800500000},
        {0x80 | 20, 0, (1227286800u * (uint64_t)1048576) + 1048575, 1227286800999999},
        {0x80 | 32, 0, (uint64_t)1227286800 << 32 | 0x80000000, 1227286800500000},
        {0x80 | 32, 0, (uint64_t)1227286800 << 32 | 4295, 1227286800000001}, /* 4294.97 ticks make a microsecond */
        {0x80 | 32, 0, (uint64_t)1227286800 << 32 | 4294, 1227286800000000},
        {0x80 | 63, 1227286799, UINT64_MAX, 1227286800999999},
        {0x80 | 64, 1227286800, (uint64_t)1 << 62, 1227286800250000},
        {0x80 | 83, 1227286800, UINT64_MAX, 1227286800000001}, /* 2^64 / 2^83 s = 1.9 us */
        {0x80 | 127, 1227286800, UINT64_MAX, 1227286800000000},
        {6, -3600, 1227290400000000, 1227286800000000},
        {6, 1227286800, 5, 1227286800000005},
        {6, 0, 0, 0},
        {6, INT64_MIN, 0, 0},
        {6, INT64_MAX, UINT64_MAX, 2145916800000000},
        {0x80, 0, UINT64_MAX, 2145916800000000},
    };
    for (size_t i = 0; i < 2 * sizeof clocks / sizeof *clocks; i++) {
        struct pz_buf b = {0};
        put_section(&b, i & 1);
        put_interface(&b, PZ_LINK_RAW, 0, clocks[i / 2].resolution, clocks[i / 2].offset, i & 1);
        put_syn_at(&b, 0, clocks[i / 2].ticks, 1, i & 1);
        struct outcome o = read_bytes(&b);
        assert_int_equal(o.n, 1);
        assert_true(o.packets[0].usec == clocks[i / 2].usec);
        outcome_release(&o);
    }
}

/* A packet without a time is a record, and belongs to no hour. Its captured length is the least of three. */
static void test_simple_packets(void **state)
{
    (void)state;
    uint8_t ip[SYN_BYTES];
    make_syn(ip, 5);
    for (int big = 0; big < 2; big++) {
        struct pz_buf b = {0};
        put_section(&b, big);
        put_interface(&b, PZ_LINK_RAW, 40, 0, 0, big);
        put_simple(&b, SYN_BYTES, ip, 40, big);   /* cut by the snap length */
        put_simple(&b, 34, ip, 36, big);          /* with padding */
        put_simple(&b, 33, ip, 36, big);          /* too short to tell, padding or not */
        put_simple(&b, 1500, ip, SYN_BYTES, big); /* longer than the snap length allows */
        put_syn_at(&b, 0, usec0, 1, big);
        struct outcome o = expect(b, PZ_READ_DONE, 5, NO_DAMAGE);
        for (int i = 0; i < 4; i++) {
            assert_true(o.packets[i].usec == PZ_NO_TIME);
            assert_int_equal(o.packets[i].fate, i == 2 ? PZ_CUT_SHORT : PZ_SCAN);
        }
        const struct pz_filter filter = {.port = 445};
        assert_int_equal(pz_filter_fate(&filter, &o.packets[0]), PZ_WITHOUT_TIME);
        outcome_release(&o);
    }
}

static void test_sections(void **state)
{
    (void)state;
    static const uint8_t both[] = {1, 2, 3, 1, 2};
    for (int i = 0; i < 8; i++) { /* in either order, compressed in one member, in two */
        bool first = i & 1, second = i & 2;
        struct pz_buf b = section(3, first), more = section(2, second);
        if (i & 4) {
            b = compressed(b);
            more = compressed(more);
        }
        add(&b, more);
        struct outcome o = read_bytes(&b);
        assert_sources(&o, both, 5);
        assert_damages(&o.log, NO_DAMAGE);
        outcome_release(&o);
    }
    /* An interface is its section's. */
    struct pz_buf b = section(1, false);
    put_section(&b, true);
    put_syn_at(&b, 0, usec0, 2, true);
    EXPECT(b, 1, DAMAGES(PZ_DAMAGE_INTERFACE), HOURS({HOUR, HOUR}));
    /* Nothing but a header, and nothing but an interface: captures of no packets. */
    b = (struct pz_buf){0};
    put_section(&b, false);
    EXPECT(b, 0, NO_DAMAGE, NO_HOURS);
    EXPECT(section(0, true), 0, NO_DAMAGE, NO_HOURS);
    /* A version that nobody knows. */
    b = section(2, false);
    b.bytes[12] = 2;
    struct outcome o = expect(b, PZ_READ_DONE, 0, DAMAGES(PZ_DAMAGE_BLOCK, PZ_DAMAGE_INTERFACE, PZ_DAMAGE_INTERFACE));
    outcome_release(&o);
}

/* pcap and pcapng joined by cat, both ways. */
static void test_joined_with_pcap(void **state)
{
    (void)state;
    static const uint8_t sources[] = {1, 2, 3, 1, 2};
    for (int i = 0; i < 16; i++) {
        struct maker m = {i & 1, i & 2};
        struct pz_buf pcap = {0};
        put_file_header(&pcap, m, PZ_LINK_RAW);
        put_syns(&pcap, m, T, i & 4 ? 2 : 3);
        struct pz_buf b = i & 4 ? section(3, i & 8) : pcap;
        add(&b, i & 4 ? pcap : section(2, i & 8));
        struct outcome o = read_bytes(&b);
        assert_damages(&o.log, NO_DAMAGE);
        assert_sources(&o, sources, 5);
        outcome_release(&o);
    }
}

/* Blocks that aren't looked into, of any length up to 16 MiB. */
static void test_long_blocks(void **state)
{
    (void)state;
    static const uint8_t sources[] = {1, 2, 7, 8, 1, 2};
    static const size_t lengths[] = {0, 262144, 524276, 524280, 700000, 3000000, 16777204};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct pz_buf b = section(2, i & 1);
        put_other(&b, SECRETS, lengths[i], i & 1);
        put_syn_at(&b, 0, usec0, 7, i & 1);
        put_other(&b, SECRETS, lengths[i], i & 1);
        put_syn_at(&b, 0, usec0, 8, i & 1);
        add(&b, section(2, !(i & 1)));
        struct outcome o = read_bytes(&b);
        assert_damages(&o.log, NO_DAMAGE);
        assert_sources(&o, sources, 6);
        outcome_release(&o);
    }
    /* Cut short, or with another length at its end. */
    for (int cut = 1; cut < 40; cut += 13) {
        struct pz_buf b = section(2, false);
        put_other(&b, SECRETS, 700000, false);
        b.nbytes -= (size_t)cut;
        EXPECT(b, 2, DAMAGES(PZ_DAMAGE_RECORD_TORN), HOURS({HOUR, HOUR}));
    }
    struct pz_buf b = section(2, false);
    put_other(&b, SECRETS, 700000, false);
    b.bytes[b.nbytes - 1] ^= 1;
    put_syn_at(&b, 0, usec0, 7, false);
    EXPECT(b, 3, DAMAGES(PZ_DAMAGE_BLOCK), HOURS({HOUR, HOUR}));
}

/* A block that can't be right costs itself; what follows is found again. */
static void test_broken_blocks(void **state)
{
    (void)state;
    enum { BLOCK = 32 + SYN_BYTES };
    static const uint8_t without_second[] = {1, 3, 4};
    static const struct {
        size_t at; /* in the second packet's block */
        uint8_t bytes[4];
    } wrongs[] = {
        {4, {81, 0, 0, 0}},             /* no multiple of 4 */
        {4, {8, 0, 0, 0}},              /* too short to be one */
        {4, {76, 0, 0, 0}},             /* ends before its end */
        {4, {84, 0, 0, 0}},             /* ends after it */
        {4, {0, 0, 16, 0}},             /* longer than any */
        {4, {255, 255, 255, 255}},      /* than the file */
        {BLOCK - 4, {76, 0, 0, 0}},     /* the length at its end */
        {20, {SYN_BYTES + 1, 0, 0, 0}}, /* captured: more than the block holds; its lengths are right */
        {20, {255, 255, 255, 255}},
    };
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        /* Behind a hole in the file, of odd length, too; if the lengths are right, it would be a second damage. */
        for (int apart = 0; apart < (i < 7 ? 2 : 1); apart++) {
            struct pz_buf head = section(1, false), b = {0};
            size_t first = head.nbytes;
            pz_buf_release(&head);
            head = section(4, false);
            memcpy(head.bytes + first + wrongs[i].at, wrongs[i].bytes, 4);
            pz_buf_put(&b, head.bytes, first + BLOCK);
            if (apart)
                memset(pz_buf_extend(&b, 1001), 'x', 1001);
            pz_buf_put(&b, head.bytes + first + BLOCK, head.nbytes - first - BLOCK);
            pz_buf_release(&head);
            struct outcome o = read_bytes(&b);
            assert_damages(&o.log, DAMAGES(PZ_DAMAGE_BLOCK));
            assert_sources(&o, without_second, 3);
            assert_int_equal(o.log.entries[0].offset, first);
            assert_int_equal(o.log.entries[0].record, 1);
            assert_hours(&o.log, HOURS({HOUR, HOUR}));
            outcome_release(&o);
        }
    }
}

/* Which interface has which number is known up to the first broken block, and again from the next section on. */
static void test_interfaces_after_damage(void **state)
{
    (void)state;
    struct pz_buf b = section(1, false);
    size_t at = b.nbytes;
    put_interface(&b, PZ_LINK_RAW, 0, 0, 0, false);
    b.bytes[at + 4] ^= 1;
    put_interface(&b, PZ_LINK_ETHERNET, 0, 0, 0, false);
    put_syn_at(&b, 0, usec0, 2, false);
    put_syn_at(&b, 1, usec0, 3, false); /* of the first of the two, or of the second? */
    add(&b, section(1, false));
    struct outcome o = expect(b, PZ_READ_DONE, 3, DAMAGES(PZ_DAMAGE_BLOCK, PZ_DAMAGE_INTERFACE));
    assert_sources(&o, (const uint8_t[]){1, 2, 1}, 3);
    outcome_release(&o);
    /* A broken section header takes its interfaces along. */
    b = section(1, false);
    at = b.nbytes;
    add(&b, section(2, false));
    b.bytes[at + 4] ^= 1;
    add(&b, section(1, true));
    o = expect(b, PZ_READ_DONE, 2, DAMAGES(PZ_DAMAGE_BLOCK, PZ_DAMAGE_INTERFACE, PZ_DAMAGE_INTERFACE));
    outcome_release(&o);
    /* Options that run out of their block: the resolution may be anything. */
    b = (struct pz_buf){0};
    put_section(&b, false);
    at = b.nbytes;
    put_interface(&b, PZ_LINK_RAW, 0, 9, 0, false);
    b.bytes[at + 18] = 200; /* the comment's length */
    put_syn_at(&b, 0, usec0, 1, false);
    o = expect(b, PZ_READ_DONE, 0, DAMAGES(PZ_DAMAGE_BLOCK, PZ_DAMAGE_INTERFACE));
    outcome_release(&o);
}

/* An unknown link type is told once for each interface that has packets, and marks their hours only. */
static void test_unknown_links(void **state)
{
    (void)state;
    struct pz_buf b = {0};
    uint8_t ip[SYN_BYTES];
    put_section(&b, false);
    put_interface(&b, PZ_LINK_RAW, 0, 0, 0, false);
    put_interface(&b, 147, 0, 0, 0, false);
    put_interface(&b, 148, 0, 0, 0, false); /* has none */
    for (uint8_t i = 0; i < 40; i++) {
        make_syn(ip, i);
        put_packet(&b, ENHANCED, i / 10 & 1, usec0 + i / 10 * (uint64_t)3600000000, ip, sizeof ip, false);
    }
    struct outcome o = expect(b, PZ_READ_DONE, 40, DAMAGES(PZ_DAMAGE_UNKNOWN_LINK_TYPE));
    assert_hours(&o.log, HOURS({HOUR + 1, HOUR + 1}, {HOUR + 3, HOUR + 3}));
    for (int i = 0; i < 40; i++)
        assert_int_equal(o.packets[i].fate, i / 10 & 1 ? PZ_UNKNOWN_LINK : PZ_SCAN);
    outcome_release(&o);
}

/* Cut anywhere: the whole packets before the cut, and damage unless it lies between two blocks. */
static void test_cut_anywhere(void **state)
{
    (void)state;
    enum { BLOCK = 32 + SYN_BYTES };
    struct pz_buf whole = section(3, true), head = section(0, true);
    for (size_t n = 28; n < whole.nbytes; n++) {
        struct pz_buf b = {0};
        pz_buf_put(&b, whole.bytes, n);
        bool between = n == 28 || (n >= head.nbytes && (n - head.nbytes) % BLOCK == 0);
        struct outcome o = expect(b, PZ_READ_DONE, n < head.nbytes ? 0 : (n - head.nbytes) / BLOCK,
                                  between ? NO_DAMAGE : DAMAGES(PZ_DAMAGE_RECORD_TORN));
        outcome_release(&o);
    }
    pz_buf_release(&whole);
    pz_buf_release(&head);
}

/* More interfaces than anybody has: memory stays bounded, and their packets are told. */
static void test_many_interfaces(void **state)
{
    (void)state;
    struct pz_buf b = {0};
    put_section(&b, false);
    for (int i = 0; i < 65536 + 2; i++) {
        size_t at = open_block(&b, INTERFACE, false);
        put16(&b, PZ_LINK_RAW, false);
        put16(&b, 0, false);
        put32(&b, 0, false);
        close_block(&b, at, false);
    }
    put_syn_at(&b, 65535, usec0, 1, false);
    put_syn_at(&b, 65536, usec0, 2, false);
    put_syn_at(&b, UINT32_MAX, usec0, 3, false);
    struct outcome o = expect(b, PZ_READ_DONE, 1, DAMAGES(PZ_DAMAGE_BLOCK, PZ_DAMAGE_INTERFACE, PZ_DAMAGE_INTERFACE));
    outcome_release(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interfaces),       cmocka_unit_test(test_clocks),
        cmocka_unit_test(test_simple_packets),   cmocka_unit_test(test_sections),
        cmocka_unit_test(test_joined_with_pcap), cmocka_unit_test(test_long_blocks),
        cmocka_unit_test(test_broken_blocks),    cmocka_unit_test(test_interfaces_after_damage),
        cmocka_unit_test(test_unknown_links),    cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_many_interfaces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
