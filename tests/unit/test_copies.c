/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies made by the recording: a small capture that has them in all ways, cut at every record, against a count in the
 * plainest way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/encode.h"
#include "tools/settle.h"

#include <stdlib.h>

static const struct pz_filter filter = {.port = 445};

enum { SECOND = (int)PZ_USEC_PER_SECOND, MILLI = SECOND / 1000, GAP = 100 * MILLI, PACKETS_MAX = 1000 };

#define HOUR (1227229200 * PZ_USEC_PER_SECOND) /* 2008-11-21T01:00:00Z */

struct capture {
    struct pz_packet packets[PACKETS_MAX]; /* in the order of the file */
    size_t n;
};

/* From before HOUR on. */
static struct pz_packet *add(struct capture *capture, int64_t usec, uint32_t source, uint32_t sequence, uint16_t ip_id)
{
    assert_true(capture->n < PACKETS_MAX);
    struct pz_packet *packet = &capture->packets[capture->n++];
    *packet = (struct pz_packet){.usec = HOUR + usec,
                                 .source = source,
                                 .destination = 0x00050607 + (source << 8),
                                 .sequence = sequence,
                                 .source_port = 1500,
                                 .destination_port = 445,
                                 .ip_len = 48,
                                 .ip_id = ip_id,
                                 .ttl = 110,
                                 .protocol = 6,
                                 .tcp_flags = PZ_TCP_SYN,
                                 .fate = PZ_SCAN,
                                 .has_addresses = true};
    return packet;
}

static int by_time(const void *a, const void *b)
{
    const struct pz_packet *x = a, *y = b;
    return x->usec < y->usec ? -1 : x->usec > y->usec;
}

/* A copy that the file has as late as disorder may be. */
static void add_late(struct capture *capture, int64_t usec)
{
    size_t to = 0;
    while (capture->packets[to].usec <= HOUR + usec + 15 * SECOND)
        to++;
    memmove(capture->packets + to + 1, capture->packets + to, (capture->n++ - to) * sizeof *capture->packets);
    struct capture one = {.n = 0};
    capture->packets[to] = *add(&one, usec, 2, 5000, 1);
}

/* 46 s before an hour's end to 46 s after it: less than settles at either end, some that settles between. */
static void make(struct capture *capture, bool disorder)
{
    *capture = (struct capture){0};
    for (int64_t at = -46 * SECOND, i = 0; at < 46 * SECOND; at += 650 * MILLI, i++) {
        uint32_t key = (uint32_t)i;
        add(capture, at, 1, key, 7)->destination_port = 80; /* time goes on */
        add(capture, at + 1, 2, key, 100);                  /* a scan */
        if (i % 2)
            add(capture, at + 13, 2, key, 100); /* its copy */
        if (i % 3 == 0)
            add(capture, at + 9 * MILLI, 2, key, 100)->ttl = 109; /* a third, from behind a router */
        if (i % 4 == 0)
            add(capture, at + 3 * SECOND, 2, key, 101); /* sent again */
        if (i % 8 == 0)
            add(capture, at + 3 * SECOND + 40, 2, key, 101); /* and copied */
        if (i % 5 == 0)
            for (int j = 0; j < 3; j++)
                add(capture, at + j * SECOND, 3, key, 0); /* by Linux, with an ip.id of 0 */
        if (i % 6 == 0)
            for (int j = 0; j < 12; j++)
                add(capture, at + j * GAP, 4, key, 5); /* a chain far longer than the gap */
        if (i % 7 == 0)
            for (int j = 0; j < 3; j++)
                add(capture, at + j * (GAP + 1), 5, key, 5); /* too late by a microsecond */
        if (i % 9 == 0)
            add(capture, at, 2, key + 1000, 100)->source_port = 1501;
        if (i % 10 == 0)
            for (int j = 0; j < 3; j++)
                add(capture, at + 2, 2, key, 103)->ttl =
                    (uint8_t)(112 + j % 2); /* at once, with and without a router more */
    }
    /* Around the hour's end, and one source that has nothing in its hour but a copy. */
    for (uint32_t i = 0; i < 5; i++) {
        add(capture, -(int64_t)i, 6, i, 1);
        add(capture, 12 - (int64_t)i, 6, i, 1);
    }
    for (int64_t at = -20; disorder && at < 10; at += 3) {
        add(capture, at * SECOND, 2, 5000, 1);
        add(capture, (at + 15) * SECOND + 30 * MILLI, 1, 0, 7)->destination_port = 80;
    }
    add(capture, -2, 7, 1, 1);
    add(capture, 0, 7, 1, 1);
    qsort(capture->packets, capture->n, sizeof *capture->packets, by_time);
    for (size_t i = 1; disorder && i + 5 < capture->n; i += 3) {
        size_t other = i + 1 + i * 7 % 5;
        struct pz_packet swap = capture->packets[i];
        capture->packets[i] = capture->packets[other];
        capture->packets[other] = swap;
    }
    for (int64_t at = -20; disorder && at < 10; at += 3)
        add_late(capture, at * SECOND + 80 * MILLI);
}

