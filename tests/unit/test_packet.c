/* SPDX-License-Identifier: BSD-2-Clause */
/* The last word on what is a scan. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/packet.h"

#include <string.h>

/* 2008-11-21T01:48:29.314700Z */
static const struct pz_packet syn = {.usec = 1227232109314700,
                                     .source = 0x0a000007,
                                     .destination = 0x2c000009,
                                     .destination_port = 445,
                                     .tcp_flags = PZ_TCP_SYN,
                                     .fate = PZ_SCAN,
                                     .has_addresses = true};

static enum pz_fate fate_of(struct pz_filter filter, struct pz_packet packet)
{
    struct pz_packet packets[2] = {packet, packet};
    pz_filter_apply(&filter, packets, 2);
    assert_int_equal(packets[0].fate, packets[1].fate);
    return (enum pz_fate)packets[0].fate;
}

static const struct pz_filter port_445 = {.port = 445};

static void test_flags(void **state)
{
    (void)state;
    for (int flags = 0; flags < 256; flags++) {
        struct pz_packet packet = syn;
        packet.tcp_flags = (uint8_t)flags;
        /* SYN set; ACK, RST, FIN clear; PSH (8), URG (32), ECE (64), CWR (128) may be anything. */
        bool scan = (flags & 0x02) && !(flags & 0x10) && !(flags & 0x04) && !(flags & 0x01);
        assert_int_equal(fate_of(port_445, packet), scan ? PZ_SCAN : PZ_OTHER_FLAGS);
    }
}

static void test_port(void **state)
{
    (void)state;
    struct pz_packet packet = syn;
    packet.destination_port = 139;
    assert_int_equal(fate_of(port_445, packet), PZ_OTHER_PORT);
    assert_int_equal(fate_of((struct pz_filter){.port = 139}, packet), PZ_SCAN);
    packet.tcp_flags = PZ_TCP_RST;
    assert_int_equal(fate_of(port_445, packet), PZ_OTHER_PORT);
}

static void test_decoder_fates_stay(void **state)
{
    (void)state;
    for (int fate = 0; fate < PZ_FATE_COUNT; fate++) {
        struct pz_packet packet = syn;
        packet.fate = (uint8_t)fate;
        assert_int_equal(fate_of(port_445, packet), fate);
    }
}

static void test_times(void **state)
{
    (void)state;
    /* 2000-01-01 and 2038-01-01, from `date -u -d ... +%s`. */
    static const struct {
        int64_t usec;
        enum pz_fate fate;
    } times[] = {{946684800000000, PZ_SCAN},
                 {946684799999999, PZ_BEFORE_2000},
                 {0, PZ_BEFORE_2000},
                 {-2, PZ_BEFORE_2000},
                 {PZ_NO_TIME, PZ_WITHOUT_TIME},
                 {2145916799999999, PZ_SCAN},
                 {2145916800000000, PZ_AFTER_2038},
                 {INT64_MAX, PZ_AFTER_2038}};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct pz_packet packet = syn;
        packet.usec = times[i].usec;
        assert_int_equal(fate_of(port_445, packet), times[i].fate);
        packet.fate = PZ_NOT_IP; /* time comes first */
        assert_int_equal(fate_of(port_445, packet), times[i].fate == PZ_SCAN ? PZ_NOT_IP : times[i].fate);
    }
}

