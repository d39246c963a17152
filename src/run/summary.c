/* SPDX-License-Identifier: BSD-2-Clause */
/* The text is written in a fixed order of members, the program's name first, as a folder of results is recognised by
 * it. Nothing in it depends on clock, host, ranks or paths. */
#include "run/summary.h"

#include "base/json.h"
#include "base/text.h"
#include "base/time.h"

#include <inttypes.h>
#include <stdlib.h>

/* Of a capture that was read; else NULL. */
static const struct pz_capture_facts *facts_of(const struct pz_capture *capture)
{
    return capture->state == PZ_CAPTURE_READABLE ? capture->facts : NULL;
}

static void put_time(struct pz_json *json, const char *key, uint32_t hour, uint32_t none)
{
    if (hour == none)
        pz_json_null(json, key);
    else
        pz_json_text(json, key, pz_time_text(hour * (int64_t)PZ_SECONDS_PER_HOUR).text);
}

static void put_options(struct pz_json *json, const struct pz_scan *scan, const struct pz_tables *tables)
{
    const struct pz_filter *filter = &scan->stores[0].filter;
    const struct pz_timeline_options *options = &tables->options;
    pz_json_open(json, "options", '{');
    if (scan->nports == 1)
        pz_json_u64(json, "port", filter->port);
    else
        pz_json_open(json, "ports", '[');
    for (size_t i = 0; scan->nports > 1 && i < scan->nports; i++)
        pz_json_u64(json, NULL, scan->stores[i].filter.port);
    if (scan->nports > 1)
        pz_json_close(json, ']');
    /* The telescope's own prefix is not to be told. */
    char *lens = pz_format(PZ_IPV4 "/%d", PZ_OCTETS(filter->lens & 0xffffff), __builtin_popcount(filter->lens_mask));
    pz_json_text(json, "lens", lens);
    free(lens);
    put_time(json, "since", options->since, 0);
    put_time(json, "until", options->until, UINT32_MAX);
    pz_json_u64(json, "silence", options->silence);
    pz_json_u64(json, "timeline_bin", options->timeline_bin);
    pz_json_u64(json, "min_cell", options->min_cell);
    pz_json_u64(json, "window", options->window);
    pz_json_text(json, "decode", scan->session->decode ? "by a command" : "none"); /* which may hold a key */
    pz_json_bool(json, "pseudonyms", tables->output->pseudonyms);
    pz_json_bool(json, "accept_anonymised", tables->accept_anonymised);
    pz_json_close(json, '}');
}

static void put_geo(struct pz_json *json, const char *name, const struct pz_geo *geo)
{
    if (!geo) {
        pz_json_null(json, name);
        return;
    }
    pz_json_open(json, name, '{');
    pz_json_text(json, "from", (const char *)geo->source.bytes);
    pz_json_open(json, "of", '[');
    for (size_t i = 0; i < geo->nfiles; i++) {
        pz_json_open(json, NULL, '{');
        pz_json_u64(json, "size", geo->files[i].nbytes);
        pz_json_text(json, "sha256", geo->files[i].digest.text);
        pz_json_close(json, '}');
    }
    pz_json_close(json, ']');
    pz_json_close(json, '}');
}

/* Which captures the tables are of, whatever their names and order: the SHA-256 of a line for each that was read, in
 * order, with its identity and what is known of its packets. */
static void put_captures(struct pz_json *json, const struct pz_captures *captures)
{
    char **lines = pz_alloc(captures->n * sizeof *lines);
    struct pz_buf all = {0};
    size_t n = 0;
    for (size_t i = 0; i < captures->n; i++) {
        const struct pz_capture_facts *facts = facts_of(&captures->all[i]);
        char identity[PZ_IDENTITY_TEXT];
        if (!facts)
            continue;
        pz_identity_text(&captures->all[i].identity, identity);
        lines[n++] = pz_format("%s %" PRIu64 " %016" PRIx64 "\n", identity, facts->log.records, facts->digest);
    }
    if (n)
        qsort(lines, n, sizeof *lines, pz_text_compare);
    for (size_t i = 0; i < n; i++) {
        pz_buf_put(&all, lines[i], strlen(lines[i]));
        free(lines[i]);
    }
    pz_json_text(json, "captures_sha256", pz_sha256_text(all.bytes, all.nbytes).text);
    pz_buf_release(&all);
    free(lines);
}

