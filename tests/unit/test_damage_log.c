/* SPDX-License-Identifier: BSD-2-Clause */
/* The damage log of damage: ranges of hours, the stored form, hostile bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/damage_log.h"

#include <stdlib.h>

static void assert_ranges(const struct pz_damage_log *log, const uint32_t (*ranges)[2], uint32_t n)
{
    assert_int_equal(log->nhours, n);
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(log->hours[i][0], ranges[i][0]);
        assert_int_equal(log->hours[i][1], ranges[i][1]);
    }
}
#define RANGES(...) ((const uint32_t[][2]){__VA_ARGS__}), sizeof((const uint32_t[][2]){__VA_ARGS__}) / 8

static void test_ranges(void **state)
{
    (void)state;
    struct pz_damage_log log;
    pz_damage_log_init(&log);
    pz_damage_log_mark(&log, 10, 12);
    pz_damage_log_mark(&log, 20, 20);
    pz_damage_log_mark(&log, 5, 6);
    assert_ranges(&log, RANGES({5, 6}, {10, 12}, {20, 20}));
    pz_damage_log_mark(&log, 11, 12); /* inside one */
    pz_damage_log_mark(&log, 13, 13); /* beside one */
    pz_damage_log_mark(&log, 9, 9);
    assert_ranges(&log, RANGES({5, 6}, {9, 13}, {20, 20}));
    pz_damage_log_mark(&log, 15, 15);
    assert_ranges(&log, RANGES({5, 6}, {9, 13}, {15, 15}, {20, 20}));
    pz_damage_log_mark(&log, 7, 14); /* joins three */
    assert_ranges(&log, RANGES({5, 15}, {20, 20}));
    pz_damage_log_mark(&log, 0, 100);
    assert_ranges(&log, RANGES({0, 100}));
    pz_damage_log_mark(&log, UINT32_MAX - 1, UINT32_MAX - 1);
    assert_ranges(&log, RANGES({0, 100}, {UINT32_MAX - 1, UINT32_MAX - 1}));
    pz_damage_log_release(&log);
    assert_null(log.hours);
}

/* Against a plain array of hours. */
static void test_ranges_at_random(void **state)
{
    (void)state;
    enum { HOURS = 200, ROUNDS = 60 };
    srand(445);
    for (int round = 0; round < ROUNDS; round++) {
        struct pz_damage_log log;
        pz_damage_log_init(&log);
        bool marked[HOURS + 1] = {false};
        for (int i = 0; i < 50; i++) {
            uint32_t first = (uint32_t)rand() % HOURS, last = first + (uint32_t)rand() % 4;
            last = last < HOURS ? last : HOURS - 1;
            pz_damage_log_mark(&log, first, last);
            for (uint32_t hour = first; hour <= last; hour++)
                marked[hour] = true;
            uint32_t n = 0;
            for (uint32_t hour = 0; hour < HOURS; hour++) {
                if (!marked[hour] || (hour && marked[hour - 1]))
                    continue;
                uint32_t end = hour;
                while (marked[end + 1])
                    end++;
                assert_true(n < log.nhours);
                assert_int_equal(log.hours[n][0], hour);
                assert_int_equal(log.hours[n++][1], end);
            }
            assert_int_equal(log.nhours, n);
        }
        pz_damage_log_release(&log);
    }
}

static struct pz_damage_log make_ledger(void)
{
    struct pz_damage_log log;
    pz_damage_log_init(&log);
    log.records = 0x100000000u + 19;
    pz_damage_log_add_sum(&log, PZ_DAMAGE_LOG_STRIDE, 445);
    log.link_type = 1;
    log.synthetic = 0xd2804406u; /* scale 0.02, noise 1 */
    pz_damage_log_add(&log, &(struct pz_damage){PZ_DAMAGE_TORN, 0x123456789a, 17, 340901, 340903, 0x234567890a, 0});
    pz_damage_log_add(&log, &(struct pz_damage){PZ_DAMAGE_WINDOW, 0, 0, PZ_NO_HOUR, PZ_NO_HOUR, 0, 0x345678900a});
    pz_damage_log_mark(&log, 340000, 340000);
    pz_damage_log_say(&log, "bad\nwords", 20);
    pz_damage_log_say(&log, "never heard", 11);
    pz_damage_log_add_file(&log, &(struct pz_stamp){7, 1227229200123456789, 1227229200123456790});
    pz_damage_log_add_file(&log, &(struct pz_stamp){8, 9, 10});
    log.padding = 0x100000200u;
    log.passed = 0x300000000u;
    return log;
}