static bool same(const struct pz_packet *a, const struct pz_packet *b)
{
    return a->source == b->source && a->destination == b->destination && a->sequence == b->sequence &&
           a->source_port == b->source_port && a->ip_id == b->ip_id && b->destination_port == 445;
}

/* By the definition. */
static bool is_copy(const struct capture *capture, size_t i)
{
    const struct pz_packet *p = &capture->packets[i];
    for (size_t j = 0; j < capture->n; j++) {
        const struct pz_packet *q = &capture->packets[j];
        bool before = q->usec < p->usec || (q->usec == p->usec && (q->ttl < p->ttl || (q->ttl == p->ttl && j < i)));
        if (j != i && same(p, q) && before && p->usec - q->usec <= GAP)
            return true;
    }
    return false;
}

static struct pz_stretch stretch = {INT64_MAX, INT64_MIN};
static bool ordered; /* captures are observed as ordered ones */

static void fold(struct pz_tally *tally, const struct capture *capture, size_t begin, size_t end)
{
    pz_tally_init(tally);
    pz_tally_set_stretch(tally, &stretch);
    if (ordered)
        pz_tally_expect_order(tally);
    for (size_t at = begin, n; at < end; at += n) {
        struct pz_packet packets[37];
        n = end - at < 37 ? end - at : 37;
        memcpy(packets, capture->packets + at, n * sizeof *packets);
        pz_tallies_observe(tally, &filter, 1, packets, n);
    }
    pz_tally_finish(tally);
    assert_false(tally->late);
}

static struct pz_buf encode(struct pz_tally *tally)
{
    struct pz_buf bytes = {0};
    struct pz_damage_log log;
    pz_damage_log_init(&log);
    encode_tally(tally, &log, &filter, &(struct pz_identity){.size = 7, .end = 7}, &bytes);
    pz_damage_log_release(&log);
    return bytes;
}

/* What is settled, as bytes. */
static struct pz_buf settled(struct pz_tally *tally)
{
    settle(tally);
    return encode(tally);
}

static void check_plainly(const struct capture *capture)
{
    struct pz_tally tally;
    uint64_t scans[2] = {0}, by_source[2][8] = {{0}}, got[2][8] = {{0}}, syns = 0;
    for (size_t i = 0; i < capture->n; i++) {
        const struct pz_packet *p = &capture->packets[i];
        if (p->destination_port != 445)
            continue;
        syns++;
        scans[p->usec >= HOUR] += !is_copy(capture, i);
        by_source[p->usec >= HOUR][p->source] += !is_copy(capture, i);
    }
    fold(&tally, capture, 0, capture->n);
    struct pz_buf bytes = settled(&tally);
    for (size_t i = 0; i < tally.sources.n; i++) {
        const struct pz_source *row = pz_table_row(&tally.sources, i);
        got[row->hour == HOUR / PZ_USEC_PER_HOUR][row->address] = pz_source_scans(row);
    }
    assert_memory_equal(got, by_source, sizeof got);
    assert_int_equal(by_source[1][7], 0); /* the source that has nothing but a copy */
    for (int i = 0; i < 2; i++)
        assert_int_equal(pz_hour_scans(tally.hours.hours[i]), scans[i]);
    assert_int_equal(tally.fates[PZ_SCAN], scans[0] + scans[1]);
    assert_int_equal(tally.fates[PZ_COPY], syns - scans[0] - scans[1]);
    pz_buf_release(&bytes);
    pz_tally_release(&tally);
}

/* Merges the parts of a capture cut at the given places, in the given order, and compares. */
static void check_parts(const struct capture *capture, const size_t *cuts, size_t n, bool backwards,
                        const struct pz_buf *whole)
{
    struct pz_tally sum;
    pz_tally_init(&sum);
    pz_tally_finish(&sum);
    for (size_t i = 0; i + 1 < n; i++) {
        size_t part = backwards ? n - 2 - i : i;
        struct pz_tally tally;
        fold(&tally, capture, cuts[part], cuts[part + 1]);
        merge_tallies(&sum, &tally);
        pz_tally_release(&tally);
    }
    struct pz_buf bytes = settled(&sum);
    assert_int_equal(bytes.nbytes, whole->nbytes);
    assert_memory_equal(bytes.bytes, whole->bytes, whole->nbytes);
    pz_buf_release(&bytes);
    pz_tally_release(&sum);
}

