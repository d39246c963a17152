/* SPDX-License-Identifier: BSD-2-Clause */
/* One source's state: the order of its earliest scans is total, so that ties don't depend on the order of arrival. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tally/source.h"

enum { HOUR = 340897, SCANS = 8 };

static const struct pz_scan_row plain = {.usec = HOUR * PZ_USEC_PER_HOUR,
                                         .source = 0x01020304,
                                         .destination = 0x00050607,
                                         .sequence = 77,
                                         .hour = HOUR,
                                         .source_port = 1500,
                                         .ip_id = 9,
                                         .wire_len = 48,
                                         .ttl = 110};

/* The i-th of scans that differ in one field alone, in which they ascend. */
static struct pz_scan_row scan_of(int field, int i)
{
    struct pz_scan_row scan = plain;
    uint8_t step = (uint8_t)i;
    switch (field) {
    case 0:
        scan.usec += step;
        break;
    case 1:
        scan.destination += step;
        break;
    case 2:
        scan.source_port = (uint16_t)(scan.source_port + step);
        break;
    case 3:
        scan.sequence += step;
        break;
    case 4:
        scan.ip_id = (uint16_t)(scan.ip_id + step);
        break;
    case 5:
        scan.wire_len = (uint16_t)(scan.wire_len + step);
        break;
    default:
        scan.ttl = (uint8_t)(scan.ttl + step);
        break;
    }
    return scan;
}

static struct pz_scan_seen seen_of(const struct pz_scan_row *scan)
{
    return (struct pz_scan_seen){.usec = scan->usec,
                                 .destination = scan->destination,
                                 .sequence = scan->sequence,
                                 .source_port = scan->source_port,
                                 .ip_id = scan->ip_id,
                                 .wire_len = scan->wire_len,
                                 .ttl = scan->ttl};
}

static void assert_earliest(const struct pz_source *source, int field)
{
    for (int i = 0; i < PZ_EARLIEST; i++) {
        struct pz_scan_row scan = scan_of(field, i);
        struct pz_scan_seen want = seen_of(&scan), got = source->earliest[i];
        assert_int_equal(got.usec, want.usec);
        assert_int_equal(got.destination, want.destination);
        assert_int_equal(got.sequence, want.sequence);
        assert_int_equal(got.source_port, want.source_port);
        assert_int_equal(got.ip_id, want.ip_id);
        assert_int_equal(got.wire_len, want.wire_len);
        assert_int_equal(got.ttl, want.ttl);
    }
}

static void test_ties(void **state)
{
    (void)state;
    for (int field = 0; field < 7; field++)
        for (int first = 0; first < SCANS; first++) {
            struct pz_source one, other;
            pz_source_init(&one, HOUR, plain.source);
            pz_source_init(&other, HOUR, plain.source);
            /* Each begins elsewhere, and every other one goes to another state, which is merged in the end. */
            for (int i = 0; i < SCANS; i++) {
                struct pz_scan_row scan = scan_of(field, (first + 3 * i) % SCANS);
                pz_source_observe_any(i % 2 ? &other : &one, &scan);
            }
            struct pz_source merged = other;
            pz_source_merge(&merged, &one);
            pz_source_merge(&one, &other);
            assert_earliest(&one, field);
            assert_earliest(&merged, field);
        }
}

/* Scans of the source's own /16 are counted apart, stored, and in no bounds and sketches, in whatever order they come. */
static void test_local(void **state)
{
    (void)state;
    for (int away = 0; away < 2; away++) {
        struct pz_source source, other, read;
        struct pz_buf bytes = {0}, again = {0};
        pz_source_init(&source, HOUR, plain.source);
        pz_source_init(&other, HOUR, plain.source);
        for (int i = 0; i < 30; i++) {
            struct pz_scan_row scan = plain;
            bool local = !away || i % 3 == 0;
            scan.usec += i;
            scan.destination = local ? 0x01020000 + 9 * (uint32_t)i : 0x00050607;
            pz_source_observe(i % 2 ? &source : &other, &scan);
            struct pz_closed_attempt attempt = {.first_usec = scan.usec, .destination = scan.destination};
            pz_source_add_closed(i % 2 ? &source : &other, &attempt);
        }
        pz_source_merge(&source, &other);
        pz_source_encode(&source, 0, &bytes);
        struct pz_cursor from = pz_cursor_of(bytes.bytes, bytes.nbytes);
        pz_sources_decode(&from, HOUR, pz_shard_of(plain.source), &read, 1);
        assert_false(from.bad);
        pz_source_encode(&read, 0, &again);
        assert_int_equal(again.nbytes, bytes.nbytes);
        assert_memory_equal(again.bytes, bytes.bytes, bytes.nbytes);
        /* Of 0, 9, ..., 261 those below 128 in octet 4 are 0 to 126 and 261; of every third, 0 to 108. */
        assert_int_equal(read.local_low, away ? 5 : 16);
        assert_int_equal(read.local_high, away ? 5 : 14);
        assert_int_equal(pz_source_destinations(&read), away);
        assert_int_equal(pz_source_networks(&read), away);
        if (away)
            assert_true(read.octet4_min == 7 && read.octet4_max == 7 && read.octet2_min == 5 && read.octet3_max == 3);
        pz_buf_release(&bytes);
        pz_buf_release(&again);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ties), cmocka_unit_test(test_local)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
