#include "tally/tally.h"

enum { BATCH = 256 }; /* packets at once, at most: they stay in the first-level cache */

static void take_decided(void *context, const struct pz_decided *attempts, const uint32_t *rows, size_t n)
{
    struct pz_tally *tally = context;
    for (size_t i = 0; i < n; i++) {
        const struct pz_source *row = pz_table_row(&tally->sources, rows[i]);
        __builtin_prefetch(&row->attempts, 1);
        __builtin_prefetch(&row->destinations[PZ_SKETCH - 1], 1);
    }
    pz_hours_add_decided(&tally->hours, attempts, n);
    for (size_t i = 0; i < n; i++)
        pz_source_add_decided(pz_table_row(&tally->sources, rows[i]), &attempts[i]);
}

void pz_tally_init(struct pz_tally *tally)
{
    *tally = (struct pz_tally){0};
    pz_hours_init(&tally->hours);
    pz_lots_init(&tally->lots);
    pz_table_init(&tally->sources, false);
    pz_tracker_init(&tally->attempts, take_decided, tally);
}

void pz_tally_release(struct pz_tally *tally)
{
    pz_hours_release(&tally->hours);
    pz_lots_release(&tally->lots);
    pz_table_release(&tally->sources);
    pz_tracker_release(&tally->attempts);
}

static void work_off(struct pz_tally *tally, unsigned lot, bool span_ends)
{
    const struct pz_scan_row *scans = pz_lot(&tally->lots, lot);
    size_t nscans = tally->lots.n[lot];
    if (!nscans && !tally->attempts.lots[lot].n)
        return;
    pz_tracker_begin_lot(&tally->attempts, lot, nscans);
    for (size_t at = 0; at < nscans; at += PZ_SCANS) {
        uint32_t rows[PZ_SCANS];
        size_t n = nscans - at < PZ_SCANS ? nscans - at : PZ_SCANS;
        pz_table_observe(&tally->sources, scans + at, rows, n);
        pz_tracker_observe(&tally->attempts, scans + at, rows, n);
    }
    pz_tracker_end_lot(&tally->attempts, lot, span_ends);
    tally->lots.n[lot] = 0;
}

static void end_span(struct pz_tally *tally)
{
    for (unsigned lot = 0; lot < PZ_LOTS; lot++)
        work_off(tally, lot, true);
    pz_tracker_end_span(&tally->attempts);
}

static inline void lay_by(struct pz_tally *tally, const struct pz_packet *packet, uint32_t hour)
{
    unsigned lot = pz_lot_of(packet->source);
    unsigned traits = pz_worm_traits(packet->destination, packet->ip_len, packet->ttl, packet->source_port);
    *pz_lots_next(&tally->lots, lot) = (struct pz_scan_row){
        .usec = packet->usec, .source = packet->source, .destination = packet->destination, .sequence = packet->sequence,
        .hour = hour, .source_port = packet->source_port, .ip_id = packet->ip_id, .wire_len = packet->ip_len,
        .ttl = packet->ttl, .traits = (uint8_t)traits};
    if (tally->lots.n[lot] == PZ_LOT_SCANS)
        work_off(tally, lot, false);
}

/* Packets of any times. */
static void observe_any(struct pz_tally *tally, const struct pz_packet *packets, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct pz_packet *packet = &packets[i];
        if (packet->fate >= PZ_OUTSIDE_LENS)
            continue;
        if (pz_tracker_jumps(&tally->attempts, packet->usec)) {
            end_span(tally);
            pz_tracker_begin_span(&tally->attempts, packet->usec);
        }
        pz_tracker_move_clock(&tally->attempts, packet->usec);
        if (packet->fate == PZ_SCAN)
            lay_by(tally, packet, (uint32_t)(packet->usec / PZ_USEC_PER_HOUR));
    }
}

/* Counts fates and lists the scans; returns how many there are. Without branches, as packets of all kinds come in no order,
 * and in two places in turn, as a count that was just written takes its time to be read again. */
static size_t count_fates(struct pz_tally *tally, const struct pz_packet *packets, size_t n, uint16_t *scans)
{
    uint32_t counts[2][PZ_FATE_COUNT] = {{0}};
    size_t nscans = 0;
    for (size_t i = 0; i < n; i++) {
        counts[i & 1][packets[i].fate]++;
        scans[nscans] = (uint16_t)i;
        nscans += packets[i].fate == PZ_SCAN;
    }
    for (int fate = 0; fate < PZ_FATE_COUNT; fate++)
        tally->fates[fate] += counts[0][fate] + counts[1][fate];
    return nscans;
}

static void observe_batch(struct pz_tally *tally, const struct pz_packet *packets, size_t n)
{
    uint16_t scans[BATCH];
    size_t nscans = count_fates(tally, packets, n, scans);
    int64_t first, last;
    bool near = pz_hours_observe_near(&tally->hours, packets, n, scans, nscans, &first, &last);
    /* If neither of these jumps, none does. */
    if (!near || pz_tracker_jumps(&tally->attempts, first) || pz_tracker_jumps(&tally->attempts, last)) {
        observe_any(tally, packets, n);
        return;
    }
    uint32_t hour = (uint32_t)(first / PZ_USEC_PER_HOUR);
    pz_tracker_move_clock(&tally->attempts, last);
    for (size_t i = 0; i < nscans; i++)
        lay_by(tally, &packets[scans[i]], hour);
}

void pz_tally_observe(struct pz_tally *tally, const struct pz_filter *filter, struct pz_packet *packets, size_t n)
{
    for (size_t at = 0; at < n; at += BATCH) {
        size_t some = n - at < BATCH ? n - at : BATCH;
        pz_filter_apply(filter, packets + at, some);
        observe_batch(tally, packets + at, some);
    }
}

void pz_tally_finish(struct pz_tally *tally)
{
    end_span(tally);
    pz_hours_close(&tally->hours);
}

void pz_tally_merge(struct pz_tally *into, const struct pz_tally *other)
{
    for (int fate = 0; fate < PZ_FATE_COUNT; fate++)
        into->fates[fate] += other->fates[fate];
    pz_hours_merge(&into->hours, &other->hours);
    for (size_t i = 0; i < other->sources.n; i++)
        pz_table_merge(&into->sources, pz_table_row(&other->sources, i), 1, NULL);
    pz_buf_put(&into->attempts.edges, other->attempts.edges.bytes, other->attempts.edges.nbytes);
}
