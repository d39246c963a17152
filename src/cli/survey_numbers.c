/* SPDX-License-Identifier: BSD-2-Clause */
/* The estimates of `survey`, as numbers and as text: what the captures hold, when they were recorded, and what time and
 * memory a run needs. All come from the heads of captures and the sizes of files. */
#include "cli/survey_numbers.h"

#include "base/json.h"
#include "base/sort.h"
#include "base/time.h"
#include "reduce/reduce.h"
#include "tally/memory.h"
#include "worm/outbreak.h"

#include <inttypes.h>
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

struct pz_survey_totals pz_survey_add_up(const struct pz_survey *survey)
{
    const struct pz_captures *captures = survey->captures;
    struct pz_survey_totals t = {.ports = (unsigned)survey->nports};
    bool *overlapping = find_overlapping(captures);
    for (size_t i = 0; i < captures->n; i++) {
        const struct pz_survey_head *head = &survey->heads[i];
        uint64_t size = captures->all[i].identity.size;
        if (captures->all[i].state != PZ_CAPTURE_READABLE)
            continue;
        t.captures++;
        t.damaged += head->damaged != 0;
        t.bytes += size;
        t.bytes_read += overlapping[i] ? 2 * size : size;
        t.largest = size > t.largest ? size : t.largest;
        if (!head->bytes || !head->records)
            continue;
        t.heads++;
        t.head_bytes += head->bytes;
        t.head_nsec += head->cpu_nsec;
        t.records += head->records;
        for (size_t port = 0; port < survey->nports; port++)
            t.scans += head->scans[port];
        t.addressed += head->addressed;
        t.zeroed += head->zeroed;
        t.busy += head->busy;
        t.one_side += head->one_side;
        t.one_side_2_only += head->one_side_2_only;
        double bytes = scan_memory(head, survey->nports, size, overlapping[i]);
        t.scan_bytes = bytes > t.scan_bytes ? bytes : t.scan_bytes;
    }
    free(overlapping);
    return t;
}

