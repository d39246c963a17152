/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests of laws: a store with tallies, and the tables that are made of it in source ranges of any size, of whole shards or
 * of parts of them. To be included after cmocka.h. */
#ifndef PZ_TESTS_ARCHIVE_H
#define PZ_TESTS_ARCHIVE_H

#include "reduce/busiest.h"
#include "reduce/reduce.h"
#include "tools/encode.h"
#include "tools/roll.h"
#include "worm/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline bool go_on(void *context)
{
    (void)context;
    return true;
}

/* A source range that reads files itself if its units are shards, and is given them if not. */
static inline struct pz_range *open_range(const struct pz_store *store, const struct pz_stored *stored, size_t n,
                                          const struct pz_subshards *subshards)
{
    bool cut = subshards->per_shard > 1;
    struct pz_range *range = pz_range_open(store, stored, n, subshards, cut, 0, UINT32_MAX);
    for (size_t i = 0; cut && i < n; i++) {
        struct pz_tally_file file;
        struct pz_error error;
        struct pz_buf given = {0};
        struct pz_path path = pz_stored_path(store, &stored[i]);
        assert_int_equal(pz_tally_open(&file, path.text, NULL, &error), 0);
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
    }
    return range;
}

/* All tables of the jobs, each ended by a zero. */
static inline struct pz_buf tables_of(const struct pz_store *store, const struct pz_stored *stored, size_t n,
                                      const struct pz_job *const *jobs, const struct pz_timeline *timeline,
                                      const struct pz_plan *plan)
{
    struct pz_result result;
    struct pz_buf csv = {0}, tops = {0};
    struct pz_error error = {0};
    pz_result_init(&result, jobs, timeline);
    for (unsigned i = 0; i < plan->ranges; i++) {
        /* Every source range into a result of its own, added up as ranks do. */
        struct pz_subshards subshards = pz_plan_subshards(plan, i);
        struct pz_reducing reducing;
        struct pz_result part;
        pz_result_init(&part, jobs, timeline);
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
    for (size_t i = 0; jobs[i]; i++)
        for (const struct pz_job_table *table = jobs[i]->tables; table && table->schema.name; table++) {
            pz_job_write(jobs[i], table, &result.parts[i], NULL, &csv);
            pz_buf_put(&csv, "", 1);
        }
    pz_result_release(&result);
    pz_buf_release(&tops);
    return csv;
}

/* Loads a file of these lines. */
static inline void load_geo(struct pz_geo *geo, const char *directory, const char *lines, enum pz_geo_kind kind)
{
    struct pz_error error;
    char *path = pz_format("%s/geo", directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(lines, file);
    fclose(file);
    assert_int_equal(pz_geo_load(geo, kind, (const char *const *)&path, 1, &error), 0);
    unlink(path);
    free(path);
}

/* A store with tallies, and what is made of them. */
struct archive {
    char directory[64];
    struct pz_store store;
    struct pz_stored stored[16];
    size_t n;
    struct pz_hours hours;
    struct pz_model model;
    struct pz_geo countries, networks;
    const struct pz_outbreak *outbreak; /* of the tables */
    struct pz_busiest busiest;          /* the first network has rows by the hour, the other is among others */
};

static inline void archive_begin(struct archive *archive)
{
    struct pz_error error;
    *archive = (struct archive){.directory = "/tmp/patientzero-laws-XXXXXX", .outbreak = PZ_OUTBREAK_DEFAULT};
    assert_non_null(mkdtemp(archive->directory));
    assert_int_equal(pz_store_prepare(archive->directory, &filter, &error), 0);
    pz_store_open(&archive->store, archive->directory, &filter);
    pz_hours_init(&archive->hours);
    pz_model_default(&archive->model);
    load_geo(&archive->countries, archive->directory, "0.0.0.0,39.255.255.255,AA\n40.0.0.0,59.255.255.255,BB\n",
             PZ_GEO_COUNTRIES);
    load_geo(&archive->networks, archive->directory, "0.0.0.0\t2\t7\n40.0.0.0\t5\t8_9\n", PZ_GEO_NETWORKS);
    pz_busiest_find(&archive->busiest, &archive->networks, (const uint64_t[]){1, 0, 0});
}

/* As a capture with an identity of its own, made of the number. */
static inline void archive_add(struct archive *archive, unsigned number, const struct pz_packet *packets, size_t n)
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
    pz_tallies_observe(&tally, &filter, 1, copy, n);
    encode_tally(&tally, &log, &filter, &identity, &bytes);
    assert_true(pz_tally_index_decode(bytes.bytes, &index));
    assert_int_equal(pz_store_write(&archive->store, &identity, &tally, &log, &error), 0);
    archive->stored[archive->n++] = pz_stored_of(&index);
    pz_hours_merge(&archive->hours, &tally.hours);
    pz_tally_release(&tally);
    pz_buf_release(&bytes);
    free(copy);
}

static inline struct pz_buf archive_tables(struct archive *archive, const struct pz_job *const *jobs,
                                           const struct pz_plan *plan)
{
    struct pz_timeline timeline;
    const struct pz_timeline_options options = {.until = UINT32_MAX, .silence = 60, .timeline_bin = 600, .window = 24};
    struct pz_flaws none;
    pz_flaws_init(&none);
    pz_stored_sort(archive->stored, archive->n);
    pz_timeline_make(&timeline, &options, &archive->hours, &none);
    timeline.model = &archive->model;
    timeline.outbreak = archive->outbreak;
    timeline.countries = &archive->countries;
    timeline.networks = &archive->networks;
    timeline.busiest = &archive->busiest;
    struct pz_buf tables = tables_of(&archive->store, archive->stored, archive->n, jobs, &timeline, plan);
    pz_timeline_release(&timeline);
    return tables;
}

static inline void archive_end(struct archive *archive)
{
    for (size_t i = 0; i < archive->n; i++) {
        struct pz_path path = pz_stored_path(&archive->store, &archive->stored[i]);
        unlink(path.text);
        *strrchr(path.text, '/') = 0;
        rmdir(path.text);
    }
    char *key = pz_format("%s/key", archive->directory);
    unlink(key);
    free(key);
    rmdir(archive->directory);
    pz_geo_release(&archive->countries);
    pz_geo_release(&archive->networks);
    pz_busiest_release(&archive->busiest);
    pz_hours_release(&archive->hours);
    pz_store_close(&archive->store);
}

#endif
