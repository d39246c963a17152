/* SPDX-License-Identifier: BSD-2-Clause */
/* Byte buffers and cursors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"

#include <stdlib.h>

static void test_numbers(void **state)
{
    (void)state;
    struct pz_buf buf = {0};
    pz_buf_put_u32(&buf, 0x01020304);
    pz_buf_put_u64(&buf, 0x05060708090a0b0c);
    static const uint8_t expected[] = {4, 3, 2, 1, 0x0c, 0x0b, 0x0a, 9, 8, 7, 6, 5};
    assert_int_equal(buf.nbytes, sizeof expected);
    assert_memory_equal(buf.bytes, expected, sizeof expected);
    struct pz_cursor cursor = pz_cursor_of(buf.bytes, buf.nbytes);
    assert_int_equal(pz_cursor_u32(&cursor), 0x01020304);
    assert_true(pz_cursor_u64(&cursor) == 0x05060708090a0b0c);
    assert_int_equal(pz_cursor_left(&cursor), 0);
    assert_false(cursor.bad);
    assert_int_equal(pz_get_be16(expected), 0x0403);
    assert_int_equal(pz_get_le16(expected), 0x0304);
    assert_int_equal(pz_get_be32(expected), 0x04030201);
    pz_buf_release(&buf);
}

/* The examples of the Protocol Buffers encoding guide, and the ends of the range. */
static void test_varints(void **state)
{
    (void)state;
    static const struct {
        uint64_t value;
        size_t n;
        uint8_t bytes[10];
    } good[] = {{0, 1, {0}},
                {1, 1, {1}},
                {127, 1, {0x7f}},
                {150, 2, {0x96, 0x01}},
                {300, 2, {0xac, 0x02}},
                {UINT64_MAX, 10, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct pz_buf buf = {0};
        pz_buf_put_varint(&buf, good[i].value);
        assert_int_equal(buf.nbytes, good[i].n);
        assert_memory_equal(buf.bytes, good[i].bytes, good[i].n);
        struct pz_cursor cursor = pz_cursor_of(buf.bytes, buf.nbytes);
        assert_true(pz_cursor_varint(&cursor) == good[i].value);
        assert_false(cursor.bad);
        cursor = pz_cursor_of(buf.bytes, buf.nbytes - 1);
        assert_int_equal(pz_cursor_varint(&cursor), 0);
        assert_true(cursor.bad);
        pz_buf_release(&buf);
    }
    static const uint8_t too_large[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02};
    static const uint8_t too_long[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0};
    struct pz_cursor cursor = pz_cursor_of(too_large, sizeof too_large);
    pz_cursor_varint(&cursor);
    assert_true(cursor.bad);
    cursor = pz_cursor_of(too_long, sizeof too_long);
    pz_cursor_varint(&cursor);
    assert_true(cursor.bad);
}

static void test_text(void **state)
{
    (void)state;
    struct pz_buf buf = {0};
    pz_buf_put_text(&buf, "worm");
    pz_buf_put_text(&buf, "");
    static const uint8_t expected[] = {4, 0, 0, 0, 'w', 'o', 'r', 'm', 0, 0, 0, 0};
    assert_int_equal(buf.nbytes, sizeof expected);
    assert_memory_equal(buf.bytes, expected, sizeof expected);
    struct pz_cursor cursor = pz_cursor_of(buf.bytes, buf.nbytes);
    char *text = pz_cursor_text(&cursor), *empty = pz_cursor_text(&cursor);
    assert_string_equal(text, "worm");
    assert_string_equal(empty, "");
    assert_false(cursor.bad);
    free(text);
    free(empty);
    cursor = pz_cursor_of(expected, 7); /* a letter short */
    text = pz_cursor_text(&cursor);
    assert_string_equal(text, "");
    assert_true(cursor.bad);
    free(text);
    pz_buf_release(&buf);
}

static void test_cursor_stays_bad(void **state)
{
    (void)state;
    static const uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct pz_cursor cursor = pz_cursor_of(bytes, sizeof bytes);
    assert_ptr_equal(pz_cursor_take(&cursor, 8), bytes);
    assert_non_null(pz_cursor_take(&cursor, 0));
    assert_null(pz_cursor_take(&cursor, 1));
    assert_true(cursor.bad);
    assert_null(pz_cursor_take(&cursor, 0));
    cursor = pz_cursor_of(bytes, sizeof bytes);
    assert_null(pz_cursor_take(&cursor, SIZE_MAX));
    assert_int_equal(pz_cursor_u32(&cursor), 0);
    cursor = pz_cursor_of(NULL, 0);
    assert_int_equal(pz_cursor_left(&cursor), 0);
    assert_false(cursor.bad);
}

static void test_growth(void **state)
{
    (void)state;
    struct pz_buf buf = {0};
    assert_non_null(pz_buf_extend(&buf, 0));
    for (uint32_t i = 0; i < 100000; i++)
        pz_buf_put(&buf, &(uint8_t){(uint8_t)i}, 1);
    pz_buf_put(&buf, NULL, 0);
    assert_int_equal(buf.nbytes, 100000);
    for (uint32_t i = 0; i < 100000; i++)
        assert_int_equal(buf.bytes[i], i & 0xff);
    uint8_t *memory = buf.bytes;
    pz_buf_clear(&buf);
    pz_buf_printf(&buf, "%d and %s", 445, "more");
    pz_buf_printf(&buf, "%s", "");
    assert_ptr_equal(buf.bytes, memory);
    assert_int_equal(buf.nbytes, 12);
    assert_memory_equal(buf.bytes, "445 and more", 12);
    pz_buf_release(&buf);
    assert_null(buf.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_numbers), cmocka_unit_test(test_varints),
                                       cmocka_unit_test(test_text), cmocka_unit_test(test_cursor_stays_bad),
                                       cmocka_unit_test(test_growth)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
