/* The laws of a tally, for each tally in the table below: identity, commutativity, associativity, cutting, transport
 * and sharding. Equal means: what is stored of it is the same bytes once its boundary rows are closed, and so is every
 * table made from it. States come from packets, from decoding, and with their bitmaps run-optimised or not, in all
 * mixtures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs/jobs.h"
#include "reduce/reduce.h"
#include "tools/settle.h"
#include "worm/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct pz_filter filter = {.port = 445};

/* Packets of a few hours around a border, from a few sources, so that everything collides. */
static uint64_t dice = 88172645463325252u;

static uint32_t roll(uint32_t sides)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (uint32_t)(dice >> 32) % sides;
}

/* Time goes on by up to 3 s, steps back by up to 10 s (disorder), and jumps now and then by more than an attempt's gap.
 */
static int64_t roll_time(int64_t now)
{
    switch (roll(60)) {
    case 0:
        return now + (16 + (int64_t)roll(100)) * PZ_USEC_PER_SECOND;
    case 1:
    case 2:
        return now - (int64_t)roll(10 * PZ_USEC_PER_SECOND);
    case 3:
        return now; /* the same microsecond */
    default:
        return now + (int64_t)roll(3 * PZ_USEC_PER_SECOND);
    }
}

static void roll_packets(struct pz_packet *packets, size_t n)
{
    int64_t latest = 1227229200 * PZ_USEC_PER_SECOND + (int64_t)roll(3000) * PZ_USEC_PER_SECOND; /* 2008-11-21T01 */
    for (size_t i = 0; i < n; i++) {
        struct pz_packet *packet = &packets[i];
        *packet = (struct pz_packet){.source = roll(40) << 16 | roll(30) << 6,
                                     .destination = roll(300) << 16 | roll(256),
                                     .sequence = roll(5),
                                     .source_port = (uint16_t)(1020 + roll(10)),
                                     .protocol = 6,
                                     .tcp_flags = PZ_TCP_SYN,
                                     .has_addresses = true};
        packet->destination_port = roll(5) ? 445 : 139;
        bool again = i > 30 && roll(2);
        if (again)
            *packet = packets[i - 1 - roll(30)]; /* a SYN sent again */
        bool copy = again && roll(2) && packet->usec >= latest - 10 * PZ_USEC_PER_SECOND &&
                    packet->usec < latest + PZ_USEC_PER_SECOND;
        packet->ip_len = roll(4) ? 48 : 40;
        packet->ip_id = copy || (again && roll(2)) ? packet->ip_id : (uint16_t)(roll(2) * roll(65536));
        packet->ttl = (uint8_t)roll(256);
        packet->fate = roll(6) ? PZ_SCAN : (uint8_t)(PZ_OTHER_PROTOCOL + roll(5));
        int64_t usec =
            copy ? packet->usec + (int64_t)roll(2 * PZ_COPY_GAP_USEC) - PZ_COPY_GAP_USEC / 2 : roll_time(latest);
        latest = usec > latest ? usec : latest;
        packet->usec = roll(200) ? usec : (PZ_LATEST_SECOND + 5) * PZ_USEC_PER_SECOND;
    }
}

/* ---- the tallies ---- */

struct tally_kind {
    const char *name;
    void *(*make)(void);
    void (*release)(void *state);
    void (*observe)(void *state, struct pz_packet *packets, size_t n);
    void (*merge)(void *into, const void *other);
    void (*encode)(void *state, struct pz_buf *to); /* all that is kept, in the form in which it's stored */
    void (*decode)(void *state, const struct pz_buf *bytes);
    void (*disguise)(void *state); /* other bytes in memory for the same state */
    void (*settle)(void *state);   /* decides what waits for other captures; NULL if nothing does */
    bool any_order;                /* packets may come in any order of time */
};

static void *hours_make(void)
{
    struct pz_hours *hours = pz_alloc(sizeof *hours);
    pz_hours_init(hours);
    return hours;
}

static void hours_release(void *state)
{
    pz_hours_release(state);
    free(state);
}

static void hours_observe(void *state, struct pz_packet *packets, size_t n)
{
    pz_filter_apply(&filter, packets, n);
    pz_hours_observe(state, packets, n);
}

