/* SPDX-License-Identifier: BSD-2-Clause */
/* A second outbreak: a made-up profile with its own days and scans, and what asks the profile. Expected: by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/figure.h"
#include "tools/archive.h"
#include "worm/outbreak.h"
#include "worm/traits.h"

extern const struct pz_job pz_job_first_day, pz_job_reachable;

#define BEGIN INT64_C(1060560000) /* 2003-08-11 */

static const struct pz_fingerprint scan = {.never_set = 0x000000ff,
                                           .syn_length = 60,
                                           .ttl_min = 33,
                                           .ttl_max = 64,
                                           .port_min = 32768,
                                           .port_max = 61000,
                                           .gap_min_usec = 900000,
                                           .gap_max_usec = 1100000};

static const struct pz_outbreak made_up = {
    .name = "Made-up",
    .port = 135,
    .begin = BEGIN,
    .day = "11 August 2003",
    .first_scan = BEGIN + 3600,
    .fingerprint = &scan,
    .variants = (const struct pz_variant[]){{"one", BEGIN}, {"two", BEGIN + 2 * PZ_DAY_SECONDS}, {0}},
    .published =
        (const struct pz_published[]){
            {"S6a", "highest hour", "sources", .count = 7, .begin = BEGIN, .end = BEGIN + 3600}, {0}},
};

static void test_traits(void **state)
{
    const unsigned all = PZ_TRAIT_REACHABLE | PZ_TRAIT_LENGTH | PZ_TRAIT_TTL | PZ_TRAIT_PORT;
    (void)state;
    assert_int_equal(pz_traits_of(&scan, 0x0a010100, 60, 64, 32768), all);
    assert_int_equal(pz_traits_of(&scan, 0x0a010101, 60, 33, 61000), all - PZ_TRAIT_REACHABLE);
    assert_int_equal(pz_traits_of(&scan, 0x0a808000, 48, 64, 32768), all - PZ_TRAIT_LENGTH);
    assert_int_equal(pz_traits_of(&scan, 0x0a010100, 60, 65, 32768), all - PZ_TRAIT_TTL);
    assert_int_equal(pz_traits_of(&scan, 0x0a010100, 60, 32, 32768), all - PZ_TRAIT_TTL);
    assert_int_equal(pz_traits_of(&scan, 0x0a010100, 60, 64, 61001), all - PZ_TRAIT_PORT);
    assert_int_equal(pz_pattern_of(&scan, 1, 0), PZ_ONE_SYN);
    assert_int_equal(pz_pattern_of(&scan, 2, 1000000), PZ_TWO_IN_TIME);
    assert_int_equal(pz_pattern_of(&scan, 2, 3000000), PZ_TWO_OTHER);
    assert_int_equal(pz_pattern_of(&scan, 3, 1000000), PZ_THREE_OR_MORE);
}

static void test_profile(void **state)
{
    (void)state;
    assert_int_equal(pz_outbreak_hour(&made_up), BEGIN / 3600);
    assert_int_equal(pz_outbreak_published(&made_up, "S6a")->count, 7);
    assert_null(pz_outbreak_published(&made_up, "S1"));
}

/* Tables of the first days, of a source at a reachable address and one at another, who come in the second hour. */
static void test_tables(void **state)
{
    static const struct pz_job *const jobs[] = {&pz_job_first_day, &pz_job_reachable, NULL};
    static const uint32_t sources[] = {0x0a010100, 0x0a010101};
    struct archive archive;
    struct pz_packet packets[2];
    (void)state;
    archive_begin(&archive);
    archive.outbreak = &made_up;
    for (int i = 0; i < 2; i++)
        packets[i] = (struct pz_packet){.usec = (BEGIN + 3600 + 1200 * i) * PZ_USEC_PER_SECOND,
                                        .source = sources[i],
                                        .destination = 1,
                                        .sequence = 1,
                                        .source_port = 40000,
                                        .destination_port = filter.port,
                                        .protocol = 6,
                                        .tcp_flags = PZ_TCP_SYN,
                                        .has_addresses = true,
                                        .ip_len = 60,
                                        .ttl = 50,
                                        .fate = PZ_SCAN};
    archive_add(&archive, 0, packets, 2);
    struct pz_plan plan = {.ranges = 1, .passes = 1, .per_shard = 1};
    struct pz_buf tables = archive_tables(&archive, jobs, &plan);
    const char *first_day = (const char *)tables.bytes, *reachable = first_day + strlen(first_day) + 1;
    assert_non_null(strstr(first_day, "\n2003-08-11T01:00:00Z,2,2,2,"));
    assert_non_null(strstr(reachable, "\n2003-08-11T01:00:00Z,1,1,"));
    assert_non_null(strstr(reachable, "\n2003-08-11T01:20:00Z,1,0,"));
    pz_buf_release(&tables);
    archive_end(&archive);
}

/* The lines of its variants, within the days shown. */
static void test_lines(void **state)
{
    struct pz_results results = {.directory = ".", .outbreak = &made_up};
    struct pz_drawing drawing = {.results = &results, .from = BEGIN - PZ_DAY_SECONDS, .until = BEGIN + PZ_DAY_SECONDS};
    (void)state;
    pz_script_marks(&drawing);
    pz_buf_put(&drawing.script, "", 1);
    assert_non_null(strstr((const char *)drawing.script.bytes, "set label \"one\" at \"2003-08-11T00:00:00Z\""));
    assert_null(strstr((const char *)drawing.script.bytes, "two"));
    pz_buf_release(&drawing.script);
    pz_results_close(&results);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_traits), cmocka_unit_test(test_profile),
                                       cmocka_unit_test(test_tables), cmocka_unit_test(test_lines)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
