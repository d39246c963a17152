/* SPDX-License-Identifier: BSD-2-Clause */
/* The timeline: what it keeps of hours, and how much. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs/jobs.h"
#include "reduce/reduce.h"

#include <stdlib.h>

enum { FIRST = 262968, LONG = PZ_STRETCH_HOURS / 2 }; /* 2000-01-01T00 */

static const struct pz_timeline_options options = {
    .since = 0, .until = UINT32_MAX, .silence = 60, .timeline_bin = 600, .window = 24};

/* A packet of an hour, a settled scan or none. */
static void observe(struct pz_hours *hours, uint32_t hour, bool scan)
{
    struct pz_packet packet = {.usec = hour * PZ_USEC_PER_HOUR, .fate = scan ? PZ_SCAN : PZ_OTHER_PORT};
    pz_hours_observe(hours, &packet, 1);
    if (scan)
        pz_hours_add_scans(hours, &(struct pz_scan_row){.hour = hour}, 1, 445);
}

static void make(struct pz_timeline *timeline, struct pz_hours *hours)
{
    struct pz_flaws none;
    pz_flaws_init(&none);
    pz_hours_close(hours);
    pz_timeline_make(timeline, &options, hours, &none);
    timeline->outbreak = PZ_OUTBREAK_DEFAULT;
    pz_flaws_release(&none);
}

/* `n` hours with a packet, as far apart as rows of their own in between allow; every `each`-th has a scan. */
static void spread(struct pz_hours *hours, uint32_t n, uint32_t each)
{
    pz_hours_init(hours);
    for (uint32_t i = 0; i < n; i++)
        observe(hours, FIRST + i * LONG, i % each == 0);
}

static void test_slots(void **state)
{
    (void)state;
    struct pz_hours hours;
    struct pz_timeline made, timeline;
    struct pz_buf bytes = {0};
    spread(&hours, 5, 2);
    make(&made, &hours);
    pz_timeline_encode(&made, &bytes);
    struct pz_cursor from = pz_cursor_of(bytes.bytes, bytes.nbytes);
    pz_timeline_decode(&timeline, &from);
    assert_int_equal(pz_cursor_left(&from), 0);
    assert_int_equal(timeline.n, 4 * LONG + 1);
    assert_int_equal(timeline.nslots, 1 + 3);
    for (size_t row = 0; row < timeline.n; row++) {
        bool scans = row % (2 * LONG) == 0;
        uint64_t sum = 0;
        assert_int_equal(timeline.hours[row].syns, scans);
        assert_int_equal(timeline.hours[row].slot, scans ? 1 + row / (2 * LONG) : 0);
        for (int traits = 0; traits < PZ_TRAITS; traits++)
            sum += timeline.slots[timeline.hours[row].slot].scans_by[traits];
        assert_int_equal(sum, scans);
    }
    /* What source ranges find is added to the hours and days. */
    struct pz_timeline_slot *counted = pz_alloc(timeline.nslots * sizeof *counted);
    struct pz_timeline whole;
    counted[2].scans_by[3] = 5;
    counted[2].attempts_by[3][PZ_ONE_SYN] = 4;
    pz_timeline_finish(&whole, &timeline, counted);
    assert_int_equal(whole.hours[2 * LONG].scans, 1 + 5);
    assert_int_equal(whole.days[whole.hours[2 * LONG].day].scans, 1 + 5);
    assert_int_equal(whole.slots[2].scans_by[3], 5);
    assert_int_equal(whole.slots[2].attempts_by[3][PZ_ONE_SYN], 4);
    assert_int_equal(timeline.hours[2 * LONG].scans, 1);
    assert_int_equal(whole.hours[0].scans, 1);
    pz_timeline_release(&whole);
    free(counted);
    pz_buf_release(&bytes);
    pz_timeline_release(&timeline);
    pz_timeline_release(&made);
    pz_hours_release(&hours);
}

/* A damaged clock spreads a few packets over decades. What is kept must grow with the hours that have scans. */
static void test_memory(void **state)
{
    (void)state;
    size_t nsums[2];
    for (uint32_t i = 0; i < 2; i++) {
        struct pz_hours hours;
        struct pz_timeline timeline;
        struct pz_result result;
        spread(&hours, i ? 800 : 2, 1000);
        make(&timeline, &hours);
        pz_result_init(&result, pz_jobs, &timeline);
        assert_int_equal(timeline.nslots, 2);
        nsums[i] = result.nsums;
        pz_result_release(&result);
        pz_timeline_release(&timeline);
        pz_hours_release(&hours);
    }
    /* 287,000 rows more; a day of daily.csv and a day of survival.csv have a number or two each. */
    assert_in_range(nsums[1], nsums[0], nsums[0] + 3 * (800 * LONG / 24 + 1));
}

static void test_rows(void **state)
{
    (void)state;
    struct pz_hours hours;
    struct pz_timeline timeline;
    spread(&hours, 3, 1);
    make(&timeline, &hours);
    assert_int_equal(pz_timeline_from(&timeline, 0), 0);
    assert_int_equal(pz_timeline_from(&timeline, FIRST + 7), 7);
    assert_int_equal(pz_timeline_from(&timeline, FIRST + 2 * LONG + 1), timeline.n);
    assert_int_equal(pz_timeline_row(&timeline, FIRST + 7), 7);
    assert_true(pz_timeline_row(&timeline, FIRST - 1) == PZ_NO_ROW);
    assert_true(pz_timeline_row(&timeline, FIRST + 2 * LONG + 1) == PZ_NO_ROW);
    pz_timeline_release(&timeline);
    pz_hours_release(&hours);
}

/* A silence is `silence` seconds without a packet, and not one second less. */
static void test_silence(void **state)
{
    (void)state;
    for (uint32_t empty = 58; empty <= 62; empty++) {
        struct pz_hours hours;
        struct pz_timeline timeline;
        pz_hours_init(&hours);
        for (uint32_t second = 0; second < 3600; second++) {
            struct pz_packet packet = {.usec = FIRST * PZ_USEC_PER_HOUR + second * PZ_USEC_PER_SECOND,
                                       .fate = PZ_OTHER_PORT};
            if (second <= 1000 || second > 1000 + empty)
                pz_hours_observe(&hours, &packet, 1);
        }
        make(&timeline, &hours);
        assert_int_equal(timeline.hours[0].covered_seconds, empty < options.silence ? 3600 : 3600 - empty);
        assert_int_equal(timeline.hours[0].status, empty < options.silence ? PZ_WHOLE : PZ_PARTIAL);
        pz_timeline_release(&timeline);
        pz_hours_release(&hours);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_slots), cmocka_unit_test(test_memory),
                                       cmocka_unit_test(test_rows), cmocka_unit_test(test_silence)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
