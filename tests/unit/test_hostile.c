/* SPDX-License-Identifier: BSD-2-Clause */
/* Tallies that no scan wrote, with checksums that are right: refused as damaged, in little memory and without an abort.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reduce/reduce.h"
#include "tools/encode.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { HOUR = 340897, CONTAINERS = 65536 }; /* 2008-11-21T01 */

static const struct pz_filter filter = {.port = 445};
static const struct pz_identity identity = {.size = 7, .hash = 9, .end = 7};

static void put16(struct pz_buf *to, unsigned value)
{
    const uint8_t bytes[2] = {(uint8_t)value, (uint8_t)(value >> 8)};
    pz_buf_put(to, bytes, 2);
}

/* All 2^32 values in the portable format, a run a container. */
static void put_everything(struct pz_buf *to)
{
    put16(to, 12347);
    put16(to, CONTAINERS - 1);
    memset(pz_buf_extend(to, CONTAINERS / 8), 255, CONTAINERS / 8);
    for (unsigned key = 0; key < CONTAINERS; key++) {
        put16(to, key);
        put16(to, 65535);
    }
    for (unsigned key = 0; key < CONTAINERS; key++)
        pz_buf_put_u32(to, CONTAINERS / 8 + 4 + 8 * CONTAINERS + 6 * key);
    for (unsigned key = 0; key < CONTAINERS; key++) {
        put16(to, 1);
        put16(to, 0);
        put16(to, 65535);
    }
}

static void test_unfolding_set(void **state)
{
    (void)state;
    struct pz_buf bytes = {0};
    put_everything(&bytes);
    assert_true(bytes.nbytes < 1000000);
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    assert_null(pz_bitmap_read(bytes.bytes, bytes.nbytes, UINT32_MAX));
    roaring_bitmap_t *set = pz_bitmap_read(bytes.bytes, bytes.nbytes, UINT64_MAX);
    assert_non_null(set);
    assert_true(roaring_bitmap_get_cardinality(set) == UINT64_C(1) << 32);
    roaring_bitmap_free(set);
    getrusage(RUSAGE_SELF, &after);
    assert_in_range(after.ru_maxrss, before.ru_maxrss, before.ru_maxrss + (64 << 10)); /* in KiB */
    pz_buf_release(&bytes);
}

static struct pz_packet syn(int64_t usec, uint32_t source)
{
    return (struct pz_packet){.usec = usec,
                              .source = source,
                              .destination = 0x00050607,
                              .sequence = 77,
                              .source_port = 1500,
                              .destination_port = 445,
                              .ip_len = 48,
                              .ttl = 110,
                              .protocol = 6,
                              .tcp_flags = PZ_TCP_SYN,
                              .fate = PZ_SCAN,
                              .has_addresses = true};
}

/* Seconds: every 10 s nearly all scans are settled, every 20 s all are boundary rows. */
static int64_t step = 10;

/* A tally of some scans in one hour, with one of its numbers wrong. */
static void make(struct pz_tally *tally, void (*spoil)(struct pz_tally *tally), struct pz_buf *bytes)
{
    struct pz_damage_log log;
    pz_damage_log_init(&log);
    pz_tally_init(tally);
    for (unsigned i = 0; i < 100; i++) {
        struct pz_packet packet = syn(HOUR * PZ_USEC_PER_HOUR + step * i * PZ_USEC_PER_SECOND, 0x01020304 + i * 65537);
        pz_tallies_observe(tally, &filter, 1, &packet, 1);
    }
    pz_tally_finish(tally);
    spoil(tally);
    encode_tally(tally, &log, &filter, &identity, bytes);
    pz_damage_log_release(&log);
}

static void spoil_nothing(struct pz_tally *tally)
{
    (void)tally;
}

static void spoil_packets(struct pz_tally *tally)
{
    tally->hours.hours[0]->packets = UINT64_MAX;
}

static void spoil_scans(struct pz_tally *tally)
{
    tally->hours.hours[0]->syns = 1;
}

static void spoil_traits(struct pz_tally *tally)
{
    tally->hours.hours[0]->scans_by[0] = UINT64_MAX;
}

static void spoil_attempts(struct pz_tally *tally)
{
    tally->hours.hours[0]->attempts_by[1][0] = UINT64_MAX;
}

static void spoil_fates(struct pz_tally *tally)
{
    tally->fates[PZ_FATE_COUNT - 1] = UINT64_MAX;
}

