/* SPDX-License-Identifier: BSD-2-Clause */
/* Every reason of damage: what is still counted, which hours are marked, and where reading goes on. */
#include "tools/damage.h"

static void expect_no_capture(struct pz_buf bytes)
{
    struct outcome o = read_bytes(&bytes);
    assert_int_equal(o.status, PZ_READ_NO_CAPTURE);
    assert_int_equal(o.n, 0);
    assert_int_equal(o.log.link_type, PZ_NO_LINK);
    outcome_release(&o);
}

static void test_empty(void **state)
{
    (void)state;
    EXPECT((struct pz_buf){0}, 0, DAMAGES(PZ_DAMAGE_EMPTY), NO_HOURS);
    EXPECT(compressed((struct pz_buf){0}), 0, DAMAGES(PZ_DAMAGE_EMPTY), NO_HOURS);
}

static void test_no_capture(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 3, 4, 23, 24, 1000, 600000, 3000000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (int gz = 0; gz < 2; gz++) {
            struct pz_buf b = {0};
            memset(pz_buf_extend(&b, sizes[i]), 'x', sizes[i]);
            expect_no_capture(gz ? compressed(b) : b);
        }
    }
    /* Several members, none of them a capture. */
    struct pz_buf b = {0};
    for (int i = 0; i < 5; i++)
        put_gzip(&b, "some text, longer than a header", 31);
    expect_no_capture(b);
}

static void test_a_member_that_is_none(void **state)
{
    (void)state;
    static const char text[] = "a note on what follows, which is no capture";
    static const size_t sizes[] = {5, 23, 24, sizeof text};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        /* First; a member that begins with a file header needs nothing before it. */
        struct pz_buf b = {0};
        put_gzip(&b, text, sizes[i]);
        add(&b, compressed(capture(T, 3)));
        EXPECT(b, 3, DAMAGES(PZ_DAMAGE_NOT_PCAP), HOURS({HOUR, HOUR}));
    }
    /* Between others: its bytes are taken for records, which they are no good for. */
    struct pz_buf b = compressed(capture(T, 3));
    put_gzip(&b, text, sizeof text);
    add(&b, compressed(capture(T + 7200, 2)));
    EXPECT(b, 5, DAMAGES(PZ_DAMAGE_RECORD_ABSURD), HOURS({HOUR, HOUR + 2}));
}

static void test_gzip_torn(void **state)
{
    (void)state;
    struct pz_buf whole = compressed(capture(T, 5));
    size_t last = 0;
    for (size_t n = 1; n < whole.nbytes; n++) {
        struct pz_buf b = {0};
        pz_buf_put(&b, whole.bytes, n);
        struct outcome o = read_bytes(&b);
        assert_int_equal(o.status, PZ_READ_DONE);
        assert_damages(&o.log, DAMAGES(PZ_DAMAGE_TORN));
        assert_int_equal(o.log.entries[0].offset, n);
        assert_int_equal(o.log.nhours, o.n ? 1 : 0);
        assert_true(o.n >= last && o.n <= 5);
        last = o.n;
        outcome_release(&o);
    }
    assert_int_equal(last, 5); /* without its trailer it is all there */
    pz_buf_release(&whole);
}

static void test_checksum_and_length(void **state)
{
    (void)state;
    for (size_t i = 1; i <= 8; i++) {
        struct pz_buf b = compressed(capture(T, 3));
        b.bytes[b.nbytes - i] ^= 0x10;
        size_t end = b.nbytes;
        add(&b, compressed(capture(T + 3 * 3600, 2)));
        struct outcome o = expect(b, PZ_READ_DONE, 5, DAMAGES(PZ_DAMAGE_CHECKSUM));
        assert_hours(&o.log, HOURS({HOUR, HOUR}));
        assert_int_equal(o.log.entries[0].offset, end);
        assert_true(o.distrusted || pz_codec_gzip(PZ_INFLATER_FASTEST)->authority);
        outcome_release(&o);
    }
}

