/* SPDX-License-Identifier: BSD-2-Clause */
/* Which hours damage marks. Times are given in seconds behind an hour, 2008-11-21T17:00:00Z, hour 340913 since 1970. */
#include "tools/make.h"

#include "capture/batcher.h"

enum { HOUR = 340913, RECORD_HEADER = 16 };
static const int64_t base_second = 1227286800;

struct bench {
    struct pz_batcher batcher;
    struct pz_damage_log log;
    struct pz_sink sink;
    size_t npackets, nbatches;
};

static void count(void *context, struct pz_packet *packets, size_t n)
{
    struct bench *b = context;
    (void)packets;
    b->npackets += n;
    b->nbatches++;
}

static void begin(struct bench *b)
{
    *b = (struct bench){.sink = {b, count, keep_going}};
    pz_damage_log_init(&b->log);
    pz_batcher_init(&b->batcher, &b->sink, &b->log);
    b->batcher.header_nbytes = RECORD_HEADER;
    pz_batcher_link_type(&b->batcher, PZ_LINK_RAW, NULL);
}

static void record_usec(struct bench *b, int64_t usec)
{
    static const uint8_t bytes[RECORD_HEADER + 100];
    pz_batcher_record(&b->batcher, usec, bytes + RECORD_HEADER, 20);
}

static void record(struct bench *b, double second)
{
    record_usec(b, base_second * 1000000 + (int64_t)(second * 1e6));
}

static void end(struct bench *b)
{
    pz_batcher_end(&b->batcher);
    assert_int_equal(b->npackets, b->log.records);
}

static void release(struct bench *b)
{
    pz_batcher_release(&b->batcher);
    pz_damage_log_release(&b->log);
}

static void assert_detail(const struct bench *b, uint32_t i, uint64_t at_record, uint32_t first_hour,
                          uint32_t last_hour)
{
    assert_true(i < b->log.nentries);
    assert_int_equal(b->log.entries[i].record, at_record);
    assert_int_equal(b->log.entries[i].first_hour, first_hour);
    assert_int_equal(b->log.entries[i].last_hour, last_hour);
}

static void test_batches(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    for (int i = 0; i < 2 * PZ_BATCH + 1; i++)
        record(&b, i);
    assert_int_equal(b.npackets, 2 * PZ_BATCH);
    end(&b);
    assert_int_equal(b.nbatches, 3);
    assert_damages(&b.log, NO_DAMAGE);
    assert_hours(&b.log, NO_HOURS);
    release(&b);
}

static void test_damage_between_records(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    record(&b, 3500);
    pz_batcher_damage(&b.batcher, PZ_DAMAGE_CORRUPT, NULL);
    record(&b, 2 * 3600 + 1);
    record(&b, 4 * 3600);
    end(&b);
    assert_hours(&b.log, HOURS({HOUR, HOUR + 2}));
    assert_detail(&b, 0, 1, HOUR, HOUR + 2);
    release(&b);
}

static void test_damage_at_the_ends(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    pz_batcher_damage(&b.batcher, PZ_DAMAGE_CORRUPT, NULL);
    record(&b, 3600);
    record(&b, 7200);
    pz_batcher_damage(&b.batcher, PZ_DAMAGE_TORN, NULL);
    end(&b);
    assert_hours(&b.log, HOURS({HOUR + 1, HOUR + 2}));
    assert_detail(&b, 0, 0, HOUR + 1, HOUR + 1);
    assert_detail(&b, 1, 2, HOUR + 2, HOUR + 2);
    release(&b);

    begin(&b);
    pz_batcher_damage(&b.batcher, PZ_DAMAGE_TORN, NULL);
    end(&b);
    assert_hours(&b.log, NO_HOURS);
    assert_detail(&b, 0, 0, PZ_NO_HOUR, PZ_NO_HOUR);
    release(&b);
}

/* Two damages wait for the same good record: both get its hour. */
static void test_damage_upon_damage(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    record(&b, 0);
    pz_batcher_damage(&b.batcher, PZ_DAMAGE_CORRUPT, NULL);
    record_usec(&b, 0); /* 1970 */
    record(&b, 3600);
    end(&b);
    assert_damages(&b.log, DAMAGES(PZ_DAMAGE_CORRUPT, PZ_DAMAGE_TIME_RANGE));
    assert_hours(&b.log, HOURS({HOUR, HOUR + 1}));
    assert_detail(&b, 0, 1, HOUR, HOUR + 1);
    assert_detail(&b, 1, 1, HOUR, HOUR + 1);
    release(&b);
}

