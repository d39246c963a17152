/* SPDX-License-Identifier: BSD-2-Clause */
#include "reduce/job.h"

static void set_facts(struct pz_csv *csv, uint32_t time, enum pz_status status, uint32_t covered, uint64_t packets,
                      uint64_t syns, uint64_t scans)
{
    csv->facts[PZ_FACT_TIME].time = time;
    csv->facts[PZ_FACT_STATUS].text = pz_status_name(status);
    csv->facts[PZ_FACT_COVERED].count = covered;
    csv->facts[PZ_FACT_PACKETS].count = packets;
    csv->facts[PZ_FACT_SCANS].count = scans;
    csv->facts[PZ_FACT_COPIES].count = syns - scans;
    csv->unrecorded = !packets;
}

void pz_row_hour(struct pz_csv *csv, const struct pz_timeline *timeline, size_t i)
{
    const struct pz_timeline_hour *h = &timeline->hours[i];
    set_facts(csv, h->hour, h->status, h->covered_seconds, h->packets, h->syns, h->scans);
}

static void row_day(struct pz_csv *csv, const struct pz_timeline *timeline, size_t i)
{
    const struct pz_timeline_day *d = &timeline->days[i];
    set_facts(csv, d->day, d->status, d->covered_seconds, d->packets, d->syns, d->scans);
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
    const size_t n[] = {[PZ_ONCE] = 1,
                        [PZ_EACH_HOUR] = timeline->n,
                        [PZ_EACH_DAY] = timeline->ndays,
                        [PZ_EACH_TOP] = job->top ? acc->top.rows.nbytes / job->row_nbytes : 0};
    union pz_value facts[PZ_FACTS];
    struct pz_csv csv;
    pz_csv_begin(&csv, &table->schema, names, to);
    csv.facts = facts;
    for (size_t i = 0; i < n[table->each]; i++) {
        if (table->each == PZ_EACH_HOUR)
            pz_row_hour(&csv, timeline, i);
        if (table->each == PZ_EACH_DAY)
            row_day(&csv, timeline, i);
        table->row(acc, i, &csv);
    }
    pz_csv_end(&csv);
}

/* See job.h. */
const struct pz_schema *pz_jobs_schema(const struct pz_job *const *jobs, const struct pz_schema *const *others,
                                       size_t n)
{
    for (; *jobs; jobs++)
        for (const struct pz_job_table *table = (*jobs)->tables; table && table->row; table++)
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