static void check_capture(bool disorder)
{
    struct capture *capture = pz_alloc(sizeof *capture);
    struct pz_tally tally;
    make(capture, disorder);
    assert_in_range(capture->n, 400, PACKETS_MAX);
    check_plainly(capture);
    fold(&tally, capture, 0, capture->n);
    /* Of both kinds; an ordered capture has few boundary rows. */
    size_t nboundary = tally.copies.boundary.nbytes / sizeof(struct pz_scan_row);
    assert_in_range(nboundary, ordered ? 10 : 50, ordered ? 49 : capture->n - 50);
    struct pz_buf whole = settled(&tally);
    pz_tally_release(&tally);
    for (size_t cut = 0; cut <= capture->n; cut += ordered ? 7 : 1)
        check_parts(capture, (const size_t[]){0, cut, capture->n}, 3, cut % 2, &whole);
    for (size_t cut = 0; cut < capture->n; cut += 11)
        check_parts(capture, (const size_t[]){0, cut, cut + 1, (cut + capture->n) / 2 + 1, capture->n}, 5, false,
                    &whole);
    pz_buf_release(&whole);
    free(capture);
}

static void test_cuts(void **state)
{
    (void)state;
    check_capture(false);
}

static void test_cuts_in_order(void **state)
{
    (void)state;
    ordered = true;
    check_capture(false);
    ordered = false;
}

/* What is read as an ordered capture and isn't tells so: the last packet comes 2 s late, or a microsecond more. */
static void test_late(void **state)
{
    (void)state;
    struct capture *capture = pz_alloc(sizeof *capture);
    for (int64_t late = 0; late < 2; late++)
        for (int64_t length = 1; length <= 100; length += 33) {
            struct pz_tally tally;
            capture->n = 0;
            for (int64_t at = 0; at <= length * SECOND; at += 500 * MILLI)
                add(capture, at, 2, (uint32_t)(at / MILLI), 7);
            add(capture, length * SECOND - PZ_ORDER_USEC - late, 3, 1, 7)->destination_port = 80;
            pz_tally_init(&tally);
            pz_tally_expect_order(&tally);
            pz_tallies_observe(&tally, &filter, 1, capture->packets, capture->n);
            assert_int_equal(tally.late, late);
            pz_tally_release(&tally);
        }
    free(capture);
}

static void test_cuts_in_disorder(void **state)
{
    (void)state;
    check_capture(true);
}

/* Two captures may share any stretch of time: each record is in one of them, and both know what they share. */
static void test_stretches(void **state)
{
    (void)state;
    struct capture *capture = pz_alloc(sizeof *capture), *taps = pz_alloc(2 * sizeof *taps);
    struct pz_tally tallies[2];
    make(capture, true);
    fold(&tallies[0], capture, 0, capture->n);
    struct pz_buf whole = settled(&tallies[0]);
    pz_tally_release(&tallies[0]);
    for (size_t begin = 0, round = 0; begin < capture->n; begin += 23, round++) {
        size_t end = begin + (capture->n - begin) * (1 + round % 7) / 7;
        taps[0].n = taps[1].n = 0;
        stretch = PZ_NO_STRETCH;
        for (size_t i = 0; i < capture->n; i++) {
            const struct pz_packet *packet = &capture->packets[i];
            struct capture *tap = &taps[i >= begin && i < end && i * 2654435761u >> 20 & 1];
            tap->packets[tap->n++] = *packet;
            if (tap == &taps[1])
                pz_stretch_widen(&stretch, &(struct pz_stretch){packet->usec, packet->usec});
        }
        for (int i = 0; i < 2; i++)
            fold(&tallies[i], &taps[i], 0, taps[i].n);
        stretch = PZ_NO_STRETCH;
        struct pz_tally sum;
        fold(&sum, capture, 0, 0);
        for (int i = 0; i < 2; i++)
            merge_tallies(&sum, &tallies[i]);
        struct pz_buf bytes = settled(&sum);
        assert_int_equal(bytes.nbytes, whole.nbytes);
        assert_memory_equal(bytes.bytes, whole.bytes, whole.nbytes);
        pz_buf_release(&bytes);
        pz_tally_release(&sum);
        for (int i = 0; i < 2; i++)
            pz_tally_release(&tallies[i]);
    }
    pz_buf_release(&whole);
    free(taps);
    free(capture);
}

