/* SPDX-License-Identifier: BSD-2-Clause */
/* A packet is counted in its hour at once. A SYN to the port is staged by the radix partition of its source, and a full
 * partition is drained: SYNs are settled, joined to attempts and counted at their source's row, and attempts that are
 * over are closed. A batch of packets that is plain (one hour, in order, inside the lens) takes a shorter way with the
 * same result. */
#include "tally/tally.h"

enum { BATCH = 256 }; /* packets at once, at most: they stay in the first-level cache */

static void take_closed(void *context, const struct pz_closed_attempt *attempts, const uint32_t *rows, size_t n)
{
    struct pz_tally *tally = context;
    for (size_t i = 0; i < n; i++) {
        const struct pz_source *row = pz_table_row(&tally->sources, rows[i]);
        __builtin_prefetch(&row->attempts, 1);
        __builtin_prefetch(&row->destinations[PZ_SKETCH - 1], 1);
    }
    pz_hours_add_closed(&tally->hours, attempts, n);
    uint32_t mixed[PZ_SCANS], low[PZ_SCANS];
    size_t nlow = 0;
    for (size_t i = 0; i < n; i++) {
        struct pz_source *row = pz_table_row(&tally->sources, rows[i]);
        mixed[i] = pz_source_count_closed(row, &attempts[i]);
        low[nlow] = (uint32_t)i;
        nlow += mixed[i] < row->destinations_max;
    }
    for (size_t i = 0; i < nlow; i++)
        pz_source_keep(pz_table_row(&tally->sources, rows[low[i]]), mixed[low[i]]);
}

void pz_tally_init(struct pz_tally *tally)
{
    *tally = (struct pz_tally){0};
    pz_hours_init(&tally->hours);
    pz_staging_init(&tally->staging);
    pz_copies_init(&tally->copies);
    pz_table_init(&tally->sources, false);
    pz_tracker_init(&tally->attempts, take_closed, tally);
}

void pz_tally_release(struct pz_tally *tally)
{
    pz_hours_release(&tally->hours);
    pz_staging_release(&tally->staging);
    pz_copies_release(&tally->copies);
    pz_table_release(&tally->sources);
    pz_tracker_release(&tally->attempts);
}

void pz_tally_set_stretch(struct pz_tally *tally, const struct pz_stretch *stretch)
{
    tally->copies.stretch = tally->attempts.stretch = *stretch;
}

void pz_tally_expect_order(struct pz_tally *tally)
{
    tally->copies.margin_usec = PZ_ORDER_USEC + PZ_COPY_GAP_USEC;
    pz_tracker_set_disorder(&tally->attempts, PZ_ORDER_USEC);
}

static inline size_t batch_at(size_t at, size_t n)
{
    return n - at < PZ_SCANS ? n - at : PZ_SCANS;
}

/* The rows of a batch are asked for before the batch before it is worked on. */
static void take_scans(struct pz_tally *tally, struct pz_scan_row *scans, size_t nscans)
{
    uint32_t rows[2][PZ_SCANS];
    pz_table_ask(&tally->sources, scans, rows[0], batch_at(0, nscans));
    for (size_t at = 0; at < nscans; at += PZ_SCANS) {
        size_t n = batch_at(at, nscans), next = at + n;
        uint32_t *present = rows[at / PZ_SCANS & 1];
        pz_table_ask(&tally->sources, scans + next, rows[next / PZ_SCANS & 1], batch_at(next, nscans));
        pz_hours_add_scans(&tally->hours, scans + at, n, tally->port);
        pz_table_observe(&tally->sources, scans + at, present, n);
        for (size_t i = 0; i < n; i++)
            scans[at + i].row = present[i];
    }
}

static void drain(struct pz_tally *tally, unsigned number, bool span_ends)
{
    struct pz_tracker *attempts = &tally->attempts;
    struct pz_partition *partition = &tally->staging.partitions[number];
    size_t n = partition->n;
    if (!n && !attempts->partitions[number].n)
        return;
    struct pz_scan_row *scans = pz_tracker_begin_partition(attempts, number, n);
    size_t nscans = pz_copies_settle(&tally->copies, partition->scans, &n, attempts->span_begin, attempts->span_end,
                                     span_ends, scans);
    pz_tracker_join(attempts, nscans);
    take_scans(tally, scans, nscans);
    pz_tracker_end_partition(attempts, number, span_ends);
    pz_partition_keep(partition, n);
}

static void end_span(struct pz_tally *tally)
{
    for (unsigned partition = 0; partition < PZ_PARTITIONS; partition++)
        drain(tally, partition, true);
    pz_tracker_end_span(&tally->attempts);
}