/* A damaged member in the middle of one capture: its hours, and that of the record which it shares with the next. */
static void test_checksum_in_the_middle(void **state)
{
    (void)state;
    struct pz_buf plain = capture(T, 2), b = {0};
    put_syns(&plain, usual, T + 3600, 2);
    put_syns(&plain, usual, T + 7200, 2);
    put_syns(&plain, usual, T + 4 * 3600, 2);
    const size_t record = 16 + SYN_BYTES;
    put_gzip(&b, plain.bytes, 24 + 2 * record);
    put_gzip(&b, plain.bytes + 24 + 2 * record, 2 * record + 20); /* half a record of 19:00 */
    b.bytes[b.nbytes - 1] ^= 1;
    put_gzip(&b, plain.bytes + 24 + 4 * record + 20, plain.nbytes - 24 - 4 * record - 20);
    pz_buf_release(&plain);
    EXPECT(b, 8, DAMAGES(PZ_DAMAGE_CHECKSUM), HOURS({HOUR + 1, HOUR + 2}));
}

static void test_trailing(void **state)
{
    (void)state;
    struct pz_buf b = compressed(capture(T, 3));
    size_t end = b.nbytes;
    pz_buf_put(&b, "garbage, no member of anything", 30);
    struct outcome o = expect(b, PZ_READ_DONE, 3, DAMAGES(PZ_DAMAGE_TRAILING));
    assert_hours(&o.log, HOURS({HOUR, HOUR}));
    assert_int_equal(o.log.entries[0].offset, end);
    assert_int_equal(o.log.entries[0].record, 3);
    outcome_release(&o);
    /* A capture behind it is found. */
    b = compressed(capture(T, 3));
    pz_buf_put(&b, "garbage", 7);
    add(&b, compressed(capture(T + 3600, 2)));
    EXPECT(b, 5, DAMAGES(PZ_DAMAGE_TRAILING), HOURS({HOUR, HOUR + 1}));
}

static void test_corrupt(void **state)
{
    (void)state;
    /* A stored block of 24 + 2 records and a half, then one of a type that doesn't exist; a whole member behind. */
    struct pz_buf plain = capture(T, 3), b = {0};
    size_t n = 24 + 2 * (16 + SYN_BYTES) + 30;
    pz_buf_put(&b, "\x1f\x8b\x08\0\0\0\0\0\0\x03\x00", 11);
    put16(&b, (uint16_t)n, false);
    put16(&b, (uint16_t)~n, false);
    pz_buf_put(&b, plain.bytes, n);
    pz_buf_release(&plain);
    size_t at = b.nbytes;
    pz_buf_put(&b, "\x07 what follows makes no sense", 30);
    add(&b, compressed(capture(T + 2 * 3600, 2)));
    struct outcome o = expect(b, PZ_READ_DONE, 4, DAMAGES(PZ_DAMAGE_CORRUPT));
    assert_hours(&o.log, HOURS({HOUR, HOUR + 2}));
    assert_in_range(o.log.entries[0].offset, at, at + 1);
    assert_int_equal(o.log.entries[0].record, 2);
    assert_int_equal(o.log.entries[0].last_hour, HOUR + 2);
    outcome_release(&o);
}

static void test_pcap_torn(void **state)
{
    (void)state;
    struct pz_buf whole = capture(T, 3);
    const size_t record = 16 + SYN_BYTES;
    for (size_t n = 4; n < whole.nbytes; n++) {
        struct pz_buf b = {0};
        pz_buf_put(&b, whole.bytes, n);
        size_t records = n < 24 ? 0 : (n - 24) / record, rest = n < 24 ? n : (n - 24) % record;
        for (int gz = 0; gz < 2; gz++) {
            struct pz_buf copy = {0};
            pz_buf_put(&copy, b.bytes, b.nbytes);
            struct outcome o = expect(gz ? compressed(copy) : copy, PZ_READ_DONE, records,
                                      rest ? DAMAGES(PZ_DAMAGE_RECORD_TORN) : NO_DAMAGE);
            assert_int_equal(o.log.nhours, rest && records ? 1 : 0);
            if (rest)
                assert_int_equal(o.log.entries[0].offset, n - rest); /* of what is inside the gzip, if it is one */
            outcome_release(&o);
        }
        pz_buf_release(&b);
    }
    pz_buf_release(&whole);
}