/* Every record a capture of its own: nothing is settled before all meet. */
static void test_single_records(void **state)
{
    (void)state;
    struct capture *capture = pz_alloc(sizeof *capture);
    size_t cuts[PACKETS_MAX + 1];
    struct pz_tally tally;
    make(capture, true);
    for (size_t i = 0; i <= capture->n; i++)
        cuts[i] = i;
    fold(&tally, capture, 0, capture->n);
    struct pz_buf whole = settled(&tally);
    check_parts(capture, cuts, capture->n + 1, true, &whole);
    pz_buf_release(&whole);
    pz_tally_release(&tally);
    free(capture);
}

/* A capture without copies and the same with each of its records copied are alike but for the fates and the SYNs that
 * came. */
static void test_mirrored(void **state)
{
    (void)state;
    struct capture *plain = pz_alloc(sizeof *plain), *mirrored = pz_alloc(sizeof *mirrored);
    struct pz_tally tallies[2];
    for (int64_t at = 0; at < 100 * SECOND; at += 500 * MILLI) {
        uint32_t key = (uint32_t)(at / SECOND);
        struct pz_packet packet = *add(plain, at, 2 + key % 5, key / 4, (uint16_t)key);
        mirrored->packets[mirrored->n++] = packet;
        packet.usec += 12;
        mirrored->packets[mirrored->n++] = packet;
    }
    fold(&tallies[0], plain, 0, plain->n);
    fold(&tallies[1], mirrored, 0, mirrored->n);
    for (int i = 0; i < 2; i++)
        settle(&tallies[i]);
    assert_int_equal(tallies[0].sources.n, 5);
    assert_int_equal(tallies[1].sources.n, 5);
    for (size_t i = 0; i < 5; i++) {
        const struct pz_source *row = pz_table_row(&tallies[0].sources, i);
        struct pz_buf one = {0}, other = {0};
        pz_source_encode(row, 0, &one);
        pz_source_encode(pz_table_find(&tallies[1].sources, row->hour, row->address), 0, &other);
        assert_int_equal(one.nbytes, other.nbytes);
        assert_memory_equal(one.bytes, other.bytes, one.nbytes);
        pz_buf_release(&one);
        pz_buf_release(&other);
    }
    assert_memory_equal(tallies[0].hours.hours[0]->scans_by, tallies[1].hours.hours[0]->scans_by,
                        sizeof tallies[0].hours.hours[0]->scans_by);
    assert_memory_equal(tallies[0].hours.hours[0]->attempts_by, tallies[1].hours.hours[0]->attempts_by,
                        sizeof tallies[0].hours.hours[0]->attempts_by);
    for (int i = 0; i < 2; i++) {
        struct pz_buf bytes = encode(&tallies[i]);
        assert_int_equal(tallies[i].fates[PZ_SCAN], plain->n);
        assert_int_equal(tallies[i].fates[PZ_COPY], i ? plain->n : 0);
        pz_buf_release(&bytes);
        pz_tally_release(&tallies[i]);
    }
    free(plain);
    free(mirrored);
}

/* A flood from one source in less time than settles: more wait than a radix partition has room for. */
static void test_flood(void **state)
{
    (void)state;
    enum { FLOOD = 20000 };
    struct pz_tally tally;
    pz_tally_init(&tally);
    for (int64_t i = 0; i < FLOOD; i++) {
        struct capture one = {.n = 0};
        add(&one, 60 * SECOND + i * 200, 2, (uint32_t)(i / 2), 9); /* each twice */
        pz_tallies_observe(&tally, &filter, 1, one.packets, 1);
    }
    for (int64_t i = 0; i < 140; i++) {
        struct capture one = {.n = 0};
        add(&one, 64 * SECOND + i * SECOND, 3, (uint32_t)i, 9);
        pz_tallies_observe(&tally, &filter, 1, one.packets, 1);
    }
    settle(&tally);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pz_source_scans(pz_table_row(&tally.sources, i)),
                         pz_table_row(&tally.sources, i)->address == 2 ? FLOOD / 2 : 140);
    pz_tally_release(&tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cuts),           cmocka_unit_test(test_cuts_in_disorder),
        cmocka_unit_test(test_single_records), cmocka_unit_test(test_mirrored),
        cmocka_unit_test(test_flood),          cmocka_unit_test(test_stretches),
        cmocka_unit_test(test_cuts_in_order),  cmocka_unit_test(test_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