static inline void stage(struct pz_tally *tally, const struct pz_packet *packet, uint32_t hour)
{
    unsigned number = pz_partition_of(packet->source);
    struct pz_partition *partition = &tally->staging.partitions[number];
    struct pz_scan_row *scan = pz_partition_next(partition);
    memcpy(scan, packet, sizeof *scan);
    scan->traits = (uint8_t)pz_packet_traits(packet);
    scan->hour = hour;
    if (partition->n == partition->room)
        drain(tally, number, false);
}

static void follow_clock(struct pz_tally *tally, int64_t usec)
{
    if (pz_tracker_jumps(&tally->attempts, usec)) {
        tally->late = tally->late || usec < tally->attempts.span_end;
        end_span(tally);
        pz_tracker_begin_span(&tally->attempts, usec);
    }
    pz_tracker_move_clock(&tally->attempts, usec);
}

/* Packets of any times. */
static void observe_any(struct pz_tally *tally, const struct pz_packet *packets, size_t n)
{
    pz_hours_observe(&tally->hours, packets, n);
    for (size_t i = 0; i < n; i++) {
        const struct pz_packet *packet = &packets[i];
        if (packet->fate >= PZ_OUTSIDE_LENS)
            continue;
        follow_clock(tally, packet->usec);
        if (packet->fate == PZ_SCAN)
            stage(tally, packet, pz_hour_of(packet->usec));
    }
}

struct glance {
    int64_t first, last; /* times of the packets */
    bool all_inside;     /* the lens, and of possible times */
    size_t nscans;
    uint16_t scans[BATCH];
};

/* Gives packets their fates and counts the fates. It has no branches, because packets of all kinds come in no order and
 * branches would be mispredicted. It counts in two arrays in turn, because reading a count that was just written
 * stalls. */
static void look_at(struct pz_tally *tally, const struct pz_filter *filter, struct pz_packet *packets, size_t n,
                    struct glance *glance)
{
    uint32_t counts[2][PZ_FATE_COUNT] = {{0}}, outside = 0;
    uint64_t digest = 0;
    int64_t first = INT64_MAX, last = INT64_MIN;
    size_t nscans = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned fate = pz_filter_fate(filter, &packets[i]);
        digest += pz_packet_digest(&packets[i]);
        packets[i].fate = (uint8_t)fate;
        counts[i & 1][fate]++;
        glance->scans[nscans] = (uint16_t)i;
        nscans += fate == PZ_SCAN;
        first = packets[i].usec < first ? packets[i].usec : first;
        last = packets[i].usec > last ? packets[i].usec : last;
    }
    for (int fate = 0; fate < PZ_FATE_COUNT; fate++) {
        uint32_t count = counts[0][fate] + counts[1][fate];
        tally->fates[fate] += count;
        outside += fate >= PZ_OUTSIDE_LENS ? count : 0;
    }
    tally->digest += digest;
    glance->first = first;
    glance->last = last;
    glance->all_inside = !outside;
    glance->nscans = nscans;
}

static void observe_batch(struct pz_tally *tally, const struct pz_filter *filter, struct pz_packet *packets, size_t n)
{
    struct glance glance;
    look_at(tally, filter, packets, n, &glance);
    /* Nearly always all packets of a batch are near each other. If neither the first nor the last jumps then, none does
     * on the way: packets that pz_hours_observe_near takes lie less than PZ_ORDER_USEC apart. */
    bool plain = glance.all_inside && !pz_tracker_jumps(&tally->attempts, glance.first) &&
                 !pz_tracker_jumps(&tally->attempts, glance.last);
    struct pz_hour *hour = plain ? pz_hours_observe_near(&tally->hours, packets, n, glance.first, glance.last) : NULL;
    if (!hour) {
        observe_any(tally, packets, n);
        return;
    }
    pz_tracker_move_clock(&tally->attempts, glance.last);
    hour->syns += glance.nscans;
    for (size_t i = 0; i < glance.nscans; i++)
        stage(tally, &packets[glance.scans[i]], hour->hour);
}

static inline bool is_to_other_port(const struct pz_packet *packet, uint16_t port)
{
    return (packet->destination_port == port) & (packet->fate == PZ_OTHER_PORT);
}

