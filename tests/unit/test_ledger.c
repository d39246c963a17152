/* The ledger of damage: ranges of hours, the stored form, hostile bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/ledger.h"

#include <stdlib.h>

static void assert_ranges(const struct pz_ledger *ledger, const uint32_t (*ranges)[2], uint32_t n)
{
    assert_int_equal(ledger->nhours, n);
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(ledger->hours[i][0], ranges[i][0]);
        assert_int_equal(ledger->hours[i][1], ranges[i][1]);
    }
}
#define RANGES(...) ((const uint32_t[][2]){__VA_ARGS__}), sizeof((const uint32_t[][2]){__VA_ARGS__}) / 8

static void test_ranges(void **state)
{
    (void)state;
    struct pz_ledger ledger;
    pz_ledger_init(&ledger);
    pz_ledger_mark(&ledger, 10, 12);
    pz_ledger_mark(&ledger, 20, 20);
    pz_ledger_mark(&ledger, 5, 6);
    assert_ranges(&ledger, RANGES({5, 6}, {10, 12}, {20, 20}));
    pz_ledger_mark(&ledger, 11, 12); /* inside one */
    pz_ledger_mark(&ledger, 13, 13); /* beside one */
    pz_ledger_mark(&ledger, 9, 9);
    assert_ranges(&ledger, RANGES({5, 6}, {9, 13}, {20, 20}));
    pz_ledger_mark(&ledger, 15, 15);
    assert_ranges(&ledger, RANGES({5, 6}, {9, 13}, {15, 15}, {20, 20}));
    pz_ledger_mark(&ledger, 7, 14); /* joins three */
    assert_ranges(&ledger, RANGES({5, 15}, {20, 20}));
    pz_ledger_mark(&ledger, 0, 100);
    assert_ranges(&ledger, RANGES({0, 100}));
    pz_ledger_mark(&ledger, UINT32_MAX - 1, UINT32_MAX - 1);
    assert_ranges(&ledger, RANGES({0, 100}, {UINT32_MAX - 1, UINT32_MAX - 1}));
    pz_ledger_release(&ledger);
    assert_null(ledger.hours);
}

/* Against a plain array of hours. */
static void test_ranges_at_random(void **state)
{
    (void)state;
    enum { HOURS = 200, ROUNDS = 60 };
    srand(445);
    for (int round = 0; round < ROUNDS; round++) {
        struct pz_ledger ledger;
        pz_ledger_init(&ledger);
        bool marked[HOURS + 1] = {false};
        for (int i = 0; i < 50; i++) {
            uint32_t first = (uint32_t)rand() % HOURS, last = first + (uint32_t)rand() % 4;
            last = last < HOURS ? last : HOURS - 1;
            pz_ledger_mark(&ledger, first, last);
            for (uint32_t hour = first; hour <= last; hour++)
                marked[hour] = true;
            uint32_t n = 0;
            for (uint32_t hour = 0; hour < HOURS; hour++) {
                if (!marked[hour] || (hour && marked[hour - 1]))
                    continue;
                uint32_t end = hour;
                while (marked[end + 1])
                    end++;
                assert_true(n < ledger.nhours);
                assert_int_equal(ledger.hours[n][0], hour);
                assert_int_equal(ledger.hours[n++][1], end);
            }
            assert_int_equal(ledger.nhours, n);
        }
        pz_ledger_release(&ledger);
    }
}

static struct pz_ledger make_ledger(void)
{
    struct pz_ledger ledger;
    pz_ledger_init(&ledger);
    ledger.records = 0x100000000u + 19;
    pz_ledger_add_sum(&ledger, PZ_LEDGER_STRIDE, 445);
    ledger.link_type = 1;
    ledger.synthetic = 0xd2804406u; /* scale 0.02, noise 1 */
    pz_ledger_add(&ledger, &(struct pz_damage){PZ_DAMAGE_TORN, 0x123456789a, 17, 340901, 340903, 0x234567890a, 0});
    pz_ledger_add(&ledger, &(struct pz_damage){PZ_DAMAGE_WINDOW, 0, 0, PZ_NO_HOUR, PZ_NO_HOUR, 0, 0x345678900a});
    pz_ledger_mark(&ledger, 340000, 340000);
    pz_ledger_say(&ledger, "bad\nwords", 20);
    pz_ledger_say(&ledger, "never heard", 11);
    pz_ledger_add_file(&ledger, &(struct pz_stamp){7, 1227229200123456789, 1227229200123456790});
    pz_ledger_add_file(&ledger, &(struct pz_stamp){8, 9, 10});
    ledger.padding = 0x100000200u;
    ledger.passed = 0x300000000u;
    return ledger;
}

