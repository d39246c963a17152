/* SPDX-License-Identifier: BSD-2-Clause */
#include "reduce/job.h"

size_t pz_accumulator_see(struct pz_accumulator *acc, const struct pz_range_hour *hour)
{
    size_t news = 0;
    for (size_t i = 0; i < hour->n; i++)
        news += roaring_bitmap_add_checked(acc->seen, hour->rows[i].address);
    return news;
}

/* Of a day, or of an hour in its place. */
static void set_facts(struct pz_csv *csv, const struct pz_timeline_day *day)
{
    csv->facts[PZ_FACT_TIME].time = day->day;
    csv->facts[PZ_FACT_STATUS].text = pz_status_name(day->status);
    csv->facts[PZ_FACT_COVERED].count = day->covered_seconds;
    csv->facts[PZ_FACT_PACKETS].count = day->packets;
    csv->facts[PZ_FACT_SCANS].count = day->scans;
    csv->facts[PZ_FACT_COPIES].count = day->syns - day->scans;
    csv->unrecorded = !day->packets;
}

void pz_row_hour(struct pz_csv *csv, const struct pz_timeline *timeline, size_t i)
{
    const struct pz_timeline_hour *h = &timeline->hours[i];
    set_facts(csv, &(struct pz_timeline_day){h->hour, h->status, h->covered_seconds, h->packets, h->syns, h->scans});
    csv->facts[PZ_FACT_SOURCES].count = timeline->slots[h->slot].sources;
}

void pz_put_counts(struct pz_csv *csv, const uint64_t *counts)
{
    size_t i = 0;
    do
        if (csv->at->type == PZ_TYPE_RUNNING)
            pz_put_running(csv, counts ? counts[0] : 0);
        else
            pz_put_count_if(csv, counts, counts ? counts[i++] : 0);
    while (csv->at != csv->schema->columns);
}

/* The sums that are kept of an hour or a day, and what else is known of it. */
static void put_sums(const struct pz_job *job, const struct pz_job_table *table, const struct pz_accumulator *acc,
                     size_t i, struct pz_csv *csv)
{
    if (table->each == PZ_EACH_DAY && job->day_sums)
        pz_put_counts(csv, acc->sums + i * job->day_sums);
    else if (table->each == PZ_EACH_HOUR && job->hour_sums)
        pz_put_counts(csv, pz_accumulator_sums(acc, i, job->hour_sums));
    else
        pz_put_facts(csv);
}

bool pz_job_runs(const struct pz_job *job, const struct pz_timeline *timeline)
{
    return (timeline->countries || !job->countries) && (timeline->networks || !job->networks);
}

void pz_job_write(const struct pz_job *job, const struct pz_job_table *table, const struct pz_accumulator *acc,
                  const struct pz_pseudonyms *names, struct pz_buf *to)
{
    const struct pz_timeline *timeline = acc->timeline;
    if (!pz_job_runs(job, timeline))
        return;
    const size_t n[] = {[PZ_EACH_HOUR] = timeline->n,
                        [PZ_EACH_DAY] = timeline->ndays,
                        [PZ_EACH_TOP] = job->top ? acc->top.rows.nbytes / job->row_nbytes : 0};
    union pz_value facts[PZ_FACTS];
    struct pz_csv csv;
    pz_csv_begin(&csv, &table->schema, names, to);
    csv.facts = facts;
    if (table->rows)
        table->rows(acc, &csv);
    for (size_t i = 0; !table->rows && i < n[table->each]; i++) {
        if (table->each == PZ_EACH_HOUR)
            pz_row_hour(&csv, timeline, i);
        if (table->each == PZ_EACH_DAY)
            set_facts(&csv, &timeline->days[i]);
        if (table->row)
            table->row(acc, i, &csv);
        else
            put_sums(job, table, acc, i, &csv);
    }
    pz_csv_end(&csv);
}

const struct pz_schema *pz_jobs_schema(const struct pz_job *const *jobs, const struct pz_schema *const *others,
                                       size_t n)
{
    for (; *jobs; jobs++)
        for (const struct pz_job_table *table = (*jobs)->tables; table && table->schema.name; table++)
            if (n-- == 0)
                return &table->schema;
    for (; n && *others; n--)
        others++;
    return *others;
}

int pz_jobs_check(const struct pz_job *const *jobs, const struct pz_schema *const *others, struct pz_error *error)
{
    const struct pz_schema *schema;
    for (size_t i = 0; (schema = pz_jobs_schema(jobs, others, i)); i++) {
        if (pz_schema_check(schema, error) != 0)
            return -1;
        for (size_t j = 0; j < i; j++)
            if (strcmp(schema->name, pz_jobs_schema(jobs, others, j)->name) == 0)
                return pz_fail(error, "two tables are named %s: one job must give its table another name",
                               schema->name);
    }
    return 0;
}