static void hours_merge(void *into, const void *other)
{
    pz_hours_close(into);
    pz_hours_close((struct pz_hours *)(uintptr_t)other);
    pz_hours_merge(into, other);
}

static void hours_encode(void *state, struct pz_buf *to)
{
    pz_hours_close(state);
    pz_hours_encode(state, to);
}

static void hours_decode(void *state, const struct pz_buf *bytes)
{
    struct pz_cursor from = pz_cursor_of(bytes->bytes, bytes->nbytes);
    pz_hours_decode(state, &from);
    assert_false(from.bad);
    assert_int_equal(pz_cursor_left(&from), 0);
}

static void hours_disguise(void *state)
{
    struct pz_hours *hours = state;
    pz_hours_close(hours);
    for (size_t i = 0; i < hours->n; i++)
        roaring_bitmap_run_optimize(hours->hours[i]->lens);
}

static void *tally_make(void)
{
    struct pz_tally *tally = pz_alloc(sizeof *tally);
    pz_tally_init(tally);
    return tally;
}

static void tally_release(void *state)
{
    pz_tally_release(state);
    free(state);
}

static void tally_observe(void *state, struct pz_packet *packets, size_t n)
{
    pz_tally_observe(state, &filter, packets, n);
}

static void tally_merge(void *into, const void *other)
{
    pz_tally_finish(into);
    pz_tally_finish((struct pz_tally *)(uintptr_t)other);
    merge_tallies(into, other);
}

static void tally_encode(void *state, struct pz_buf *to)
{
    struct pz_damage_log log;
    pz_damage_log_init(&log);
    pz_tally_encode(state, &log, &filter, &(struct pz_identity){.size = 7, .end = 7}, to);
    pz_damage_log_release(&log);
}

static void decode_shard(struct pz_tally *tally, const struct pz_buf *bytes, const struct pz_section *section,
                         unsigned number)
{
    struct pz_cursor shard = pz_cursor_of(bytes->bytes + section->offset, section->nbytes), rows;
    uint32_t hour;
    assert_true(pz_shard_boundary(&shard, &tally->copies.boundary, &tally->attempts.boundary));
    for (size_t n; pz_shard_next(&shard, &hour, &n, &rows);) {
        struct pz_source *sources = pz_alloc(n * sizeof *sources);
        pz_sources_decode(&rows, hour, number, sources, n);
        assert_false(rows.bad);
        assert_int_equal(pz_cursor_left(&rows), 0);
        pz_table_merge(&tally->sources, sources, n, NULL);
        free(sources);
    }
    assert_false(shard.bad);
}

static void tally_decode(void *state, const struct pz_buf *bytes)
{
    struct pz_tally *tally = state;
    struct pz_tally_index index;
    struct pz_common common;
    pz_common_init(&common);
    assert_true(pz_tally_index_decode(bytes->bytes, &index));
    assert_true(pz_common_decode(bytes->bytes + index.common.offset, index.common.nbytes, &common));
    memcpy(tally->fates, common.fates, sizeof tally->fates);
    tally->digest = common.digest;
    pz_hours_merge(&tally->hours, &common.hours);
    pz_common_release(&common);
    for (unsigned shard = 0; shard < PZ_SHARDS; shard++)
        decode_shard(tally, bytes, &index.shards[shard], shard);
    assert_int_equal(tally->sources.n, index.rows);
}

static void tally_disguise(void *state)
{
    pz_tally_finish(state);
    hours_disguise(&((struct pz_tally *)state)->hours);
}

static void tally_settle(void *state)
{
    settle(state);
}

static const struct tally_kind kinds[] = {
    {"hours", hours_make, hours_release, hours_observe, hours_merge, hours_encode, hours_decode, hours_disguise, NULL,
     true},
    {"tally", tally_make, tally_release, tally_observe, tally_merge, tally_encode, tally_decode, tally_disguise,
     tally_settle, false},
};

/* ---- the laws ---- */

enum { PACKETS = 3000, ROUNDS = 40 };

