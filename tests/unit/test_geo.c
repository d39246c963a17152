/* SPDX-License-Identifier: BSD-2-Clause */
/* Countries of addresses: files of each form, ranges that overlap, and what is refused. Expected: by hand, from the
 * formats and the rules in geo/geo.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/text.h"
#include "geo/geo.h"

#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

static char folder[64];

static char *write_file(const char *name, const char *text)
{
    struct pz_error error;
    char *path = pz_strdup(pz_file_join(folder, name).text);
    assert_int_equal(pz_file_write(path, text, strlen(text), &error), 0);
    return path;
}

/* Files of these texts, named by their places. */
static int load(struct pz_geo *geo, const char *const *texts, size_t n, struct pz_error *error)
{
    char *paths[4];
    for (size_t i = 0; i < n; i++)
        paths[i] = write_file((const char[]){(char)('a' + i), 0}, texts[i]);
    int status = pz_geo_load(geo, PZ_GEO_COUNTRIES, (const char *const *)paths, n, error);
    for (size_t i = 0; i < n; i++) {
        unlink(paths[i]);
        free(paths[i]);
    }
    return status;
}

static const char *country_of(const struct pz_geo *geo, const char *text)
{
    uint32_t address;
    assert_true(pz_ipv4_parse(text, &address));
    size_t place = pz_geo_find(pz_geo_at(geo, 0), address);
    return place < geo->nplaces ? geo->places[place] : PZ_COUNTRY_UNKNOWN;
}

static void assert_countries(const struct pz_geo *geo, const char *const (*wanted)[2], size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_string_equal(country_of(geo, wanted[i][0]), wanted[i][1]);
}
#define ASSERT_COUNTRIES(geo, wanted) assert_countries(geo, wanted, sizeof wanted / sizeof *(wanted))

#define DELEGATED                                            \
    "2|apnic|20081121|7|19830613|20081120|+1000\r\n"         \
    "# a comment|XX|ipv4|9.0.0.0|65536|20050818|allocated\n" \
    "apnic|*|ipv4|*|5|summary\n"                             \
    "apnic|CN|asn|4134|1|20020801|allocated\n"               \
    "apnic|CN|ipv6|2001:250::|35|20000426|allocated\n"       \
    "apnic|CN|ipv4|58.16.0.0|65536|20050818|allocated\r\n"   \
    "apnic|jp|ipv4|58.14.0.0|1000|20050818|assigned|A91\n"   \
    "apnic||ipv4|59.0.0.0|65536||available\n"                \
    "apnic|ZZ|ipv4|59.1.0.0|65536|20081121|reserved\n"       \
    "apnic|AU|ipv4|255.255.255.0|256|20081121|allocated"

static void test_delegated(void **state)
{
    static const char *const texts[] = {DELEGATED};
    static const char *const wanted[][2] = {{"58.15.255.255", "ZZ"}, {"58.16.0.0", "CN"},      {"58.16.255.255", "CN"},
                                            {"58.17.0.0", "ZZ"},     {"58.14.3.231", "JP"},    {"58.14.3.232", "ZZ"},
                                            {"59.0.0.1", "ZZ"},      {"59.1.0.1", "ZZ"},       {"9.0.0.1", "ZZ"},
                                            {"0.0.0.0", "ZZ"},       {"255.255.255.255", "AU"}};
    struct pz_geo geo;
    struct pz_error error;
    (void)state;
    assert_int_equal(load(&geo, texts, 1, &error), 0);
    ASSERT_COUNTRIES(&geo, wanted);
    assert_int_equal(geo.nplaces, 3);
    assert_int_equal(geo.editions[0].addresses[1], 65536); /* AU, CN, JP */
    assert_string_equal((const char *)geo.source.bytes, "delegated file of apnic, serial 20081121");
    /* To another rank and back. */
    struct pz_buf bytes = {0};
    struct pz_geo other;
    pz_geo_encode(&geo, &bytes);
    struct pz_cursor from = pz_cursor_of(bytes.bytes, bytes.nbytes);
    pz_geo_decode(&other, &from);
    ASSERT_COUNTRIES(&other, wanted);
    pz_buf_release(&bytes);
    pz_geo_release(&other);
    pz_geo_release(&geo);
}

static void test_csv(void **state)
{
    static const char *const forms[] = {
        "start,end,country\n1.0.0.0,1.0.0.255,AU\n1.0.1.0,1.0.3.255,CN\n",
        "\"1.0.0.0\",\"1.0.0.255\",\"16777216\",\"16777471\",\"AU\",\"Australia\"\r\n"
        "\"1.0.1.0\", \"1.0.3.255\", \"16777472\", \"16778239\", \"CN\", \"China, all of it\"\r\n"
        "\"2001:db8::\",\"2001:db8::ff\",\"1\",\"2\",\"DE\",\"Germany\"\r\n",
        "16777216,16777471,au\r16777472,16778239,cn\r",
        "\xef\xbb\xbf# a comment\n1.0.0.0,1.0.0.255,AU\n\n1.0.1.0,1.0.3.255,CN",
    };
    static const char *const wanted[][2] = {{"0.255.255.255", "ZZ"}, {"1.0.0.0", "AU"},   {"1.0.0.255", "AU"},
                                            {"1.0.1.0", "CN"},       {"1.0.3.255", "CN"}, {"1.0.4.0", "ZZ"}};
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct pz_geo geo;
        struct pz_error error;
        assert_int_equal(load(&geo, &forms[i], 1, &error), 0);
        ASSERT_COUNTRIES(&geo, wanted);
        pz_geo_release(&geo);
    }
}