static void take_other(struct pz_tally *tally, const struct pz_filter *filter, struct pz_packet packet)
{
    packet.fate = PZ_SCAN; /* as the decoder says of every packet with a readable TCP header */
    unsigned fate = pz_filter_fate(filter, &packet);
    tally->fates[fate]++;
    if (fate == PZ_SCAN) {
        uint32_t hour = pz_hour_of(packet.usec);
        pz_hours_add_syn(&tally->hours, hour);
        stage(tally, &packet, hour);
    }
}

/* A batch for another port than that of the first tally, which has taken it and has given the packets fates. Both
 * trackers follow the same clock: their spans are the same after each batch. */
static void observe_other(struct pz_tally *tally, const struct pz_tally *first, const struct pz_filter *filter,
                          const struct pz_packet *packets, size_t n)
{
    uint16_t taken[BATCH];
    size_t ntaken = 0;
    if (tally->attempts.nspans == first->attempts.nspans) {
        for (size_t i = 0; i < n; i++) {
            taken[ntaken] = (uint16_t)i;
            ntaken += is_to_other_port(&packets[i], filter->port);
        }
        tally->attempts.span_end = first->attempts.span_end;
        for (size_t i = 0; i < ntaken; i++)
            take_other(tally, filter, packets[taken[i]]);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (packets[i].fate < PZ_OUTSIDE_LENS)
            follow_clock(tally, packets[i].usec);
        if (is_to_other_port(&packets[i], filter->port))
            take_other(tally, filter, packets[i]);
    }
}

void pz_tallies_observe(struct pz_tally *tallies, const struct pz_filter *filters, size_t ntallies,
                        struct pz_packet *packets, size_t n)
{
    for (size_t i = 0; i < ntallies; i++)
        tallies[i].port = filters[i].port;
    for (size_t at = 0; at < n; at += BATCH) {
        size_t nbatch = n - at < BATCH ? n - at : BATCH;
        observe_batch(&tallies[0], &filters[0], packets + at, nbatch);
        for (size_t other = 1; other < ntallies; other++)
            observe_other(&tallies[other], &tallies[0], &filters[other], packets + at, nbatch);
    }
}

void pz_tally_finish(struct pz_tally *tally)
{
    end_span(tally);
    pz_hours_close(&tally->hours);
}

/* What does not depend on the port, from a finished tally. */
static void take_common(struct pz_tally *tally, const struct pz_tally *first)
{
    uint64_t tcp = first->fates[PZ_SCAN] + first->fates[PZ_OTHER_FLAGS] + first->fates[PZ_OTHER_PORT];
    tally->fates[PZ_OTHER_PORT] = tcp - tally->fates[PZ_SCAN] - tally->fates[PZ_OTHER_FLAGS];
    for (int fate = PZ_OTHER_PORT + 1; fate < PZ_FATE_COUNT; fate++)
        tally->fates[fate] = first->fates[fate];
    tally->digest = first->digest;
    pz_hours_take_common(&tally->hours, &first->hours);
}

void pz_tallies_finish(struct pz_tally *tallies, size_t ntallies)
{
    for (size_t i = 0; i < ntallies; i++) {
        pz_tally_finish(&tallies[i]);
        if (i)
            take_common(&tallies[i], &tallies[0]);
    }
}

void pz_tally_hours(const struct pz_tally *tally, uint32_t *first, uint32_t *last)
{
    const struct pz_scan_row *boundary = (const void *)tally->copies.boundary.bytes;
    size_t n = tally->sources.n, nboundary = tally->copies.boundary.nbytes / sizeof *boundary;
    *first = UINT32_MAX;
    *last = 0;
    for (size_t i = 0; i < n + nboundary; i++) {
        uint32_t hour = i < n ? (uint32_t)(*pz_table_key(&tally->sources, i) >> 32) : boundary[i - n].hour;
        *first = hour < *first ? hour : *first;
        *last = hour > *last ? hour : *last;
    }
}

uint64_t pz_tally_edge_rows(const struct pz_tally *tally)
{
    enum { EDGES_A_ROW = 8 };
    const struct pz_scan_row *boundary = (const void *)tally->copies.boundary.bytes;
    size_t n = tally->copies.boundary.nbytes / sizeof *boundary;
    uint64_t rows = n / EDGES_A_ROW;
    for (size_t begin = 0, end; begin < n; begin = end) {
        uint32_t first = boundary[begin].hour, last = first;
        for (end = begin; end < n && boundary[end].source == boundary[begin].source; end++) {
            first = boundary[end].hour < first ? boundary[end].hour : first;
            last = boundary[end].hour > last ? boundary[end].hour : last;
        }
        rows += last - first < end - begin ? last - first + 1 : end - begin;
    }
    return rows;
}
