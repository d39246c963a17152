/* SPDX-License-Identifier: BSD-2-Clause */
/* Sorting, against a comparison of all neighbours: keys ascend, and items of the same key keep their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/sort.h"

#include <stdlib.h>

enum { N = 20000 };

static uint64_t key_of(size_t i)
{
    const uint64_t mixed = (i + 1) * 0x9e3779b97f4a7c15u;
    /* A third in one pile, few in another, many keys twice or more. */
    return i % 3 == 0 ? (uint64_t)7 << 56 | mixed >> 54 : i % 1000 == 1 ? UINT64_MAX : mixed >> 48 << 48;
}

static void fill(struct pz_keyed *items, const char *places)
{
    for (size_t i = 0; i < N; i++)
        items[i] = (struct pz_keyed){key_of(i), places + i};
}

static void assert_sorted(const struct pz_keyed *items, const char *places)
{
    size_t sum = 0;
    for (size_t i = 0; i < N; i++) {
        const size_t place = (size_t)((const char *)items[i].value - places);
        sum += place;
        assert_int_equal(items[i].key, key_of(place));
        if (i)
            assert_true(items[i - 1].key < items[i].key ||
                        (items[i - 1].key == items[i].key && items[i - 1].value < items[i].value));
    }
    assert_int_equal(sum, (size_t)N * (N - 1) / 2);
}

static void test_sort(void **state)
{
    (void)state;
    static const char places[N];
    struct pz_keyed *items = pz_alloc(N * sizeof *items);
    fill(items, places);
    pz_sort(items, N);
    assert_sorted(items, places);
    free(items);
}

static void test_piles(void **state)
{
    (void)state;
    static const char places[N];
    struct pz_keyed *items = pz_alloc(N * sizeof *items), *sorted = pz_alloc(N * sizeof *sorted);
    fill(items, places);
    fill(sorted, places);
    pz_sort_in_piles(items, N);
    pz_sort(sorted, N);
    for (size_t i = 0; i < N; i++)
        assert_true(items[i].key == sorted[i].key);
    bool seen[N] = {false}; /* each once */
    for (size_t i = 0; i < N; i++)
        seen[(const char *)items[i].value - places] = true;
    for (size_t i = 0; i < N; i++)
        assert_true(seen[i]);
    free(items);
    free(sorted);
}

static void test_nothing(void **state)
{
    (void)state;
    pz_sort_in_piles(NULL, 0);
    pz_sort(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sort), cmocka_unit_test(test_piles),
                                       cmocka_unit_test(test_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
