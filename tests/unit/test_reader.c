/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole captures, each read with both inflaters: formats, members, joined captures. Damage has a file of its own. */
#include "tools/make.h"

#include "capture/decode.h"

enum { T = 1227286800 }; /* 2008-11-21T17:00:00Z */

static const struct maker usual = {false, false};

static void assert_syn(const struct outcome *o, size_t i, int64_t usec, uint8_t n)
{
    assert_true(i < o->n);
    const struct pz_packet *p = &o->packets[i];
    assert_true(p->usec == usec);
    assert_int_equal(p->fate, PZ_SCAN);
    assert_int_equal(p->source, 0x0a000000u + n);
    assert_int_equal(p->sequence, n);
    assert_int_equal(p->destination_port, 445);
}

static void assert_syns(struct outcome o, uint32_t link_type, uint8_t n)
{
    assert_int_equal(o.status, PZ_READ_DONE);
    assert_damages(&o.log, NO_DAMAGE);
    assert_hours(&o.log, NO_HOURS);
    assert_int_equal(o.log.link_type, link_type);
    assert_int_equal(o.n, n);
    for (uint8_t i = 1; i <= n; i++)
        assert_syn(&o, i - 1u, (int64_t)(T + i - 1) * 1000000, i);
    outcome_release(&o);
}

/* Byte orders and units: the same packet, written out by hand in each. */
static void test_formats(void **state)
{
    (void)state;
    static const struct {
        uint8_t header[24], record[16];
    } formats[] = {
        {{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 101, 0, 0, 0},
         {0x90, 0xe9, 0x26, 0x49, 0x87, 0xd6, 0x12, 0, 48, 0, 0, 0, 48, 0, 0, 0}},
        {{0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 101},
         {0x49, 0x26, 0xe9, 0x90, 0, 0x12, 0xd6, 0x87, 0, 0, 0, 48, 0, 0, 0, 48}},
        {{0x4d, 0x3c, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 101, 0, 0, 0},
         {0x90, 0xe9, 0x26, 0x49, 0x3f, 0x46, 0x96, 0x49, 48, 0, 0, 0, 48, 0, 0, 0}},
        {{0xa1, 0xb2, 0x3c, 0x4d, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 101},
         {0x49, 0x26, 0xe9, 0x90, 0x49, 0x96, 0x46, 0x3f, 0, 0, 0, 48, 0, 0, 0, 48}},
    };
    for (size_t i = 0; i < 4; i++) {
        uint8_t ip[SYN_BYTES];
        make_syn(ip, 9);
        struct pz_buf b = {0};
        pz_buf_put(&b, formats[i].header, 24);
        pz_buf_put(&b, formats[i].record, 16);
        pz_buf_put(&b, ip, sizeof ip);
        struct outcome o = read_bytes(&b);
        assert_int_equal(o.status, PZ_READ_DONE);
        assert_int_equal(o.n, 1);
        /* 1227286928 s and 1234567 us, or 1234585151 ns: a fraction of a second and more stays in its second. */
        assert_syn(&o, 0, 1227286928999999, 9);
        assert_damages(&o.log, DAMAGES(PZ_DAMAGE_FRACTION));
        outcome_release(&o);
    }
}

static void test_all_makers(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) {
        struct maker m = {i & 1, i & 2};
        struct pz_buf b = {0}, gz = {0};
        put_file_header(&b, m, PZ_LINK_RAW);
        put_syns(&b, m, T, 250);
        if (i & 4) {
            put_gzip(&gz, b.bytes, b.nbytes);
            pz_buf_release(&b);
            b = gz;
        }
        assert_syns(read_bytes(&b), PZ_LINK_RAW, 250);
    }
}

static void test_link_types(void **state)
{
    (void)state;
    /* Bits above the type tell of a timeline check sequence, and are no part of it. */
    static const uint32_t links[] = {PZ_LINK_IPV4, PZ_LINK_RAW_BSD, PZ_LINK_RAW_OPENBSD, 0x14000000 | PZ_LINK_RAW};
    for (size_t i = 0; i < 4; i++) {
        struct pz_buf b = {0};
        put_file_header(&b, usual, links[i]);
        put_syns(&b, usual, T, 3);
        assert_syns(read_bytes(&b), links[i] & 0xffff, 3);
    }
}

