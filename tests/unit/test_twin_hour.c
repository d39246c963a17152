/* SPDX-License-Identifier: BSD-2-Clause */
/* Hours of the twin: pure functions of its parameters, whole at their borders, in order, cut where they should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "twin/noise.h"
#include "twin/spread.h"
#include "twin/truth.h"
#include "twin/worm.h"

enum { HOUR = 340904, LENS_OCTET = 96 }; /* 2008-11-21T08 */

static struct pz_twin_params small(void)
{
    return (struct pz_twin_params){.seed = 3,
                                   .scale_q32 = UINT32_MAX / 200,
                                   .noise_q16 = PZ_TWIN_ONE,
                                   .background_q16 = PZ_TWIN_ONE / 20,
                                   .first_hour = HOUR,
                                   .end_hour = HOUR + 1,
                                   .lens_octet = LENS_OCTET,
                                   .mask_bits = 8,
                                   .level = 1};
}

static struct pz_twin *new_twin(const struct pz_twin_params *params)
{
    struct pz_buf text = {0};
    struct pz_error error;
    pz_twin_world_text(&text);
    struct pz_twin *twin = pz_twin_new(params, &text, &error);
    assert_non_null(twin);
    pz_buf_release(&text);
    return twin;
}

static struct pz_buf make(const struct pz_twin *twin, uint32_t hour, struct pz_buf *truth)
{
    struct pz_buf capture = {0};
    pz_twin_make_hour(twin, hour, NULL, &capture, truth);
    return capture;
}

/* The same hour from an archive of that hour, of the days around it, and made after others. */
static void test_pure(void **state)
{
    (void)state;
    struct pz_twin_params params = small(), longer = small();
    longer.first_hour = HOUR - 30;
    longer.end_hour = HOUR + 300;
    struct pz_twin *twin = new_twin(&params), *other = new_twin(&longer);
    assert_true(other->nhosts > twin->nhosts);
    struct pz_buf truth = {0}, other_truth = {0}, ignored = {0};
    struct pz_buf capture = make(twin, HOUR, &truth), before = make(other, HOUR - 1, &ignored);
    struct pz_buf same = make(other, HOUR, &other_truth);
    assert_int_equal(capture.nbytes, same.nbytes);
    assert_memory_equal(capture.bytes, same.bytes, same.nbytes);
    assert_int_equal(truth.nbytes, other_truth.nbytes);
    assert_memory_equal(truth.bytes, other_truth.bytes, truth.nbytes);
    assert_true(before.nbytes != same.nbytes);
    pz_buf_release(&truth);
    pz_buf_release(&other_truth);
    pz_buf_release(&ignored);
    pz_buf_release(&capture);
    pz_buf_release(&before);
    pz_buf_release(&same);
    pz_twin_free(twin);
    pz_twin_free(other);
}

/* A host's packets around the border of two hours, and again as if the border lay half an hour earlier: the same. */
static void test_borders(void **state)
{
    (void)state;
    enum { MOST = 100000 };
    struct pz_twin_params params = small();
    params.end_hour = HOUR + 6;
    struct pz_twin *twin = new_twin(&params);
    uint64_t sums[2] = {0}, counts[2] = {0};
    for (int shifted = 0; shifted < 2; shifted++)
        for (uint32_t part = 0; part < 2; part++) {
            struct pz_twin_traffic traffic;
            pz_twin_traffic_init(&traffic, &params, HOUR + 3, NULL);
            int64_t middle = traffic.start_usec;
            traffic.start_usec += ((int)part - 1) * PZ_USEC_PER_HOUR + (shifted ? PZ_USEC_PER_HOUR / 2 : 0);
            for (uint32_t i = 0; i < twin->nhosts; i++)
                pz_twin_worm_add(twin, &twin->hosts[i], &traffic);
            for (uint32_t bucket = 0; bucket < PZ_TWIN_NBUCKETS; bucket++)
                for (struct pz_twin_chunk *chunk = traffic.buckets[bucket]; chunk; chunk = chunk->before)
                    for (uint32_t i = 0; i < chunk->npackets; i++) {
                        const struct pz_twin_packet *packet = &chunk->packets[i];
                        int64_t usec = traffic.start_usec + packet->usec;
                        if (usec < middle - PZ_USEC_PER_HOUR / 2 || usec >= middle + PZ_USEC_PER_HOUR / 2)
                            continue;
                        sums[shifted] +=
                            pz_twin_mix((uint64_t)usec ^ (uint64_t)packet->source << 24 ^ packet->sequence ^
                                        (uint64_t)packet->ip_id << 48 ^ packet->source_port);
                        counts[shifted]++;
                    }
            pz_twin_traffic_release(&traffic);
        }
    assert_in_range(counts[0], 1000, MOST);
    assert_int_equal(counts[0], counts[1]);
    assert_true(sums[0] == sums[1]);
    pz_twin_free(twin);
}

