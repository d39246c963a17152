/* SPDX-License-Identifier: BSD-2-Clause */
/* Text from outside as it is shown. Expected: RFC 3629 and ECMA-48, by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"

static void test_escape(void **state)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"a b/c.pcap.gz", "a b/c.pcap.gz"},
        {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\x9b", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\x9b"},
        {"one\ntwo\r\tthree", "one\\ntwo\\r\\tthree"},
        {"\033[2J\033]0;title\a", "\\x1b[2J\\x1b]0;title\\x07"},
        {"\x7f\x01", "\\x7f\\x01"},
        {"\xc2\x9b[2J", "\\xc2\\x9b[2J"}, /* CSI of 8 bits */
        {"\xc2\xa0", "\xc2\xa0"},         /* the first that is no control character */
        {"\xff\xfe", "\\xff\\xfe"},
        {"\xc3", "\\xc3"},
        {"\xe2\x82", "\\xe2\\x82"},
        {"\xc0\xaf", "\\xc0\\xaf"},          /* overlong */
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"}, /* a surrogate */
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pz_buf buf = {0};
        pz_text_escape(&buf, cases[i][0]);
        pz_buf_put(&buf, "", 1);
        assert_string_equal((const char *)buf.bytes, cases[i][1]);
        pz_buf_release(&buf);
    }
}

static void test_lines(void **state)
{
    char text[] = "one\ntwo\r\n\rthree\n\nfour";
    static const char *const lines[] = {"one", "two", "", "three", "", "four"};
    char *at = text;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_string_equal(pz_text_line(&at), lines[i]);
    assert_null(pz_text_line(&at));
    assert_null(pz_text_line(&at));
}

/* RFC 4180, section 2. */
static void test_fields(void **state)
{
    static const struct {
        const char *line, *fields[5];
        size_t n;
    } cases[] = {
        {"a,b,c", {"a", "b", "c"}, 3},
        {"", {""}, 1},
        {",", {"", ""}, 2},
        {"a,,c,", {"a", "", "c", ""}, 4},
        {"\"a,b\", \"c \"\"d\"\"\",e f", {"a,b", "c \"d\"", "e f"}, 3},
        {"\"\",\"\"\"\"", {"", "\""}, 2},
        {"\"never closed,b", {"never closed,b"}, 1},
        {"a,b,c,d,e,f", {"a", "b", "c", "d", "e"}, 5}, /* no more than there is room for */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char line[64], *fields[5];
        strcpy(line, cases[i].line);
        assert_int_equal(pz_text_fields(line, ',', fields, 5), cases[i].n);
        for (size_t field = 0; field < cases[i].n; field++)
            assert_string_equal(fields[field], cases[i].fields[field]);
    }
    char bars[] = "apnic|CN|ipv4|58.14.0.0", *fields[5];
    assert_int_equal(pz_text_fields(bars, '|', fields, 5), 4);
    assert_string_equal(fields[3], "58.14.0.0");
    /* Over the ends of lines, as a whole table is read. */
    char table[] = "a,\"b\nc\"\r\nd,e\n", *at = table, *field;
    static const struct {
        const char *field;
        char ending;
    } parts[] = {{"a", ','}, {"b\nc", '\n'}, {"d", ','}, {"e", '\n'}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        assert_int_equal(pz_text_field(&at, ',', &field), parts[i].ending);
        assert_string_equal(field, parts[i].field);
    }
    assert_string_equal(at, "");
}

static void test_ipv4(void **state)
{
    static const char *const bad[] = {"",        "1.2.3",     "1.2.3.",    "1.2.3.4.",  "1.2.3.4.5",       ".1.2.3.4",
                                      "1..2.3",  "1.2.3.256", "1.2.3.4 ",  " 1.2.3.4",  "+1.2.3.4",        "1.2.3.-4",
                                      "1.2.3.x", "16909060",  "1.2.3.4/8", "0x1.2.3.4", "1.2.3.4294967297"};
    static const struct {
        const char *text;
        uint32_t address;
    } good[] = {{"0.0.0.0", 0},
                {"1.2.3.4", 0x01020304},
                {"255.255.255.255", UINT32_MAX},
                {"192.0.2.1", 0xc0000201},
                {"010.001.0.0009", 0x0a010009}};
    uint32_t address;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(pz_ipv4_parse(bad[i], &address));
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(pz_ipv4_parse(good[i].text, &address));
        assert_int_equal(address, good[i].address);
    }
    struct pz_buf text = {0};
    pz_buf_printf(&text, PZ_IPV4 "%c", PZ_OCTETS(good[3].address), 0);
    assert_string_equal((const char *)text.bytes, "192.0.2.1");
    pz_buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_escape), cmocka_unit_test(test_lines),
                                       cmocka_unit_test(test_fields), cmocka_unit_test(test_ipv4)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
