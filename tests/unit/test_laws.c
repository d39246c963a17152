/* SPDX-License-Identifier: BSD-2-Clause */
/* The laws of a tally, for each tally in the table below: identity, commutativity, associativity, cutting and
 * transport; test_jobs.c has sharding. Equal means: what is stored of it is the same bytes once its boundary rows are
 * closed, and so is every table made from it. States come from packets, from decoding, and with their bitmaps
 * run-optimised or not, in all mixtures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs/jobs.h"
#include "tools/archive.h"
#include "tools/settle.h"

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
    tally->port = filter.port; /* a file has it in its index */
    return tally;
}

static void tally_release(void *state)
{
    pz_tally_release(state);
    free(state);
}

static void tally_observe(void *state, struct pz_packet *packets, size_t n)
{
    pz_tallies_observe(state, &filter, 1, packets, n);
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
    encode_tally(state, &log, &filter, &(struct pz_identity){.size = 7, .end = 7}, to);
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

/* ---- what a run does with stored tallies ---- */

static void assert_same_tables(struct pz_buf tables, const struct pz_buf *expected)
{
    assert_int_equal(tables.nbytes, expected->nbytes);
    assert_memory_equal(tables.bytes, expected->bytes, expected->nbytes);
    pz_buf_release(&tables);
}

/* Sources are as many distinct ones in all pieces as in the whole. */
static void assert_same_distinct(const struct pz_hours *one, const struct pz_hours *other)
{
    assert_int_equal(one->n, other->n);
    for (size_t i = 0; i < one->n; i++)
        assert_memory_equal(&one->hours[i]->sources, &other->hours[i]->sources, sizeof one->hours[i]->sources);
}

static const struct pz_plan plans[] = {{1, 4, 1, 0}, {1, 3, 1, 0},   {1, 100, 2, 0},  {1, 256, 1, 0},
                                       {2, 5, 1, 0}, {4, 300, 1, 0}, {16, 1000, 4, 0}};
enum { NPLANS = sizeof plans / sizeof *plans };
static const struct pz_plan one_slice = {1, 1, 1, 0};

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
        struct pz_buf whole = archive_tables(&one, pz_jobs, &one_slice);
        assert_same_distinct(&one.hours, &cut.hours);
        assert_same_tables(archive_tables(&cut, pz_jobs, &one_slice), &whole);
        assert_same_tables(archive_tables(&cut, pz_jobs, &plans[round % NPLANS]), &whole);
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
        cmocka_unit_test(test_cutting_of_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
