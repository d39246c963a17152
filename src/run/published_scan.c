/* SPDX-License-Identifier: BSD-2-Clause */
/* Captures are read in turn; one whose packets come after the minute, or long before it, is left after its first
 * packets. Scans of the minute are kept; each published packet is looked for among them, and the source that sent them
 * is the host. If none is found, the host is the source that behaves most like it. */
#include "run/published_scan.h"

#include "base/text.h"
#include "base/time.h"
#include "capture/reader.h"
#include "tally/copies.h"
#include "worm/traits.h"

#include <stdlib.h>

enum { MARGIN_USEC = 1000000 };

static int64_t last_usec(const struct pz_published_scan *listed)
{
    return listed->outbreak->packets[listed->outbreak->npackets - 1].usec;
}

/* One capture while it is read. */
struct reading {
    struct pz_published_scan *listed;
    int64_t first_usec, last_usec; /* that it had until now */
    size_t before;                 /* scans that others had given */
};

static void begin(void *context)
{
    struct reading *reading = context;
    reading->first_usec = reading->last_usec = -1;
    reading->listed->scans.nbytes = reading->before;
}

static void take(void *context, struct pz_packet *packets, size_t n)
{
    struct reading *reading = context;
    struct pz_published_scan *listed = reading->listed;
    pz_filter_apply(&listed->filter, packets, n);
    for (size_t i = 0; i < n; i++) {
        const struct pz_packet *packet = &packets[i];
        if (reading->first_usec < 0)
            reading->first_usec = packet->usec;
        reading->last_usec = packet->usec;
        if (packet->fate == PZ_SCAN && packet->usec >= listed->outbreak->packets[0].usec - MARGIN_USEC &&
            packet->usec <= last_usec(listed) + MARGIN_USEC)
            pz_buf_put(&listed->scans, packet, sizeof *packet);
    }
}

/* A capture that begins after the minute, or long before it, has no packets of it; nor have records well after it. */
static bool tick(void *context, uint64_t offset, uint64_t records)
{
    const struct reading *reading = context;
    (void)offset, (void)records;
    const int64_t day = PZ_HOURS_PER_DAY * PZ_USEC_PER_HOUR, first = reading->listed->outbreak->packets[0].usec,
                  last = last_usec(reading->listed);
    return reading->first_usec < 0 || (reading->first_usec <= last && reading->first_usec > first - day &&
                                       reading->last_usec < last + PZ_USEC_PER_HOUR / 60);
}

static int read_capture(struct pz_published_scan *listed, const struct pz_capture *capture, struct pz_error *error)
{
    struct reading reading = {.listed = listed, .before = listed->scans.nbytes};
    const struct pz_sink sink = {&reading, take, tick, begin};
    const struct pz_capture_file file = {.path = capture->path, .decode = listed->decode};
    struct pz_damage_log log;
    struct pz_input *input;
    pz_damage_log_init(&log);
    pz_capture_read_file(&file, &sink, &log, &input, error);
    pz_damage_log_release(&log);
    if (!input)
        return -1;
    pz_input_free(input);
    listed->captures_read += listed->scans.nbytes > reading.before;
    return 0;
}

static int compare(const void *a, const void *b)
{
    const struct pz_packet *x = a, *y = b;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    if (x->usec != y->usec)
        return x->usec < y->usec ? -1 : 1;
    return x->ip_id < y->ip_id ? -1 : x->ip_id > y->ip_id;
}

/* As far as it is published. */
static struct pz_packet packet_of(const struct pz_outbreak *outbreak, size_t i)
{
    const struct pz_published_packet *row = &outbreak->packets[i];
    return (struct pz_packet){.usec = row->usec,
                              .destination = row->destination,
                              .sequence = row->sequence,
                              .source_port = row->source_port,
                              .ip_id = row->ip_id,
                              .ip_len = outbreak->packet_ip_len,
                              .ttl = outbreak->packet_ttl};
}

static bool is_published(const struct pz_outbreak *outbreak, const struct pz_packet *packet, size_t i)
{
    const struct pz_packet row = packet_of(outbreak, i);
    return packet->usec == row.usec && (packet->destination & 0xffffff) == row.destination &&
           packet->sequence == row.sequence && packet->source_port == row.source_port && packet->ip_id == row.ip_id &&
           packet->ip_len == row.ip_len && packet->ttl == row.ttl;
}

/* Of several sources of the published packets, which there should not be, the first counts; of those most like the
 * host, that with the most scans. */
