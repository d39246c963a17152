/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON text. Expected: RFC 8259, written by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json.h"

static void assert_text(struct pz_buf *buf, const char *expected)
{
    pz_buf_put(buf, "", 1);
    assert_string_equal((const char *)buf->bytes, expected);
    pz_buf_release(buf);
}

static void test_nesting(void **state)
{
    (void)state;
    struct pz_buf buf = {0};
    struct pz_json json = {.to = &buf};
    pz_json_open(&json, NULL, '{');
    pz_json_text(&json, "name", "one");
    pz_json_open(&json, "list", '[');
    pz_json_u64(&json, NULL, UINT64_MAX);
    pz_json_null(&json, NULL);
    pz_json_open(&json, NULL, '{');
    pz_json_close(&json, '}');
    pz_json_close(&json, ']');
    pz_json_open(&json, "empty", '[');
    pz_json_close(&json, ']');
    pz_json_null(&json, "none");
    pz_json_close(&json, '}');
    assert_text(&buf, "{\n"
                      "  \"name\": \"one\",\n"
                      "  \"list\": [\n"
                      "    18446744073709551615,\n"
                      "    null,\n"
                      "    {}\n"
                      "  ],\n"
                      "  \"empty\": [],\n"
                      "  \"none\": null\n"
                      "}\n");
}

static void check_quoted(const char *text, const char *expected)
{
    struct pz_buf buf = {0};
    struct pz_json json = {.to = &buf, .first = true};
    pz_json_text(&json, NULL, text);
    assert_text(&buf, expected);
}

static void test_quoting(void **state)
{
    (void)state;
    check_quoted("a \"b\" c\\d", "\"a \\\"b\\\" c\\\\d\"");
    check_quoted("tab\tline\nend\x7f", "\"tab\\u0009line\\u000aend\\u007f\"");
    check_quoted("K\xc3\xb6ln \xe2\x82\xac \xf0\x9f\x90\x9b", "\"K\xc3\xb6ln \xe2\x82\xac \xf0\x9f\x90\x9b\"");
}

/* RFC 3629: a stray continuation, a sequence cut off, overlong forms, a surrogate, beyond U+10FFFF. */
static void test_bytes_that_are_no_text(void **state)
{
    (void)state;
    check_quoted("K\xf6ln", "\"K\\ufffdln\"");
    check_quoted("\x80", "\"\\ufffd\"");
    check_quoted("\xe2\x82", "\"\\ufffd\\ufffd\"");
    check_quoted("\xc0\xaf", "\"\\ufffd\\ufffd\"");
    check_quoted("\xe0\x80\xaf", "\"\\ufffd\\ufffd\\ufffd\"");
    check_quoted("\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"");
    check_quoted("\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
    check_quoted("\xff", "\"\\ufffd\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_nesting), cmocka_unit_test(test_quoting),
                                       cmocka_unit_test(test_bytes_that_are_no_text)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