static void test_details(void **state)
{
    (void)state;
    struct pz_ledger ledger;
    pz_ledger_init(&ledger);
    assert_false(pz_ledger_damaged(&ledger));
    for (uint32_t i = 0; i < PZ_LEDGER_DETAILS + 5; i++)
        pz_ledger_add(&ledger, &(struct pz_damage){PZ_DAMAGE_TIME_BACK, i, i, 10 * i, 10 * i, 0, 0});
    assert_true(pz_ledger_damaged(&ledger));
    assert_int_equal(ledger.counts[PZ_DAMAGE_TIME_BACK], PZ_LEDGER_DETAILS + 5);
    assert_int_equal(ledger.ndetails, PZ_LEDGER_DETAILS);
    assert_int_equal(ledger.details[PZ_LEDGER_DETAILS - 1].offset, PZ_LEDGER_DETAILS - 1);
    assert_int_equal(ledger.nhours, PZ_LEDGER_DETAILS + 5);
    pz_ledger_stretch(&ledger, 3, 25);
    pz_ledger_stretch(&ledger, 3, 41);
    assert_int_equal(ledger.details[3].first_hour, 25);
    assert_int_equal(ledger.details[3].last_hour, 41);
    pz_ledger_stretch(&ledger, PZ_LEDGER_DETAILS, 41);
    pz_ledger_stretch(&ledger, UINT32_MAX, 41);
    assert_int_equal(ledger.nhours, PZ_LEDGER_DETAILS + 5);
    pz_ledger_release(&ledger);

    ledger = make_ledger();
    assert_int_equal(ledger.details[1].first_hour, PZ_NO_HOUR);
    pz_ledger_stretch(&ledger, 1, 7);
    assert_int_equal(ledger.details[1].first_hour, 7);
    assert_int_equal(ledger.details[1].last_hour, 7);
    pz_ledger_release(&ledger);
}

static void test_round_trip(void **state)
{
    (void)state;
    struct pz_ledger ledger = make_ledger(), copy;
    struct pz_buf buf = {0}, again = {0};
    pz_ledger_encode(&ledger, &buf);
    pz_buf_put(&buf, "behind", 6);
    struct pz_cursor cursor = pz_cursor_of(buf.bytes, buf.nbytes);
    pz_ledger_init(&copy);
    pz_ledger_decode(&copy, &cursor);
    assert_false(cursor.bad);
    assert_int_equal(pz_cursor_left(&cursor), 6);
    assert_true(copy.records == 0x100000013u);
    assert_int_equal(copy.link_type, 1);
    assert_true(copy.synthetic == 0xd2804406u);
    assert_string_equal(copy.libpcap, "bad?words");
    assert_int_equal(copy.counts[PZ_DAMAGE_TORN], 1);
    assert_int_equal(copy.ndetails, 2);
    assert_true(copy.details[0].offset == 0x123456789a);
    assert_int_equal(copy.details[0].record, 17);
    assert_true(copy.details[0].passed == 0x234567890a && copy.details[1].window == 0x345678900a);
    assert_true(copy.padding == 0x100000200u && copy.passed == 0x300000000u);
    assert_ranges(&copy, RANGES({340000, 340000}, {340901, 340903}));
    assert_int_equal(copy.nfiles, 2);
    assert_true(pz_ledger_has_file(&copy, &(struct pz_stamp){7, 1227229200123456789, 1227229200123456790}));
    assert_true(pz_ledger_has_file(&copy, &(struct pz_stamp){8, 9, 10}));
    assert_false(pz_ledger_has_file(&copy, &(struct pz_stamp){7, 1227229200123456789, 1227229200123456791}));
    assert_false(pz_ledger_has_file(&copy, &(struct pz_stamp){7, 1227229200123456788, 1227229200123456790}));
    assert_false(pz_ledger_has_file(&copy, &(struct pz_stamp){9, 9, 10}));
    pz_ledger_encode(&copy, &again);
    assert_int_equal(again.nbytes, buf.nbytes - 6);
    assert_memory_equal(again.bytes, buf.bytes, again.nbytes);
    pz_buf_release(&buf);
    pz_buf_release(&again);
    pz_ledger_release(&copy);
    pz_ledger_release(&ledger);
}