static void *fold(const struct tally_kind *kind, const struct pz_packet *packets, size_t n)
{
    void *state = kind->make();
    struct pz_packet copy[64];
    for (size_t at = 0; at < n;) {
        size_t step = 1 + roll(64);
        step = step < n - at ? step : n - at;
        memcpy(copy, packets + at, step * sizeof *copy);
        kind->observe(state, copy, step);
        at += step;
    }
    /* The same state by another way, now and then. */
    if (roll(3) == 0)
        kind->disguise(state);
    if (roll(3) == 0) {
        struct pz_buf bytes = {0};
        kind->encode(state, &bytes);
        kind->release(state);
        state = kind->make();
        kind->decode(state, &bytes);
        pz_buf_release(&bytes);
    }
    return state;
}

static void assert_same(const struct tally_kind *kind, void *a, void *b)
{
    struct pz_buf x = {0}, y = {0};
    if (kind->settle) {
        kind->settle(a);
        kind->settle(b);
    }
    kind->encode(a, &x);
    kind->encode(b, &y);
    assert_int_equal(x.nbytes, y.nbytes);
    assert_memory_equal(x.bytes, y.bytes, x.nbytes);
    pz_buf_release(&x);
    pz_buf_release(&y);
    kind->release(a);
    kind->release(b);
}

static void *sum(const struct tally_kind *kind, void *into, void *other)
{
    kind->merge(into, other);
    kind->release(other);
    return into;
}

static void check_laws(const struct tally_kind *kind)
{
    struct pz_packet *p = pz_alloc(PACKETS * sizeof *p);
    roll_packets(p, PACKETS);
    size_t i = roll(PACKETS), j = i + roll((uint32_t)(PACKETS - i));
    size_t na = i, nb = j - i, nc = PACKETS - j;
#define A fold(kind, p, na)
#define B fold(kind, p + i, nb)
#define C fold(kind, p + j, nc)
#define ALL fold(kind, p, PACKETS)
    assert_same(kind, sum(kind, kind->make(), A), A); /* identity */
    assert_same(kind, sum(kind, A, kind->make()), A);
    assert_same(kind, sum(kind, A, B), sum(kind, B, A));                             /* commutativity */
    assert_same(kind, sum(kind, sum(kind, A, B), C), sum(kind, A, sum(kind, B, C))); /* associativity */
    assert_same(kind, sum(kind, sum(kind, A, B), C), ALL);                           /* cutting */
    /* Order within a capture doesn't count, or only as far as it makes time jump. */
    void *forward = ALL;
    for (size_t k = PACKETS - 1; k > 0 && kind->any_order; k--) {
        size_t other = roll((uint32_t)k + 1);
        struct pz_packet swap = p[k];
        p[k] = p[other];
        p[other] = swap;
    }
    assert_same(kind, forward, ALL);
    free(p);
}

static void test_laws(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (int round = 0; round < ROUNDS; round++)
            check_laws(&kinds[k]);
}

static void test_transport(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (int round = 0; round < ROUNDS; round++) {
            struct pz_packet packets[500];
            struct pz_buf bytes = {0};
            roll_packets(packets, 500);
            void *a = fold(&kinds[k], packets, 500), *b = kinds[k].make();
            kinds[k].encode(a, &bytes);
            kinds[k].decode(b, &bytes);
            pz_buf_release(&bytes);
            assert_same(&kinds[k], a, b);
        }
}

/* ---- sharding: tables of source ranges of any size are the same, of whole shards and of parts of them ---- */

static bool go_on(void *context)
{
    (void)context;
    return true;
}