static void test_details(void **state)
{
    (void)state;
    struct pz_damage_log log;
    pz_damage_log_init(&log);
    assert_false(pz_damage_log_damaged(&log));
    for (uint32_t i = 0; i < PZ_DAMAGE_LOG_ENTRIES + 5; i++)
        pz_damage_log_add(&log, &(struct pz_damage){PZ_DAMAGE_TIME_BACK, i, i, 10 * i, 10 * i, 0, 0});
    assert_true(pz_damage_log_damaged(&log));
    assert_int_equal(log.counts[PZ_DAMAGE_TIME_BACK], PZ_DAMAGE_LOG_ENTRIES + 5);
    assert_int_equal(log.nentries, PZ_DAMAGE_LOG_ENTRIES);
    assert_int_equal(log.entries[PZ_DAMAGE_LOG_ENTRIES - 1].offset, PZ_DAMAGE_LOG_ENTRIES - 1);
    assert_int_equal(log.nhours, PZ_DAMAGE_LOG_ENTRIES + 5);
    pz_damage_log_extend(&log, 3, 25);
    pz_damage_log_extend(&log, 3, 41);
    assert_int_equal(log.entries[3].first_hour, 25);
    assert_int_equal(log.entries[3].last_hour, 41);
    pz_damage_log_extend(&log, PZ_DAMAGE_LOG_ENTRIES, 41);
    pz_damage_log_extend(&log, UINT32_MAX, 41);
    assert_int_equal(log.nhours, PZ_DAMAGE_LOG_ENTRIES + 5);
    pz_damage_log_release(&log);

    log = make_ledger();
    assert_int_equal(log.entries[1].first_hour, PZ_NO_HOUR);
    pz_damage_log_extend(&log, 1, 7);
    assert_int_equal(log.entries[1].first_hour, 7);
    assert_int_equal(log.entries[1].last_hour, 7);
    pz_damage_log_release(&log);
}

static void test_round_trip(void **state)
{
    (void)state;
    struct pz_damage_log log = make_ledger(), copy;
    struct pz_buf buf = {0}, again = {0};
    pz_damage_log_encode(&log, &buf);
    pz_buf_put(&buf, "behind", 6);
    struct pz_cursor cursor = pz_cursor_of(buf.bytes, buf.nbytes);
    pz_damage_log_init(&copy);
    pz_damage_log_decode(&copy, &cursor);
    assert_false(cursor.bad);
    assert_int_equal(pz_cursor_left(&cursor), 6);
    assert_true(copy.records == 0x100000013u);
    assert_int_equal(copy.link_type, 1);
    assert_true(copy.synthetic == 0xd2804406u);
    assert_string_equal(copy.libpcap, "bad?words");
    assert_int_equal(copy.counts[PZ_DAMAGE_TORN], 1);
    assert_int_equal(copy.nentries, 2);
    assert_true(copy.entries[0].offset == 0x123456789a);
    assert_int_equal(copy.entries[0].record, 17);
    assert_true(copy.entries[0].passed == 0x234567890a && copy.entries[1].window == 0x345678900a);
    assert_true(copy.padding == 0x100000200u && copy.passed == 0x300000000u);
    assert_ranges(&copy, RANGES({340000, 340000}, {340901, 340903}));
    assert_int_equal(copy.nfiles, 2);
    assert_true(pz_damage_log_has_file(&copy, &(struct pz_stamp){7, 1227229200123456789, 1227229200123456790}));
    assert_true(pz_damage_log_has_file(&copy, &(struct pz_stamp){8, 9, 10}));
    assert_false(pz_damage_log_has_file(&copy, &(struct pz_stamp){7, 1227229200123456789, 1227229200123456791}));
    assert_false(pz_damage_log_has_file(&copy, &(struct pz_stamp){7, 1227229200123456788, 1227229200123456790}));
    assert_false(pz_damage_log_has_file(&copy, &(struct pz_stamp){9, 9, 10}));
    pz_damage_log_encode(&copy, &again);
    assert_int_equal(again.nbytes, buf.nbytes - 6);
    assert_memory_equal(again.bytes, buf.bytes, again.nbytes);
    pz_buf_release(&buf);
    pz_buf_release(&again);
    pz_damage_log_release(&copy);
    pz_damage_log_release(&log);
}

static bool decodes(const uint8_t *bytes, size_t nbytes)
{
    uint8_t *exact = malloc(nbytes + 1); /* so that a sanitizer sees what reads on */
    memcpy(exact + 1, bytes, nbytes);
    struct pz_damage_log log;
    pz_damage_log_init(&log);
    struct pz_cursor cursor = pz_cursor_of(exact + 1, nbytes);
    pz_damage_log_decode(&log, &cursor);
    pz_damage_log_release(&log);
    free(exact);
    return !cursor.bad;
}