static void choose(struct pz_published_scan *listed)
{
    const struct pz_outbreak *outbreak = listed->outbreak;
    const struct pz_packet *all = (const void *)listed->scans.bytes;
    size_t n = listed->scans.nbytes / sizeof *all, most = 0;
    listed->found = pz_alloc(outbreak->npackets * sizeof *listed->found);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < outbreak->npackets; j++)
            if (!listed->found[j] && is_published(outbreak, &all[i], j)) {
                listed->found[j] = true;
                listed->nfound++;
                listed->source = listed->has_source ? listed->source : all[i].source;
                listed->has_source = true;
            }
    for (size_t i = 0, end; !listed->nfound && i < n; i = end) {
        size_t like = 0;
        for (end = i; end < n && all[end].source == all[i].source; end++)
            like += pz_worm_traits(all[end].destination, all[end].ip_len, all[end].ttl, all[end].source_port) ==
                    PZ_TRAITS - 1;
        if (like > most && like == end - i) {
            most = like;
            listed->source = all[i].source;
            listed->has_source = true;
        }
    }
}

int pz_published_scan_find(struct pz_published_scan *listed, const struct pz_captures *captures, struct pz_error *error)
{
    int status = 0;
    for (size_t i = 0; status == 0 && i < captures->n; i++)
        if (captures->all[i].state == PZ_CAPTURE_READABLE)
            status = read_capture(listed, &captures->all[i], error);
    size_t n = listed->scans.nbytes / sizeof(struct pz_packet);
    if (n)
        qsort(listed->scans.bytes, n, sizeof(struct pz_packet), compare);
    listed->scans.nbytes = pz_copies_drop((void *)listed->scans.bytes, n) * sizeof(struct pz_packet);
    choose(listed);
    return status;
}

void pz_published_scan_release(struct pz_published_scan *listed)
{
    pz_buf_release(&listed->scans);
    free(listed->found);
}

#define COLUMNS                                                                                                 \
    {"time", PZ_TYPE_USEC, .doc = "of the packet"},                                                             \
        {"destination", PZ_TYPE_DESTINATION, .doc = "as in the packet, but for its first octet"},               \
        {"length", PZ_TYPE_COUNT, "bytes", .doc = "of the IP packet"},                                          \
        {"ip_id", PZ_TYPE_COUNT, .doc = "as in the packet"}, {"ttl", PZ_TYPE_COUNT, .doc = "as in the packet"}, \
        {"source_port", PZ_TYPE_COUNT, .doc = "as in the packet"},                                              \
    {                                                                                                           \
        "sequence", PZ_TYPE_SEQUENCE, .doc = "as in the packet"                                                 \
    }

static const struct pz_column published_columns[] = {
    COLUMNS, {"found", PZ_TYPE_COUNT, "0 or 1", .doc = "1 if the packet is in the captures"}, {0}};
static const struct pz_column scan_columns[] = {
    COLUMNS, {"published", PZ_TYPE_COUNT, "0 or 1", .doc = "1 if the packet is one of the published 19"}, {0}};

const struct pz_schema pz_schema_published_packets = {
    "published_packets", "Figure 5. By `patientzero portrait`: the 19 packets of the published figure.",
    published_columns};
const struct pz_schema pz_schema_typical_scan = {
    "typical_scan",
    "Figure 5. By `patientzero portrait`: a row for each scan of one source in one minute, and the header alone if no "
    "source of that minute scans like the worm. The source isn't told.",
    scan_columns};

static void put_row(struct pz_csv *csv, const struct pz_packet *packet, bool known)
{
    pz_put_time(csv, packet->usec);
    pz_put_address(csv, packet->destination);
    pz_put_count(csv, packet->ip_len);
    pz_put_count(csv, packet->ip_id);
    pz_put_count(csv, packet->ttl);
    pz_put_count(csv, packet->source_port);
    pz_put_address(csv, packet->sequence);
    pz_put_count(csv, known);
}

void pz_published_scan_write_published(const struct pz_published_scan *listed, struct pz_buf *to)
{
    struct pz_csv csv;
    pz_csv_begin(&csv, &pz_schema_published_packets, NULL, to);
    for (size_t i = 0; i < listed->outbreak->npackets; i++) {
        const struct pz_packet packet = packet_of(listed->outbreak, i);
        put_row(&csv, &packet, listed->found[i]);
    }
}

void pz_published_scan_write_scan(const struct pz_published_scan *listed, struct pz_buf *to)
{
    const struct pz_packet *all = (const void *)listed->scans.bytes;
    struct pz_csv csv;
    pz_csv_begin(&csv, &pz_schema_typical_scan, NULL, to);
    for (size_t i = 0; i < listed->scans.nbytes / sizeof *all; i++) {
        const struct pz_packet *p = &all[i];
        if (!listed->has_source || p->source != listed->source)
            continue;
        bool known = false;
        for (size_t j = 0; j < listed->outbreak->npackets; j++)
            known |= is_published(listed->outbreak, p, j);
        put_row(&csv, p, known);
    }
}
