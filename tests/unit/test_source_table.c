/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of sources: every hour and address has one row, however alike keys are that share a group of slots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "tally/source_table.h"

#include <stdlib.h>

enum { N = 1500, ROUNDS = 3, HOUR = 340897, LATER = 71 };

/* So many hours later, this address has the same tag, and mostly the same radix partition. */
static uint32_t alike(uint32_t address)
{
    return address - LATER * 0x9e3779b9u;
}

/* Addresses of one radix partition, of which the one that is alike is in it too. */
static void choose(uint32_t *addresses)
{
    size_t n = 0;
    for (uint32_t address = 1; n < N; address += 0x10001)
        if (pz_partition_of(address) == 5 && pz_partition_of(alike(address)) == 5)
            addresses[n++] = address;
}

static void observe(struct pz_table *table, struct pz_scan_row *scans, size_t n)
{
    uint32_t rows[PZ_SCANS];
    pz_table_ask(table, scans, rows, n);
    pz_table_observe(table, scans, rows, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(pz_table_row(table, rows[i])->address, scans[i].source);
        assert_int_equal(pz_table_row(table, rows[i])->hour, scans[i].hour);
    }
}

static void test_alike(void **state)
{
    (void)state;
    static uint32_t addresses[N];
    static struct pz_scan_row scans[2 * N];
    struct pz_table table;
    choose(addresses);
    pz_table_init(&table, false);
    for (size_t round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < 2 * N; i++) {
            const uint32_t hour = HOUR + (uint32_t)(i % 2 * LATER);
            scans[i] = (struct pz_scan_row){.usec = hour * PZ_USEC_PER_HOUR + (int64_t)round,
                                            .source = i % 2 ? alike(addresses[i / 2]) : addresses[i / 2],
                                            .destination = (uint32_t)i,
                                            .hour = hour};
        }
        for (size_t at = 0; at < 2 * N; at += PZ_SCANS)
            observe(&table, scans + at, 2 * N - at < PZ_SCANS ? 2 * N - at : PZ_SCANS);
    }
    assert_int_equal(table.n, 2 * N);
    for (size_t i = 0; i < 2 * N; i++)
        assert_int_equal(pz_source_scans(pz_table_find(&table, scans[i].hour, scans[i].source)), ROUNDS);
    assert_null(pz_table_find(&table, HOUR + 1, addresses[0]));
    assert_null(pz_table_find(&table, HOUR, alike(addresses[0])));
    pz_table_release(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_alike)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