static void test_order(void **state)
{
    (void)state;
    for (uint32_t disorder_usec = 0; disorder_usec <= 500000; disorder_usec += 500000) {
        struct pz_twin_params params = small();
        params.disorder_msec = disorder_usec / 1000;
        struct pz_twin *twin = new_twin(&params);
        struct pz_twin_traffic traffic;
        pz_twin_traffic_init(&traffic, &params, HOUR, NULL);
        assert_true(pz_twin_background_add(twin, &traffic));
        uint32_t latest_usec = 0, back = 0;
        for (uint32_t bucket = 0; bucket < PZ_TWIN_NBUCKETS; bucket++) {
            size_t n;
            struct pz_keyed *sorted = pz_twin_traffic_sort(&traffic, bucket, &n);
            for (size_t i = 0; i < n; i++) {
                uint32_t usec = ((const struct pz_twin_packet *)sorted[i].value)->usec;
                back += usec < latest_usec;
                assert_true(usec + disorder_usec >= latest_usec);
                latest_usec = usec > latest_usec ? usec : latest_usec;
            }
            free(sorted);
        }
        assert_int_equal(back > 0, disorder_usec > 0);
        pz_twin_traffic_release(&traffic);
        pz_twin_free(twin);
    }
}

static void test_faults(void **state)
{
    (void)state;
    struct pz_twin_params params = small();
    struct pz_twin_span outage = {(int64_t)HOUR * 3600 + 600, (int64_t)HOUR * 3600 + 2400};
    struct pz_twin_lens lens = {(int64_t)HOUR * 3600 + 3000, LENS_OCTET << 24 | 5 << 16, UINT32_MAX << 16};
    params.outages = &outage;
    params.noutages = 1;
    params.lenses = &lens;
    params.nlenses = 1;
    struct pz_twin_traffic traffic;
    pz_twin_traffic_init(&traffic, &params, HOUR, NULL);
    assert_false(pz_twin_traffic_is_dark(&traffic));
    static const struct {
        uint32_t second, destination;
        bool kept;
    } cases[] = {{599, LENS_OCTET << 24 | 7 << 16, true},
                 {600, LENS_OCTET << 24 | 7 << 16, false},
                 {2399, LENS_OCTET << 24 | 7 << 16, false},
                 {2400, LENS_OCTET << 24 | 7 << 16, true},
                 {2999, LENS_OCTET << 24 | 7 << 16, true},
                 {3000, LENS_OCTET << 24 | 7 << 16, false},
                 {3000, LENS_OCTET << 24 | 5 << 16, true},
                 {3599, LENS_OCTET << 24 | 5 << 16, true},
                 {100, 97u << 24, false},
                 {3600, LENS_OCTET << 24 | 5 << 16, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pz_twin_packet packet = {.destination = cases[i].destination};
        uint32_t bucket = (uint32_t)(cases[i].second * UINT64_C(1000000) >> PZ_TWIN_BUCKET_BITS);
        pz_twin_traffic_add(&traffic, &packet, traffic.start_usec + cases[i].second * PZ_USEC_PER_SECOND);
        bool kept = bucket < PZ_TWIN_NBUCKETS && traffic.buckets[bucket];
        assert_int_equal(kept, cases[i].kept);
        if (kept)
            pz_twin_traffic_drop(&traffic, bucket);
    }
    pz_twin_traffic_release(&traffic);
    outage.from_second = (int64_t)HOUR * 3600;
    outage.until_second = outage.from_second + 3600;
    struct pz_twin *twin = new_twin(&params);
    struct pz_buf truth = {0}, capture = make(twin, HOUR, &truth);
    assert_int_equal(capture.nbytes, 0);
    assert_int_equal(truth.nbytes, 0);
    pz_twin_free(twin);
}

/* What must hold of the hosts at any scale: how many, and that whoever infected them was infected before. */
static void test_hosts(void **state)
{
    (void)state;
    struct pz_twin_params params = small(), quiet = small();
    params.end_hour = HOUR + 16;
    quiet.end_hour = HOUR - 8;
    struct pz_twin *twin = new_twin(&params), *before = new_twin(&quiet);
    assert_int_equal(before->nhosts, 0);
    assert_true(twin->hosts[0].flags & PZ_TWIN_ZERO);
    assert_int_equal(twin->hosts[0].infector, 0);
    for (uint32_t i = 1; i < twin->nhosts; i++) {
        const struct pz_twin_host *host = &twin->hosts[i];
        assert_true(host->infected_usec > twin->hosts[0].infected_usec);
        assert_true(host->infected_usec < host->cured_usec);
        assert_int_not_equal(host->infector, 0);
        assert_true(pz_twin_world_usable(&twin->world, host->address));
        for (int64_t day = 0; day < 4; day++) {
            int64_t second = host->infected_usec / PZ_USEC_PER_SECOND + day * 86400;
            uint32_t address = pz_twin_host_address(host, second), mask = UINT32_MAX << host->block_bits;
            assert_int_equal(address & mask, host->address & mask);
            assert_true(pz_twin_world_usable(&twin->world, address));
        }
    }
    pz_twin_free(twin);
    pz_twin_free(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pure), cmocka_unit_test(test_borders),
                                       cmocka_unit_test(test_order), cmocka_unit_test(test_faults),
                                       cmocka_unit_test(test_hosts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
