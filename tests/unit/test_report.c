/* SPDX-License-Identifier: BSD-2-Clause */
/* What is read back of results: tables, their numbers over time, lists of addresses. Expected: by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/csv_table.h"
#include "report/result_sets.h"
#include "report/series.h"

#include <stdlib.h>

static int read_sheet(struct pz_csv_table *table, const char *text, struct pz_error *error)
{
    struct pz_buf bytes = {0};
    pz_buf_put(&bytes, text, strlen(text));
    int status = pz_csv_table_read(table, &bytes, "a.csv", error);
    pz_buf_release(&bytes);
    return status;
}

static void test_sheet(void **state)
{
    struct pz_csv_table table;
    struct pz_error error;
    double number;
    int64_t second;
    (void)state;
    assert_int_equal(read_sheet(&table,
                                "hour,note,n\r\n2008-11-21T01:00:00Z,\"a, \"\"b\"\"\",12\n2008-11-21T02:00:00.5Z,,\n",
                                &error),
                     0);
    assert_int_equal(table.ncolumns, 3);
    assert_int_equal(table.nrows, 2);
    assert_true(pz_csv_table_has(&table, "n"));
    assert_false(pz_csv_table_has(&table, "N"));
    assert_string_equal(pz_csv_table_text(&table, 0, "note"), "a, \"b\"");
    assert_string_equal(pz_csv_table_text(&table, 0, "N"), "");
    assert_true(pz_csv_table_number(&table, 0, "n", &number) && number == 12);
    assert_false(pz_csv_table_number(&table, 1, "n", &number));
    assert_true(number == 0);
    assert_true(pz_csv_table_time(&table, 1, PZ_FIRST_COLUMN, &second));
    assert_int_equal(second, 1227232800);
    assert_false(pz_csv_table_time(&table, 1, "note", &second));
    pz_csv_table_release(&table);

    static const char *const bad[][2] = {
        {"", "empty"}, {"a,b\n1\n", "line 2"}, {"a,b\n1,2\n1,2,3\n", "line 3"}, {"a,b\n1,", "within line 2"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(read_sheet(&table, bad[i][0], &error), -1);
        assert_non_null(strstr(error.text, bad[i][1]));
        assert_non_null(strstr(error.text, "a.csv"));
    }
}

/* Six hours: whole, whole, damaged, not recorded, (one missing), whole. */
static void test_series(void **state)
{
    enum { HOUR = 3600 };
    static struct pz_point points[] = {{0 * HOUR, 5, true, true},
                                       {1 * HOUR, 9, true, true},
                                       {2 * HOUR, 20, true, false},
                                       {3 * HOUR, 0, false, false},
                                       {5 * HOUR, 1, true, true}};
    const struct pz_series series = {points, 5, HOUR};
    double value;
    (void)state;
    assert_int_equal(pz_series_covers(&series, 0, 2 * HOUR), PZ_COVERED_YES);
    assert_int_equal(pz_series_covers(&series, 0, 3 * HOUR), PZ_COVERED_PART);
    assert_int_equal(pz_series_covers(&series, 3 * HOUR, 5 * HOUR), PZ_COVERED_NO);
    assert_int_equal(pz_series_covers(&series, 5 * HOUR, 6 * HOUR), PZ_COVERED_YES);
    assert_int_equal(pz_series_covers(&series, 4 * HOUR, 6 * HOUR), PZ_COVERED_PART);
    assert_int_equal(pz_series_covers(&series, 7 * HOUR, 8 * HOUR), PZ_COVERED_NO);
    assert_ptr_equal(pz_series_most(&series, 0, 6 * HOUR), &points[2]);
    assert_ptr_equal(pz_series_most(&series, 0, 2 * HOUR), &points[1]);
    assert_null(pz_series_most(&series, 3 * HOUR, 5 * HOUR));
    assert_ptr_equal(pz_series_at(&series, HOUR), &points[1]);
    assert_null(pz_series_at(&series, 3 * HOUR));
    assert_null(pz_series_at(&series, 4 * HOUR));
    assert_null(pz_series_at(&series, HOUR + 1));
    assert_true(pz_series_median(&series, 0, 6 * HOUR, &value) && value == 5);
    assert_true(pz_series_median(&series, 0, 3 * HOUR, &value) && value == 7);
    assert_false(pz_series_median(&series, 2 * HOUR, 5 * HOUR, &value));
    assert_true(pz_series_mean(&series, 0, 6 * HOUR, &value) && value == 5);
    assert_false(pz_series_mean(&series, 2 * HOUR, 5 * HOUR, &value));
    assert_true(pz_series_sum(&series, 0, 6 * HOUR) == 35);
    assert_true(pz_series_sum(&series, 6 * HOUR, 9 * HOUR) == 0);
}

static void test_address_list(void **state)
{
    static const struct {
        const char *text;
        uint64_t addresses, lines, nipv6, nheadings;
    } good[] = {
        {"1.2.3.4\n1.2.3.4\r\n\n# 9.9.9.9\n; 9.9.9.9\n// 9.9.9.9\n", 1, 2, 0, 0},
        {"1.2.3.0/24\n1.2.3.200-1.2.4.9\n", 266, 2, 0, 0},
        {"1.2.3.77/24", 256, 1, 0, 0},
        {"ip,country\n\"1.2.3.4\",CN\n'1.2.3.5' | x\n  1.2.3.6\tsomething\n", 3, 3, 0, 1},
        {"1.2.3.4:445\n2001:db8::1\n[2001:db8::1]:445\n", 1, 1, 2, 0},
        {"0.0.0.0/0", UINT64_C(1) << 32, 1, 0, 0},
        {"255.255.255.255/32\r1.2.3.4\r", 2, 2, 0, 0},
        {"", 0, 0, 0, 0},
    };
    static const char *const bad[][2] = {{"1.2.3\n", "line 1"},      {"1.2.3.4\n1.2.3.256\n", "line 2"},
                                         {"1.2.3.4/33\n", "line 1"}, {"1.2.3.9-1.2.3.4\n", "line 1"},
                                         {"1.2.3.4-\n", "line 1"},   {"a\nb\n", "line 2"},
                                         {"16909060\n", "line 1"},   {"1.2.3.4/\n", "line 1"}};
    struct pz_address_list list;
    struct pz_error error;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char *text = pz_strdup(good[i].text);
        assert_int_equal(pz_address_list_read(&list, "list", text, &error), 0);
        assert_true(roaring_bitmap_get_cardinality(list.set) == good[i].addresses);
        assert_true(list.lines == good[i].lines && list.nipv6 == good[i].nipv6 && list.nheadings == good[i].nheadings);
        roaring_bitmap_free(list.set);
        free(text);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *text = pz_strdup(bad[i][0]);
        assert_int_equal(pz_address_list_read(&list, "list", text, &error), -1);
        assert_non_null(strstr(error.text, bad[i][1]));
        assert_int_equal(error.exit, PZ_EXIT_USAGE);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sheet), cmocka_unit_test(test_series),
                                       cmocka_unit_test(test_address_list)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