static void test_no_records(void **state)
{
    (void)state;
    struct pz_buf b = {0};
    put_file_header(&b, usual, PZ_LINK_RAW);
    assert_syns(read_bytes(&b), PZ_LINK_RAW, 0);
}

/* Records across every kind of boundary: more than a buffer, long ones, members that end anywhere. */
static void test_boundaries(void **state)
{
    (void)state;
    struct pz_buf b = {0}, gz = {0};
    put_file_header(&b, usual, PZ_LINK_RAW);
    uint8_t *large = calloc(1, 262144);
    srand(1);
    enum { RECORDS = 300 };
    size_t lengths[RECORDS];
    for (int i = 0; i < RECORDS; i++) {
        lengths[i] = i % 50 == 0 ? 262144 : (size_t)rand() % 20000;
        make_syn(large, (uint8_t)i);
        put_record(&b, usual, T + (uint32_t)i, 0, large, lengths[i]);
    }
    free(large);
    static const size_t cuts[] = {1000000, 1, 5, 23, 24, 100, 12345, 524288};
    for (size_t at = 0, i = 0; at < b.nbytes; i = (i + 1) % 8) {
        size_t n = b.nbytes - at < cuts[i] ? b.nbytes - at : cuts[i];
        put_gzip(&gz, b.bytes + at, n);
        at += n;
    }
    for (int compressed = 0; compressed < 2; compressed++) {
        struct outcome o = read_bytes(compressed ? &gz : &b);
        assert_damages(&o.log, NO_DAMAGE);
        assert_int_equal(o.n, RECORDS);
        for (size_t i = 0; i < RECORDS; i++) {
            assert_true(o.packets[i].usec == (int64_t)(T + i) * 1000000);
            assert_int_equal(o.packets[i].fate, lengths[i] >= 34 ? PZ_SCAN : PZ_CUT_SHORT);
        }
        outcome_release(&o);
    }
}

static void test_tiny_members(void **state)
{
    (void)state;
    for (size_t step = 1; step < 30; step++) {
        struct pz_buf b = {0}, gz = {0};
        put_file_header(&b, usual, PZ_LINK_RAW);
        put_syns(&b, usual, T, 4);
        for (size_t at = 0; at < b.nbytes; at += step)
            put_gzip(&gz, b.bytes + at, b.nbytes - at < step ? b.nbytes - at : step);
        pz_buf_release(&b);
        assert_syns(read_bytes(&gz), PZ_LINK_RAW, 4);
    }
}

/* Captures joined by cat, plain or as members, in any mix of formats. */
static void test_joined(void **state)
{
    (void)state;
    for (int i = 0; i < 32; i++) {
        struct maker first = {i & 1, i & 2}, second = {i & 4, i & 8};
        struct pz_buf a = {0}, b = {0}, all = {0};
        put_file_header(&a, first, PZ_LINK_RAW);
        put_syns(&a, first, T, 3);
        put_file_header(&b, second, PZ_LINK_IPV4);
        uint8_t ip[SYN_BYTES];
        make_syn(ip, 4);
        put_record(&b, second, T + 3, 0, ip, sizeof ip);
        if (i & 16) {
            put_gzip(&all, a.bytes, a.nbytes);
            put_gzip(&all, b.bytes, b.nbytes);
        } else {
            pz_buf_put(&all, a.bytes, a.nbytes);
            pz_buf_put(&all, b.bytes, b.nbytes);
        }
        pz_buf_release(&a);
        pz_buf_release(&b);
        assert_syns(read_bytes(&all), PZ_LINK_RAW, 4);
    }
}

/* A file header cut anywhere by the end of the reader's buffer. */
static void test_joined_at_a_buffers_end(void **state)
{
    (void)state;
    enum { BUFFER = 524288, LARGE = 200000 };
    uint8_t *large = calloc(1, LARGE);
    make_syn(large, 1);
    for (size_t cut = 0; cut <= 24; cut++) {
        struct pz_buf b = {0};
        put_file_header(&b, usual, PZ_LINK_RAW);
        put_record(&b, usual, T, 0, large, LARGE);
        put_record(&b, usual, T, 0, large, LARGE);
        put_record(&b, usual, T, 0, large, BUFFER - cut - b.nbytes - 16);
        put_file_header(&b, usual, PZ_LINK_IPV4);
        put_syns(&b, usual, T, 2);
        struct outcome o = read_bytes(&b);
        assert_damages(&o.log, NO_DAMAGE);
        assert_int_equal(o.n, 5);
        assert_syn(&o, 4, (int64_t)(T + 1) * 1000000, 2);
        outcome_release(&o);
    }
    free(large);
}

