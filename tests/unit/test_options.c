/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of the command line: where they may stand, what they take, and what is said of wrong ones. Expected: by hand,
 * from cli/command.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/command.h"

static const struct pz_option options[] = {
    {"flag", NULL, "A flag.", PZ_AS_FLAG(quiet)},  {"text", "TEXT", "Two\nlines.", PZ_AS_TEXT(out)},
    {"port", "N", "", PZ_AS_PORT(port)},           {"count", "N", "", PZ_AS_COUNT(cores)},
    {"fraction", "F", "", PZ_AS_FRACTION(scale)},  {"seconds", "SECONDS", "", PZ_AS_SECONDS(progress)},
    {"prefix", "PREFIX", "", PZ_AS_PREFIX(lens)},  {"address", "ADDRESS", "", PZ_AS_ADDRESS(source)},
    {"hour", "TIME", "", PZ_AS_HOUR(hours.since)}, {0},
};
static const struct pz_command command = {
    .name = "try", .arguments = "THING [OPTION...]", .help = "Tries.\nThings.", .options = options};

enum { ARGUMENTS = 8 };

/* Reads the arguments, which end with a NULL; the others are left in them. */
static int read(const char *const *arguments, char **others, int *nothers, struct pz_settings *settings,
                struct pz_error *error)
{
    int n = 0;
    *settings = (struct pz_settings){.port = 0};
    for (; arguments[n]; n++)
        others[n] = (char *)(uintptr_t)arguments[n];
    return pz_options_read(&command, settings, n, others, nothers, error);
}

static void test_good(void **state)
{
    const char *const arguments[] = {"one", "--flag", "--port", "445", "two", "--text=a=b",
                                     "-",   "--",     "--flag", "-x",  NULL};
    char *others[16];
    struct pz_settings settings;
    struct pz_error error;
    int n;
    (void)state;
    assert_int_equal(read(arguments, others, &n, &settings, &error), 0);
    assert_true(settings.quiet);
    assert_int_equal(settings.port, 445);
    assert_string_equal(settings.out, "a=b");
    static const char *const left[] = {"one", "two", "-", "--flag", "-x"};
    assert_int_equal(n, 5);
    for (int i = 0; i < n; i++)
        assert_string_equal(others[i], left[i]);
}

static void test_values(void **state)
{
    const char *const arguments[] = {
        "--count=18446744073709551615", "--fraction",           "0.25", "--seconds=86400", "--prefix=0.5.0.0/16",
        "--address=192.0.2.1",          "--hour=2008-11-21T01", NULL};
    char *others[16];
    struct pz_settings settings;
    struct pz_error error;
    int n;
    (void)state;
    assert_int_equal(read(arguments, others, &n, &settings, &error), 0);
    assert_int_equal(n, 0);
    assert_true(settings.cores == UINT64_MAX);
    assert_true(settings.scale == 0.25);
    assert_int_equal(settings.progress, 86400);
    assert_int_equal(settings.lens.address, 0x00050000);
    assert_int_equal(settings.lens.mask, 0xffff0000);
    assert_int_equal(settings.source.address, 0xc0000201);
    assert_int_equal(settings.source.mask, UINT32_MAX);
    assert_int_equal(settings.hours.since, 1227229200 / 3600);
}

/* The message of a refused command line names the argument and what a good one looks like. */
static void test_refused(void **state)
{
    static const struct {
        const char *arguments[4], *words[2];
    } cases[] = {
        {{"--colour"}, {"there is no option --colour", "patientzero try --help"}},
        {{"--flg"}, {"there is no option --flg", "did you mean --flag?"}},
        {{"--port=1", "-p"}, {"-p", "two dashes"}},
        {{"--flag=yes"}, {"--flag takes no value", "=yes"}},
        {{"--port"}, {"--port needs a value", "--port N"}},
        {{"--port", "0"}, {"--port 0", "65535"}},
        {{"--port", "65536"}, {"--port 65536", "65535"}},
        {{"--port", "+1"}, {"--port +1", "65535"}},
        {{"--text="}, {"--text", "empty"}},
        {{"--count", "18446744073709551616"}, {"--count", "whole number"}},
        {{"--count", "1e3"}, {"--count 1e3", "whole number"}},
        {{"--fraction", "0"}, {"--fraction 0", "above 0"}},
        {{"--fraction", "nan"}, {"--fraction nan", "above 0"}},
        {{"--seconds", "86401"}, {"--seconds 86401", "86400"}},
        {{"--prefix", "0.5.0.0"}, {"--prefix 0.5.0.0", "0.0.0.0/8"}},
        {{"--prefix", "0.5.0.0/33"}, {"--prefix", "0.0.0.0/8"}},
        {{"--prefix", "0.5.0.1/16"}, {"--prefix", "bits beyond the first 16"}},
        {{"--prefix", "0.0.0.1/0"}, {"--prefix", "bits beyond the first 0"}},
        {{"--address", "192.0.2.1/32"}, {"--address", "192.0.2.1"}},
        {{"--hour", "2008-11-21T01:30"}, {"--hour", "2008-11-21T01"}},
        {{"--hour", "1999-12-31"}, {"--hour", "2000"}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *others[ARGUMENTS];
        struct pz_settings settings;
        struct pz_error error;
        int n;
        assert_int_equal(read(cases[i].arguments, others, &n, &settings, &error), -1);
        assert_int_equal(error.exit, PZ_EXIT_USAGE);
        for (int word = 0; word < 2; word++)
            if (!strstr(error.text, cases[i].words[word]))
                fail_msg("\"%s\" lacks \"%s\"", error.text, cases[i].words[word]);
    }
}

static void test_help(void **state)
{
    struct pz_buf text = {0};
    (void)state;
    pz_options_help(&command, &text);
    pz_buf_put(&text, "", 1);
    const char *beginning = "usage: patientzero try THING [OPTION...]\n\nTries.\nThings.\n\n  --flag\n        A flag.\n"
                            "  --text TEXT\n        Two\n        lines.\n  --port N\n";
    assert_memory_equal(text.bytes, beginning, strlen(beginning));
    pz_buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_good), cmocka_unit_test(test_values),
                                       cmocka_unit_test(test_refused), cmocka_unit_test(test_help)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
