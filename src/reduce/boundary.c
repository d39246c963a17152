/* SPDX-License-Identifier: BSD-2-Clause */
/* How boundary rows of several captures are merged.
 *
 * A capture can't settle SYNs or close attempts near the ends of its spans, as the SYN that decides may be in another
 * capture. Such rows are stored as they are, and in no count. All rows of a source range meet here:
 *
 *     take      appends the boundary rows of one tally
 *     settle    of one hour: sorts all SYNs by flow and time, marks copies, and hands out those that are left as scans.
 *               SYNs of the next hour are there already, as a source range reads an hour ahead
 *     close     of one hour: makes attempts of the settled SYNs, sorts them with the stored pieces by flow and time,
 *               and joins pieces that are at most 15 s apart. Attempts that began in the hour are counted; one that a
 *               later piece may still join stays, marked as counted
 *
 * Sorting makes the result independent of the order in which tallies come. No row is counted twice: a settled SYN
 * leaves `scans`, and a counted attempt is marked. */
#include "reduce/boundary.h"

#include "base/sort.h"

#include <stdlib.h>

void pz_boundary_init(struct pz_boundary *boundary, uint32_t since, uint32_t until)
{
    *boundary = (struct pz_boundary){.since = since, .until = until, .earliest = UINT32_MAX};
}

void pz_boundary_release(struct pz_boundary *boundary)
{
    pz_buf_release(&boundary->scans);
    pz_buf_release(&boundary->attempts);
    pz_buf_release(&boundary->settled);
    pz_buf_release(&boundary->closed);
}

static bool is_wanted(const struct pz_boundary *boundary, uint32_t hour)
{
    return hour >= boundary->since && hour < boundary->until;
}

/* A copy needs no hour to itself. */
static void see_hour(struct pz_boundary *boundary, const struct pz_scan_row *scan)
{
    if (!(scan->traits & PZ_ROW_COPY) && is_wanted(boundary, scan->hour) && scan->hour < boundary->earliest)
        boundary->earliest = scan->hour;
}

bool pz_boundary_take(struct pz_boundary *boundary, struct pz_cursor *shard, unsigned subshard, unsigned per_shard)
{
    size_t before = boundary->scans.nbytes;
    if (!pz_shard_boundary(shard, &boundary->scans, &boundary->attempts))
        return false;
    const struct pz_scan_row *scans = (const void *)(boundary->scans.bytes + before);
    uint32_t known = UINT32_MAX; /* an hour that was looked up */
    for (size_t i = 0; i < (boundary->scans.nbytes - before) / sizeof *scans; i++) {
        uint32_t hour = scans[i].hour;
        if (pz_subshard_of(scans[i].source, per_shard) != subshard ||
            (boundary->timeline && hour != known && is_wanted(boundary, hour) &&
             !pz_timeline_has_syns(boundary->timeline, hour)))
            return false;
        known = is_wanted(boundary, hour) ? hour : known;
        see_hour(boundary, &scans[i]);
    }
    return true;
}

size_t pz_boundary_settle(struct pz_boundary *boundary, uint32_t hour)
{
    struct pz_scan_row *scans = (void *)boundary->scans.bytes;
    size_t n = boundary->scans.nbytes / sizeof *scans, kept = 0;
    const int64_t end = (hour + (int64_t)1) * PZ_USEC_PER_HOUR;
    pz_copies_mark(scans, n);
    pz_buf_clear(&boundary->settled);
    boundary->earliest = UINT32_MAX;
    boundary->nsources = 0;
    uint32_t source = 0; /* the latest of them */
    for (size_t i = 0; i < n; i++) {
        struct pz_scan_row *scan = &scans[i];
        bool is_scan = !(scan->traits & PZ_ROW_COPY);
        if (is_scan && scan->hour >= boundary->joined && scan->hour <= hour + 1) {
            struct pz_attempt attempt = pz_scan_attempt(scan);
            pz_buf_put(&boundary->attempts, &attempt, sizeof attempt);
        }
        if (scan->hour > hour) {
            see_hour(boundary, scan);
        } else {
            if (is_scan && scan->hour == hour) {
                boundary->nsources += !boundary->nsources || scan->source != source;
                source = scan->source;
                pz_buf_put(&boundary->settled, scan, sizeof *scan);
            }
            if (scan->usec + PZ_COPY_GAP_USEC < end)
                continue;
            scan->traits |= PZ_ROW_COPY; /* it counts no more, and stays for what may be a copy of it */
        }
        scans[kept++] = *scan;
    }
    boundary->scans.nbytes = kept * sizeof *scans;
    boundary->joined = hour + 2;
    return boundary->nsources;
}

