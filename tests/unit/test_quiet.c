/* SPDX-License-Identifier: BSD-2-Clause */
/* Which hours come before an outbreak. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "worm/calibrated.h"
#include "worm/features.h"
#include "worm/quiet.h"

static size_t end_of(const uint64_t *sure, uint64_t others, size_t n)
{
    uint64_t counts[64][PZ_CLASSES];
    struct pz_quiet_hour hours[64];
    for (size_t i = 0; i < n; i++) {
        memcpy(counts[i], (uint64_t[PZ_CLASSES]){sure[i], 0, others / 2, others - others / 2}, sizeof counts[i]);
        hours[i] = (struct pz_quiet_hour){counts[i], false};
    }
    return pz_quiet_end(hours, n);
}

#define END_OF(others, ...) \
    end_of((const uint64_t[]){__VA_ARGS__}, others, sizeof((uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

static void test_outbreak(void **state)
{
    (void)state;
    assert_int_equal(END_OF(1000, 0, 0, 0, 0), 4);
    assert_int_equal(END_OF(1000, 0, 0, 12, 30, 90), 2);
    assert_int_equal(END_OF(1000, 0, 1, 9, 31, 90), 3);        /* 9 are too few */
    assert_int_equal(END_OF(1000, 0, 0, 15, 20, 5, 0), 6);     /* together too few */
    assert_int_equal(END_OF(1000, 0, 0, 60, 3, 0, 1), 6);      /* for an hour only */
    assert_int_equal(END_OF(1000, 0, 0, 60), 3);               /* and what the next brings isn't known */
    assert_int_equal(END_OF(1000, 20, 22, 18, 80, 81, 90), 3); /* four times as many as 20 */
    assert_int_equal(END_OF(1000, 20, 22, 18, 79, 81, 90), 6);
    assert_int_equal(pz_quiet_end(NULL, 0), 0);
}

static void test_there_from_the_start(void **state)
{
    (void)state;
    assert_int_equal(END_OF(1000, 900, 1000, 1100), 0);
    assert_int_equal(END_OF(1000, 53, 53), 0);         /* a twentieth */
    assert_int_equal(END_OF(1000, 52, 52, 50, 55), 4); /* fewer may be others that look like it */
    assert_int_equal(END_OF(100000, 60, 61, 59, 62, 250, 900), 4);
}

/* Through a /16 few sources are sure; there it counts how many scanned what is in reach only. */
static void test_half(void **state)
{
    (void)state;
    static const uint64_t counts[][PZ_CLASSES] = {{0, 30, 0, 35},  {0, 28, 0, 36}, {0, 33, 0, 34}, {0, 25, 0, 33},
                                                  {0, 31, 0, 37},  {0, 29, 5, 30}, {0, 40, 0, 36}, {0, 75, 0, 38},
                                                  {0, 160, 0, 37}, {0, 210, 0, 36}};
    enum { N = sizeof counts / sizeof *counts };
    struct pz_quiet_hour hours[N];
    for (size_t i = 0; i < N; i++)
        hours[i] = (struct pz_quiet_hour){counts[i], true};
    assert_int_equal(pz_quiet_end(hours, N), 7);
    assert_int_equal(pz_quiet_end(hours + 2, N - 2), N - 2 - 2); /* 6 hours are needed before */
    for (size_t i = 0; i < N; i++)
        hours[i].half = false;
    assert_int_equal(pz_quiet_end(hours, N), N);
}

static bool mostly_reached(const struct pz_lens *lens, const struct pz_features *features)
{
    assert_int_equal(pz_features_class(lens, features, PZ_FEATURES_RATIO_MIN), PZ_CLASS_SURE);
    return pz_features_class(lens, features, PZ_FEATURES_RATIO_MIN - 1) == PZ_CLASS_MOSTLY;
}

static void test_mostly_reached(void **state)
{
    (void)state;
    const struct pz_lens whole = {.low = 128, .high = 128}, narrow = {.low = 1};
    struct pz_features features = {.targets = 40, .quadrants = {25, 5, 5, 5}, .attempts = {20, 20}};
    assert_true(mostly_reached(&whole, &features)); /* 5 in 8 */
    assert_false(mostly_reached(&narrow, &features));
    features.quadrants[0] = 24;
    assert_false(mostly_reached(&whole, &features));
    features.quadrants[0] = 30;
    assert_true(mostly_reached(&narrow, &features)); /* 3 in 4 */
    features.quadrants[0] = 40;
    assert_false(mostly_reached(&whole, &features)); /* all */
    /* Their number is an estimate: attempts are enough. */
    features = (struct pz_features){.targets = 12, .quadrants = {11, 1}, .attempts = {10, 10}};
    assert_true(mostly_reached(&whole, &features));
    features.attempts[PZ_ONE_SYN] = 9;
    assert_false(mostly_reached(&whole, &features));
    features = (struct pz_features){.targets = 7, .quadrants = {6, 1}, .attempts = {20}};
    assert_false(mostly_reached(&whole, &features));
}

static void test_lens(void **state)
{
    (void)state;
    const struct pz_lens whole = {.low = 128, .high = 128}, part = {.low = 100, .high = 90}, narrow = {.low = 1},
                         none = {0};
    assert_true(pz_lens_alike(&whole, &part) && pz_lens_alike(&part, &whole) && pz_lens_alike(&narrow, &narrow));
    assert_false(pz_lens_alike(&whole, &narrow) || pz_lens_alike(&narrow, &whole) || pz_lens_alike(&whole, &none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_outbreak), cmocka_unit_test(test_there_from_the_start),
                                       cmocka_unit_test(test_half), cmocka_unit_test(test_mostly_reached),
                                       cmocka_unit_test(test_lens)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