/* The end of one capture isn't eked out with the beginning of the next. */
static void test_torn_before_another(void **state)
{
    (void)state;
    const size_t record = 16 + SYN_BYTES;
    for (size_t cut = 1; cut < record; cut++) {
        struct pz_buf b = capture(T, 3);
        b.nbytes -= cut;
        b = compressed(b);
        add(&b, compressed(capture(T + 3600, 2)));
        EXPECT(b, 4, DAMAGES(PZ_DAMAGE_RECORD_TORN), HOURS({HOUR, HOUR + 1}));
    }
}

static void test_absurd(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {262145, 0x7fffffff, 0x80000000, 0xffffffff};
    for (size_t i = 0; i < 4; i++) {
        for (int big = 0; big < 2; big++) {
            struct maker m = {big, false};
            struct pz_buf b = {0}, gz = {0};
            put_file_header(&b, m, PZ_LINK_RAW);
            put_syns(&b, m, T, 3);
            size_t at = b.nbytes;
            put_syns(&b, m, T + 3, 2);
            struct pz_buf length = {0};
            put32(&length, lengths[i], big);
            memcpy(b.bytes + at + 8, length.bytes, 4);
            pz_buf_release(&length);
            put_gzip(&gz, b.bytes, b.nbytes);
            struct outcome o = expect(b, PZ_READ_DONE, 3, DAMAGES(PZ_DAMAGE_RECORD_ABSURD));
            assert_hours(&o.log, HOURS({HOUR, HOUR}));
            assert_int_equal(o.log.entries[0].offset, at);
            outcome_release(&o);
            add(&gz, compressed(capture(T + 2 * 3600, 4))); /* the next member is read */
            EXPECT(gz, 7, DAMAGES(PZ_DAMAGE_RECORD_ABSURD), HOURS({HOUR, HOUR + 2}));
        }
    }
}

static void test_times(void **state)
{
    (void)state;
    /* To 1970 and on: the record is set aside, only the hours around it are marked. */
    struct pz_buf b = capture(T, 2);
    put_syns(&b, usual, 12, 1);
    put_syns(&b, usual, T + 3600, 1);
    put_syns(&b, usual, T + 7200, 1);
    struct outcome o = expect(b, PZ_READ_DONE, 5, DAMAGES(PZ_DAMAGE_TIME_RANGE));
    assert_hours(&o.log, HOURS({HOUR, HOUR + 1}));
    assert_int_equal(o.log.entries[0].offset, 24 + 2 * (16 + SYN_BYTES));
    assert_int_equal(o.log.entries[0].record, 2);
    const struct pz_filter filter = {.port = 445};
    pz_filter_apply(&filter, o.packets, o.n);
    assert_int_equal(o.packets[2].fate, PZ_BEFORE_2000);
    outcome_release(&o);

    /* After 2038, up to what 32 bits hold. */
    b = capture(T, 2);
    put_syns(&b, usual, UINT32_MAX, 1);
    o = expect(b, PZ_READ_DONE, 3, DAMAGES(PZ_DAMAGE_TIME_RANGE));
    assert_true(o.packets[2].usec == 4294967295000000);
    outcome_release(&o);

    b = capture(T + 5 * 3600, 2);
    size_t at = b.nbytes;
    put_syns(&b, usual, T, 2);
    o = expect(compressed(b), PZ_READ_DONE, 4, DAMAGES(PZ_DAMAGE_TIME_BACK));
    assert_hours(&o.log, HOURS({HOUR, HOUR}, {HOUR + 5, HOUR + 5}));
    assert_int_equal(o.log.entries[0].offset, at);
    assert_int_equal(o.log.entries[0].record, 2);
    outcome_release(&o);
}

