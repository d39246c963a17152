/* SPDX-License-Identifier: BSD-2-Clause */
/* The law of jobs, sharding: a table is the same bytes whatever source ranges its rows were made of, of whole shards or
 * of parts of them. The product's jobs keep it, each table with rows to show; and jobs made here that break it are
 * found out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs/jobs.h"
#include "tools/archive.h"

/* ---- packets ---- */

enum { FIRST_HOUR = 1227204000 / 3600, HOURS = 32 }; /* 2008-11-20T18 */

static void add(struct pz_buf *packets, int64_t usec, uint32_t source, uint32_t destination, uint16_t port,
                uint32_t sequence, bool worm)
{
    struct pz_packet packet = {.usec = usec,
                               .source = source,
                               .destination = destination,
                               .sequence = sequence,
                               .source_port = port,
                               .destination_port = 445,
                               .protocol = 6,
                               .tcp_flags = PZ_TCP_SYN,
                               .has_addresses = true,
                               .ip_len = worm ? 48 : 60,
                               .ttl = worm ? 110 : 50,
                               .ip_id = (uint16_t)(sequence + port),
                               .fate = PZ_SCAN};
    pz_buf_put(packets, &packet, sizeof packet);
}

/* From an hour's `n` sources of the worm, twelve attempts of two SYNs each. */
static void add_worm(struct pz_buf *packets, uint32_t hour, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t source = (10 + roll(80)) << 24 | roll(1 << 24);
        int64_t usec = hour * PZ_USEC_PER_HOUR + (int64_t)roll(1800) * PZ_USEC_PER_SECOND;
        for (int attempt = 0; attempt < 12; attempt++, usec += (30 + (int64_t)roll(60)) * PZ_USEC_PER_SECOND) {
            uint32_t destination = roll(128) << 16 | roll(256) << 8 | roll(128), sequence = roll(UINT32_MAX);
            uint16_t port = (uint16_t)(1024 + roll(3976));
            add(packets, usec, source, destination, port, sequence, true);
            add(packets, usec + 3 * PZ_USEC_PER_SECOND, source, destination, port, sequence, true);
        }
    }
}

static int by_time(const void *a, const void *b)
{
    const struct pz_packet *x = a, *y = b;
    return x->usec < y->usec ? -1 : x->usec > y->usec;
}

/* Hours of others, and from the eighth on of a worm that grows. */
static void make_outbreak(struct pz_buf *packets)
{
    for (uint32_t hour = FIRST_HOUR; hour < FIRST_HOUR + HOURS; hour++) {
        for (int64_t second = 0; second < 3600; second += 30)
            add(packets, hour * PZ_USEC_PER_HOUR + second * PZ_USEC_PER_SECOND, (10 + roll(80)) << 24 | roll(1 << 24),
                roll(1 << 24), (uint16_t)(1024 + roll(60000)), roll(UINT32_MAX), false);
        uint32_t at = hour - FIRST_HOUR;
        add_worm(packets, hour, at < 8 ? 0 : at < 14 ? 1u << (at - 8) : 40);
    }
    qsort(packets->bytes, packets->nbytes / sizeof(struct pz_packet), sizeof(struct pz_packet), by_time);
}

static int set_up(void **state)
{
    struct archive *archive = pz_alloc(sizeof *archive);
    struct pz_buf packets = {0};
    struct pz_packet rolled[2000];
    archive_begin(archive);
    make_outbreak(&packets);
    /* Two captures that meet within an hour, and two of all that can go wrong. */
    const struct pz_packet *all = (const void *)packets.bytes;
    size_t n = packets.nbytes / sizeof *all, half = n / 2;
    archive_add(archive, 0, all, half);
    archive_add(archive, 1, all + half, n - half);
    for (unsigned i = 2; i < 4; i++) {
        roll_packets(rolled, 2000);
        archive_add(archive, i, rolled, 2000);
    }
    pz_buf_release(&packets);
    *state = archive;
    return 0;
}

static int tear_down(void **state)
{
    archive_end(*state);
    free(*state);
    return 0;
}

static const struct pz_schema *const no_others[] = {NULL};

