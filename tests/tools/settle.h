/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests, in memory, what slices do with stored tallies: merge them, and decide the edges of all. */
#ifndef PZ_TESTS_SETTLE_H
#define PZ_TESTS_SETTLE_H

#include "base/error.h"
#include "tally/tally.h"

/* Both finished. */
static inline void merge_tallies(struct pz_tally *into, const struct pz_tally *other)
{
    for (int fate = 0; fate < PZ_FATE_COUNT; fate++)
        into->fates[fate] += other->fates[fate];
    into->digest += other->digest;
    pz_hours_merge(&into->hours, &other->hours);
    for (size_t i = 0; i < other->sources.n; i++)
        pz_table_merge(&into->sources, pz_table_row(&other->sources, i), 1, NULL);
    pz_buf_put(&into->copies.boundary, other->copies.boundary.bytes, other->copies.boundary.nbytes);
    pz_buf_put(&into->attempts.boundary, other->attempts.boundary.bytes, other->attempts.boundary.nbytes);
    pz_buf_put(&into->attempts.singles, other->attempts.singles.bytes, other->attempts.singles.nbytes);
}

static inline void settle(struct pz_tally *tally)
{
    pz_tally_finish(tally);
    struct pz_scan_row *scans = (void *)tally->copies.boundary.bytes;
    size_t nscans = tally->copies.boundary.nbytes / sizeof *scans;
    pz_copies_mark(scans, nscans);
    for (size_t i = 0; i < nscans; i++) {
        if (scans[i].traits & PZ_ROW_COPY)
            continue;
        struct pz_attempt attempt = pz_scan_attempt(&scans[i]);
        uint32_t row;
        pz_table_ask(&tally->sources, &scans[i], &row, 1);
        pz_table_observe(&tally->sources, &scans[i], &row, 1);
        pz_hours_add_scans(&tally->hours, &scans[i], 1, tally->port);
        pz_buf_put(&tally->attempts.boundary, &attempt, sizeof attempt);
    }
    pz_buf_clear(&tally->copies.boundary);
    const struct pz_scan_row *singles = (const void *)tally->attempts.singles.bytes;
    for (size_t i = 0; i < tally->attempts.singles.nbytes / sizeof *singles; i++) {
        struct pz_attempt attempt = pz_scan_attempt(&singles[i]);
        pz_buf_put(&tally->attempts.boundary, &attempt, sizeof attempt);
    }
    pz_buf_clear(&tally->attempts.singles);
    struct pz_attempt *boundary = (void *)tally->attempts.boundary.bytes;
    size_t n = pz_attempts_join(boundary, tally->attempts.boundary.nbytes / sizeof *boundary);
    for (size_t i = 0; i < n; i++) {
        struct pz_source *row = pz_table_find(&tally->sources, pz_attempt_hour(&boundary[i]), boundary[i].source);
        PZ_CHECK(row);
        struct pz_closed_attempt closed = pz_attempt_close(&boundary[i]);
        pz_source_add_closed(row, &closed);
        pz_hours_add_closed(&tally->hours, &closed, 1);
    }
    pz_buf_clear(&tally->attempts.boundary);
}

#endif