static void test_lens(void **state)
{
    (void)state;
    const struct pz_filter lens = {.lens = 0x2c000000, .lens_mask = 0xff000000, .port = 445};
    struct pz_packet packet = syn;
    assert_int_equal(fate_of(lens, packet), PZ_SCAN);
    packet.destination = 0x2dffffff;
    assert_int_equal(fate_of(lens, packet), PZ_OUTSIDE_LENS);
    packet.fate = PZ_OTHER_PROTOCOL;
    assert_int_equal(fate_of(lens, packet), PZ_OUTSIDE_LENS);
    packet.destination = 0x2cffffff;
    assert_int_equal(fate_of(lens, packet), PZ_OTHER_PROTOCOL);
    packet.has_addresses = false;
    packet.fate = PZ_NOT_IP;
    assert_int_equal(fate_of(lens, packet), PZ_OUTSIDE_LENS);
    /* A public archive has the first octet zeroed, and 0.0.0.0/8 is a lens like any other. */
    const struct pz_filter zeroed = {.lens = 0, .lens_mask = 0xff000000, .port = 445};
    assert_int_equal(fate_of(zeroed, syn), PZ_OUTSIDE_LENS);
    packet = syn;
    packet.destination = 0x00010203;
    assert_int_equal(fate_of(zeroed, packet), PZ_SCAN);
    packet.has_addresses = false; /* its destination is 0 because there is none */
    assert_int_equal(fate_of(zeroed, packet), PZ_OUTSIDE_LENS);
    const struct pz_filter host = {.lens = 0x2c000009, .lens_mask = 0xffffffff, .port = 445};
    assert_int_equal(fate_of(host, syn), PZ_SCAN);
}

static void test_names(void **state)
{
    (void)state;
    for (int a = 0; a < PZ_FATE_COUNT; a++)
        for (int b = 0; b < a; b++)
            assert_string_not_equal(pz_fate_name((enum pz_fate)a), pz_fate_name((enum pz_fate)b));
    assert_string_equal(pz_fate_name(PZ_SCAN), "scan");
    assert_string_equal(pz_fate_name(PZ_AFTER_2038), "time_after_2038");
}

static uint64_t dice = 88172645463325252u;

static uint64_t roll(void)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    return dice ^= dice << 17;
}

enum { FIELDS = 11 };

/* Packets as a telescope sees them: near in time, a few destination networks, usual lengths. */
static void fill(uint64_t fields[FIELDS])
{
    const uint64_t usual[FIELDS] = {1227232109314700 + (roll() & 0xffffff),
                                    roll() & UINT32_MAX,
                                    roll() & 0xffffff,
                                    roll() & UINT32_MAX,
                                    roll() & 0xffff,
                                    445,
                                    40 + (roll() & 8),
                                    roll() & 0xffff,
                                    0,
                                    roll() & 0xff,
                                    6};
    memcpy(fields, usual, sizeof usual);
}

static uint64_t digest_of(const uint64_t f[FIELDS])
{
    const struct pz_packet packet = {.usec = (int64_t)f[0],
                                     .source = (uint32_t)f[1],
                                     .destination = (uint32_t)f[2],
                                     .sequence = (uint32_t)f[3],
                                     .source_port = (uint16_t)f[4],
                                     .destination_port = (uint16_t)f[5],
                                     .ip_len = (uint16_t)f[6],
                                     .ip_id = (uint16_t)f[7],
                                     .tcp_flags = (uint8_t)f[8],
                                     .ttl = (uint8_t)f[9],
                                     .protocol = (uint8_t)f[10]};
    return pz_packet_digest(&packet);
}

/* Whatever differs shows: any bit of any field, and a field exchanged between two packets. */
static void test_digest(void **state)
{
    static const unsigned bits[FIELDS] = {51, 32, 32, 32, 16, 16, 16, 16, 8, 8, 8};
    (void)state;
    for (int round = 0; round < 2000; round++) {
        uint64_t a[FIELDS], b[FIELDS];
        fill(a);
        fill(b);
        a[8] = PZ_TCP_SYN;
        uint64_t sum = digest_of(a) + digest_of(b);
        for (int field = 0; field < FIELDS; field++) {
            for (unsigned bit = 0; bit < bits[field]; bit++) {
                a[field] ^= (uint64_t)1 << bit;
                assert_true(digest_of(a) + digest_of(b) != sum);
                a[field] ^= (uint64_t)1 << bit;
            }
            uint64_t swap = a[field];
            a[field] = b[field];
            b[field] = swap;
            assert_int_equal(digest_of(a) + digest_of(b) == sum, a[field] == b[field]);
            b[field] = a[field];
            a[field] = swap;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_digest), cmocka_unit_test(test_flags),
                                       cmocka_unit_test(test_port),   cmocka_unit_test(test_decoder_fates_stay),
                                       cmocka_unit_test(test_times),  cmocka_unit_test(test_lens),
                                       cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
