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
        {"\xc0\xaf", "\\xc0\\xaf"},         /* overlong */
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_escape)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