/* Offsets in the stored form: records 0, link type 8, mark of synthetic data 12, count of reasons 16, counts 20,
 * padding, bytes passed over, then the details of 44 bytes. */
static void test_hostile_bytes(void **state)
{
    (void)state;
    struct pz_damage_log log = make_ledger();
    struct pz_buf buf = {0};
    pz_damage_log_encode(&log, &buf);
    pz_damage_log_release(&log);
    assert_true(decodes(buf.bytes, buf.nbytes));
    for (size_t n = 0; n < buf.nbytes; n++)
        assert_false(decodes(buf.bytes, n));
    const size_t entries = 20 + 8 * PZ_DAMAGE_COUNT + 16, hours = entries + 4 + 2 * 44;
    const size_t words = hours + 4 + 2 * 8, files = words + 4 + 9, sums = files + 4 + 2 * PZ_STAMP_BYTES;
    assert_int_equal(sums + 12 + 8, buf.nbytes);
    const struct {
        size_t at;
        uint32_t value;
    } bad[] = {{12, 0x12345678}, /* neither a mark nor none */
               {16, PZ_DAMAGE_COUNT - 1},
               {16, UINT32_MAX},
               {entries, PZ_DAMAGE_LOG_ENTRIES + 1},
               {entries, UINT32_MAX},
               {entries + 4, PZ_DAMAGE_COUNT},
               {entries + 4, UINT32_MAX},
               {hours, UINT32_MAX},
               {words, PZ_DAMAGE_LOG_WORDS},
               {words, UINT32_MAX},
               {hours, 3},
               {hours + 4, 340001},     /* ends before it begins */
               {hours + 8, UINT32_MAX}, /* no hour */
               {hours + 8, 340900},     /* touches the next */
               {hours + 12, 339000},    /* out of order */
               {files, UINT32_MAX},
               {files, 3},
               {sums, 0}, /* the stride */
               {sums, PZ_DAMAGE_LOG_STRIDE + 1},
               {sums + 4, UINT32_MAX},
               {sums + 8, 2}, /* sums of more records than there are */
               {sums + 8, UINT32_MAX}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint8_t was[4];
        memcpy(was, buf.bytes + bad[i].at, 4);
        pz_set_le32(buf.bytes + bad[i].at, bad[i].value);
        assert_false(decodes(buf.bytes, buf.nbytes));
        memcpy(buf.bytes + bad[i].at, was, 4);
    }
    assert_true(decodes(buf.bytes, buf.nbytes));
    pz_buf_release(&buf);
}

/* Captures of all lengths against one, and against one that goes like it up to a record. */
static void test_torn_copies(void **state)
{
    (void)state;
    enum { N = 3000, OTHER = 1000 };
    struct pz_damage_log whole, other;
    pz_damage_log_init(&whole);
    pz_damage_log_init(&other);
    uint64_t sum = 0, its = 0;
    for (uint64_t n = 1; n <= N; n++) {
        sum += n * n;
        its += n == OTHER ? 7 : n * n;
        pz_damage_log_add_sum(&whole, n, sum);
        pz_damage_log_add_sum(&other, n, its);
    }
    assert_true(whole.nsums > PZ_DAMAGE_LOG_SUMS / 2 && whole.nsums <= PZ_DAMAGE_LOG_SUMS);
    assert_int_equal(whole.stride, 128);
    for (uint64_t length = 0; length <= N; length++) {
        struct pz_damage_log torn;
        pz_damage_log_init(&torn);
        for (uint64_t n = sum = 0; n++ < length;)
            pz_damage_log_add_sum(&torn, n, sum += n * n);
        assert_int_equal(pz_damage_log_begins_as(&torn, &whole), length / 128 * 128);
        if (length >= OTHER + 128)
            assert_int_equal(pz_damage_log_begins_as(&torn, &other), 0);
        pz_damage_log_release(&torn);
    }
    pz_damage_log_release(&whole);
    pz_damage_log_release(&other);
}

static void test_words(void **state)
{
    (void)state;
    for (int a = 0; a < PZ_DAMAGE_COUNT; a++)
        for (int b = 0; b < a; b++)
            assert_string_not_equal(pz_damage_words((enum pz_damage_reason)a),
                                    pz_damage_words((enum pz_damage_reason)b));
    assert_true(pz_damage_inside(PZ_DAMAGE_TIME_BACK));
    assert_false(pz_damage_inside(PZ_DAMAGE_TORN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ranges),        cmocka_unit_test(test_ranges_at_random),
                                       cmocka_unit_test(test_details),       cmocka_unit_test(test_round_trip),
                                       cmocka_unit_test(test_hostile_bytes), cmocka_unit_test(test_torn_copies),
                                       cmocka_unit_test(test_words)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
