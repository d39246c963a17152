/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of the truth. */
#include "base/error.h"
#include "base/json.h"
#include "base/sort.h"
#include "base/text.h"
#include "twin/noise.h"
#include "twin/spread.h"
#include "twin/truth.h"

#include <stdlib.h>

static int by_id(const void *a, const void *b)
{
    const struct pz_twin_truth_index *x = a, *y = b;
    return PZ_ORDER(x->id, y->id);
}

static uint64_t id_of(const struct pz_twin_host *host)
{
    return pz_twin_scanner_id(host->flags & PZ_TWIN_B ? PZ_TWIN_WORM_B : PZ_TWIN_WORM_A, host->key);
}

struct pz_twin_truth_index *pz_twin_truth_index_of(const struct pz_twin *twin)
{
    struct pz_twin_truth_index *index = pz_alloc(twin->nhosts * sizeof *index);
    for (uint32_t i = 0; i < twin->nhosts; i++)
        index[i] = (struct pz_twin_truth_index){.id = id_of(&twin->hosts[i]), .host = i};
    qsort(index, twin->nhosts, sizeof *index, by_id);
    return index;
}

static const uint64_t *numbers_of(const struct pz_twin_totals *totals, uint32_t i)
{
    return totals->numbers + (size_t)i * PZ_TWIN_NTOTALS;
}

#define COLUMN(its_name, its_type)                   \
    {                                                \
        .name = its_name, .type = PZ_TYPE_##its_type \
    }

/* A row for each hour that has a file: its time and some of its numbers. */
static void put_hours(const struct pz_twin_totals *totals, const struct pz_schema *schema,
                      const enum pz_twin_total *which, struct pz_buf *to)
{
    struct pz_csv csv;
    pz_csv_begin(&csv, schema, NULL, to);
    for (uint32_t i = 0; i < totals->nhours; i++) {
        const uint64_t *n = numbers_of(totals, i);
        if (!n[PZ_TWIN_TOTAL_WRITTEN])
            continue;
        pz_put_time(&csv, totals->first_hour + i);
        for (size_t column = 0; schema->columns[column + 1].name; column++)
            pz_put_count(&csv, n[which[column]]);
    }
    pz_csv_end(&csv);
}

void pz_twin_truth_hourly(const struct pz_twin_totals *totals, struct pz_buf *to)
{
    static const struct pz_column columns[] = {
        COLUMN("hour", HOUR), COLUMN("sources", COUNT), COLUMN("scans", COUNT), COLUMN("packets", COUNT), {0}};
    put_hours(totals, &(struct pz_schema){.name = "hourly", .columns = columns},
              (const enum pz_twin_total[]){PZ_TWIN_TOTAL_SOURCES, PZ_TWIN_TOTAL_SCANS, PZ_TWIN_TOTAL_PACKETS}, to);
}

void pz_twin_truth_worm(const struct pz_twin_totals *totals, struct pz_buf *to)
{
    static const struct pz_column columns[] = {
        COLUMN("hour", HOUR), COLUMN("sources", COUNT), COLUMN("scans", COUNT), {0}};
    put_hours(totals, &(struct pz_schema){.name = "worm", .columns = columns},
              (const enum pz_twin_total[]){PZ_TWIN_TOTAL_WORM_SOURCES, PZ_TWIN_TOTAL_WORM_SCANS}, to);
}

void pz_twin_truth_classes(const struct pz_twin_totals *totals, struct pz_buf *to)
{
    static const struct pz_column columns[] = {
        COLUMN("hour", HOUR), COLUMN("class", TEXT), COLUMN("sources", COUNT), COLUMN("scans", COUNT), {0}};
    const struct pz_schema schema = {.name = "classes", .columns = columns};
    struct pz_csv csv;
    pz_csv_begin(&csv, &schema, NULL, to);
    for (uint32_t i = 0; i < totals->nhours; i++)
        for (int class = 0; class < PZ_TWIN_NCLASSES; class ++) {
            const uint64_t *n = numbers_of(totals, i) + PZ_TWIN_TOTAL_CLASSES + 2 * class;
            if (!n[0])
                continue;
            pz_put_time(&csv, totals->first_hour + i);
            pz_put_text(&csv, pz_twin_class_name((enum pz_twin_class) class));
            pz_put_count(&csv, n[0]);
            pz_put_count(&csv, n[1]);
        }
    pz_csv_end(&csv);
}

static const struct pz_column sources_columns[] = {
    COLUMN("source", ADDRESS),   COLUMN("class", TEXT),       COLUMN("first_scan", USEC), COLUMN("targets", COUNT),
    COLUMN("infected_at", USEC), COLUMN("infector", ADDRESS), COLUMN("mixed_of", TEXT),   {0}};
const struct pz_schema pz_twin_truth_sources = {.name = "sources", .columns = sources_columns};

