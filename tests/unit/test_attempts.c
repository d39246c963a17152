/* SPDX-License-Identifier: BSD-2-Clause */
/* Connection attempts: how SYNs become attempts, which are closed where, and what the published Figure 5 gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reduce/window.h"
#include "tally/tally.h"
#include "tools/settle.h"
#include "worm/model.h"
#include "worm/scorer.h"

#include <stdlib.h>

static const struct pz_filter filter = {.port = 445};

enum { SECOND = (int)PZ_USEC_PER_SECOND };

#define BEGIN (1227229200 * PZ_USEC_PER_SECOND) /* 2008-11-21T01:00:00Z */

static struct pz_packet syn(int64_t usec, uint32_t sequence)
{
    return (struct pz_packet){.usec = BEGIN + usec,
                              .source = 0x01020304,
                              .destination = 0x00050607,
                              .sequence = sequence,
                              .source_port = 1500,
                              .destination_port = 445,
                              .ip_len = 48,
                              .ip_id = (uint16_t)(usec / SECOND),
                              .ttl = 110,
                              .protocol = 6,
                              .tcp_flags = PZ_TCP_SYN,
                              .fate = PZ_SCAN,
                              .has_addresses = true};
}

/* Something else, so that time goes on without a jump. */
static struct pz_packet tick(int64_t usec)
{
    struct pz_packet packet = syn(usec, 0);
    packet.destination_port = 80;
    return packet;
}

/* An hour with a tick each 10 s and the given SYNs of sequence number 1 in between, in order; seconds, ended by -1. */
static void observe(struct pz_tally *tally, const int64_t *usecs)
{
    for (int64_t t = 0; t < PZ_USEC_PER_HOUR; t += 10 * SECOND) {
        struct pz_packet packet = tick(t);
        pz_tallies_observe(tally, &filter, 1, &packet, 1);
        for (; *usecs >= t && *usecs < t + 10 * SECOND; usecs++) {
            packet = syn(*usecs, 1);
            pz_tallies_observe(tally, &filter, 1, &packet, 1);
        }
    }
    pz_tally_finish(tally);
}

static void assert_attempts(const int64_t *usecs, uint32_t one, uint32_t in_time, uint32_t other, uint32_t three,
                            size_t boundary)
{
    struct pz_tally tally;
    pz_tally_init(&tally);
    observe(&tally, usecs);
    const struct pz_source *source = pz_table_row(&tally.sources, 0);
    assert_int_equal(tally.sources.n, 1);
    assert_int_equal(tally.copies.boundary.nbytes, 0);
    assert_int_equal(source->attempts[PZ_ONE_SYN], one);
    assert_int_equal(source->attempts[PZ_TWO_IN_TIME], in_time);
    assert_int_equal(source->attempts[PZ_TWO_OTHER], other);
    assert_int_equal(source->attempts[PZ_THREE_OR_MORE], three);
    assert_int_equal(tally.attempts.boundary.nbytes / sizeof(struct pz_attempt) +
                         tally.attempts.singles.nbytes / sizeof(struct pz_scan_row),
                     boundary);
    pz_tally_release(&tally);
}

static void test_patterns(void **state)
{
    (void)state;
    const int64_t s = SECOND, t = 1000 * s;
    assert_attempts((const int64_t[]){t, -1}, 1, 0, 0, 0, 0);
    assert_attempts((const int64_t[]){t, t + 3 * s, -1}, 0, 1, 0, 0, 0);
    assert_attempts((const int64_t[]){t, t + 2450000, -1}, 0, 1, 0, 0, 0);
    assert_attempts((const int64_t[]){t, t + 2449999, -1}, 0, 0, 1, 0, 0);
    assert_attempts((const int64_t[]){t, t + 3650000, -1}, 0, 1, 0, 0, 0);
    assert_attempts((const int64_t[]){t, t + 3650001, -1}, 0, 0, 1, 0, 0);
    assert_attempts((const int64_t[]){t, t + 3 * s, t + 9 * s, -1}, 0, 0, 0, 1, 0);
    /* 15 s is the longest gap inside an attempt: a microsecond more makes two. */
    assert_attempts((const int64_t[]){t, t + 15 * s, -1}, 0, 0, 1, 0, 0);
    assert_attempts((const int64_t[]){t, t + 15 * s + 1, -1}, 2, 0, 0, 0, 0);
    assert_attempts((const int64_t[]){t - 1, t, -1}, 0, 0, 1, 0, 0);
    /* SYNs of one second have one ip.id here: the second is a copy up to 0.1 s after the first. */
    assert_attempts((const int64_t[]){t, t, t + 100000, -1}, 1, 0, 0, 0, 0);
    assert_attempts((const int64_t[]){t, t + 100001, -1}, 0, 0, 1, 0, 0);
}

