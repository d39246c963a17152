/* SPDX-License-Identifier: BSD-2-Clause */
/* A capture is read only if its tally has the source, in a set or among the boundary rows, in the hours that are asked
 * for. Scans of the source are collected on rank 0, sorted by time, and copies are dropped there, because the copies of
 * a SYN may be in another capture. So packets are taken from shortly before the hours on. */
#include "run/packets.h"

#include "base/text.h"
#include "capture/format.h"
#include "capture/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

/* One capture while it is read. */
struct reading {
    struct pz_packets *packets;
    struct pz_task_queue *queue;
    struct pz_buf *found;
};

/* Copies of what came shortly before the hours that are asked for may lie in them. */
static int64_t earliest(const struct pz_packets *packets)
{
    return packets->since * (int64_t)PZ_USEC_PER_HOUR - PZ_COPY_GAP_USEC;
}

static bool is_asked_for(const struct pz_packets *packets, const struct pz_packet *packet)
{
    return pz_hour_of(packet->usec) >= packets->since;
}

static void begin(void *context)
{
    pz_buf_clear(((struct reading *)context)->found);
}

static void take(void *context, struct pz_packet *packets, size_t n)
{
    struct reading *reading = context;
    const struct pz_packets *wanted = reading->packets;
    pz_filter_apply(&wanted->store->filter, packets, n);
    for (size_t i = 0; i < n; i++) {
        const struct pz_packet *packet = &packets[i];
        if (packet->fate != PZ_SCAN || packet->source != wanted->source)
            continue;
        if (packet->usec >= earliest(wanted) && pz_hour_of(packet->usec) < wanted->until)
            pz_buf_put(reading->found, packet, sizeof *packet);
    }
}

static bool tick(void *context, uint64_t offset, uint64_t records)
{
    struct reading *reading = context;
    return pz_task_tick(reading->queue, offset, records);
}

static bool is_near(const struct pz_packets *packets, uint32_t hour)
{
    return hour >= pz_hour_of(earliest(packets)) && hour < packets->until;
}

struct search {
    uint32_t source;
    bool found;
};

static void look_in_set(void *context, const roaring_bitmap_t *set)
{
    struct search *search = context;
    search->found = search->found || roaring_bitmap_contains(set, search->source);
}

/* Whether the source occurs in the capture within the hours that are asked for, or the one before: 1, 0, or -1 with
 * `error` set. */
static int occurs(const struct pz_packets *packets, const struct pz_capture *capture, struct pz_error *error)
{
    struct pz_path path = pz_store_path(packets->store, &capture->identity, &PZ_NO_STRETCH); /* it has all sources */
    struct search search = {.source = packets->source};
    struct pz_buf boundary = {0};
    if (access(path.text, F_OK) != 0 && errno == ENOENT) {
        return pz_fail(
            error,
            "%s has no tally in the store %s: scan first, with patientzero scan and the same captures, --port,"
            " --lens and --decode",
            capture->path, packets->store->directory);
    }
    int status = pz_tally_read_sets(path.text, pz_hour_of(earliest(packets)), packets->until, &boundary, look_in_set,
                                    &search, NULL, error);
    const struct pz_scan_row *scans = (const void *)boundary.bytes;
    for (size_t i = 0; i < boundary.nbytes / sizeof *scans; i++)
        search.found = search.found || (scans[i].source == packets->source && is_near(packets, scans[i].hour));
    pz_buf_release(&boundary);
    return status == 0 ? search.found : -1;
}

static int read_one(void *context, size_t task, struct pz_task_queue *queue, struct pz_buf *result,
                    struct pz_error *error)
{
    struct pz_packets *packets = context;
    const struct pz_capture *capture = &packets->captures->all[task];
    struct reading reading = {packets, queue, result};
    const struct pz_sink sink = {&reading, take, tick, begin};
    const struct pz_capture_file file = {.path = capture->path, .decode = packets->session->decode};
    if (capture->state != PZ_CAPTURE_READABLE)
        return 0;
    int found = occurs(packets, capture, error);
    if (found <= 0)
        return found;
    struct pz_damage_log log;
    struct pz_input *input;
    pz_damage_log_init(&log);
    enum pz_read_status read = pz_capture_read_file(&file, &sink, &log, &input, error);
    pz_damage_log_release(&log);
    if (!input)
        return -1;
    pz_input_free(input);
    if (read != PZ_READ_STOPPED)
        pz_task_tick(queue, capture->identity.size, 0);
    return 0;
}

static void keep(void *context, size_t task, struct pz_cursor *result)
{
    struct pz_packets *packets = context;
    size_t nbytes = pz_cursor_left(result), before = packets->found.nbytes;
    bool any = false;
    (void)task;
    pz_buf_put(&packets->found, pz_cursor_take(result, nbytes), nbytes);
    for (size_t at = before; !any && at < packets->found.nbytes; at += sizeof(struct pz_packet))
        any = is_asked_for(packets, (const void *)(packets->found.bytes + at));
    packets->captures_read += any;
}

