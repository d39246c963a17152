#include "run/portrait.h"

#include "base/text.h"
#include "base/time.h"
#include "capture/reader.h"
#include "tally/copies.h"
#include "worm/traits.h"

#include <inttypes.h>
#include <stdlib.h>

enum { MARGIN_USEC = 1000000 };

static int64_t last_usec(const struct pz_portrait *portrait)
{
    return portrait->outbreak->packets[portrait->outbreak->npackets - 1].usec;
}

/* One capture while it is read. */
struct reading {
    struct pz_portrait *portrait;
    int64_t first_usec, last_usec; /* that it had until now */
    size_t before;                 /* scans that others had given */
};

static void take(void *context, struct pz_packet *packets, size_t n)
{
    struct reading *reading = context;
    struct pz_portrait *portrait = reading->portrait;
    pz_filter_apply(&portrait->filter, packets, n);
    for (size_t i = 0; i < n; i++) {
        const struct pz_packet *packet = &packets[i];
        if (reading->first_usec < 0)
            reading->first_usec = packet->usec;
        reading->last_usec = packet->usec;
        if (packet->fate == PZ_SCAN && packet->usec >= portrait->outbreak->packets[0].usec - MARGIN_USEC &&
            packet->usec <= last_usec(portrait) + MARGIN_USEC)
            pz_buf_put(&portrait->scans, packet, sizeof *packet);
    }
}

/* A capture that begins after the minute, or long before it, has none of it; nor has what lies well behind. */
static bool tick(void *context, uint64_t offset, uint64_t records)
{
    const struct reading *reading = context;
    (void)offset, (void)records;
    const int64_t day = PZ_HOURS_PER_DAY * PZ_USEC_PER_HOUR, first = reading->portrait->outbreak->packets[0].usec,
                  last = last_usec(reading->portrait);
    return reading->first_usec < 0 || (reading->first_usec <= last && reading->first_usec > first - day &&
                                       reading->last_usec < last + PZ_USEC_PER_HOUR / 60);
}

static int read_capture(struct pz_portrait *portrait, const struct pz_capture *capture, struct pz_error *error)
{
    struct reading reading = {.portrait = portrait, .before = portrait->scans.nbytes};
    const struct pz_sink sink = {&reading, take, tick};
    for (int inflater = PZ_INFLATER_FASTEST; inflater <= PZ_INFLATER_ZLIB; inflater++) {
        struct pz_ledger ledger;
        struct pz_input *input = pz_input_open(capture->path, portrait->decode, error);
        if (!input)
            return -1;
        pz_ledger_init(&ledger);
        reading.first_usec = reading.last_usec = -1;
        portrait->scans.nbytes = reading.before;
        enum pz_read_status read = pz_capture_read(input, (enum pz_inflater)inflater, &sink, &ledger);
        if (read != PZ_READ_DISTRUSTED)
            inflater = PZ_INFLATER_ZLIB;
        pz_ledger_release(&ledger);
        pz_input_free(input);
    }
    portrait->captures_read += portrait->scans.nbytes > reading.before;
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

static bool is_published(const struct pz_outbreak *outbreak, const struct pz_packet *packet,
                         const struct pz_published_packet *row)
{
    return packet->usec == row->usec && (packet->destination & 0xffffff) == row->destination &&
           packet->sequence == row->sequence && packet->source_port == row->source_port &&
           packet->ip_id == row->ip_id && packet->ip_len == outbreak->packet_ip_len &&
           packet->ttl == outbreak->packet_ttl;
}

/* Of several sources of the published packets, which there should not be, the first counts; of those most like the host,
 * that with the most scans. */
static void choose(struct pz_portrait *portrait)
{
    const struct pz_outbreak *outbreak = portrait->outbreak;
    const struct pz_packet *all = (const void *)portrait->scans.bytes;
    size_t n = portrait->scans.nbytes / sizeof *all, most = 0;
    portrait->found = pz_alloc(outbreak->npackets * sizeof *portrait->found);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < outbreak->npackets; j++)
            if (!portrait->found[j] && is_published(outbreak, &all[i], &outbreak->packets[j])) {
                portrait->found[j] = true;
                portrait->nfound++;
                portrait->source = portrait->has_source ? portrait->source : all[i].source;
                portrait->has_source = true;
            }
    for (size_t i = 0, end; !portrait->nfound && i < n; i = end) {
        size_t like = 0;
        for (end = i; end < n && all[end].source == all[i].source; end++)
            like += pz_worm_traits(all[end].destination, all[end].ip_len, all[end].ttl, all[end].source_port) ==
                    PZ_TRAITS - 1;
        if (like > most && like == end - i) {
            most = like;
            portrait->source = all[i].source;
            portrait->has_source = true;
        }
    }
}

int pz_portrait_find(struct pz_portrait *portrait, const struct pz_captures *captures, struct pz_error *error)
{
    int status = 0;
    for (size_t i = 0; status == 0 && i < captures->n; i++)
        if (captures->all[i].state == PZ_CAPTURE_READABLE)
            status = read_capture(portrait, &captures->all[i], error);
    size_t n = portrait->scans.nbytes / sizeof(struct pz_packet);
    if (n)
        qsort(portrait->scans.bytes, n, sizeof(struct pz_packet), compare);
    portrait->scans.nbytes = pz_copies_drop((void *)portrait->scans.bytes, n) * sizeof(struct pz_packet);
    choose(portrait);
    return status;
}

void pz_portrait_release(struct pz_portrait *portrait)
{
    pz_buf_release(&portrait->scans);
    free(portrait->found);
}

static void put_row(struct pz_buf *csv, int64_t usec, uint32_t destination, unsigned length, unsigned ip_id,
                    unsigned ttl, unsigned port, uint32_t sequence)
{
    char time[PZ_TIME_TEXT];
    pz_time_text_usec(usec, time);
    pz_buf_printf(csv, "%s," PZ_IPV4 ",%u,%u,%u,%u,%08" PRIx32, time, PZ_OCTETS(destination & 0xffffff), length, ip_id, ttl,
                  port, sequence);
}

#define COLUMNS "time,destination,length,ip_id,ttl,source_port,sequence"

void pz_portrait_write_published(const struct pz_portrait *portrait, struct pz_buf *csv)
{
    pz_buf_printf(csv, COLUMNS ",found\n");
    for (size_t i = 0; i < portrait->outbreak->npackets; i++) {
        const struct pz_published_packet *row = &portrait->outbreak->packets[i];
        put_row(csv, row->usec, row->destination, portrait->outbreak->packet_ip_len, row->ip_id,
                portrait->outbreak->packet_ttl, row->source_port, row->sequence);
        pz_buf_printf(csv, ",%d\n", portrait->found[i]);
    }
}

void pz_portrait_write_scan(const struct pz_portrait *portrait, struct pz_buf *csv)
{
    const struct pz_packet *all = (const void *)portrait->scans.bytes;
    pz_buf_printf(csv, COLUMNS ",published\n");
    for (size_t i = 0; i < portrait->scans.nbytes / sizeof *all; i++) {
        const struct pz_packet *p = &all[i];
        if (!portrait->has_source || p->source != portrait->source)
            continue;
        int known = 0;
        for (size_t j = 0; j < portrait->outbreak->npackets; j++)
            known |= is_published(portrait->outbreak, p, &portrait->outbreak->packets[j]);
        put_row(csv, p->usec, p->destination, p->ip_len, p->ip_id, p->ttl, p->source_port, p->sequence);
        pz_buf_printf(csv, ",%d\n", known);
    }
}
