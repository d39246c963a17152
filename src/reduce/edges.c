#include "reduce/edges.h"

#include "base/sort.h"

#include <stdlib.h>

void pz_edges_init(struct pz_edges *edges, uint32_t since, uint32_t until)
{
    *edges = (struct pz_edges){.since = since, .until = until, .earliest = UINT32_MAX};
}

void pz_edges_release(struct pz_edges *edges)
{
    pz_buf_release(&edges->scans);
    pz_buf_release(&edges->attempts);
    pz_buf_release(&edges->settled);
    pz_buf_release(&edges->decided);
}

static bool is_wanted(const struct pz_edges *edges, uint32_t hour)
{
    return hour >= edges->since && hour < edges->until;
}

/* A copy needs no hour to itself. */
static void see_hour(struct pz_edges *edges, const struct pz_scan_row *scan)
{
    if (!(scan->traits & PZ_ROW_COPY) && is_wanted(edges, scan->hour) && scan->hour < edges->earliest)
        edges->earliest = scan->hour;
}

bool pz_edges_take(struct pz_edges *edges, struct pz_cursor *shard, unsigned unit, unsigned cuts)
{
    size_t before = edges->scans.nbytes;
    if (!pz_shard_edges(shard, &edges->scans, &edges->attempts))
        return false;
    const struct pz_scan_row *scans = (const void *)(edges->scans.bytes + before);
    uint32_t known = UINT32_MAX; /* an hour that was looked up */
    for (size_t i = 0; i < (edges->scans.nbytes - before) / sizeof *scans; i++) {
        uint32_t hour = scans[i].hour;
        if (pz_unit_of(scans[i].source, cuts) != unit ||
            (edges->frame && hour != known && is_wanted(edges, hour) && !pz_frame_has_syns(edges->frame, hour)))
            return false;
        known = is_wanted(edges, hour) ? hour : known;
        see_hour(edges, &scans[i]);
    }
    return true;
}

size_t pz_edges_settle(struct pz_edges *edges, uint32_t hour)
{
    struct pz_scan_row *scans = (void *)edges->scans.bytes;
    size_t n = edges->scans.nbytes / sizeof *scans, kept = 0;
    const int64_t end = (hour + (int64_t)1) * PZ_USEC_PER_HOUR;
    pz_copies_mark(scans, n);
    pz_buf_clear(&edges->settled);
    edges->earliest = UINT32_MAX;
    edges->nsources = 0;
    uint32_t source = 0; /* the latest of them */
    for (size_t i = 0; i < n; i++) {
        struct pz_scan_row *scan = &scans[i];
        bool is_scan = !(scan->traits & PZ_ROW_COPY);
        if (is_scan && scan->hour >= edges->joined && scan->hour <= hour + 1) {
            struct pz_attempt attempt = pz_scan_attempt(scan);
            pz_buf_put(&edges->attempts, &attempt, sizeof attempt);
        }
        if (scan->hour > hour) {
            see_hour(edges, scan);
        } else {
            if (is_scan && scan->hour == hour) {
                edges->nsources += !edges->nsources || scan->source != source;
                source = scan->source;
                pz_buf_put(&edges->settled, scan, sizeof *scan);
            }
            if (scan->usec + PZ_COPY_GAP_USEC < end)
                continue;
            scan->traits |= PZ_ROW_COPY; /* it counts no more, and stays for what may be a copy of it */
        }
        scans[kept++] = *scan;
    }
    edges->scans.nbytes = kept * sizeof *scans;
    edges->joined = hour + 2;
    return edges->nsources;
}

struct place {
    unsigned cuts, unit;
    uint32_t address;
};

static bool is_before(const void *item, const void *key)
{
    const struct place *place = key;
    uint32_t address = ((const struct pz_source *)item)->address;
    unsigned unit = pz_unit_of(address, place->cuts);
    return unit < place->unit || (unit == place->unit && address < place->address);
}

/* How many of the rows come before an address: they are sorted by unit and address. */
static size_t place_of(const struct pz_source *rows, size_t n, uint32_t address, unsigned cuts)
{
    const struct place place = {cuts, pz_unit_of(address, cuts), address};
    return pz_lower_bound(&place, rows, n, sizeof *rows, is_before);
}

static bool is_there(const struct pz_source *rows, size_t n, size_t place, uint32_t address)
{
    return place < n && rows[place].address == address;
}

/* Adds what belongs to rows that are there; of the others new ones are made, in order. Returns how many. */
static size_t add_to_rows(const struct pz_keyed *sorted, size_t nscans, struct pz_source *rows, size_t n, unsigned cuts,
                          struct pz_source *made)
{
    size_t nmade = 0;
    for (size_t i = 0; i < nscans; i++) {
        const struct pz_scan_row *scan = sorted[i].value;
        size_t place = place_of(rows, n, scan->source, cuts);
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

size_t pz_edges_add(const struct pz_edges *edges, struct pz_source *rows, size_t n, unsigned cuts)
{
    const struct pz_scan_row *scans = (const void *)edges->settled.bytes;
    size_t nscans = edges->settled.nbytes / sizeof *scans, end = n;
    struct pz_keyed *sorted = pz_alloc(nscans * sizeof *sorted);
    struct pz_source *made = pz_alloc(edges->nsources * sizeof *made);
    for (size_t i = 0; i < nscans; i++)
        sorted[i] = (struct pz_keyed){(uint64_t)pz_unit_of(scans[i].source, cuts) << 32 | scans[i].source, &scans[i]};
    pz_sort(sorted, nscans);
    size_t nmade = add_to_rows(sorted, nscans, rows, n, cuts, made);
    /* From the last on, so that each row is moved once. */
    for (size_t i = nmade; i-- > 0;) {
        size_t place = place_of(rows, end, made[i].address, cuts);
        memmove(rows + place + i + 1, rows + place, (end - place) * sizeof *rows);
        rows[place + i] = made[i];
        end = place;
    }
    free(made);
    free(sorted);
    return n + nmade;
}

/* What may still meet later pieces stays, decided or not. */
void pz_edges_decide(struct pz_edges *edges, uint32_t hour, struct pz_source *rows, size_t n, unsigned cuts)
{
    struct pz_attempt *attempts = (struct pz_attempt *)(void *)edges->attempts.bytes;
    size_t nattempts = pz_attempts_join(attempts, edges->attempts.nbytes / sizeof *attempts), kept = 0;
    int64_t end = (hour + (int64_t)1) * PZ_USEC_PER_HOUR;
    pz_buf_clear(&edges->decided);
    for (size_t i = 0; i < nattempts; i++) {
        struct pz_attempt *attempt = &attempts[i];
        if (!attempt->decided && pz_attempt_hour(attempt) <= hour) {
            /* One that began before the span, or in an hour whose file is gone, has no row. */
            size_t place = place_of(rows, n, attempt->source, cuts);
            if (pz_attempt_hour(attempt) == hour && is_there(rows, n, place, attempt->source)) {
                pz_source_add_attempt(&rows[place], attempt);
                pz_buf_put(&edges->decided, attempt, sizeof *attempt);
            }
            attempt->decided = true;
        }
        if (!attempt->decided || attempt->last_usec + PZ_ATTEMPT_GAP_USEC >= end)
            attempts[kept++] = *attempt;
    }
    edges->attempts.nbytes = kept * sizeof *attempts;
}