static void test_records_without_bytes(void **state)
{
    (void)state;
    struct pz_buf b = {0};
    put_file_header(&b, usual, PZ_LINK_RAW);
    for (uint32_t i = 0; i < 1000; i++)
        put_record(&b, usual, T + i, 0, "", 0);
    struct outcome o = read_bytes(&b);
    assert_int_equal(o.n, 1000);
    assert_damages(&o.log, NO_DAMAGE);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(o.packets[i].fate, PZ_CUT_SHORT);
    outcome_release(&o);
}

/* pcapng by hand: draft-ietf-opsawg-pcapng. Blocks are padded to 32 bits and end with their length once more. */
static void put_block(struct pz_buf *to, bool big, uint32_t type, const void *body, size_t n)
{
    size_t padded = (n + 3) / 4 * 4;
    put32(to, type, big);
    put32(to, (uint32_t)padded + 12, big);
    pz_buf_put(to, body, n);
    pz_buf_put(to, "\0\0\0", padded - n);
    put32(to, (uint32_t)padded + 12, big);
}

static void put_section(struct pz_buf *to, bool big, uint16_t link_type)
{
    struct pz_buf body = {0};
    put32(&body, 0x1a2b3c4d, big);
    put16(&body, 1, big);
    put16(&body, 0, big);
    put32(&body, 0xffffffff, big);
    put32(&body, 0xffffffff, big);
    put_block(to, big, 0x0a0d0d0a, body.bytes, body.nbytes);
    pz_buf_clear(&body);
    put16(&body, link_type, big);
    put16(&body, 0, big);
    put32(&body, 65535, big);
    put_block(to, big, 1, body.bytes, body.nbytes);
    pz_buf_release(&body);
}

static void put_enhanced(struct pz_buf *to, bool big, uint64_t time, const void *bytes, uint32_t n)
{
    struct pz_buf body = {0};
    put32(&body, 0, big);
    put32(&body, (uint32_t)(time >> 32), big);
    put32(&body, (uint32_t)time, big);
    put32(&body, n, big);
    put32(&body, n, big);
    pz_buf_put(&body, bytes, n);
    put_block(to, big, 6, body.bytes, body.nbytes);
    pz_buf_release(&body);
}

static void test_pcapng(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        bool big = i & 1;
        struct pz_buf b = {0}, gz = {0};
        put_section(&b, big, PZ_LINK_RAW);
        for (uint8_t n = 1; n <= 3; n++) {
            uint8_t ip[SYN_BYTES];
            make_syn(ip, n);
            put_enhanced(&b, big, (uint64_t)(T + n - 1) * 1000000, ip, sizeof ip);
        }
        if (i & 2) {
            put_gzip(&gz, b.bytes, 30);
            put_gzip(&gz, b.bytes + 30, b.nbytes - 30);
            pz_buf_release(&b);
            b = gz;
        }
        assert_syns(read_bytes(&b), PZ_LINK_RAW, 3);
    }
}

/* A time of 64 bits may lie anywhere. */
static void test_pcapng_times(void **state)
{
    (void)state;
    struct pz_buf b = {0};
    put_section(&b, false, PZ_LINK_RAW);
    uint8_t ip[SYN_BYTES];
    make_syn(ip, 1);
    put_enhanced(&b, false, UINT64_MAX, ip, sizeof ip);
    put_enhanced(&b, false, (uint64_t)1 << 62, ip, sizeof ip);
    put_enhanced(&b, false, 0, ip, sizeof ip);
    struct outcome o = read_bytes(&b);
    assert_int_equal(o.n, 3);
    assert_damages(&o.log, DAMAGES(PZ_DAMAGE_TIME_RANGE, PZ_DAMAGE_TIME_RANGE, PZ_DAMAGE_TIME_RANGE));
    const struct pz_filter filter = {.port = 445};
    pz_filter_apply(&filter, o.packets, o.n);
    assert_int_equal(o.packets[0].fate, PZ_AFTER_2038);
    assert_int_equal(o.packets[1].fate, PZ_AFTER_2038);
    assert_int_equal(o.packets[2].fate, PZ_BEFORE_2000);
    outcome_release(&o);
}

