/* SPDX-License-Identifier: BSD-2-Clause */
/* The text is written in a fixed order of members, the program's name first, as a folder of results is recognised by
 * it. Nothing in it depends on clock, host, ranks or paths. */
#include "report/summary.h"

#include "base/json.h"
#include "base/text.h"
#include "base/time.h"

#include <inttypes.h>
#include <stdlib.h>

static void put_time(struct pz_json *json, const char *key, uint32_t hour, uint32_t none)
{
    char text[PZ_TIME_TEXT];
    pz_time_text(hour * (int64_t)PZ_SECONDS_PER_HOUR, text);
    if (hour == none)
        pz_json_null(json, key);
    else
        pz_json_text(json, key, text);
}

static void put_options(struct pz_json *json, const struct pz_summary *summary)
{
    const struct pz_filter *filter = summary->filters;
    const struct pz_timeline_options *options = summary->options;
    pz_json_open(json, "options", '{');
    if (summary->nports == 1)
        pz_json_u64(json, "port", filter->port);
    else
        pz_json_open(json, "ports", '[');
    for (size_t i = 0; summary->nports > 1 && i < summary->nports; i++)
        pz_json_u64(json, NULL, summary->filters[i].port);
    if (summary->nports > 1)
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
    pz_json_text(json, "decode", summary->decoded ? "by a command" : "none");
    pz_json_bool(json, "pseudonyms", summary->pseudonyms);
    pz_json_bool(json, "accept_anonymised", summary->accept_anonymised);
    pz_json_close(json, '}');
}

static void put_geo(struct pz_json *json, const char *name, const struct pz_geo *geo)
{
    if (!geo->nfiles) {
        pz_json_null(json, name);
        return;
    }
    pz_json_open(json, name, '{');
    pz_json_text(json, "from", (const char *)geo->source.bytes);
    pz_json_open(json, "of", '[');
    for (size_t i = 0; i < geo->nfiles; i++) {
        pz_json_open(json, NULL, '{');
        pz_json_u64(json, "size", geo->files[i].nbytes);
        pz_json_text(json, "sha256", geo->files[i].digest);
        pz_json_close(json, '}');
    }
    pz_json_close(json, ']');
    pz_json_close(json, '}');
}

/* Which captures the tables are of, whatever their names and order: the SHA-256 of a line for each that was read, in
 * order, with its identity and what is known of its packets. */
