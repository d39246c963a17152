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

void pz_row_hour(struct pz_csv *csv, const struct pz_frame *frame, size_t i)
{
    const struct pz_frame_hour *h = &frame->hours[i];
    set_facts(csv, h->hour, h->status, h->covered_seconds, h->packets, h->syns, h->scans);
}

void pz_row_day(struct pz_csv *csv, const struct pz_frame *frame, size_t i)
{
    const struct pz_frame_day *d = &frame->days[i];
    set_facts(csv, d->day, d->status, d->covered_seconds, d->packets, d->syns, d->scans);
}

void pz_job_write(const struct pz_job *job, const struct pz_job_table *table, const struct pz_part *whole,
                  const struct pz_pseudonyms *names, struct pz_buf *to)
{
    const struct pz_frame *frame = whole->frame;
    if (job->countries && !frame->countries)
        return;
    const size_t n[] = {[PZ_ONCE] = 1,
                        [PZ_EACH_HOUR] = frame->n,
                        [PZ_EACH_DAY] = frame->ndays,
                        [PZ_EACH_TOP] = job->top ? whole->top.rows.nbytes / job->row_nbytes : 0};
    union pz_value facts[PZ_FACTS];
    struct pz_csv csv;
    pz_csv_begin(&csv, &table->schema, names, to);
    csv.facts = facts;
    for (size_t i = 0; i < n[table->each]; i++) {
        if (table->each == PZ_EACH_HOUR)
            pz_row_hour(&csv, frame, i);
        if (table->each == PZ_EACH_DAY)
            pz_row_day(&csv, frame, i);
        table->row(whole, i, &csv);
    }
    pz_csv_end(&csv);
}