/* A source range that reads files itself if its units are shards, and is given them if not. */
static struct pz_range *open_range(const struct pz_store *store, const struct pz_stored *stored, size_t n,
                                   const struct pz_subshards *subshards)
{
    if (subshards->per_shard == 1)
        return pz_range_open(store, stored, n, subshards->first, subshards->end, 0, UINT32_MAX);
    struct pz_range *range = pz_range_open_given(store, stored, n, subshards, 0, UINT32_MAX);
    for (size_t i = 0; i < n; i++) {
        struct pz_tally_file file;
        struct pz_error error;
        struct pz_buf given = {0};
        char *path = pz_stored_path(store, &stored[i]);
        assert_int_equal(pz_tally_open(&file, path, NULL, &error), 0);
        for (unsigned subshard = subshards->first; subshard < subshards->end; subshard++) {
            struct pz_buf shard = {0}, parts[PZ_SUBSHARDS_MAX] = {0};
            unsigned from = subshard / subshards->per_shard;
            assert_int_equal(pz_tally_read_shards(&file, from, from + 1, &shard, NULL, &error), 0);
            assert_true(pz_shard_split(shard.bytes, shard.nbytes, from, subshards->per_shard, parts));
            const struct pz_buf *part = &parts[subshard % subshards->per_shard];
            pz_buf_put_u64(&given, part->nbytes);
            pz_buf_put(&given, part->bytes, part->nbytes);
            for (unsigned j = 0; j < subshards->per_shard; j++)
                pz_buf_release(&parts[j]);
            pz_buf_release(&shard);
        }
        pz_range_give(range, &given);
        pz_tally_close(&file);
        free(path);
    }
    return range;
}

static struct pz_buf tables_of(const struct pz_store *store, const struct pz_stored *stored, size_t n,
                               const struct pz_timeline *timeline, const struct pz_plan *plan)
{
    struct pz_result result;
    struct pz_buf csv = {0}, tops = {0};
    struct pz_error error = {0};
    pz_result_init(&result, pz_jobs, timeline);
    for (unsigned i = 0; i < plan->ranges; i++) {
        /* Every source range into a result of its own, added up as ranks do. */
        struct pz_subshards subshards = pz_plan_subshards(plan, i);
        struct pz_reducing reducing;
        struct pz_result part;
        pz_result_init(&part, pz_jobs, timeline);
        pz_reducing_begin(&reducing, &part, open_range(store, stored, n, &subshards));
        assert_int_equal(pz_reducing_go_on(&reducing, go_on, NULL, &error), 0);
        pz_reducing_end(&reducing);
        for (size_t j = 0; j < part.nsums; j++)
            result.sums[j] += part.sums[j];
        pz_buf_clear(&tops);
        pz_result_encode_tops(&part, &tops);
        struct pz_cursor from = pz_cursor_of(tops.bytes, tops.nbytes);
        pz_result_merge_tops(&result, &from);
        pz_result_release(&part);
    }
    pz_result_finish(&result);
    for (size_t i = 0; pz_jobs[i]; i++)
        for (const struct pz_job_table *table = pz_jobs[i]->tables; table && table->row; table++)
            pz_job_write(pz_jobs[i], table, &result.parts[i], NULL, &csv);
    pz_result_release(&result);
    pz_buf_release(&tops);
    return csv;
}

/* A store with tallies, and what is made of them. */
struct archive {
    char directory[64];
    struct pz_store store;
    struct pz_stored stored[16];
    size_t n;
    struct pz_hours hours;
    struct pz_model model;
};

static void archive_begin(struct archive *archive)
{
    struct pz_error error;
    *archive = (struct archive){.directory = "/tmp/patientzero-laws-XXXXXX"};
    assert_non_null(mkdtemp(archive->directory));
    assert_int_equal(pz_store_prepare(archive->directory, &filter, &error), 0);
    pz_store_open(&archive->store, archive->directory, &filter);
    pz_hours_init(&archive->hours);
    pz_model_default(&archive->model);
}

/* As a capture with an identity of its own, made of the number. */
static void archive_add(struct archive *archive, unsigned number, const struct pz_packet *packets, size_t n)
{
    struct pz_tally tally;
    struct pz_damage_log log;
    struct pz_buf bytes = {0};
    struct pz_tally_index index;
    struct pz_error error;
    const struct pz_identity identity = {.size = number + 1, .hash = number, .end = number + 1};
    struct pz_packet *copy = pz_alloc(n * sizeof *copy);
    memcpy(copy, packets, n * sizeof *copy);
    pz_damage_log_init(&log);
    pz_tally_init(&tally);
    pz_tally_observe(&tally, &filter, copy, n);
    pz_tally_encode(&tally, &log, &filter, &identity, &bytes);
    assert_true(pz_tally_index_decode(bytes.bytes, &index));
    assert_int_equal(pz_store_write(&archive->store, &identity, &index.stretch, &bytes, &error), 0);
    archive->stored[archive->n++] =
        (struct pz_stored){identity, index.first_hour, index.last_hour, index.rows, index.stretch};
    pz_hours_merge(&archive->hours, &tally.hours);
    pz_tally_release(&tally);
    pz_buf_release(&bytes);
    free(copy);
}

