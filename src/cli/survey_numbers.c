/* SPDX-License-Identifier: BSD-2-Clause */
/* What heads hold is added up; from this follow the rate of a scan, and what to ask a cluster for. */
#include "cli/survey_numbers.h"

#include "base/sort.h"
#include "base/time.h"
#include "reduce/reduce.h"
#include "tally/memory.h"

#include <stdlib.h>

/* What a rank takes for reducing: docs/architecture.md, Memory. */
#define REDUCE_BYTES ((double)PZ_RANGE_MEMORY + (256 << 20))

/* Which captures overlap others, as far as heads tell; the caller frees it. */
static bool *find_overlapping(const struct pz_captures *captures)
{
    bool *overlapping = pz_alloc(captures->n * sizeof *overlapping);
    for (size_t i = 0; i < captures->n; i++)
        if (captures->all[i].overlaps != i)
            overlapping[i] = overlapping[captures->all[i].overlaps] = true;
    return overlapping;
}

/* As if all of it were like its head, and new sources came on as fast: it's less. */
static double scan_memory(const struct pz_survey_head *head, size_t nports, uint64_t size, bool overlaps)
{
    double heads = (double)size / (double)head->bytes, scans = 0, sources = 0;
    double seconds = (double)(head->last_usec - head->first_usec) / PZ_USEC_PER_SECOND;
    seconds = seconds > 1 ? seconds : 1;
    for (size_t port = 0; port < nports; port++) {
        scans += (double)head->scans[port];
        sources += (double)head->sources[port];
    }
    const struct pz_scan_load load = {.ports = (unsigned)nports,
                                      .source_hours = heads * sources,
                                      .syns_a_second = scans / seconds,
                                      .shared_syns = overlaps ? heads * scans : 0,
                                      .hours = heads * seconds / PZ_SECONDS_PER_HOUR + 1,
                                      .disorder = head->late};
    return pz_scan_memory(&load);
}

static void add_up(const struct pz_survey *survey, struct pz_survey_numbers *t)
{
    const struct pz_captures *captures = survey->captures;
    bool *overlapping = find_overlapping(captures);
    for (size_t i = 0; i < captures->n; i++) {
        const struct pz_survey_head *head = &survey->heads[i];
        uint64_t size = captures->all[i].identity.size;
        if (captures->all[i].state != PZ_CAPTURE_READABLE)
            continue;
        t->captures++;
        t->damaged += head->damaged != 0;
        t->bytes += size;
        t->bytes_read += overlapping[i] ? 2 * size : size;
        t->largest = size > t->largest ? size : t->largest;
        for (int fate = 0; fate < PZ_FATE_COUNT; fate++)
            t->fates[fate] += head->fates[fate];
        if (!head->bytes || !head->records)
            continue;
        t->head_bytes += head->bytes;
        t->head_nsec += head->cpu_nsec;
        t->records += head->records;
        for (size_t port = 0; port < survey->nports; port++)
            t->scans += head->scans[port];
        t->addressed += head->addressed;
        t->zeroed += head->zeroed;
        t->busy += head->busy;
        t->one_side += head->one_side;
        t->one_side_2_only += head->one_side_2_only;
        double bytes = scan_memory(head, survey->nports, size, overlapping[i]);
        t->scan_memory = bytes > t->scan_memory ? bytes : t->scan_memory;
    }
    free(overlapping);
}

/* The same signs as in jobs/anonymised.c, on the heads. */
static enum pz_survey_anonymised find_anonymised(const struct pz_survey_numbers *t)
{
    enum { BUSY_MIN = 100 };
    uint64_t one_side_2 = t->one_side + t->one_side_2_only;
    if (t->busy < BUSY_MIN)
        return PZ_SURVEY_UNKNOWN;
    return one_side_2 * 4 < t->busy * 3 || t->one_side * 20 > one_side_2 ? PZ_SURVEY_NOT_ANONYMISED
                                                                         : PZ_SURVEY_ANONYMISED;
}

static void find_begins(const struct pz_survey *survey, struct pz_survey_numbers *t)
{
    const struct pz_captures *captures = survey->captures;
    uint64_t *steps = pz_alloc(captures->n * sizeof *steps);
    t->begins = pz_alloc(captures->n * sizeof *t->begins);
    for (size_t i = 0; i < captures->n; i++)
        if (survey->heads[i].first_usec && captures->all[i].state == PZ_CAPTURE_READABLE)
            t->begins[t->nbegins++] = survey->heads[i].first_usec;
    pz_sort_u64(t->begins, t->nbegins);
    for (size_t i = 1; i < t->nbegins; i++)
        steps[i - 1] = t->begins[i] - t->begins[i - 1];
    if (t->nbegins > 1) {
        pz_sort_u64(steps, t->nbegins - 1);
        t->usual = steps[(t->nbegins - 1) / 2];
    }
    free(steps);
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Half an hour is aimed at: long enough that starting costs nothing, short enough to start soon. */
static void find_request(struct pz_survey_numbers *t, uint64_t cores)
{
    enum { AIM_SECONDS = 1800, SPARE = 2, STEP_SECONDS = 900 };
    t->cpu = (double)t->bytes_read / t->rate;
    t->longest = (double)t->largest / t->rate;
    t->reduce_memory = REDUCE_BYTES;
    t->memory = t->scan_memory > REDUCE_BYTES ? t->scan_memory : REDUCE_BYTES;
    uint64_t ranks = (uint64_t)(t->cpu / AIM_SECONDS) + 1;
    ranks = least(ranks, t->captures);
    /* More ranks than this would wait for the largest capture. */
    ranks = t->longest > 0 ? least(ranks, (uint64_t)(t->cpu / t->longest) + 1) : ranks;
    t->nodes = (ranks + cores - 1) / cores;
    t->ranks_per_node = (ranks + t->nodes - 1) / t->nodes;
    double seconds = t->cpu / (double)(t->nodes * t->ranks_per_node);
    t->seconds = seconds > t->longest ? seconds : t->longest;
    t->limit = ((uint64_t)(SPARE * t->seconds) / STEP_SECONDS + 1) * STEP_SECONDS;
}

struct pz_survey_numbers pz_survey_numbers_of(const struct pz_survey *survey, uint64_t cores)
{
    struct pz_survey_numbers t = {.captures = 0};
    add_up(survey, &t);
    find_begins(survey, &t);
    t.anonymised = find_anonymised(&t);
    if (t.head_nsec && t.records) {
        double times = pz_survey_scan_time((unsigned)survey->nports, (double)t.scans / (double)t.records);
        t.rate = (double)t.head_bytes / ((double)t.head_nsec * 1e-9 * times);
        find_request(&t, cores);
    }
    return t;
}

void pz_survey_numbers_release(struct pz_survey_numbers *numbers)
{
    free(numbers->begins);
}

bool pz_survey_is_gap(const struct pz_survey_numbers *numbers, size_t i)
{
    const uint64_t *begins = numbers->begins;
    return begins[i] - begins[i - 1] > numbers->usual + numbers->usual / 2 + 60 * PZ_USEC_PER_SECOND;
}