/* The first table that isn't the same in the two, or NULL. */
static const char *differing(const struct pz_job *const *jobs, const struct pz_buf *a, const struct pz_buf *b)
{
    const char *x = (const char *)a->bytes, *y = (const char *)b->bytes;
    const struct pz_schema *schema;
    for (size_t i = 0; (schema = pz_jobs_schema(jobs, no_others, i)); i++) {
        if (strcmp(x, y) != 0)
            return schema->name;
        x += strlen(x) + 1;
        y += strlen(y) + 1;
    }
    return NULL;
}

/* The first table that depends on how the source ranges are cut, or NULL. */
static const char *lawless_table(struct archive *archive, const struct pz_job *const *jobs)
{
    static const struct pz_plan plans[] = {{1, 3, 1, 0}, {1, 40, 2, 0}, {2, 5, 1, 0}, {16, 100, 4, 0}};
    struct pz_buf whole = archive_tables(archive, jobs, &(struct pz_plan){1, 1, 1, 0});
    const char *name = NULL;
    for (size_t i = 0; !name && i < sizeof plans / sizeof *plans; i++) {
        struct pz_buf cut = archive_tables(archive, jobs, &plans[i]);
        name = differing(jobs, &whole, &cut);
        pz_buf_release(&cut);
    }
    pz_buf_release(&whole);
    return name;
}

/* ---- jobs of this test ---- */

static const struct pz_column number_columns[] = {{"n", PZ_TYPE_COUNT, .doc = "a number"}, {0}};

static void put_sum(const struct pz_accumulator *acc, struct pz_csv *csv)
{
    pz_put_count(csv, acc->sums[0]);
}

#define NUMBER(table) PZ_TABLES({{table, "One number.", number_columns}, .rows = put_sum})

static void count_sources(struct pz_accumulator *acc, const struct pz_table *sources)
{
    acc->sums[0] += sources->n;
}

static void count_slices(struct pz_accumulator *acc, const struct pz_table *sources)
{
    acc->sums[0] += sources->n > 0;
}

/* What the sums of source ranges add up to isn't the most of all. */
static void keep_most(struct pz_accumulator *acc, const struct pz_table *sources)
{
    for (size_t i = 0; i < sources->n; i++) {
        uint64_t scans = pz_source_scans(pz_table_row(sources, i));
        acc->sums[0] = scans > acc->sums[0] ? scans : acc->sums[0];
    }
}

/* Sources come in no order at a source range's end. */
static void weigh_by_place(struct pz_accumulator *acc, const struct pz_table *sources)
{
    for (size_t i = 0; i < sources->n; i++)
        acc->sums[0] += i * ((const struct pz_source *)pz_table_row(sources, i))->address;
}

/* A share of whole numbers, rounded in each source range. */
static void round_early(struct pz_accumulator *acc, size_t row, const struct pz_range_hour *hour)
{
    (void)row;
    acc->sums[0] += hour->n / 3;
}

struct kept {
    uint64_t scans, address;
};

static int by_scans(const void *a, const void *b)
{
    const struct kept *x = a, *y = b;
    return x->scans != y->scans      ? (x->scans > y->scans ? -1 : 1)
           : x->address < y->address ? -1
                                     : x->address > y->address;
}

/* No total order: of equal ones those count that came first. */
static int by_scans_only(const void *a, const void *b)
{
    const struct kept *x = a, *y = b;
    return x->scans != y->scans ? (x->scans > y->scans ? -1 : 1) : 0;
}

static void keep(struct pz_accumulator *acc, const struct pz_table *sources)
{
    for (size_t i = 0; i < sources->n; i++) {
        const struct pz_source *source = pz_table_row(sources, i);
        pz_topk_add(&acc->top, &(struct kept){pz_source_scans(source), source->address});
    }
}

static void put_kept(const struct pz_accumulator *acc, size_t i, struct pz_csv *csv)
{
    const struct kept *kept = pz_topk_row(&acc->top, i);
    pz_put_address(csv, (uint32_t)kept->address);
    pz_put_count(csv, kept->scans);
}

static const struct pz_column kept_columns[] = {
    {"source", PZ_TYPE_ADDRESS, .doc = "its address"}, {"scans", PZ_TYPE_COUNT, .doc = "in all"}, {0}};