static void test_edges(void **state)
{
    (void)state;
    const int64_t s = SECOND, margin = 30 * s + s / 10, end = 3590 * s; /* the last tick */
    assert_attempts((const int64_t[]){margin, -1}, 0, 0, 0, 0, 1);
    assert_attempts((const int64_t[]){margin + 1, -1}, 1, 0, 0, 0, 0);
    assert_attempts((const int64_t[]){end - margin - 1, -1}, 1, 0, 0, 0, 0);
    assert_attempts((const int64_t[]){end - margin, -1}, 0, 0, 0, 0, 1);
    assert_attempts((const int64_t[]){end - margin - 2 * s, end - margin + s, -1}, 0, 0, 0, 0, 1);
}

/* A SYN that comes late and closes the gap between two attempts makes them one. */
static void test_gap_closed(void **state)
{
    (void)state;
    struct pz_tally tally;
    const int64_t order[] = {0, 100, 120, 110, 200};
    pz_tally_init(&tally);
    for (int64_t t = 0; t <= 300; t++) {
        struct pz_packet packet = tick(t * SECOND);
        pz_tallies_observe(&tally, &filter, 1, &packet, 1);
        if (t != 121)
            continue;
        for (int i = 1; i < 4; i++) {
            packet = syn(order[i] * SECOND + 7, 1);
            /* 100 s is too long ago for this second; told as disorder of 10 s it isn't. */
            packet.usec += i == 1 ? 10 * SECOND : 0;
            pz_tallies_observe(&tally, &filter, 1, &packet, 1);
        }
    }
    pz_tally_finish(&tally);
    const struct pz_source *source = pz_table_row(&tally.sources, 0);
    assert_int_equal(source->attempts[PZ_THREE_OR_MORE], 1);
    assert_int_equal(pz_source_attempts(source), 1);
    pz_tally_release(&tally);
}

static void test_join(void **state)
{
    (void)state;
    /* Pieces of two attempts of one key, 20 s apart, in any order; a third piece between makes them one. */
    struct pz_attempt pieces[3];
    for (int i = 0; i < 3; i++)
        pieces[i] = (struct pz_attempt){.source = 1,
                                        .syns = 1,
                                        .first = {BEGIN + i * 10 * SECOND, 0},
                                        .second = {.usec = INT64_MAX},
                                        .last_usec = BEGIN + i * 10 * SECOND};
    struct pz_attempt two[2] = {pieces[2], pieces[0]};
    assert_int_equal(pz_attempts_join(two, 2), 2);
    struct pz_attempt three[3] = {pieces[2], pieces[0], pieces[1]};
    assert_int_equal(pz_attempts_join(three, 3), 1);
    assert_int_equal(three[0].syns, 3);
    assert_int_equal(three[0].second.usec - three[0].first.usec, 10 * SECOND);
    assert_int_equal(three[0].last_usec, BEGIN + 20 * SECOND);
}

/* The published Figure 5 (CAIDA 2009): destination, source port, sequence number, and microseconds since its first
 * packet. */