static bool decodes(const uint8_t *bytes, size_t nbytes)
{
    uint8_t *exact = malloc(nbytes + 1); /* so that a sanitizer sees what reads on */
    memcpy(exact + 1, bytes, nbytes);
    struct pz_ledger ledger;
    pz_ledger_init(&ledger);
    struct pz_cursor cursor = pz_cursor_of(exact + 1, nbytes);
    pz_ledger_decode(&ledger, &cursor);
    pz_ledger_release(&ledger);
    free(exact);
    return !cursor.bad;
}

/* Offsets in the stored form: records 0, link type 8, mark of synthetic data 12, count of reasons 16, counts 20, padding, bytes passed over, then
 * the details of 44 bytes. */
static void test_hostile_bytes(void **state)
{
    (void)state;
    struct pz_ledger ledger = make_ledger();
    struct pz_buf buf = {0};
    pz_ledger_encode(&ledger, &buf);
    pz_ledger_release(&ledger);
    assert_true(decodes(buf.bytes, buf.nbytes));
    for (size_t n = 0; n < buf.nbytes; n++)
        assert_false(decodes(buf.bytes, n));
    const size_t details = 20 + 8 * PZ_DAMAGE_COUNT + 16, hours = details + 4 + 2 * 44;
    const size_t words = hours + 4 + 2 * 8, files = words + 4 + 9, sums = files + 4 + 2 * PZ_STAMP_BYTES;
    assert_int_equal(sums + 12 + 8, buf.nbytes);
    const struct {
        size_t at;
        uint32_t value;
    } bad[] = {{12, 0x12345678}, /* neither a mark nor none */
               {16, PZ_DAMAGE_COUNT - 1},
               {16, UINT32_MAX},
               {details, PZ_LEDGER_DETAILS + 1},
               {details, UINT32_MAX},
               {details + 4, PZ_DAMAGE_COUNT},
               {details + 4, UINT32_MAX},
               {hours, UINT32_MAX},
               {words, PZ_LEDGER_WORDS},
               {words, UINT32_MAX},
               {hours, 3},
               {hours + 4, 340001},     /* ends before it begins */
               {hours + 8, UINT32_MAX}, /* no hour */
               {hours + 8, 340900},     /* touches the next */
               {hours + 12, 339000},    /* out of order */
               {files, UINT32_MAX},
               {files, 3},
               {sums, 0},               /* the stride */
               {sums, PZ_LEDGER_STRIDE + 1},
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
    struct pz_ledger whole, other;
    pz_ledger_init(&whole);
    pz_ledger_init(&other);
    uint64_t sum = 0, its = 0;
    for (uint64_t n = 1; n <= N; n++) {
        sum += n * n;
        its += n == OTHER ? 7 : n * n;
        pz_ledger_add_sum(&whole, n, sum);
        pz_ledger_add_sum(&other, n, its);
    }
    assert_true(whole.nsums > PZ_LEDGER_SUMS / 2 && whole.nsums <= PZ_LEDGER_SUMS);
    assert_int_equal(whole.stride, 128);
    for (uint64_t length = 0; length <= N; length++) {
        struct pz_ledger torn;
        pz_ledger_init(&torn);
        for (uint64_t n = sum = 0; n++ < length;)
            pz_ledger_add_sum(&torn, n, sum += n * n);
        assert_int_equal(pz_ledger_begins_as(&torn, &whole), length / 128 * 128);
        if (length >= OTHER + 128)
            assert_int_equal(pz_ledger_begins_as(&torn, &other), 0);
        pz_ledger_release(&torn);
    }
    pz_ledger_release(&whole);
    pz_ledger_release(&other);
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
                                       cmocka_unit_test(test_hostile_bytes), cmocka_unit_test(test_torn_copies), cmocka_unit_test(test_words)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