static void test_times_out_of_range(void **state)
{
    (void)state;
    static const struct {
        int64_t usec;
        bool good;
    } times[] = {{946684800000000, true},  {946684799999999, false},  {0, false},        {-1, false},
                 {2145916799999999, true}, {2145916800000000, false}, {INT64_MAX, false}};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct bench b;
        begin(&b);
        record_usec(&b, times[i].usec);
        end(&b);
        assert_int_equal(b.log.counts[PZ_DAMAGE_TIME_RANGE], times[i].good ? 0 : 1);
        assert_hours(&b.log, NO_HOURS);
        release(&b);
    }
    /* Also right behind a good record, where the quick test looks. */
    struct bench b;
    begin(&b);
    record_usec(&b, 2145916799000000);
    record_usec(&b, 2145916800000000);
    end(&b);
    assert_damages(&b.log, DAMAGES(PZ_DAMAGE_TIME_RANGE));
    release(&b);
}

static void test_disorder_is_no_damage(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    record(&b, 3600);
    record(&b, 3585);       /* 15 s back */
    record(&b, 3570);       /* and again */
    record(&b, 3600 * 100); /* an outage */
    end(&b);
    assert_damages(&b.log, NO_DAMAGE);
    release(&b);
}

static void test_time_back(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    record(&b, 4 * 3600);
    record(&b, 4 * 3600 - 15.000001);
    record(&b, 4 * 3600);
    end(&b);
    assert_damages(&b.log, DAMAGES(PZ_DAMAGE_TIME_BACK));
    assert_hours(&b.log, HOURS({HOUR + 3, HOUR + 4}));
    release(&b);

    /* Hours in between aren't in doubt. */
    begin(&b);
    record(&b, 10 * 3600);
    record(&b, 0);
    record(&b, 1);
    end(&b);
    assert_damages(&b.log, DAMAGES(PZ_DAMAGE_TIME_BACK));
    assert_hours(&b.log, HOURS({HOUR, HOUR}, {HOUR + 10, HOUR + 10}));
    assert_detail(&b, 0, 1, HOUR, HOUR + 10);
    release(&b);
}

static void test_damaged_member(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    record(&b, 0);
    pz_batcher_new_member(&b.batcher);
    for (int i = 0; i < 4; i++)
        record(&b, 3600 + 1200 * i); /* 18:00 to 19:00 */
    record(&b, 5 * 3600);            /* an outage, whose hours aren't the member's */
    pz_batcher_damage_member(&b.batcher, PZ_DAMAGE_CHECKSUM, false);
    pz_batcher_new_member(&b.batcher);
    record(&b, 8 * 3600);
    end(&b);
    assert_hours(&b.log, HOURS({HOUR + 1, HOUR + 2}, {HOUR + 5, HOUR + 5}));
    assert_detail(&b, 0, 6, HOUR + 1, HOUR + 5);
    release(&b);
}

/* One wrong bit in one time must not mark all the years up to it. */
static void test_damaged_member_with_a_wild_time(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    record(&b, 0);
    record_usec(&b, 2000000000000000); /* 2033-05-18T03, hour 555555 */
    record(&b, 1);
    pz_batcher_damage_member(&b.batcher, PZ_DAMAGE_CHECKSUM, false);
    pz_batcher_new_member(&b.batcher);
    end(&b);
    assert_damages(&b.log, DAMAGES(PZ_DAMAGE_CHECKSUM, PZ_DAMAGE_TIME_FORWARD, PZ_DAMAGE_TIME_BACK));
    assert_hours(&b.log, HOURS({HOUR, HOUR}, {555555, 555555}));
    release(&b);
}

static void test_damaged_member_that_spills(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    record(&b, 0);
    pz_batcher_damage_member(&b.batcher, PZ_DAMAGE_CHECKSUM, true);
    pz_batcher_new_member(&b.batcher);
    record(&b, 3600);
    record(&b, 7200);
    end(&b);
    assert_hours(&b.log, HOURS({HOUR, HOUR + 1}));
    release(&b);
}