static const struct {
    uint32_t destination, sequence;
    uint16_t port, id;
    int64_t usec;
} figure5[] = {
    {0x0015d351, 0x86087408, 4554, 30944, 0},        {0x0048445c, 0xc5c93eb0, 4597, 30986, 20535},
    {0x0048445c, 0xc5c93eb0, 4597, 31098, 2997287},  {0x0015d351, 0x86087408, 4554, 31153, 3010645},
    {0x003d290a, 0xa2ba5621, 4970, 31728, 9063962},  {0x003d290a, 0xa2ba5621, 4970, 31885, 11980271},
    {0x002caa06, 0x262f9d19, 1090, 32025, 13528042}, {0x002caa06, 0x262f9d19, 1090, 32144, 16367385},
    {0x005e9e40, 0x92d161b3, 1414, 32716, 22540548}, {0x005e9e40, 0x92d161b3, 1414, 32825, 25437634},
    {0x00215f59, 0x2caa85a6, 1334, 32857, 25443370}, {0x001b3e57, 0x4cd0dece, 1491, 32974, 27009924},
    {0x001b3e57, 0x4cd0dece, 1491, 33145, 29939007}, {0x0058bd2d, 0xf272a7d4, 2216, 34574, 47062873},
    {0x006a5e7e, 0x1837abab, 2332, 34866, 49551563}, {0x0058bd2d, 0xf272a7d4, 2216, 34912, 49970371},
    {0x0001e234, 0x3ff4a7ad, 2453, 35434, 57015496}, {0x000c6808, 0x9de035a6, 2468, 35467, 57029284},
    {0x00353d54, 0xbbf2675d, 2856, 36319, 67494117},
};

static void test_figure5(void **state)
{
    (void)state;
    struct pz_tally tally;
    pz_tally_init(&tally);
    for (size_t i = 0; i < sizeof figure5 / sizeof *figure5; i++) {
        struct pz_packet packet = syn(2909314700 + figure5[i].usec, figure5[i].sequence);
        packet.destination = figure5[i].destination;
        packet.source_port = figure5[i].port;
        packet.ip_id = figure5[i].id;
        packet.ttl = 103;
        pz_tallies_observe(&tally, &filter, 1, &packet, 1);
    }
    settle(&tally);
    struct pz_source source = *pz_table_row(&tally.sources, 0);
    assert_int_equal(pz_source_scans(&source), 19);
    assert_int_equal(pz_source_attempts(&source), 12);
    assert_int_equal(source.attempts[PZ_TWO_IN_TIME], 7);
    assert_int_equal(source.attempts[PZ_ONE_SYN], 5);
    assert_int_equal(source.reached, 12);

    /* Its host is the worm by these 19 packets alone, on the whole /8. */
    struct pz_model model;
    struct pz_features features = pz_source_features(&source, 0);
    const struct pz_lens lens = {.low = 128, .high = 128};
    pz_model_default(&model);
    struct pz_scorer *scorer = pz_scorer_new();
    pz_scorer_use(scorer, &model);
    const int32_t llr = pz_scorer_llr(scorer, &lens, &features);
    assert_true(llr >= PZ_FEATURES_RATIO_MIN);
    assert_true(pz_rule_strict(&features));
    assert_true(pz_rule_caida2011(&features));

    /* One destination that the worm can't reach tells much against it, a third SYN in each attempt nearly everything.
     */
    struct pz_features stray = features, third = features;
    stray.quadrants[0] -= 3;
    stray.quadrants[PZ_QUADRANT_OCTET2] += 3;
    third.attempts[PZ_THREE_OR_MORE] = 12;
    third.attempts[PZ_TWO_IN_TIME] = third.attempts[PZ_ONE_SYN] = 0;
    assert_true(pz_scorer_llr(scorer, &lens, &stray) < llr - 3000);
    assert_true(pz_scorer_llr(scorer, &lens, &third) < llr - 3000);
    pz_scorer_free(scorer);
    pz_tally_release(&tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patterns), cmocka_unit_test(test_edges),   cmocka_unit_test(test_gap_closed),
        cmocka_unit_test(test_join),     cmocka_unit_test(test_figure5),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
