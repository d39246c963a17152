#include "run/portrait.h"

#include "base/time.h"
#include "capture/reader.h"
#include "tally/copies.h"
#include "worm/traits.h"

#include <inttypes.h>
#include <stdlib.h>

/* E. Aben, "Conficker/Conflicker/Downadup as seen from the UCSD Network Telescope", CAIDA, 27 February 2009, Figure 5.
 * All have a length of 48, a TTL of 103 and destination port 445; the destination's first octet was zeroed. */
static const struct published {
    int64_t usec;
    uint32_t destination, sequence;
    uint16_t source_port, ip_id;
} published[PZ_PORTRAIT_PACKETS] = {
    {INT64_C(1227232109314700), 0x15d351, 0x86087408, 4554, 30944},
    {INT64_C(1227232109335235), 0x48445c, 0xc5c93eb0, 4597, 30986},
    {INT64_C(1227232112311987), 0x48445c, 0xc5c93eb0, 4597, 31098},
    {INT64_C(1227232112325345), 0x15d351, 0x86087408, 4554, 31153},
    {INT64_C(1227232118378662), 0x3d290a, 0xa2ba5621, 4970, 31728},
    {INT64_C(1227232121294971), 0x3d290a, 0xa2ba5621, 4970, 31885},
    {INT64_C(1227232122842741), 0x2caa06, 0x262f9d19, 1090, 32025},
    {INT64_C(1227232125682085), 0x2caa06, 0x262f9d19, 1090, 32144},
    {INT64_C(1227232131855248), 0x5e9e40, 0x92d161b3, 1414, 32716},
    {INT64_C(1227232134752334), 0x5e9e40, 0x92d161b3, 1414, 32825},
    {INT64_C(1227232134758070), 0x215f59, 0x2caa85a6, 1334, 32857},
    {INT64_C(1227232136324636), 0x1b3e57, 0x4cd0dece, 1491, 32974},
    {INT64_C(1227232139253707), 0x1b3e57, 0x4cd0dece, 1491, 33145},
    {INT64_C(1227232156377573), 0x58bd2d, 0xf272a7d4, 2216, 34574},
    {INT64_C(1227232158866263), 0x6a5e7e, 0x1837abab, 2332, 34866},
    {INT64_C(1227232159285071), 0x58bd2d, 0xf272a7d4, 2216, 34912},
    {INT64_C(1227232166330196), 0x01e234, 0x3ff4a7ad, 2453, 35434},
    {INT64_C(1227232166343984), 0x0c6808, 0x9de035a6, 2468, 35467},
    {INT64_C(1227232176808817), 0x353d54, 0xbbf2675d, 2856, 36319},
};
enum { LENGTH = 48, TTL = 103, LAST = PZ_PORTRAIT_PACKETS - 1, MARGIN_USEC = 1000000 };

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
        if (packet->fate == PZ_SCAN && packet->usec >= published[0].usec - MARGIN_USEC &&
            packet->usec <= published[LAST].usec + MARGIN_USEC)
            pz_buf_put(&portrait->scans, packet, sizeof *packet);
    }
}

/* A capture that begins after the minute, or long before it, has none of it; nor has what lies well behind. */
static bool tick(void *context, uint64_t offset, uint64_t records)
{
    const struct reading *reading = context;
    (void)offset, (void)records;
    const int64_t day = PZ_HOURS_PER_DAY * PZ_USEC_PER_HOUR;
    return reading->first_usec < 0 ||
           (reading->first_usec <= published[LAST].usec && reading->first_usec > published[0].usec - day &&
            reading->last_usec < published[LAST].usec + PZ_USEC_PER_HOUR / 60);
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

static bool is_published(const struct pz_packet *packet, const struct published *row)
{
    return packet->usec == row->usec && (packet->destination & 0xffffff) == row->destination &&
           packet->sequence == row->sequence && packet->source_port == row->source_port &&
           packet->ip_id == row->ip_id && packet->ip_len == LENGTH && packet->ttl == TTL;
}

/* Of several sources of the published packets, which there should not be, the first counts; of those most like the host,
 * that with the most scans. */
static void choose(struct pz_portrait *portrait)
{
    const struct pz_packet *all = (const void *)portrait->scans.bytes;
    size_t n = portrait->scans.nbytes / sizeof *all, most = 0;
    for (size_t i = 0; i < n; i++)
        for (int j = 0; j < PZ_PORTRAIT_PACKETS; j++)
            if (!portrait->found[j] && is_published(&all[i], &published[j])) {
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
}

static void put_row(struct pz_buf *csv, int64_t usec, uint32_t destination, unsigned length, unsigned ip_id,
                    unsigned ttl, unsigned port, uint32_t sequence)
{
    char time[PZ_TIME_TEXT];
    pz_time_text_usec(usec, time);
    pz_buf_printf(csv, "%s,0.%u.%u.%u,%u,%u,%u,%u,%08" PRIx32, time, destination >> 16 & 255, destination >> 8 & 255,
                  destination & 255, length, ip_id, ttl, port, sequence);
}

#define COLUMNS "time,destination,length,ip_id,ttl,source_port,sequence"

void pz_portrait_write_published(const struct pz_portrait *portrait, struct pz_buf *csv)
{
    pz_buf_printf(csv, COLUMNS ",found\n");
    for (int i = 0; i < PZ_PORTRAIT_PACKETS; i++) {
        const struct published *row = &published[i];
        put_row(csv, row->usec, row->destination, LENGTH, row->ip_id, TTL, row->source_port, row->sequence);
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
        for (int j = 0; j < PZ_PORTRAIT_PACKETS; j++)
            known |= is_published(p, &published[j]);
        put_row(csv, p->usec, p->destination, p->ip_len, p->ip_id, p->ttl, p->source_port, p->sequence);
        pz_buf_printf(csv, ",%d\n", known);
    }
}