/* The narrower range holds; of equal ones the one named first, in whatever file. */
static void test_overlaps(void **state)
{
    static const char *const texts[] = {
        "10.0.0.0,10.255.255.255,US\n10.1.0.0,10.1.255.255,FR\n10.1.2.0,10.1.2.255,DE\n",
        "10.1.0.0,10.1.255.255,IT\n10.0.0.0,10.0.0.0,ES\n10.255.255.255,10.255.255.255,PT\n"};
    static const char *const wanted[][2] = {{"10.0.0.0", "ES"},       {"10.0.0.1", "US"}, {"10.1.0.0", "FR"},
                                            {"10.1.1.255", "FR"},     {"10.1.2.0", "DE"}, {"10.1.2.255", "DE"},
                                            {"10.1.3.0", "FR"},       {"10.2.0.0", "US"}, {"10.255.255.254", "US"},
                                            {"10.255.255.255", "PT"}, {"11.0.0.0", "ZZ"}, {"9.255.255.255", "ZZ"}};
    struct pz_geo geo;
    struct pz_error error;
    (void)state;
    assert_int_equal(load(&geo, texts, 2, &error), 0);
    ASSERT_COUNTRIES(&geo, wanted);
    uint64_t addresses = 0;
    for (size_t i = 0; i < geo.nplaces; i++)
        addresses += geo.editions[0].addresses[i];
    assert_int_equal(addresses, 1 << 24); /* none twice */
    pz_geo_release(&geo);
}

static void test_gzip(void **state)
{
    static const char *const wanted[][2] = {{"58.16.0.0", "CN"}, {"58.17.0.0", "ZZ"}};
    struct pz_path path = pz_file_join(folder, "delegated.gz");
    struct pz_geo geo;
    struct pz_error error;
    (void)state;
    gzFile file = gzopen(path.text, "wb");
    assert_int_equal(gzwrite(file, DELEGATED, sizeof DELEGATED - 1), sizeof DELEGATED - 1);
    assert_int_equal(gzclose(file), Z_OK);
    assert_int_equal(pz_geo_load(&geo, PZ_GEO_COUNTRIES, (const char *const[]){path.text}, 1, &error), 0);
    ASSERT_COUNTRIES(&geo, wanted);
    pz_geo_release(&geo);
    /* Torn in its middle. */
    struct pz_buf bytes = {0};
    assert_int_equal(pz_file_read(path.text, &bytes, &error), 0);
    assert_int_equal(pz_file_write(path.text, bytes.bytes, bytes.nbytes / 2, &error), 0);
    assert_int_equal(pz_geo_load(&geo, PZ_GEO_COUNTRIES, (const char *const[]){path.text}, 1, &error), -1);
    assert_non_null(strstr(error.text, "delegated.gz"));
    pz_buf_release(&bytes);
    unlink(path.text);
}

static void test_refused(void **state)
{
    static const char *const cases[][2] = {
        {"", "no range"},
        {"start,end,country\n", "no range"},
        {"1.0.0.0,1.0.0.255,AU\n1.0.0.300,1.0.1.0,CN\n", "line 2"},
        {"1.0.0.0,1.0.0.255,AU\n1.0.1.0,1.0.0.0,CN\n", "line 2"},
        {"1.0.0.0,4294967296,AU\n2.0.0.0,3.0.0.0\nx,y,z\n", "line 3"},
        {"network,geoname_id,registered_country_geoname_id\n1.0.0.0/24,2077456,2077456\n", "mmdb"},
        {"apnic|CN|ipv4|58.16.0|65536|20050818|allocated\n", "line 1"},
        {"# one\napnic|CN|ipv4|58.16.0.0|0|20050818|allocated\n", "line 2"},
        {"apnic|CN|ipv4|255.255.255.0|257|20050818|allocated\n", "line 1"},
        {"apnic|CN|ipv4|1.0.0.0|many|20050818|allocated\n", "line 1"},
        {"\x1f\x9d\x90", "gunzip"},
        {"\xff\xfe"
         "a",
         "UTF-16"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pz_geo geo;
        struct pz_error error = {0};
        assert_int_equal(load(&geo, &cases[i][0], 1, &error), -1);
        if (!strstr(error.text, cases[i][1]))
            fail_msg("\"%s\" lacks \"%s\"", error.text, cases[i][1]);
        assert_int_equal(error.exit, PZ_EXIT_USAGE);
    }
}

int main(void)
{
    strcpy(folder, "/tmp/patientzero-geo-XXXXXX");
    if (!mkdtemp(folder))
        return 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_delegated), cmocka_unit_test(test_csv),
                                       cmocka_unit_test(test_overlaps), cmocka_unit_test(test_gzip),
                                       cmocka_unit_test(test_refused)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