static void put_recorded(struct pz_json *json, const struct pz_recorded *recorded)
{
    pz_json_open(json, "hours", '{');
    for (int status = 0; status < PZ_STATUS_COUNT; status++)
        pz_json_u64(json, pz_status_name((enum pz_status)status), recorded->hours[status]);
    pz_json_close(json, '}');
    pz_json_open(json, "outages", '[');
    for (size_t i = 0; i < recorded->noutages; i++) {
        pz_json_open(json, NULL, '{');
        put_time(json, "from", recorded->outages[i].from, PZ_NO_HOUR);
        put_time(json, "until", recorded->outages[i].until, PZ_NO_HOUR);
        pz_json_close(json, '}');
    }
    pz_json_close(json, ']');
}

static void put_ratio(struct pz_json *json, const char *key, const struct pz_ratio *ratio)
{
    char *text = pz_format("%.4f +- %.4f", ratio->mean, ratio->error);
    pz_json_text(json, key, text);
    free(text);
}

/* Opens a member of a port in an object of all ports; nothing if there is only one, whose members stand alone. */
static void open_port(struct pz_json *json, const struct pz_scan *scan, size_t port)
{
    char *name = pz_format("%u", scan->stores[port].filter.port);
    if (port == 0 && scan->nports > 1)
        pz_json_open(json, "ports", '{');
    if (scan->nports > 1)
        pz_json_open(json, name, '{');
    free(name);
}

static void close_port(struct pz_json *json, const struct pz_scan *scan, size_t port)
{
    if (scan->nports > 1)
        pz_json_close(json, '}');
    if (scan->nports > 1 && port + 1 == scan->nports)
        pz_json_close(json, '}');
}

/* The model that separated the worm from others. */
static void put_model(struct pz_json *json, const struct pz_calibrated *calibrated)
{
    bool learned = calibrated->state == PZ_CALIBRATED;
    pz_json_open(json, "model", '{');
    pz_json_text(json, "from", pz_calibration_words(calibrated->state));
    pz_json_text(json, "sha256", calibrated->digest.text);
    put_ratio(json, "source_ratio", &calibrated->model.source_ratio);
    put_ratio(json, "scan_ratio", &calibrated->model.scan_ratio);
    put_time(json, "outbreak", calibrated->outbreak, 0);
    pz_json_u64(json, "quiet_hours", calibrated->hours);
    pz_json_u64(json, "quiet_windows", calibrated->windows);
    put_time(json, "first_quiet_hour", learned ? calibrated->first : 0, 0);
    put_time(json, "last_quiet_hour", learned ? calibrated->last : 0, 0);
    pz_json_u64(json, "lens_low", calibrated->lens.low);
    pz_json_u64(json, "lens_high", calibrated->lens.high);
    pz_json_u64(json, "sources_learned_from", calibrated->sources);
    pz_json_u64(json, "worm_sources_learned_from", calibrated->worms);
    pz_json_close(json, '}');
}

/* Packets by fate, scans apart: they are what was not set aside. */
static void put_fates(struct pz_json *json, const uint64_t *fates)
{
    pz_json_u64(json, "scans", fates[PZ_SCAN]);
    pz_json_open(json, "set_aside", '{');
    for (int fate = 0; fate < PZ_FATE_COUNT; fate++)
        if (fate != PZ_SCAN && fates[fate])
            pz_json_u64(json, pz_fate_name((enum pz_fate)fate), fates[fate]);
    pz_json_close(json, '}');
}

