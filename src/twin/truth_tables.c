/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of the truth. */
#include "base/json.h"
#include "base/text.h"
#include "twin/spread.h"
#include "twin/truth.h"

#include <inttypes.h>
#include <stdlib.h>

#define COLUMN(its_name, its_type)                   \
    {                                                \
        .name = its_name, .type = PZ_TYPE_##its_type \
    }

static const struct pz_column sources[] = {
    COLUMN("source", ADDRESS),   COLUMN("class", TEXT),       COLUMN("first_scan", USEC), COLUMN("targets", COUNT),
    COLUMN("infected_at", USEC), COLUMN("infector", ADDRESS), COLUMN("mixed_of", TEXT),   {0}};
static const struct pz_column classes[] = {
    COLUMN("hour", HOUR), COLUMN("class", TEXT), COLUMN("sources", COUNT), COLUMN("scans", COUNT), {0}};
static const struct pz_column worm[] = {COLUMN("hour", HOUR), COLUMN("sources", COUNT), COLUMN("scans", COUNT), {0}};
static const struct pz_column zero[] = {COLUMN("source", ADDRESS),
                                        COLUMN("infected_at", USEC),
                                        COLUMN("first_scan", USEC),
                                        COLUMN("first_scan_captured", USEC),
                                        {0}};
static const struct pz_column hourly[] = {
    COLUMN("hour", HOUR), COLUMN("sources", COUNT), COLUMN("scans", COUNT), COLUMN("packets", COUNT), {0}};

const struct pz_schema pz_twin_truth_sources = {.name = "sources", .columns = sources};

static void put_count(struct pz_csv *csv, const struct pz_twin_count *count)
{
    pz_put_count(csv, count->sources);
    pz_put_count(csv, count->scans);
}

static void put_classes(const struct pz_twin_hour_truth *hour, uint32_t number, struct pz_csv *csv)
{
    for (int class = 0; class < PZ_TWIN_NCLASSES; class ++) {
        if (!hour->classes[class].sources)
            continue;
        pz_put_time(csv, number);
        pz_put_text(csv, pz_twin_class_name((enum pz_twin_class) class));
        put_count(csv, &hour->classes[class]);
    }
}

static void put_worm(const struct pz_twin_hour_truth *hour, uint32_t number, struct pz_csv *csv)
{
    pz_put_time(csv, number);
    put_count(csv, &hour->worm);
}

static void put_hourly(const struct pz_twin_hour_truth *hour, uint32_t number, struct pz_csv *csv)
{
    pz_put_time(csv, number);
    put_count(csv, &hour->all);
    pz_put_count(csv, hour->npackets);
}

static void put_zero(const struct pz_twin_truth *truth, struct pz_csv *csv)
{
    if (!truth->twin->nhosts)
        return;
    pz_put_address(csv, truth->twin->hosts->address);
    pz_put_time(csv, truth->twin->hosts->infected_usec);
    pz_put_time(csv, PZ_TWIN_FIRST_SCAN_USEC);
    pz_put_time_if(csv, truth->zero_first_usec, (int64_t)truth->zero_first_usec);
}

/* What a table has of an hour with a capture. */
static const struct {
    struct pz_schema schema;
    void (*put)(const struct pz_twin_hour_truth *hour, uint32_t number, struct pz_csv *csv); /* NULL: not of hours */
} tables[PZ_TWIN_NTABLES] = {{{.name = "classes", .columns = classes}, put_classes},
                             {{.name = "worm", .columns = worm}, put_worm},
                             {{.name = "patient_zero", .columns = zero}, NULL},
                             {{.name = "hourly", .columns = hourly}, put_hourly}};

const char *pz_twin_truth_table(const struct pz_twin_truth *truth, int table, struct pz_buf *to)
{
    const struct pz_twin_params *params = truth->twin->params;
    struct pz_csv csv;
    pz_csv_begin(&csv, &tables[table].schema, NULL, to);
    for (uint32_t hour = params->first_hour; hour < params->end_hour && tables[table].put; hour++)
        if (truth->hours[hour - params->first_hour].ncaptures)
            tables[table].put(&truth->hours[hour - params->first_hour], hour, &csv);
    if (!tables[table].put)
        put_zero(truth, &csv);
    pz_csv_end(&csv);
    return tables[table].schema.name;
}

/* A fixed-point number as a decimal fraction with six digits. */
static void put_fixed(struct pz_json *json, const char *key, uint64_t value, int bits)
{
    uint64_t millionths = (value * 1000000 + (UINT64_C(1) << (bits - 1))) >> bits;
    char *text = pz_format("%" PRIu64 ".%06" PRIu64, millionths / 1000000, millionths % 1000000);
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
    pz_json_text(&json, "link_type", params->link == PZ_TWIN_RAW ? "raw" : "ethernet");
    pz_json_u64(&json, "disorder_milliseconds", params->disorder_msec);
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
        put_fixed(&json, "factor", (uint64_t)twin->attendance_q16[i].value, 16);
        pz_json_close(&json, '}');
    }
    pz_json_close(&json, ']');
    pz_json_close(&json, '}');
}