double pz_survey_rate(const struct pz_survey_totals *t)
{
    if (!t->head_nsec || !t->records)
        return 0;
    double times = pz_survey_scan_time(t->ports, (double)t->scans / (double)t->records);
    return (double)t->head_bytes / ((double)t->head_nsec * 1e-9 * times);
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Half an hour is aimed at: long enough that starting costs nothing, short enough to start soon. */
struct pz_survey_request pz_survey_request_of(const struct pz_survey_totals *t, uint64_t cores)
{
    enum { AIM_SECONDS = 1800, SPARE = 2, STEP_SECONDS = 900 };
    struct pz_survey_request request = {.rate = pz_survey_rate(t), .largest = t->largest, .bytes_read = t->bytes_read};
    if (!(request.rate > 0))
        return request;
    request.cpu = (double)t->bytes_read / request.rate;
    request.longest = (double)t->largest / request.rate;
    request.scan_memory = t->scan_bytes;
    request.reduce_memory = REDUCE_BYTES;
    request.memory = t->scan_bytes > REDUCE_BYTES ? t->scan_bytes : REDUCE_BYTES;
    uint64_t ranks = (uint64_t)(request.cpu / AIM_SECONDS) + 1;
    ranks = least(ranks, t->captures);
    /* More ranks than this would wait for the largest capture. */
    ranks = request.longest > 0 ? least(ranks, (uint64_t)(request.cpu / request.longest) + 1) : ranks;
    request.nodes = (ranks + cores - 1) / cores;
    request.ranks_per_node = (ranks + request.nodes - 1) / request.nodes;
    double seconds = request.cpu / (double)(request.nodes * request.ranks_per_node);
    request.seconds = seconds > request.longest ? seconds : request.longest;
    request.limit = ((uint64_t)(SPARE * request.seconds) / STEP_SECONDS + 1) * STEP_SECONDS;
    return request;
}

void pz_survey_put_sbatch(const struct pz_survey_request *request, const struct pz_ports *ports, const char *archive,
                          struct pz_buf *to)
{
    if (ports->n > 1 || ports->ports[0] != PZ_OUTBREAK_DEFAULT->port) {
        for (size_t i = 0; i < ports->n; i++)
            pz_buf_printf(to, "%s%u", i ? "," : "PATIENTZERO_ARGS=\"--port ", ports->ports[i]);
        pz_buf_printf(to, "\" ");
    }
    pz_buf_printf(to,
                  "sbatch -N %" PRIu64 " --ntasks-per-node=%" PRIu64 " --mem-per-cpu=%.0fG -t %02" PRIu64 ":%02" PRIu64
                  ":00 --export=ALL,ARCHIVE=%s outbreak.sbatch",
                  request->nodes, request->ranks_per_node, request->memory / (double)(1 << 30) + 0.5,
                  request->limit / 3600, request->limit / 60 % 60, archive);
}

struct pz_survey_span pz_survey_span_of(const struct pz_captures *captures, const struct pz_survey_head *heads)
{
    struct pz_survey_span span = {.begins = pz_alloc(captures->n * sizeof *span.begins)};
    uint64_t *steps = pz_alloc(captures->n * sizeof *steps);
    for (size_t i = 0; i < captures->n; i++)
        if (heads[i].first_usec && captures->all[i].state == PZ_CAPTURE_READABLE)
            span.begins[span.n++] = heads[i].first_usec;
    pz_sort_u64(span.begins, span.n);
    for (size_t i = 1; i < span.n; i++)
        steps[i - 1] = span.begins[i] - span.begins[i - 1];
    if (span.n > 1) {
        pz_sort_u64(steps, span.n - 1);
        span.usual = steps[(span.n - 1) / 2];
    }
    free(steps);
    return span;
}

bool pz_survey_is_gap(const struct pz_survey_span *span, size_t i)
{
    return span->begins[i] - span->begins[i - 1] > span->usual + span->usual / 2 + 60 * PZ_USEC_PER_SECOND;
}

/* The same signs as in jobs/anonymised.c, on the heads. */
enum pz_survey_anonymised pz_survey_anonymised(const struct pz_survey_totals *t)
{
    enum { BUSY_MIN = 100 };
    uint64_t one_side_2 = t->one_side + t->one_side_2_only;
    if (t->busy < BUSY_MIN)
        return PZ_SURVEY_UNKNOWN;
    return one_side_2 * 4 < t->busy * 3 || t->one_side * 20 > one_side_2 ? PZ_SURVEY_NOT_ANONYMISED
                                                                         : PZ_SURVEY_ANONYMISED;
}

static void put_time(struct pz_json *json, const char *key, uint64_t usec)
{
    pz_json_text(json, key, pz_time_text((int64_t)(usec / PZ_USEC_PER_SECOND)).text);
}

static void put_span(struct pz_json *json, const struct pz_captures *captures, const struct pz_survey_head *heads)
{
    struct pz_survey_span span = pz_survey_span_of(captures, heads);
    if (span.n) {
        put_time(json, "first_begins", span.begins[0]);
        put_time(json, "last_begins", span.begins[span.n - 1]);
        pz_json_number(json, "usual_step_seconds", (double)span.usual / PZ_USEC_PER_SECOND);
    }
    pz_json_open(json, "gaps", '[');
    for (size_t i = 1; i < span.n; i++)
        if (pz_survey_is_gap(&span, i)) {
            pz_json_open(json, NULL, '{');
            put_time(json, "after", span.begins[i - 1]);
            put_time(json, "before", span.begins[i]);
            pz_json_close(json, '}');
        }
    pz_json_close(json, ']');
    free(span.begins);
}

static void put_contents(struct pz_json *json, const struct pz_captures *captures, const struct pz_survey_head *heads)
{
    pz_json_open(json, "records_in_heads", '{');
    for (int fate = 0; fate < PZ_FATE_COUNT; fate++) {
        uint64_t n = 0;
        for (size_t i = 0; i < captures->n; i++)
            n += heads[i].fates[fate];
        if (n)
            pz_json_u64(json, pz_fate_name((enum pz_fate)fate), n);
    }
    pz_json_close(json, '}');
}

static void put_request(struct pz_json *json, const struct pz_survey_request *request, const struct pz_ports *ports,
                        const char *archive)
{
    struct pz_buf line = {0};
    pz_survey_put_sbatch(request, ports, archive, &line);
    pz_buf_put(&line, "", 1);
    pz_json_number(json, "core_hours", request->cpu / 3600);
    pz_json_number(json, "bytes_per_core_second", request->rate);
    pz_json_number(json, "largest_capture_seconds", request->longest);
    pz_json_number(json, "seconds", request->seconds);
    pz_json_number(json, "bytes_per_rank", request->memory);
    pz_json_number(json, "scan_bytes_per_rank", request->scan_memory);
    pz_json_u64(json, "nodes", request->nodes);
    pz_json_u64(json, "ranks_per_node", request->ranks_per_node);
    pz_json_u64(json, "time_limit_seconds", request->limit);
    pz_json_text(json, "sbatch", (const char *)line.bytes);
    pz_buf_release(&line);
}

void pz_survey_put_json(const struct pz_captures *captures, const struct pz_survey_head *heads,
                        const struct pz_survey_totals *t, const struct pz_survey_request *request,
                        const struct pz_ports *ports, const char *archive, struct pz_buf *to)
{
    static const char *const anonymised[] = {"unknown", "no", "yes"};
    struct pz_json json = {.to = to};
    pz_json_open(&json, NULL, '{');
    pz_json_u64(&json, "captures", t->captures);
    pz_json_u64(&json, "bytes", t->bytes);
    pz_json_u64(&json, "largest_capture_bytes", t->largest);
    pz_json_u64(&json, "damaged_heads", t->damaged);
    pz_json_u64(&json, "unreadable", pz_captures_count(captures, PZ_CAPTURE_UNREADABLE));
    pz_json_u64(&json, "duplicates", pz_captures_count(captures, PZ_CAPTURE_DUPLICATE));
    pz_json_u64(&json, "other_files", pz_captures_count(captures, PZ_CAPTURE_NONE));
    put_span(&json, captures, heads);
    put_contents(&json, captures, heads);
    pz_json_u64(&json, "addressed_packets_in_heads", t->addressed);
    pz_json_u64(&json, "first_octet_zeroed_in_heads", t->zeroed);
    pz_json_text(&json, "anonymised", anonymised[pz_survey_anonymised(t)]);
    if (request->rate > 0)
        put_request(&json, request, ports, archive);
    pz_json_close(&json, '}');
}