/* What the rows of an hour are sorted by: subshard and address. */
static uint64_t key_of(uint32_t address, unsigned per_shard)
{
    return (uint64_t)pz_subshard_of(address, per_shard) << 32 | address;
}

struct place {
    uint64_t key;
    unsigned per_shard;
};

static bool is_before(const void *item, const void *key)
{
    const struct place *place = key;
    return key_of(((const struct pz_source *)item)->address, place->per_shard) < place->key;
}

/* How many of the rows come before an address. */
static size_t place_of(const struct pz_source *rows, size_t n, uint32_t address, unsigned per_shard)
{
    return pz_lower_bound(&(struct place){key_of(address, per_shard), per_shard}, rows, n, sizeof *rows, is_before);
}

static bool is_there(const struct pz_source *rows, size_t n, size_t place, uint32_t address)
{
    return place < n && rows[place].address == address;
}

/* Adds what belongs to rows that are there; of the others new ones are made, in order. Returns how many. */
static size_t add_to_rows(const struct pz_keyed *sorted, size_t nscans, struct pz_source *rows, size_t n,
                          unsigned per_shard, struct pz_source *made)
{
    size_t nmade = 0;
    for (size_t i = 0; i < nscans; i++) {
        const struct pz_scan_row *scan = sorted[i].value;
        size_t place = place_of(rows, n, scan->source, per_shard);
        if (is_there(rows, n, place, scan->source)) {
            pz_source_observe(&rows[place], scan);
            continue;
        }
        if (!nmade || made[nmade - 1].address != scan->source)
            pz_source_init(&made[nmade++], scan->hour, scan->source);
        pz_source_observe(&made[nmade - 1], scan);
    }
    return nmade;
}

size_t pz_boundary_add(const struct pz_boundary *boundary, struct pz_source *rows, size_t n, unsigned per_shard)
{
    const struct pz_scan_row *scans = (const void *)boundary->settled.bytes;
    size_t nscans = boundary->settled.nbytes / sizeof *scans, end = n;
    struct pz_keyed *sorted = pz_alloc(nscans * sizeof *sorted);
    struct pz_source *made = pz_alloc(boundary->nsources * sizeof *made);
    for (size_t i = 0; i < nscans; i++)
        sorted[i] = (struct pz_keyed){key_of(scans[i].source, per_shard), &scans[i]};
    pz_sort(sorted, nscans);
    size_t nmade = add_to_rows(sorted, nscans, rows, n, per_shard, made);
    /* From the last on, so that each row is moved once. */
    for (size_t i = nmade; i-- > 0;) {
        size_t place = place_of(rows, end, made[i].address, per_shard);
        memmove(rows + place + i + 1, rows + place, (end - place) * sizeof *rows);
        rows[place + i] = made[i];
        end = place;
    }
    free(made);
    free(sorted);
    return n + nmade;
}

/* What may still meet later pieces stays, closed or not. */
void pz_boundary_close(struct pz_boundary *boundary, uint32_t hour, struct pz_source *rows, size_t n,
                       unsigned per_shard)
{
    struct pz_attempt *attempts = (struct pz_attempt *)(void *)boundary->attempts.bytes;
    size_t nattempts = pz_attempts_join(attempts, boundary->attempts.nbytes / sizeof *attempts), kept = 0;
    int64_t end = (hour + (int64_t)1) * PZ_USEC_PER_HOUR;
    pz_buf_clear(&boundary->closed);
    for (size_t i = 0; i < nattempts; i++) {
        struct pz_attempt *attempt = &attempts[i];
        if (!attempt->closed && pz_attempt_hour(attempt) <= hour) {
            /* One that began before the span, or in an hour whose file is gone, has no row. */
            size_t place = place_of(rows, n, attempt->source, per_shard);
            if (pz_attempt_hour(attempt) == hour && is_there(rows, n, place, attempt->source)) {
                pz_source_add_attempt(&rows[place], attempt);
                pz_buf_put(&boundary->closed, attempt, sizeof *attempt);
            }
            attempt->closed = true;
        }
        if (!attempt->closed || attempt->last_usec + PZ_ATTEMPT_GAP_USEC >= end)
            attempts[kept++] = *attempt;
    }
    boundary->attempts.nbytes = kept * sizeof *attempts;
}
