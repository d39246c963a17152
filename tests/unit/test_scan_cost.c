/* SPDX-License-Identifier: BSD-2-Clause */
/* The formulas of docs/architecture.md and docs/scaling.md for what a scan takes, against numbers worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/survey_numbers.h"
#include "tally/memory.h"

#define MIB 1048576.0

static void assert_is(double found, double wanted)
{
    assert_true(found > wanted - 1e-9 * wanted - 1e-9 && found < wanted + 1e-9 * wanted + 1e-9);
}

static void test_memory(void **state)
{
    (void)state;
    assert_is(pz_scan_memory(&(struct pz_scan_load){.ports = 1}), 64 * MIB);
    assert_is(pz_scan_memory(&(struct pz_scan_load){.ports = 1, .source_hours = 1000000, .hours = 2}),
              64 * MIB + 310e6 + 18432);
    /* A flood, in order and not, and in time that another capture has too. */
    assert_is(pz_scan_memory(&(struct pz_scan_load){.ports = 1, .syns_a_second = 250000}), 64 * MIB + 1.25e9);
    assert_is(pz_scan_memory(&(struct pz_scan_load){.ports = 1, .syns_a_second = 250000, .disorder = true}),
              64 * MIB + 3e9);
    assert_is(pz_scan_memory(&(struct pz_scan_load){.ports = 1, .shared_syns = 750000}), 64 * MIB + 75e6);
    /* Each port after the first adds 24 MiB, and 9 KiB for each hour of the capture. */
    assert_is(pz_scan_memory(&(struct pz_scan_load){.ports = 2}), 88 * MIB);
    assert_is(pz_scan_memory(&(struct pz_scan_load){.ports = 16, .hours = 10, .source_hours = 100}),
              424 * MIB + 31000 + 1474560);
}

static void test_time(void **state)
{
    (void)state;
    assert_is(pz_survey_scan_time(1, 0), 1.25);
    assert_is(pz_survey_scan_time(1, 1), 1.9);
    /* A second port with a tenth of the first one's scans, which are a third of the packets. */
    assert_is(pz_survey_scan_time(2, 1 / 3.0 + 1 / 30.0) - pz_survey_scan_time(1, 1 / 3.0), 0.04 + 0.65 / 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_memory), cmocka_unit_test(test_time)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
