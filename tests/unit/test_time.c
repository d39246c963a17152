/* SPDX-License-Identifier: BSD-2-Clause */
/* Times as text and back. Expected values: `date -u`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"

static void test_text(void **state)
{
    (void)state;
    assert_string_equal(pz_time_text(1227232109).text, "2008-11-21T01:48:29Z");
    assert_string_equal(pz_time_text_usec(1227232109314700).text, "2008-11-21T01:48:29.314700Z");
    assert_string_equal(pz_time_text_hour(1227229200 / 3600).text, "2008-11-21T01");
    assert_string_equal(pz_time_text_day(1227229200 / 86400).text, "2008-11-21");
}

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t second;
    } good[] = {{"2008-11-21", 1227225600},       {"2008-11-21T01", 1227229200},        {"2008-11-21T01Z", 1227229200},
                {"2008-11-21 01:48", 1227232080}, {"2008-11-21T01:48:29Z", 1227232109}, {"2008-02-29", 1204243200}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t second = -1;
        assert_int_equal(pz_time_parse(good[i].text, &second), 0);
        assert_int_equal(second, good[i].second);
    }
    static const char *const bad[] = {"",           "yesterday",     "2008",       "2008-11-31",
                                      "2009-02-29", "2008-11-21T25", "2008-11-21x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t second;
        assert_int_equal(pz_time_parse(bad[i], &second), -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_text), cmocka_unit_test(test_parse)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