static void test_time_forward(void **state)
{
    (void)state;
    const uint32_t year = 365 * 24 * 3600;
    for (int back = 0; back < 2; back++) {
        struct pz_buf b = capture(T, 2);
        size_t at = b.nbytes;
        put_syns(&b, usual, T + year + 1, 1);
        if (back)
            put_syns(&b, usual, T + 3600, 1);
        struct outcome o =
            expect(b, PZ_READ_DONE, back ? 4 : 3,
                   back ? DAMAGES(PZ_DAMAGE_TIME_FORWARD, PZ_DAMAGE_TIME_BACK) : DAMAGES(PZ_DAMAGE_TIME_FORWARD));
        if (back)
            assert_hours(&o.log, HOURS({HOUR, HOUR + 1}, {HOUR + 365 * 24, HOUR + 365 * 24}));
        else
            assert_hours(&o.log, HOURS({HOUR, HOUR}, {HOUR + 365 * 24, HOUR + 365 * 24}));
        assert_int_equal(o.log.entries[0].offset, at);
        assert_int_equal(o.log.entries[0].record, 2);
        outcome_release(&o);
    }
    /* An outage of nearly a year, as far as anybody can tell. */
    struct pz_buf b = capture(T, 2);
    put_syns(&b, usual, T + year, 1);
    EXPECT(b, 3, NO_DAMAGE, NO_HOURS);
}

/* A record whose fraction of a second can't be one is good but for that: it keeps its second, and is told once. */
static void test_fraction(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct maker m = {i & 1, i & 2};
        uint32_t second = m.nano ? 1000000000 : 1000000;
        const uint32_t fractions[] = {second - 1, second, UINT32_MAX, 0, second + second / 2};
        uint8_t ip[SYN_BYTES];
        struct pz_buf b = {0};
        put_file_header(&b, m, PZ_LINK_RAW);
        for (uint32_t j = 0; j < 5; j++) {
            make_syn(ip, (uint8_t)j);
            put_record(&b, m, T + 3599 + 3600 * j, fractions[j], ip, sizeof ip);
        }
        struct outcome o = read_bytes(&b);
        assert_int_equal(o.n, 5);
        for (uint32_t j = 0; j < 5; j++)
            assert_true(o.packets[j].usec == (T + 3599 + 3600 * (int64_t)j) * 1000000 + (j == 3 ? 0 : 999999));
        assert_int_equal(o.log.counts[PZ_DAMAGE_FRACTION], 3);
        assert_int_equal(o.log.nentries, 1);
        assert_int_equal(o.log.entries[0].offset, 24 + 64);
        assert_int_equal(o.log.entries[0].record, 1);
        assert_int_equal(o.log.entries[0].first_hour, HOUR + 1);
        assert_int_equal(o.log.entries[0].last_hour, HOUR + 4);
        assert_hours(&o.log, HOURS({HOUR + 1, HOUR + 2}, {HOUR + 4, HOUR + 4}));
        outcome_release(&o);
    }
}

static void test_unknown_link(void **state)
{
    (void)state;
    struct pz_buf b = {0};
    put_file_header(&b, usual, 147);
    put_syns(&b, usual, T, 2);
    put_syns(&b, usual, T + 2 * 3600, 2);
    put_file_header(&b, usual, PZ_LINK_RAW);
    put_syns(&b, usual, T + 3 * 3600, 2);
    struct outcome o = expect(b, PZ_READ_DONE, 6, DAMAGES(PZ_DAMAGE_UNKNOWN_LINK_TYPE));
    assert_hours(&o.log, HOURS({HOUR, HOUR}, {HOUR + 2, HOUR + 2}));
    assert_int_equal(o.log.link_type, 147);
    assert_int_equal(o.packets[3].fate, PZ_UNKNOWN_LINK);
    assert_int_equal(o.packets[4].fate, PZ_SCAN);
    outcome_release(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_empty),
                                       cmocka_unit_test(test_no_capture),
                                       cmocka_unit_test(test_a_member_that_is_none),
                                       cmocka_unit_test(test_gzip_torn),
                                       cmocka_unit_test(test_checksum_and_length),
                                       cmocka_unit_test(test_checksum_in_the_middle),
                                       cmocka_unit_test(test_trailing),
                                       cmocka_unit_test(test_corrupt),
                                       cmocka_unit_test(test_pcap_torn),
                                       cmocka_unit_test(test_torn_before_another),
                                       cmocka_unit_test(test_absurd),
                                       cmocka_unit_test(test_times),
                                       cmocka_unit_test(test_time_forward),
                                       cmocka_unit_test(test_fraction),
                                       cmocka_unit_test(test_unknown_link)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