static struct pz_buf archive_tables(struct archive *archive, const struct pz_plan *plan)
{
    struct pz_timeline timeline;
    const struct pz_timeline_options options = {.until = UINT32_MAX, .silence = 60, .timeline_bin = 600, .window = 24};
    struct pz_flaws none;
    pz_flaws_init(&none);
    pz_stored_sort(archive->stored, archive->n);
    pz_timeline_make(&timeline, &options, &archive->hours, &none);
    timeline.model = &archive->model;
    timeline.outbreak = PZ_OUTBREAK_DEFAULT;
    struct pz_buf tables = tables_of(&archive->store, archive->stored, archive->n, &timeline, plan);
    pz_timeline_release(&timeline);
    assert_true(tables.nbytes > 1000);
    return tables;
}

static void archive_end(struct archive *archive)
{
    for (size_t i = 0; i < archive->n; i++) {
        char *path = pz_stored_path(&archive->store, &archive->stored[i]);
        unlink(path);
        *strrchr(path, '/') = 0;
        rmdir(path);
        free(path);
    }
    char *key = pz_format("%s/key", archive->directory);
    unlink(key);
    free(key);
    rmdir(archive->directory);
    pz_hours_release(&archive->hours);
    pz_store_close(&archive->store);
}

static void assert_same_tables(struct pz_buf tables, const struct pz_buf *expected)
{
    assert_int_equal(tables.nbytes, expected->nbytes);
    assert_memory_equal(tables.bytes, expected->bytes, expected->nbytes);
    pz_buf_release(&tables);
}

static const struct pz_plan plans[] = {{1, 4, 1}, {1, 3, 1},   {1, 100, 2},  {1, 256, 1},
                                       {2, 5, 1}, {4, 300, 1}, {16, 1000, 4}};
enum { NPLANS = sizeof plans / sizeof *plans };
static const struct pz_plan one_slice = {1, 1, 1};

static void test_sharding(void **state)
{
    (void)state;
    struct archive archive;
    archive_begin(&archive);
    for (unsigned i = 0; i < 3; i++) {
        struct pz_packet packets[2000];
        roll_packets(packets, 2000);
        archive_add(&archive, i, packets, 2000);
    }
    struct pz_buf whole = archive_tables(&archive, &one_slice);
    for (size_t i = 0; i < NPLANS; i++)
        assert_same_tables(archive_tables(&archive, &plans[i]), &whole);
    pz_buf_release(&whole);
    archive_end(&archive);
}

/* Cutting, commutativity and associativity of what a run does, from stored tallies to rows: those of one capture make
 * the tables of its pieces, cut anywhere and named in any order. */
static void test_cutting_of_stored(void **state)
{
    enum { PIECES = 5, TIMES = 6 };
    struct pz_packet *packets = pz_alloc(PACKETS * sizeof *packets);
    (void)state;
    for (size_t round = 0; round < TIMES; round++) {
        struct archive one, cut;
        unsigned shift = roll(PIECES);
        size_t at = 0;
        roll_packets(packets, PACKETS);
        archive_begin(&one);
        archive_begin(&cut);
        archive_add(&one, 0, packets, PACKETS);
        for (unsigned i = 0; i < PIECES; i++) {
            size_t n = i + 1 < PIECES ? roll((uint32_t)(PACKETS - at)) : PACKETS - at;
            archive_add(&cut, (i + shift) % PIECES, packets + at, n);
            at += n;
        }
        struct pz_buf whole = archive_tables(&one, &one_slice);
        assert_same_tables(archive_tables(&cut, &one_slice), &whole);
        assert_same_tables(archive_tables(&cut, &plans[round % NPLANS]), &whole);
        pz_buf_release(&whole);
        archive_end(&one);
        archive_end(&cut);
    }
    free(packets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_laws),
        cmocka_unit_test(test_transport),
        cmocka_unit_test(test_sharding),
        cmocka_unit_test(test_cutting_of_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