static void put_damage(struct pz_json *json, const struct pz_damage_log *log)
{
    pz_json_open(json, "damage", '[');
    for (uint32_t i = 0; i < log->nentries; i++) {
        const struct pz_damage *damage = &log->entries[i];
        pz_json_open(json, NULL, '{');
        pz_json_text(json, "reason", pz_damage_words((enum pz_damage_reason)damage->reason));
        if (damage->reason == PZ_DAMAGE_RARE_FORMAT)
            pz_json_text(json, "libpcap", log->libpcap);
        pz_json_u64(json, pz_damage_inside((enum pz_damage_reason)damage->reason) ? "decompressed_byte" : "byte",
                    damage->offset);
        pz_json_u64(json, "records_before", damage->record);
        put_time(json, "first_hour", damage->first_hour, PZ_NO_HOUR);
        put_time(json, "last_hour", damage->last_hour, PZ_NO_HOUR);
        if (!pz_damage_inside((enum pz_damage_reason)damage->reason))
            pz_json_u64(json, "bytes_passed_over", damage->passed);
        if (damage->window)
            pz_json_u64(json, "memory_needed", damage->window);
        pz_json_close(json, '}');
    }
    pz_json_close(json, ']');
    pz_json_open(json, "damage_counts", '{');
    for (int reason = 0; reason < PZ_DAMAGE_COUNT; reason++)
        if (log->counts[reason])
            pz_json_u64(json, pz_damage_words((enum pz_damage_reason)reason), log->counts[reason]);
    pz_json_close(json, '}');
}

/* Of made-up data: at which scale, as far as all captures that were read agree. */
static void put_synthetic(struct pz_json *json, const struct pz_captures *captures)
{
    uint32_t mark = PZ_SYNTHETIC_NONE;
    uint64_t marked = 0;
    bool any = false;
    for (size_t i = 0; i < captures->n; i++) {
        const struct pz_capture_facts *facts = facts_of(&captures->all[i]);
        if (!facts)
            continue;
        mark = any ? pz_synthetic_join(mark, facts->log.synthetic) : facts->log.synthetic;
        marked += facts->log.synthetic != PZ_SYNTHETIC_NONE;
        any = true;
    }
    struct pz_synthetic synthetic = pz_synthetic_of_mark(mark);
    if (!synthetic.any) {
        pz_json_null(json, "synthetic");
        return;
    }
    pz_json_open(json, "synthetic", '{');
    pz_json_u64(json, "captures", marked);
    if (synthetic.known) {
        pz_json_number(json, "scale", synthetic.scale);
        pz_json_number(json, "noise", synthetic.noise);
    } else {
        pz_json_null(json, "scale");
        pz_json_null(json, "noise");
    }
    pz_json_close(json, '}');
}

static void put_log(struct pz_json *json, const struct pz_scan *scan, const struct pz_capture *capture)
{
    const struct pz_damage_log *log = &capture->facts->log;
    if (log->link_type == PZ_NO_LINK)
        pz_json_null(json, "link_type");
    else
        pz_json_u64(json, "link_type", log->link_type);
    pz_json_u64(json, "records", log->records);
    pz_json_u64(json, "padding_bytes", log->padding);
    pz_json_u64(json, "bytes_passed_over", log->passed);
    for (size_t port = 0; port < scan->nports; port++) {
        open_port(json, scan, port);
        put_fates(json, capture->by_port[port]->fates);
        close_port(json, scan, port);
    }
    enum pz_fate hidden = pz_fates_hide(capture->by_port[0]->fates);
    if (hidden != PZ_SCAN)
        pz_json_text(json, "almost_all", pz_fate_name(hidden));
    put_damage(json, log);
}