static int compare(const void *a, const void *b)
{
    const struct pz_packet *x = a, *y = b;
    if (x->usec != y->usec)
        return x->usec < y->usec ? -1 : 1;
    const uint32_t p[4] = {x->destination, x->source_port, x->sequence, x->ip_id};
    const uint32_t q[4] = {y->destination, y->source_port, y->sequence, y->ip_id};
    for (int i = 0; i < 4; i++)
        if (p[i] != q[i])
            return p[i] < q[i] ? -1 : 1;
    return 0;
}

/* How many come before the hours that are asked for; they are in the order of time. */
static size_t count_early(const struct pz_packets *packets, size_t n)
{
    const struct pz_packet *all = (const void *)packets->found.bytes;
    size_t early = 0;
    while (early < n && !is_asked_for(packets, &all[early]))
        early++;
    return early;
}

/* Leaves what is asked for, without copies, in the order of time. */
static void drop(struct pz_packets *packets)
{
    struct pz_packet *all = (void *)packets->found.bytes;
    size_t n = packets->found.nbytes / sizeof *all;
    if (!n)
        return;
    qsort(all, n, sizeof *all, compare);
    size_t asked_for = n - count_early(packets, n), left = pz_copies_drop(all, n), early = count_early(packets, left);
    memmove(all, all + early, (left - early) * sizeof *all);
    packets->copies = asked_for - (left - early);
    packets->found.nbytes = (left - early) * sizeof *all;
}

int pz_packets_find(struct pz_packets *packets, struct pz_error *error)
{
    const struct pz_tasks tasks = {.context = packets, .run = read_one, .done = keep};
    int status =
        pz_counted_run(packets->session, "looking through captures", packets->captures->n, false, tasks, NULL, error);
    if (packets->session->comm->rank == 0)
        drop(packets);
    return status;
}

void pz_packets_release(struct pz_packets *packets)
{
    pz_buf_release(&packets->found);
}

void pz_packets_list(const struct pz_packets *packets, struct pz_buf *text)
{
    const struct pz_packet *all = (const void *)packets->found.bytes;
    pz_buf_printf(text,
                  "#if          time     src addr        dst addr         len pro ts ip.id ttl sport dport tcp.seq  "
                  "tcp.ack  flags\n");
    for (size_t i = 0; i < packets->found.nbytes / sizeof *all; i++) {
        const struct pz_packet *p = &all[i];
        char address[16];
        snprintf(address, sizeof address, PZ_IPV4, PZ_OCTETS(p->destination & 0xffffff));
        pz_buf_printf(text,
                      " 0  %" PRId64 ".%06d 0.0.0.0         %-15s %4u %3u %02x %5u %3u %5u %5u %08" PRIx32
                      " -        -S----\n",
                      (int64_t)(p->usec / PZ_USEC_PER_SECOND), (int)(p->usec % PZ_USEC_PER_SECOND), address, p->ip_len,
                      p->protocol, p->tos, p->ip_id, p->ttl, p->source_port, p->destination_port, p->sequence);
    }
}

/* "pz0" in the mark of the file header, and a zero. */
static const uint32_t written_here = 'p' | 'z' << 8 | '0' << 16;

bool pz_packets_written_here(const uint8_t *bytes, size_t nbytes)
{
    return nbytes >= PZ_FORMAT_MARK + sizeof written_here && pz_get_le32(bytes + PZ_FORMAT_MARK) == written_here;
}

void pz_packets_write_pcap(const struct pz_packets *packets, bool first_octet, struct pz_buf *pcap)
{
    enum { HEADERS = 40, RAW_IP = 101, SNAPLEN = 65535 };
    const struct pz_packet *all = (const void *)packets->found.bytes;
    pz_format_put_header(written_here, SNAPLEN, RAW_IP, pcap);
    for (size_t i = 0; i < packets->found.nbytes / sizeof *all; i++) {
        const struct pz_packet *p = &all[i];
        pz_buf_put_u32(pcap, (uint32_t)(p->usec / PZ_USEC_PER_SECOND));
        pz_buf_put_u32(pcap, (uint32_t)(p->usec % PZ_USEC_PER_SECOND));
        pz_buf_put_u32(pcap, HEADERS);
        pz_buf_put_u32(pcap, p->ip_len > HEADERS ? p->ip_len : HEADERS);
        uint8_t *b = pz_buf_extend(pcap, HEADERS);
        memset(b, 0, HEADERS);
        b[0] = 0x45;
        b[1] = p->tos;
        pz_set_be16(b + 2, p->ip_len);
        pz_set_be16(b + 4, p->ip_id);
        b[8] = p->ttl;
        b[9] = p->protocol;
        pz_set_be32(b + 12, p->source);
        pz_set_be32(b + 16, first_octet ? p->destination : p->destination & 0xffffff);
        pz_set_be16(b + 20, p->source_port);
        pz_set_be16(b + 22, p->destination_port);
        pz_set_be32(b + 24, p->sequence);
        b[32] = 5 << 4;
        b[33] = p->tcp_flags;
    }
}