static void move_hour(struct pz_tally *tally, uint32_t to)
{
    struct pz_hour *hour = tally->hours.hours[0];
    int64_t moved = ((int64_t)to - hour->hour) * PZ_USEC_PER_HOUR;
    hour->hour = to;
    hour->first_usec += moved;
    hour->last_usec += moved;
}

static void spoil_early(struct pz_tally *tally)
{
    move_hour(tally, 1000);
}

static void spoil_late(struct pz_tally *tally)
{
    move_hour(tally, 700000);
}

static void spoil_other_hour(struct pz_tally *tally)
{
    move_hour(tally, HOUR + 3);
}

static void spoil_no_scans(struct pz_tally *tally)
{
    struct pz_hour *hour = tally->hours.hours[0];
    hour->syns = 0;
    memset(hour->scans_by, 0, sizeof hour->scans_by);
    memset(hour->attempts_by, 0, sizeof hour->attempts_by);
}

static bool is_good(void (*spoil)(struct pz_tally *tally))
{
    struct pz_tally tally;
    struct pz_buf bytes = {0};
    struct pz_common common;
    struct pz_tally_index index;
    make(&tally, spoil, &bytes);
    pz_common_init(&common);
    assert_true(pz_tally_index_decode(bytes.bytes, &index));
    bool good = pz_common_decode(bytes.bytes + index.common.offset, index.common.nbytes, &common);
    pz_common_release(&common);
    pz_tally_release(&tally);
    pz_buf_release(&bytes);
    return good;
}

static void test_common(void **state)
{
    (void)state;
    assert_true(is_good(spoil_nothing));
    assert_false(is_good(spoil_packets));
    assert_false(is_good(spoil_scans));
    assert_false(is_good(spoil_traits));
    assert_false(is_good(spoil_attempts));
    assert_false(is_good(spoil_fates));
    assert_false(is_good(spoil_early));
    assert_false(is_good(spoil_late));
}

/* What comes of reducing a tally whose shards have sources that its hours may not know of. */
static int reduce(void (*spoil)(struct pz_tally *tally), const struct pz_store *store)
{
    struct pz_tally tally;
    struct pz_buf bytes = {0};
    struct pz_error error = {0};
    struct pz_flaws none;
    struct pz_timeline timeline;
    struct pz_range_hour hour;
    struct pz_tally_index index;
    const struct pz_timeline_options options = {.until = UINT32_MAX, .silence = 60, .timeline_bin = 600, .window = 24};
    pz_flaws_init(&none);
    make(&tally, spoil, &bytes);
    assert_true(pz_tally_index_decode(bytes.bytes, &index));
    struct pz_damage_log log;
    pz_damage_log_init(&log);
    assert_int_equal(pz_store_write(store, &identity, &tally, &log, &error), 0);
    pz_damage_log_release(&log);
    pz_timeline_make(&timeline, &options, &tally.hours, &none);
    const struct pz_stored stored = {identity, index.first_hour, index.last_hour, index.rows, 0, PZ_NO_STRETCH};
    struct pz_range *range =
        pz_range_open(store, &stored, 1, &(struct pz_subshards){1, 0, PZ_SHARDS}, false, 0, UINT32_MAX);
    pz_range_check(range, &timeline);
    int status = pz_range_next(range, &hour, &error);
    pz_range_close(range);
    pz_flaws_release(&none);
    pz_timeline_release(&timeline);
    pz_tally_release(&tally);
    pz_buf_release(&bytes);
    return status;
}

static void test_shards(void **state)
{
    (void)state;
    char directory[] = "/tmp/patientzero-hostile-XXXXXX";
    assert_non_null(mkdtemp(directory));
    struct pz_store store;
    pz_store_open(&store, directory, &filter);
    struct pz_path path = pz_store_path(&store, &identity, &PZ_NO_STRETCH);
    for (step = 10; step <= 20; step += 10) {
        assert_int_equal(reduce(spoil_nothing, &store), 1);
        assert_int_equal(access(path.text, F_OK), 0);
        assert_int_equal(reduce(spoil_other_hour, &store), -1);
        assert_int_not_equal(access(path.text, F_OK), 0);
        assert_int_equal(reduce(spoil_no_scans, &store), -1);
    }
    step = 10;
    *strrchr(path.text, '/') = 0;
    rmdir(path.text);
    rmdir(directory);
    pz_store_close(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_unfolding_set), cmocka_unit_test(test_common),
                                       cmocka_unit_test(test_shards)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