#define KEPT(table) PZ_TABLES({{table, "The busiest.", kept_columns}, .each = PZ_EACH_TOP, .row = put_kept})

extern const struct pz_job pz_job_hello;
static const struct pz_job lawful_sum = {.sums = 1, .end = count_sources, .tables = NUMBER("sources")};
static const struct pz_job lawful_top = {
    .top = 20, .row_nbytes = sizeof(struct kept), .compare = by_scans, .end = keep, .tables = KEPT("busiest")};
static const struct pz_job *const lawful[] = {&pz_job_hello, &lawful_sum, &lawful_top, NULL};

static const struct pz_job lawless[] = {
    {.sums = 1, .end = count_slices, .tables = NUMBER("slices")},
    {.sums = 1, .end = keep_most, .tables = NUMBER("most")},
    {.sums = 1, .end = weigh_by_place, .tables = NUMBER("places")},
    {.sums = 1, .hour = round_early, .tables = NUMBER("thirds")},
    {.top = 20, .row_nbytes = sizeof(struct kept), .compare = by_scans_only, .end = keep, .tables = KEPT("ties")},
};

/* ---- tests ---- */

static void test_product(void **state)
{
    assert_ptr_equal(lawless_table(*state, pz_jobs), NULL);
}

/* A law that is checked on an empty table isn't checked. */
static void test_rows(void **state)
{
    struct pz_buf csv = archive_tables(*state, pz_jobs, &(struct pz_plan){1, 1, 1, 0});
    const char *text = (const char *)csv.bytes;
    const struct pz_schema *schema;
    for (size_t i = 0; (schema = pz_jobs_schema(pz_jobs, no_others, i)); i++) {
        const char *header = strchr(text, '\n');
        if (!header || !header[1])
            fail_msg("the packets of this test give %s.csv no row", schema->name);
        text += strlen(text) + 1;
    }
    pz_buf_release(&csv);
}

static void test_lawful(void **state)
{
    assert_ptr_equal(lawless_table(*state, lawful), NULL);
}

static void test_lawless(void **state)
{
    for (size_t i = 0; i < sizeof lawless / sizeof *lawless; i++) {
        const struct pz_job *const jobs[] = {&lawful_sum, &lawless[i], NULL};
        const char *name = lawless_table(*state, jobs), *expected = lawless[i].tables->schema.name;
        if (!name || strcmp(name, expected) != 0)
            fail_msg("%s.csv breaks the law and %s is named", expected, name ? name : "none");
    }
}

/* A table with an address is restricted, whatever else a job says; two tables of one name are refused, and so are
 * columns that aren't documented. */
static void test_check(void **state)
{
    (void)state;
    struct pz_error error = {0};
    static const struct pz_column nameless[] = {{"n", PZ_TYPE_COUNT, .doc = ""}, {0}};
    static const struct pz_column twice[] = {{"n", PZ_TYPE_COUNT, .doc = "a"}, {"n", PZ_TYPE_COUNT, .doc = "b"}, {0}};
    static const struct pz_schema bad[] = {{"undocumented", "A table.", nameless},
                                           {"twice", "A table.", twice},
                                           {"a/b", "A table.", number_columns},
                                           {"sources", "Again.", number_columns}};
    assert_int_equal(pz_jobs_check(lawful, no_others, &error), 0);
    assert_true(pz_schema_is_restricted(&lawful_top.tables->schema));
    assert_false(pz_schema_is_restricted(&lawful_sum.tables->schema));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct pz_schema *const others[] = {&bad[i], NULL};
        assert_int_equal(pz_jobs_check(lawful, others, &error), -1);
        assert_non_null(strstr(error.text, bad[i].name));
    }
    const struct pz_job *const same[] = {&lawful_sum, &lawful_top, &lawful_sum, NULL};
    assert_int_equal(pz_jobs_check(same, no_others, &error), -1);
    assert_non_null(strstr(error.text, "sources"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_product), cmocka_unit_test(test_rows),  cmocka_unit_test(test_lawful),
        cmocka_unit_test(test_lawless), cmocka_unit_test(test_check),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