static void test_damaged_member_without_records(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    record(&b, 0);
    pz_batcher_new_member(&b.batcher);
    pz_batcher_damage_member(&b.batcher, PZ_DAMAGE_CHECKSUM, false);
    end(&b);
    assert_damages(&b.log, DAMAGES(PZ_DAMAGE_CHECKSUM));
    assert_hours(&b.log, NO_HOURS);
    release(&b);
}

static void test_damaged_file(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    record(&b, 0);
    pz_batcher_new_member(&b.batcher);
    record(&b, 3 * 3600);
    record(&b, 0); /* back */
    pz_batcher_end(&b.batcher);
    pz_batcher_damage_file(&b.batcher, PZ_DAMAGE_CHANGED);
    assert_hours(&b.log, HOURS({HOUR, HOUR}, {HOUR + 3, HOUR + 3}));
    assert_detail(&b, 1, 3, HOUR, HOUR + 3);
    release(&b);
}

static void test_unknown_link(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    record(&b, 0);
    pz_batcher_link_type(&b.batcher, 147, NULL);
    record(&b, 3600);
    record(&b, 9 * 3600);
    pz_batcher_link_type(&b.batcher, PZ_LINK_RAW, NULL);
    record(&b, 20 * 3600);
    end(&b);
    assert_damages(&b.log, DAMAGES(PZ_DAMAGE_UNKNOWN_LINK_TYPE));
    assert_hours(&b.log, HOURS({HOUR + 1, HOUR + 1}, {HOUR + 9, HOUR + 9}));
    assert_detail(&b, 0, 1, HOUR + 1, HOUR + 9);
    assert_int_equal(b.log.link_type, PZ_LINK_RAW);
    release(&b);
}

/* Times that jump at every record cost a bounded amount: 38 years have 333,120 hours. */
static void test_hostile_times(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    uint64_t x = 1;
    for (int i = 0; i < 300000; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        record_usec(&b, 946684800000000 + (int64_t)(x >> 33) % 1199232000 * 1000000);
    }
    end(&b);
    assert_true(b.log.counts[PZ_DAMAGE_TIME_BACK] > 100000);
    assert_int_equal(b.log.nentries, PZ_DAMAGE_LOG_ENTRIES);
    assert_true(b.log.nhours < 166561);
    release(&b);
}

/* Damage of the file stands where decompression does, damage inside where its bytes lie. */
static void test_offsets(void **state)
{
    (void)state;
    struct bench b;
    static const uint8_t buffer[200];
    begin(&b);
    b.batcher.offset = 1000;
    b.batcher.content = 5000;
    b.batcher.content_end = buffer + 100; /* and room behind it */
    pz_batcher_damage(&b.batcher, PZ_DAMAGE_CORRUPT, NULL);
    pz_batcher_damage(&b.batcher, PZ_DAMAGE_RECORD_ABSURD, buffer + 40);
    pz_batcher_record(&b.batcher, 0, buffer + 40 + RECORD_HEADER, 20);
    b.batcher.content_end = NULL;
    pz_batcher_record(&b.batcher, 0, buffer, 20);
    assert_int_equal(b.log.entries[0].offset, 1000);
    assert_int_equal(b.log.entries[1].offset, 4940);
    assert_int_equal(b.log.entries[2].offset, 4940);
    assert_int_equal(b.log.entries[3].offset, 5000);
    end(&b);
    release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_batches),
                                       cmocka_unit_test(test_damage_between_records),
                                       cmocka_unit_test(test_damage_at_the_ends),
                                       cmocka_unit_test(test_damage_upon_damage),
                                       cmocka_unit_test(test_times_out_of_range),
                                       cmocka_unit_test(test_disorder_is_no_damage),
                                       cmocka_unit_test(test_time_back),
                                       cmocka_unit_test(test_damaged_member),
                                       cmocka_unit_test(test_damaged_member_with_a_wild_time),
                                       cmocka_unit_test(test_damaged_member_that_spills),
                                       cmocka_unit_test(test_damaged_member_without_records),
                                       cmocka_unit_test(test_damaged_file),
                                       cmocka_unit_test(test_unknown_link),
                                       cmocka_unit_test(test_hostile_times),
                                       cmocka_unit_test(test_offsets)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