static void put_input(struct pz_json *json, const struct pz_scan *scan, size_t i)
{
    static const char *const states[] = {[PZ_CAPTURE_READABLE] = "read",
                                         [PZ_CAPTURE_DUPLICATE] = "duplicate",
                                         [PZ_CAPTURE_NONE] = "not a capture",
                                         [PZ_CAPTURE_UNREADABLE] = "could not be read"};
    const struct pz_capture *all = scan->captures->all, *capture = &all[i];
    char identity[PZ_IDENTITY_TEXT];
    pz_json_open(json, NULL, '{');
    pz_json_text(json, "capture", capture->label);
    pz_json_text(json, "state", states[capture->state]);
    if (capture->state == PZ_CAPTURE_DUPLICATE)
        pz_json_text(json, "duplicate_of", all[capture->original].label);
    if (capture->overlaps != i)
        pz_json_text(json, "overlaps", all[capture->overlaps].label);
    if (*capture->why)
        pz_json_text(json, "why", capture->why);
    if (capture->identity.size || facts_of(capture)) {
        pz_identity_text(&capture->identity, identity);
        pz_json_text(json, "identity", identity);
        pz_json_u64(json, "size", capture->identity.size);
    }
    if (facts_of(capture))
        put_log(json, scan, capture);
    pz_json_close(json, '}');
}

static void put_totals(struct pz_json *json, const struct pz_scan *scan)
{
    const struct pz_captures *captures = scan->captures;
    uint64_t fates[PZ_PORTS][PZ_FATE_COUNT] = {{0}}, bytes = 0, records = 0, damaged = 0;
    for (size_t i = 0; i < captures->n; i++) {
        const struct pz_capture *capture = &captures->all[i];
        const struct pz_capture_facts *facts = facts_of(capture);
        if (!facts)
            continue;
        damaged += pz_damage_log_damaged(&facts->log);
        bytes += capture->identity.size;
        records += facts->log.records;
        for (size_t port = 0; port < scan->nports; port++)
            for (int fate = 0; fate < PZ_FATE_COUNT; fate++)
                fates[port][fate] += capture->by_port[port]->fates[fate];
    }
    pz_json_open(json, "totals", '{');
    pz_json_u64(json, "captures_read", pz_captures_count(captures, PZ_CAPTURE_READABLE));
    pz_json_u64(json, "captures_damaged", damaged);
    pz_json_u64(json, "captures_not_read", pz_captures_count(captures, PZ_CAPTURE_UNREADABLE));
    pz_json_u64(json, "duplicates", pz_captures_count(captures, PZ_CAPTURE_DUPLICATE));
    pz_json_u64(json, "not_captures", pz_captures_count(captures, PZ_CAPTURE_NONE));
    pz_json_u64(json, "size", bytes);
    pz_json_u64(json, "records", records);
    for (size_t port = 0; port < scan->nports; port++) {
        open_port(json, scan, port);
        put_fates(json, fates[port]);
        close_port(json, scan, port);
    }
    pz_json_close(json, '}');
}

void pz_summary_write(const struct pz_summary *summary, struct pz_buf *to)
{
    const struct pz_scan *scan = summary->scan;
    const struct pz_tables *tables = summary->tables;
    struct pz_json json = {.to = to};
    pz_json_open(&json, NULL, '{');
    pz_json_text(&json, "program", "patientzero"); /* first, as a folder of results is known by it */
    pz_json_text(&json, "version", summary->version);
    pz_json_text(&json, "commit", summary->commit);
    put_options(&json, scan, tables);
    put_captures(&json, scan->captures);
    put_geo(&json, "countries", tables->countries);
    put_geo(&json, "networks", tables->networks);
    put_synthetic(&json, scan->captures);
    for (size_t port = 0; port < scan->nports; port++) {
        open_port(&json, scan, port);
        put_model(&json, &tables[port].calibrated);
        close_port(&json, scan, port);
    }
    put_recorded(&json, &tables[0].recorded); /* as of all ports */
    pz_json_open(&json, "inputs", '[');
    for (size_t i = 0; i < scan->captures->n; i++)
        put_input(&json, scan, i);
    pz_json_close(&json, ']');
    put_totals(&json, scan);
    pz_manifest_write(summary->files, 0, &json);
    pz_json_close(&json, '}');
}
