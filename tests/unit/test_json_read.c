/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON read back. Expected: RFC 8259, by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json_read.h"

static void note(void *context, const struct pz_json_value *value)
{
    struct pz_buf *to = context;
    for (size_t i = 0; i < value->depth; i++)
        if (value->path[i].key)
            pz_buf_printf(to, "/%s", value->path[i].key);
        else
            pz_buf_printf(to, "/%zu", value->path[i].index);
    pz_buf_printf(to, value->quoted ? "='%s';" : "=%s;", value->text);
}

static int read_text(const char *text, size_t nbytes, struct pz_buf *got)
{
    char *copy = malloc(nbytes + 1); /* of just that size, for the sanitizers */
    memcpy(copy, text, nbytes);
    pz_buf_clear(got);
    int status = pz_json_read(copy, nbytes, note, got);
    pz_buf_put(got, "", 1);
    free(copy);
    return status;
}

static void test_read(void **state)
{
    static const char text[] =
        " {\"a\": [1, {\"b\": \"x\\n\\\"\\u00e4\\ud83d\\udc1b\"}, []], \"c\": {}, \"d\": -1.5e3, \"\": null}\n";
    struct pz_buf got = {0};
    (void)state;
    assert_int_equal(read_text(text, sizeof text - 1, &got), 0);
    assert_string_equal((char *)got.bytes, "/a/0=1;/a/1/b='x\n\"\xc3\xa4\xf0\x9f\x90\x9b';/d=-1.5e3;/=null;");
    for (size_t n = 0; n < sizeof text - 3; n++) /* cut off anywhere */
        assert_int_equal(read_text(text, n, &got), -1);
    static const char *const bad[] = {"{} {}",   "{\"a\"}",   "{\"a\": }",   "[1,]",        "{,}",    "[1}",
                                      "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\u0000\"", "\"\n\"", "]"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(read_text(bad[i], strlen(bad[i]), &got), -1);
    char deep[1000];
    memset(deep, '[', sizeof deep);
    assert_int_equal(read_text(deep, sizeof deep, &got), -1);
    pz_buf_release(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
