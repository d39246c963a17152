/* SPDX-License-Identifier: BSD-2-Clause */
/* A job: one published result, made of the sources of all source ranges and of the timeline. One file in jobs/, ended
 * by one const struct; docs/adding-a-job.md shows how.
 *
 * A job sees each source range's sources hour by hour, window by window, and then each source over the whole span. It
 * keeps numbers that add up (`sums`), or rows of which the first k count (`top`); the caller adds or merges what it
 * keeps of several source ranges, so a job never asks which source range it sees or how many there are. Its tables are
 * data (base/csv.h). */
#ifndef PZ_REDUCE_JOB_H
#define PZ_REDUCE_JOB_H

#include "base/csv.h"
#include "reduce/source_range.h"
#include "reduce/timeline.h"
#include "reduce/topk.h"
#include "reduce/window.h"
#include "tally/roaring_names.h"
#include "tally/source_table.h"

/* What a job has kept of some source ranges, or in the end of all. */
struct pz_accumulator {
    const struct pz_timeline *timeline;
    uint64_t *sums; /* `nsums` of them, 0 at first */
    struct pz_topk top;
    roaring_bitmap_t *seen; /* sources, none at the start of a source range; NULL if the job doesn't ask for it */
    void *state;            /* what else the job wants to remember from hour to hour of one source range */
    void *found;            /* what its tables have in common, once all sums are there */
};

/* The sums of a row, of a job that keeps `n` for each of the timeline's slots. Those of a row without scans are all
 * zero, and nothing may be added to them. */
static inline uint64_t *pz_accumulator_sums(const struct pz_accumulator *acc, size_t row, size_t n)
{
    return acc->sums + acc->timeline->hours[row].slot * n;
}

/* Adds the hour's sources to those seen, and returns how many of them are new. */
size_t pz_accumulator_see(struct pz_accumulator *acc, const struct pz_range_hour *hour);

/* Hours since the midnight of the outbreak's first day; a large number before it, and if no outbreak is known. */
static inline uint32_t pz_hours_of_outbreak(const struct pz_timeline *timeline, uint32_t hour)
{
    return hour - pz_outbreak_hour(timeline->outbreak);
}

/* How often a table's `row` is called. */
enum pz_each {
    PZ_EACH_HOUR, /* of the timeline */
    PZ_EACH_DAY,
    PZ_EACH_TOP, /* row that was kept, the first first */
};

/* A table has rows for each of something, or puts all of them at once. */
struct pz_job_table {
    struct pz_schema schema;
    enum pz_each each;
    /* Puts a row's values, of one row, of several or of none. NULL: those of an hour or a day are its sums. */
    void (*row)(const struct pz_accumulator *acc, size_t i, struct pz_csv *csv);
    void (*rows)(const struct pz_accumulator *acc, struct pz_csv *csv); /* puts all rows; NULL if `row` puts each */
};

#define PZ_TABLES(...)            \
    (const struct pz_job_table[]) \
    {                             \
        __VA_ARGS__,              \
        {                         \
            .schema.name = NULL   \
        }                         \
    }

struct pz_job {
    size_t sums, hour_sums, day_sums; /* that it keeps: in all, for each slot of the timeline, for each of its days */
    size_t (*nsums)(const struct pz_timeline *timeline); /* more of them; NULL for none */
    size_t top, row_nbytes;                              /* 0 for none */
    int (*compare)(const void *a, const void *b);
    bool (*together)(const void *a, const void *b); /* NULL, or which rows are of a class: reduce/topk.h */
    bool seen;                                      /* keeps a set of sources while it sees a source range */
    size_t state_nbytes;                            /* zeroed at the start of a source range */
    bool countries, networks;                       /* without a list of them there is nothing to keep, and no table */
    /* Any of the following may be NULL. An hour of the source range; hours come in order. */
    void (*hour)(struct pz_accumulator *acc, size_t row, const struct pz_range_hour *hour);
    /* A window's end: each of its sources with all its scans in the window, and scored. */
    void (*window)(struct pz_accumulator *acc, const struct pz_window *window);
    /* The source range's end: its sources over the whole span, in no order. */
    void (*end)(struct pz_accumulator *acc, const struct pz_table *sources);
    /* What its tables have in common, found once as it takes long, and its release: on rank 0, of all sums. */
    void *(*find)(const struct pz_accumulator *acc);
    void (*forget)(void *found);
    const struct pz_job_table *tables; /* PZ_TABLES(...), or NULL */
};

/* The n-th of all tables: those of jobs, then `others`, which no job makes, ended by NULL; NULL after the last. */
const struct pz_schema *pz_jobs_schema(const struct pz_job *const *jobs, const struct pz_schema *const *others,
                                       size_t n);
/* To be called when the program starts: -1 with `error` if two tables have one name, or the declaration of one
 * contradicts itself. */
int pz_jobs_check(const struct pz_job *const *jobs, const struct pz_schema *const *others, struct pz_error *error);

/* Whether the job has what it needs. */
bool pz_job_runs(const struct pz_job *job, const struct pz_timeline *timeline);
/* A table as CSV; empty if there is no table, as of countries without a list of countries. */
void pz_job_write(const struct pz_job *job, const struct pz_job_table *table, const struct pz_accumulator *acc,
                  const struct pz_pseudonyms *names, struct pz_buf *to);

/* The hour, by its place in the timeline, that the following rows are about. PZ_EACH_HOUR calls it. */
void pz_row_hour(struct pz_csv *csv, const struct pz_timeline *timeline, size_t i);

/* Puts a row of counts, or what is left of it; NULL for none that can be told. A running sum takes the first of them. */
void pz_put_counts(struct pz_csv *csv, const uint64_t *counts);

/* What the timeline knows of that hour or day, and columns of it. */
enum pz_fact {
    PZ_FACT_TIME = 1,
    PZ_FACT_STATUS,
    PZ_FACT_COVERED,
    PZ_FACT_PACKETS,
    PZ_FACT_SCANS,
    PZ_FACT_COPIES,
    PZ_FACT_SOURCES,
    PZ_FACTS
};
/* clang-format off */
#define PZ_COLUMN_HOUR {"hour", PZ_TYPE_HOUR, .doc = "its beginning", .fact = PZ_FACT_TIME}
#define PZ_COLUMN_DAY {"day", PZ_TYPE_DAY, .doc = "in UTC", .fact = PZ_FACT_TIME}
#define PZ_COLUMN_STATUS {"status", PZ_TYPE_TEXT, .doc = "what was recorded of the hour or day", .fact = PZ_FACT_STATUS}
#define PZ_COLUMN_COVERED \
    {"covered_seconds", PZ_TYPE_COUNT, "seconds", .doc = "of the hour or day that lie in no silence", .fact = PZ_FACT_COVERED}
#define PZ_COLUMN_PACKETS \
    {"packets", PZ_TYPE_COUNT, "packets", .doc = "of any kind, inside the lens, copies too", .recorded = true, .fact = PZ_FACT_PACKETS}
#define PZ_COLUMN_SCANS {"scans", PZ_TYPE_COUNT, "scans", .doc = "without copies", .recorded = true, .fact = PZ_FACT_SCANS}
#define PZ_COLUMN_COPIES \
    {"copies", PZ_TYPE_COUNT, "packets", .doc = "copies of scans, in this or another capture, in the hour in which they came", \
     .recorded = true, .fact = PZ_FACT_COPIES}
#define PZ_COLUMN_SOURCES \
    {"sources", PZ_TYPE_COUNT, "sources", .doc = "unique in the hour", .recorded = true, .fact = PZ_FACT_SOURCES}
/* clang-format on */

#endif