void pz_twin_truth_zero(const struct pz_twin *twin, const struct pz_twin_totals *totals, struct pz_buf *to)
{
    static const struct pz_column columns[] = {COLUMN("source", ADDRESS),
                                               COLUMN("infected_at", USEC),
                                               COLUMN("first_scan", USEC),
                                               COLUMN("first_scan_captured", USEC),
                                               {0}};
    const struct pz_schema schema = {.name = "patient_zero", .columns = columns};
    struct pz_csv csv;
    pz_csv_begin(&csv, &schema, NULL, to);
    if (!twin->nhosts)
        return;
    pz_put_address(&csv, twin->hosts[0].address);
    pz_put_time(&csv, twin->hosts[0].infected_usec);
    pz_put_time(&csv, PZ_TWIN_FIRST_SCAN_USEC);
    pz_put_time_if(&csv, totals->zero_first_usec, (int64_t)totals->zero_first_usec);
    pz_csv_end(&csv);
}

/* A fixed-point number as a decimal fraction with six digits. */
static void put_fixed(struct pz_json *json, const char *key, uint64_t value, int bits)
{
    uint64_t whole = value >> bits, rest = value & ((UINT64_C(1) << bits) - 1);
    uint64_t millionths = (rest * 1000000 + (UINT64_C(1) << (bits - 1))) >> bits;
    char *text = pz_format("%llu.%06llu", (unsigned long long)(whole + millionths / 1000000),
                           (unsigned long long)(millionths % 1000000));
    pz_json_text(json, key, text);
    free(text);
}

static void put_time(struct pz_json *json, const char *key, int64_t second)
{
    pz_json_text(json, key, pz_time_text(second).text);
}

static void put_prefix(struct pz_json *json, const char *key, uint32_t address, uint32_t mask)
{
    /* The first octet is the telescope's own: it is made up here, and written all the same. */
    char *text = pz_format(PZ_IPV4 "/%d", PZ_OCTETS(address), __builtin_popcount(mask));
    pz_json_text(json, key, text);
    free(text);
}

static void put_faults(struct pz_json *json, const struct pz_twin_params *params)
{
    pz_json_open(json, "lenses", '[');
    for (size_t i = 0; i < params->nlenses; i++) {
        pz_json_open(json, NULL, '{');
        put_time(json, "from", params->lenses[i].from_second);
        put_prefix(json, "prefix", params->lenses[i].address, params->lenses[i].mask);
        pz_json_close(json, '}');
    }
    pz_json_close(json, ']');
    pz_json_open(json, "outages", '[');
    for (size_t i = 0; i < params->noutages; i++) {
        pz_json_open(json, NULL, '{');
        put_time(json, "from", params->outages[i].from_second);
        put_time(json, "until", params->outages[i].until_second);
        pz_json_close(json, '}');
    }
    pz_json_close(json, ']');
    pz_json_open(json, "torn", '[');
    for (size_t i = 0; i < params->ntears; i++) {
        pz_json_open(json, NULL, '{');
        pz_json_text(json, "capture", pz_twin_capture_name(params->tears[i].hour).text);
        put_fixed(json, "left", params->tears[i].fraction_q32, 32);
        pz_json_close(json, '}');
    }
    pz_json_close(json, ']');
}

void pz_twin_truth_parameters(const struct pz_twin *twin, struct pz_buf *to)
{
    const struct pz_twin_params *params = twin->params;
    struct pz_json json = {.to = to};
    pz_json_open(&json, NULL, '{');
    pz_json_u64(&json, "seed", params->seed);
    put_fixed(&json, "scale", params->scale_q32, 32);
    put_fixed(&json, "noise", params->noise_q16, 16);
    put_fixed(&json, "sweep_last", params->sweep_last_q16, 16);
    put_fixed(&json, "background", params->background_q16, 16);
    put_time(&json, "from", (int64_t)params->first_hour * PZ_SECONDS_PER_HOUR);
    put_time(&json, "until", (int64_t)params->end_hour * PZ_SECONDS_PER_HOUR);
    put_prefix(&json, "lens", params->lens_octet << 24, UINT32_MAX << 24);
    pz_json_u64(&json, "masked_bits", params->mask_bits);
    pz_json_text(&json, "link_type", params->link_type == PZ_TWIN_RAW ? "raw" : "ethernet");
    pz_json_u64(&json, "disorder_milliseconds", params->disorder_usec / 1000);
    pz_json_text(&json, "compressor", params->isal ? "isal" : "zlib");
    pz_json_u64(&json, "compression_level", (uint64_t)params->level);
    put_faults(&json, params);
    pz_json_u64(&json, "infected_hosts_observed", twin->nhosts);
    pz_json_open(&json, "attendance", '[');
    for (int i = 0; i < PZ_TWIN_NANCHORS; i++) {
        pz_json_open(&json, NULL, '{');
        put_time(&json, "hour", (int64_t)pz_twin_anchor_hour(i) * PZ_SECONDS_PER_HOUR);
        pz_json_u64(&json, "sources", pz_twin_anchor_sources(i));
        pz_json_text(&json, "status", pz_twin_anchors[i].published ? "published" : "assumed");
        put_fixed(&json, "factor", twin->attendance_q16[i], 16);
        pz_json_close(&json, '}');
    }
    pz_json_close(&json, ']');
    pz_json_close(&json, '}');
}