static void put_captures(struct pz_json *json, const struct pz_summary *summary)
{
    char **lines = pz_alloc(summary->ninputs * sizeof *lines), text[PZ_SHA256_TEXT];
    struct pz_buf all = {0};
    uint8_t digest[PZ_SHA256_BYTES];
    size_t n = 0;
    for (size_t i = 0; i < summary->ninputs; i++) {
        const struct pz_summary_input *input = &summary->inputs[i];
        char identity[PZ_IDENTITY_TEXT];
        if (!input->log)
            continue;
        pz_identity_text(input->identity, identity);
        lines[n++] =
            pz_format("%s %" PRIu64 " %016" PRIx64 "\n", identity, (uint64_t)input->log->records, input->packets);
    }
    if (n)
        qsort(lines, n, sizeof *lines, pz_text_compare);
    for (size_t i = 0; i < n; i++) {
        pz_buf_put(&all, lines[i], strlen(lines[i]));
        free(lines[i]);
    }
    pz_sha256(all.bytes, all.nbytes, digest);
    pz_sha256_text(digest, text);
    pz_json_text(json, "captures_sha256", text);
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
static void open_port(struct pz_json *json, const struct pz_summary *summary, size_t port)
{
    char *name = pz_format("%u", summary->filters[port].port);
    if (port == 0 && summary->nports > 1)
        pz_json_open(json, "ports", '{');
    if (summary->nports > 1)
        pz_json_open(json, name, '{');
    free(name);
}

static void close_port(struct pz_json *json, const struct pz_summary *summary, size_t port)
{
    if (summary->nports > 1)
        pz_json_close(json, '}');
    if (summary->nports > 1 && port + 1 == summary->nports)
        pz_json_close(json, '}');
}

/* The model that separated the worm from others. */
static void put_model(struct pz_json *json, const struct pz_calibrated *calibrated)
{
    bool learned = calibrated->state == PZ_CALIBRATED;
    pz_json_open(json, "model", '{');
    pz_json_text(json, "from", pz_calibration_words(calibrated->state));
    pz_json_text(json, "sha256", calibrated->digest);
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
static void put_synthetic(struct pz_json *json, const struct pz_summary *summary)
{
    uint32_t mark = PZ_SYNTHETIC_NONE;
    uint64_t marked = 0;
    bool any = false;
    for (size_t i = 0; i < summary->ninputs; i++) {
        const struct pz_damage_log *log = summary->inputs[i].log;
        if (!log)
            continue;
        mark = any ? pz_synthetic_join(mark, log->synthetic) : log->synthetic;
        marked += log->synthetic != PZ_SYNTHETIC_NONE;
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

static const char *const fate_words[PZ_INPUT_FATES] = {"read", "duplicate", "not a capture", "could not be read"};

static void put_input(struct pz_json *json, const struct pz_summary *summary, const struct pz_summary_input *input)
{
    char identity[PZ_IDENTITY_TEXT];
    pz_json_open(json, NULL, '{');
    pz_json_text(json, "capture", input->label);
    pz_json_text(json, "state", fate_words[input->fate]);
    if (input->original)
        pz_json_text(json, "duplicate_of", input->original);
    if (input->overlaps)
        pz_json_text(json, "overlaps", input->overlaps);
    if (*input->why)
        pz_json_text(json, "why", input->why);
    if (input->identity->size || input->log) {
        pz_identity_text(input->identity, identity);
        pz_json_text(json, "identity", identity);
        pz_json_u64(json, "size", input->identity->size);
    }
    if (input->log) {
        if (input->log->link_type == PZ_NO_LINK)
            pz_json_null(json, "link_type");
        else
            pz_json_u64(json, "link_type", input->log->link_type);
        pz_json_u64(json, "records", input->log->records);
        pz_json_u64(json, "padding_bytes", input->log->padding);
        pz_json_u64(json, "bytes_passed_over", input->log->passed);
        for (size_t port = 0; port < summary->nports; port++) {
            open_port(json, summary, port);
            put_fates(json, input->fates[port]);
            close_port(json, summary, port);
        }
        enum pz_fate hidden = pz_fates_hide(input->fates[0]);
        if (hidden != PZ_SCAN)
            pz_json_text(json, "almost_all", pz_fate_name(hidden));
        put_damage(json, input->log);
    }
    pz_json_close(json, '}');
}

void pz_summary_write(const struct pz_summary *summary, struct pz_buf *to)
{
    struct pz_json json = {.to = to};
    uint64_t fates[PZ_PORTS][PZ_FATE_COUNT] = {{0}}, bytes = 0, records = 0, damaged = 0, inputs[PZ_INPUT_FATES] = {0};
    pz_json_open(&json, NULL, '{');
    pz_json_text(&json, "program", "patientzero"); /* first, as a folder of results is known by it */
    pz_json_text(&json, "version", summary->version);
    pz_json_text(&json, "commit", summary->commit);
    put_options(&json, summary);
    put_captures(&json, summary);
    put_geo(&json, "countries", summary->countries);
    put_geo(&json, "networks", summary->networks);
    put_synthetic(&json, summary);
    for (size_t port = 0; port < summary->nports; port++) {
        open_port(&json, summary, port);
        put_model(&json, summary->calibrated[port]);
        close_port(&json, summary, port);
    }
    put_recorded(&json, summary->recorded);
    pz_json_open(&json, "inputs", '[');
    for (size_t i = 0; i < summary->ninputs; i++) {
        const struct pz_summary_input *input = &summary->inputs[i];
        put_input(&json, summary, input);
        inputs[input->fate]++;
        if (!input->log)
            continue;
        damaged += pz_damage_log_damaged(input->log);
        bytes += input->identity->size;
        records += input->log->records;
        for (size_t port = 0; port < summary->nports; port++)
            for (int fate = 0; fate < PZ_FATE_COUNT; fate++)
                fates[port][fate] += input->fates[port][fate];
    }
    pz_json_close(&json, ']');
    pz_json_open(&json, "totals", '{');
    pz_json_u64(&json, "captures_read", inputs[PZ_INPUT_READ]);
    pz_json_u64(&json, "captures_damaged", damaged);
    pz_json_u64(&json, "captures_not_read", inputs[PZ_INPUT_UNREADABLE]);
    pz_json_u64(&json, "duplicates", inputs[PZ_INPUT_DUPLICATE]);
    pz_json_u64(&json, "not_captures", inputs[PZ_INPUT_NOT_A_CAPTURE]);
    pz_json_u64(&json, "size", bytes);
    pz_json_u64(&json, "records", records);
    for (size_t port = 0; port < summary->nports; port++) {
        open_port(&json, summary, port);
        put_fates(&json, fates[port]);
        close_port(&json, summary, port);
    }
    pz_json_close(&json, '}');
    pz_manifest_write(summary->tables, &json);
    pz_json_close(&json, '}');
}