/* Kuznetzov's modified pcap: 8 more bytes in a record's header (interface, protocol, packet type). */
static void test_modified_pcap(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        bool big = i;
        struct pz_buf b = {0};
        put_file_header(&b, (struct maker){big, false}, 1);
        b.bytes[big ? 2 : 1] = 0xcd;
        b.bytes[big ? 3 : 0] = 0x34;
        for (uint8_t n = 1; n <= 3; n++) {
            uint8_t ethernet[14 + SYN_BYTES] = {[12] = 8};
            make_syn(ethernet + 14, n);
            put32(&b, T + n - 1u, big);
            put32(&b, 0, big);
            put32(&b, sizeof ethernet, big);
            put32(&b, sizeof ethernet, big);
            pz_buf_put(&b, "\0\0\0\0\0\0\0\0", 8);
            pz_buf_put(&b, ethernet, sizeof ethernet);
        }
        assert_syns(read_bytes(&b), PZ_LINK_ETHERNET, 3);
    }
}

/* What libpcap reads may follow what is walked in place. */
static void test_rare_behind_common(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct pz_buf a = {0}, b = {0}, all = {0};
        uint8_t ip[SYN_BYTES];
        make_syn(ip, 3);
        put_file_header(&a, usual, PZ_LINK_RAW);
        put_syns(&a, usual, T, 2);
        put_section(&b, false, PZ_LINK_RAW);
        put_enhanced(&b, false, (uint64_t)(T + 2) * 1000000, ip, sizeof ip);
        if (i) {
            put_gzip(&all, a.bytes, a.nbytes);
            put_gzip(&all, b.bytes, b.nbytes);
        } else {
            pz_buf_put(&all, a.bytes, a.nbytes);
            pz_buf_put(&all, b.bytes, b.nbytes);
        }
        pz_buf_release(&a);
        pz_buf_release(&b);
        assert_syns(read_bytes(&all), PZ_LINK_RAW, 3);
    }
}

static bool stop_at_once(void *context, uint64_t offset, uint64_t records)
{
    (void)context;
    assert_true(offset > 0 && records > 0);
    return false;
}

static void test_stop(void **state)
{
    (void)state;
    struct pz_buf b = {0};
    put_file_header(&b, usual, PZ_LINK_RAW);
    for (uint32_t i = 0; i < 100000; i++)
        put_record(&b, usual, T, i, "", 0);
    char path[32];
    struct pz_error error;
    int fd = make_file(b.bytes, b.nbytes, path);
    struct pz_input *input = pz_input_open(path, NULL, &error);
    struct outcome o = {0};
    pz_damage_log_init(&o.log);
    const struct pz_sink sink = {&o, keep_packets, stop_at_once, NULL};
    assert_int_equal(pz_capture_read(input, PZ_INFLATER_FASTEST, &sink, &o.log), PZ_READ_STOPPED);
    assert_true(o.log.records > 0 && o.log.records < 100000);
    pz_input_free(input);
    close(fd);
    outcome_release(&o);
    pz_buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_formats),
                                       cmocka_unit_test(test_all_makers),
                                       cmocka_unit_test(test_link_types),
                                       cmocka_unit_test(test_no_records),
                                       cmocka_unit_test(test_boundaries),
                                       cmocka_unit_test(test_tiny_members),
                                       cmocka_unit_test(test_joined),
                                       cmocka_unit_test(test_joined_at_a_buffers_end),
                                       cmocka_unit_test(test_records_without_bytes),
                                       cmocka_unit_test(test_pcapng),
                                       cmocka_unit_test(test_pcapng_times),
                                       cmocka_unit_test(test_modified_pcap),
                                       cmocka_unit_test(test_rare_behind_common),
                                       cmocka_unit_test(test_stop)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
