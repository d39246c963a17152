#include "tally/tally.h"

static void take_decided(void *context, const struct pz_attempt *attempts, const uint32_t *rows, size_t n)
{
    struct pz_tally *tally = context;
    for (size_t i = 0; i < n; i++)
        __builtin_prefetch(&pz_table_row(&tally->sources, rows[i])->attempts, 1);
    pz_hours_add_attempts(&tally->hours, attempts, n);
    for (size_t i = 0; i < n; i++)
        pz_source_add_attempt(pz_table_row(&tally->sources, rows[i]), &attempts[i]);
}

void pz_tally_init(struct pz_tally *tally)
{
    *tally = (struct pz_tally){0};
    pz_hours_init(&tally->hours);
    pz_table_init(&tally->sources, false);
    pz_tracker_init(&tally->attempts, take_decided, tally);
}

void pz_tally_release(struct pz_tally *tally)
{
    pz_hours_release(&tally->hours);
    pz_table_release(&tally->sources);
    pz_tracker_release(&tally->attempts);
}

static void take_scans(struct pz_tally *tally, struct pz_scan_row *scans, size_t *n)
{
    pz_table_observe(&tally->sources, scans, *n);
    pz_tracker_observe(&tally->attempts, scans, *n);
    *n = 0;
}

void pz_tally_observe(struct pz_tally *tally, const struct pz_filter *filter, struct pz_packet *packets, size_t npackets)
{
    struct pz_scan_row scans[PZ_SCANS];
    size_t n = 0;
    /* Nearly all packets of a batch are of one hour. */
    uint32_t hour = 0;
    int64_t begin = 0, end = 0;
    pz_filter_apply(filter, packets, npackets);
    pz_hours_observe(&tally->hours, packets, npackets);
    for (size_t i = 0; i < npackets; i++) {
        const struct pz_packet *packet = &packets[i];
        tally->fates[packet->fate]++;
        if (packet->fate >= PZ_OUTSIDE_LENS)
            continue;
        if (pz_tracker_jumps(&tally->attempts, packet->usec)) {
            take_scans(tally, scans, &n);
            pz_tracker_begin_span(&tally->attempts, packet->usec);
        }
        pz_tracker_move_clock(&tally->attempts, packet->usec);
        if (packet->fate != PZ_SCAN)
            continue;
        if (packet->usec < begin || packet->usec >= end) {
            hour = (uint32_t)(packet->usec / PZ_USEC_PER_HOUR);
            begin = hour * PZ_USEC_PER_HOUR;
            end = begin + PZ_USEC_PER_HOUR;
        }
        scans[n++] = (struct pz_scan_row){
            .packet = packet, .hour = hour,
            .traits = pz_worm_traits(packet->destination, packet->ip_len, packet->ttl, packet->source_port)};
        if (n == PZ_SCANS)
            take_scans(tally, scans, &n);
    }
    take_scans(tally, scans, &n);
}

void pz_tally_finish(struct pz_tally *tally)
{
    pz_tracker_close(&tally->attempts);
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
