/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses by country: the registries' format, and what is drawn from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "twin/world.h"
#include "worm/reachable.h"

enum { LENS_OCTET = 96 };

static struct pz_buf text_of(const char *text)
{
    struct pz_buf buf = {0};
    pz_buf_put(&buf, text, strlen(text));
    return buf;
}

static void test_read(void **state)
{
    (void)state;
    struct pz_buf text = text_of("2|apnic|20081121|5|19830613|20081120|+1000\r\n"
                                 "# a comment|XX|ipv4|1.0.0.0|16777216|20050818|allocated\n"
                                 "apnic|*|ipv4|*|5|summary\n"
                                 "apnic|CN|asn|4134|1|20020801|allocated\n"
                                 "apnic|CN|ipv6|2001:250::|35|20000426|allocated\n"
                                 "apnic|CN|ipv4|58.16.0.0|1048576|20050818|allocated\r\n"
                                 "apnic|CN|ipv4|58.14.0.0|100000|20050818|assigned|A91\n" /* no power of two */
                                 "apnic||ipv4|59.0.0.0|65536||available\n"
                                 "apnic|ZZ|ipv4|59.1.0.0|65536|20081121|reserved\n"
                                 "arin|US|ipv4|10.0.0.0|16777216|19900101|allocated\n" /* private */
                                 "arin|US|ipv4|96.0.0.0|16777216|19900101|allocated\n" /* the telescope */
                                 "arin|US|ipv4|1.2.3|65536|19900101|allocated\n"
                                 "arin|US|ipv4|1.2.3.400|65536|19900101|allocated\n"
                                 "arin|US|ipv4|1.2.3.4|many|19900101|allocated\n"
                                 "lacnic|AR|ipv4|190.0.0.0|786432|20060101|allocated"); /* no newline */
    struct pz_twin_world world;
    struct pz_error error;
    assert_int_equal(pz_twin_world_read(&world, &text, LENS_OCTET, &error), 0);
    assert_int_equal(world.ncountries, 2);
    assert_string_equal(world.countries[0].code, "AR");
    assert_int_equal(world.countries[0].naddresses, 786432);
    assert_int_equal(world.countries[0].clock_seconds, -3 * 3600);
    assert_string_equal(world.countries[1].code, "CN");
    assert_int_equal(world.countries[1].naddresses, 1148576);
    struct pz_twin_rng rng = {.state = 1};
    for (int i = 0; i < 20000; i++) {
        uint32_t bits = 14;
        uint32_t address = pz_twin_world_address(&world, 1, i % 2, &rng, &bits);
        assert_in_range(address, 58u << 24 | 14 << 16, (58u << 24 | 32 << 16) - 1);
        assert_true(address < (58u << 24 | 14 << 16) + 100000 || address >= (58u << 24 | 16 << 16));
        assert_true(i % 2 == 0 || pz_worm_reaches(address));
        /* The block is in the country: the range of 100,000 ends within one of 2^14. */
        uint32_t last = address | ((1u << bits) - 1);
        assert_true(last < (58u << 24 | 14 << 16) + 100000 || last >= (58u << 24 | 16 << 16));
    }
    pz_twin_world_release(&world);
    pz_buf_release(&text);
}

static void test_too_little(void **state)
{
    (void)state;
    struct pz_twin_world world;
    struct pz_error error;
    struct pz_buf empty = {0}, small = text_of("apnic|CN|ipv4|58.16.0.0|65536|20050818|allocated\n");
    assert_int_equal(pz_twin_world_read(&world, &empty, LENS_OCTET, &error), -1);
    assert_int_equal(pz_twin_world_read(&world, &small, LENS_OCTET, &error), -1);
    assert_non_null(strstr(error.text, "ipv4"));
    pz_buf_release(&small);
}

static void test_made_up(void **state)
{
    (void)state;
    struct pz_buf text = {0}, again = {0};
    pz_twin_world_text(&text);
    pz_twin_world_text(&again);
    assert_int_equal(text.nbytes, again.nbytes);
    assert_memory_equal(text.bytes, again.bytes, text.nbytes);
    struct pz_twin_world world;
    struct pz_error error;
    assert_int_equal(pz_twin_world_read(&world, &text, LENS_OCTET, &error), 0);
    assert_true(world.ncountries + 1 >= pz_twin_country_rows); /* a small one may live in the telescope */
    uint32_t reachable = 0, argentina = 0;
    struct pz_twin_rng rng = {.state = 2};
    enum { DRAWS = 40000 };
    for (int i = 0; i < DRAWS; i++) {
        uint32_t address = pz_twin_world_anywhere(&world, &rng);
        assert_true(pz_twin_world_usable(&world, address));
        reachable += pz_worm_reaches(address);
        argentina += strcmp(world.countries[pz_twin_world_country(&world, &rng)].code, "AR") == 0;
    }
    assert_in_range(reachable, DRAWS * 23 / 100, DRAWS * 27 / 100);
    assert_in_range(argentina, DRAWS * 7 / 100, DRAWS * 11 / 100);
    /* Some countries are too small for the figures by million addresses, and none overlaps another. */
    uint32_t small = 0;
    for (uint32_t i = 0; i < world.ncountries; i++)
        small += world.countries[i].naddresses < 100000;
    assert_in_range(small, 1, 6);
    static uint8_t taken[1 << 17]; /* by blocks of 2^15 */
    for (uint32_t i = 0; i < world.nranges; i++)
        for (uint32_t block = world.ranges[i].first >> 15;
             block < (world.ranges[i].first >> 15) + (world.ranges[i].count >> 15); block++) {
            assert_int_equal(taken[block], 0);
            taken[block] = 1;
        }
    pz_twin_world_release(&world);
    pz_buf_release(&text);
    pz_buf_release(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_read), cmocka_unit_test(test_too_little),
                                       cmocka_unit_test(test_made_up)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
