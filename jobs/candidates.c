/* Who was first: sources by the probability of being the worm's first in these data. docs/method.md derives it.
 *
 * A source is a candidate from the first window on whose evidence speaks for the worm. How much must be believed of it
 * depends on how many new sources of its time were the worm's: estimated from the evidence of all new sources of each
 * hour, and before there are enough, from the outbreak's growth, followed back. */
#include "reduce/job.h"
#include "worm/growth.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum {
    CANDIDATES = 32, /* of each hour, the likeliest, from which the table is made */
    RANKED = 1000,
    RATIO_PLENTY = 12000, /* with so much evidence it only matters who came earlier */
    /* The sums of an hour: new sources by targets and evidence, then those whose evidence speaks for it by its strength and by minute. */
    KINDS = PZ_GROUP_BINS + PZ_STRENGTH_BINS,
};

struct row {
    int64_t onset_usec; /* its first scan, or, of a source known long before, the first of its first window */
    int64_t first_usec; /* its first scan of all */
    int64_t fit_usec;   /* of its first attempt with all traits; INT64_MAX if there is none */
    uint32_t address;
    int32_t ratio;
    uint32_t attempts[PZ_PATTERNS];
    uint32_t destination, sequence; /* of its first scan in the window */
    uint32_t scans, hours;          /* of the window */
    uint32_t targets, reached;
    uint16_t port, ttl_min, ttl_max, port_min, port_max, networks, unused[2];
};

_Static_assert(sizeof(struct row) == 88, "rows are compared and sent as plain memory: no padding");

struct state {
    roaring_bitmap_t *seen, *chosen; /* in earlier windows */
    struct pz_buf rows;
};

static size_t nsums(const struct pz_frame *frame)
{
    return frame->nslots * KINDS;
}

static int64_t hour_of(const struct row *row)
{
    return row->onset_usec / PZ_USEC_PER_HOUR;
}

static int compare(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int32_t x_ratio = x->ratio < RATIO_PLENTY ? x->ratio : RATIO_PLENTY;
    int32_t y_ratio = y->ratio < RATIO_PLENTY ? y->ratio : RATIO_PLENTY;
    if (hour_of(x) != hour_of(y))
        return hour_of(x) < hour_of(y) ? -1 : 1;
    if (x_ratio != y_ratio)
        return x_ratio > y_ratio ? -1 : 1;
    if (x->onset_usec != y->onset_usec)
        return x->onset_usec < y->onset_usec ? -1 : 1;
    return x->address < y->address ? -1 : x->address > y->address;
}

static bool together(const void *a, const void *b)
{
    return hour_of(a) == hour_of(b);
}

static uint32_t saturated(uint64_t n)
{
    return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

static struct row row_of(const struct pz_window *window, size_t i, uint32_t hours)
{
    const struct pz_source *source = pz_table_row(&window->sources, i);
    const struct pz_evidence *evidence = &window->evidence[i];
    /* What else comes from a shared address may be older than the worm there. */
    bool is_shared = evidence->cells[0] < evidence->targets && source->first_fit_usec != INT64_MAX;
    struct row row = {.onset_usec = is_shared ? source->first_fit_usec : source->first_usec,
                      .first_usec = source->first_usec,
                      .fit_usec = source->first_fit_usec,
                      .address = source->address,
                      .ratio = window->ratios[i],
                      .destination = source->earliest[0].destination,
                      .sequence = source->earliest[0].sequence,
                      .scans = saturated(pz_source_scans(source)),
                      .hours = hours,
                      .port = source->earliest[0].source_port,
                      .ttl_min = source->ttl_min,
                      .ttl_max = source->ttl_max,
                      .port_min = source->port_min,
                      .port_max = source->port_max,
                      .targets = evidence->targets,
                      .reached = evidence->cells[0],
                      .networks = evidence->networks};
    memcpy(row.attempts, evidence->attempts, sizeof row.attempts);
    return row;
}

static void window(struct pz_part *part, const struct pz_window *window)
{
    struct state *state = part->state;
    size_t n = window->sources.n;
    if (!state->seen) {
        state->seen = roaring_bitmap_create();
        state->chosen = roaring_bitmap_create();
        PZ_CHECK(state->seen && state->chosen);
    }
    uint32_t *hours = pz_alloc(n * sizeof *hours), *addresses = pz_alloc(n * sizeof *addresses);
    for (size_t i = 0; i < window->nhours; i++)
        for (size_t j = 0; j < window->hours[i].n; j++)
            hours[window->hours[i].members[j]]++;
    for (size_t i = 0; i < n; i++) {
        const struct pz_source *source = pz_table_row(&window->sources, i);
        addresses[i] = source->address;
        if (!roaring_bitmap_contains(state->seen, source->address))
            pz_part_sums(part, pz_frame_row(part->frame, source->hour),
                         KINDS)[pz_group_bin(window->evidence[i].targets, window->ratios[i])]++;
        if (window->ratios[i] >= PZ_GROWTH_RATIO_MIN && !roaring_bitmap_contains(state->chosen, source->address)) {
            struct row row = row_of(window, i, hours[i]);
            pz_buf_put(&state->rows, &row, sizeof row);
            roaring_bitmap_add(state->chosen, source->address);
        }
    }
    qsort(addresses, n, sizeof *addresses, pz_compare_u32);
    roaring_bitmap_t *members = roaring_bitmap_of_ptr(n, addresses);
    PZ_CHECK(members);
    roaring_bitmap_or_inplace(state->seen, members);
    roaring_bitmap_free(members);
    free(addresses);
    free(hours);
}

/* A source whose window began just before midnight is as old as its first scan, if it never did anything else. */
static void set_onset(struct pz_part *part, struct row *row, const struct pz_table *sources)
{
    const struct pz_source *whole = pz_table_find((struct pz_table *)(uintptr_t)sources, 0, row->address);
    PZ_CHECK(whole);
    row->first_usec = whole->first_usec;
    int64_t window_usec = part->frame->options.window * PZ_USEC_PER_HOUR;
    bool only_worm = whole->reached == pz_source_attempts(whole);
    if (only_worm && row->onset_usec - whole->first_usec <= window_usec)
        row->onset_usec = whole->first_usec;
}

static void end(struct pz_part *part, const struct pz_table *sources)
{
    struct state *state = part->state;
    struct row *rows = (void *)state->rows.bytes;
    for (size_t i = 0; i < state->rows.nbytes / sizeof *rows; i++) {
        set_onset(part, &rows[i], sources);
        pz_top_add(&part->top, &rows[i]);
        int64_t usec = rows[i].onset_usec;
        size_t minute = (size_t)(usec % PZ_USEC_PER_HOUR / (60 * PZ_USEC_PER_SECOND));
        pz_part_sums(part, pz_frame_row(part->frame, (uint32_t)(usec / PZ_USEC_PER_HOUR)),
                     KINDS)[PZ_GROUP_BINS + pz_strength(rows[i].ratio) * PZ_STRENGTH_MINUTES + minute]++;
    }
    pz_buf_release(&state->rows);
    if (state->seen) {
        roaring_bitmap_free(state->seen);
        roaring_bitmap_free(state->chosen);
    }
}

/* ---- the table ---- */

struct ranked {
    struct row row;
    double worm, first; /* probabilities */
};

static int compare_onset(const void *a, const void *b)
{
    const struct row *x = &((const struct ranked *)a)->row, *y = &((const struct ranked *)b)->row;
    if (x->onset_usec != y->onset_usec)
        return x->onset_usec < y->onset_usec ? -1 : 1;
    return x->address < y->address ? -1 : x->address > y->address;
}

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->first != y->first)
        return x->first > y->first ? -1 : 1;
    return compare_onset(a, b);
}

/* What all tables of this job are made of. */
struct finding {
    struct pz_growth_hour *hours; /* owned */
    struct pz_growth growth;
    struct ranked *ranked; /* owned, the likeliest first */
    size_t n;
};

/* Sources of the first hour with a record, and of one after a longer break, may have been there before. */
static struct pz_growth_hour *hours_of(const struct pz_part *whole)
{
    const struct pz_frame *frame = whole->frame;
    struct pz_growth_hour *hours = pz_alloc(frame->n * sizeof *hours);
    uint32_t dark = PZ_GROWTH_BREAK_HOURS;
    for (size_t i = 0; i < frame->n; i++) {
        const struct pz_frame_hour *hour = &frame->hours[i];
        const uint64_t *sums = pz_part_sums(whole, i, KINDS);
        hours[i] = (struct pz_growth_hour){.hour = hour->hour, .nhours = hour->nhours,
                                           .covered_seconds = hour->covered_seconds, .groups = sums,
                                           .strengths = sums + PZ_GROUP_BINS, .fresh = dark < PZ_GROWTH_BREAK_HOURS};
        dark = hour->packets ? 0 : dark + hour->nhours;
    }
    return hours;
}

static bool is_old(const struct pz_frame *frame, const struct row *row)
{
    return row->onset_usec - row->first_usec > frame->options.window * PZ_USEC_PER_HOUR;
}

static void find(const struct pz_part *whole, struct finding *finding)
{
    size_t n = whole->top.rows.nbytes / sizeof(struct row);
    struct ranked *ranked = pz_alloc(n * sizeof *ranked);
    struct pz_growth_source *sources = pz_alloc(n * sizeof *sources);
    *finding = (struct finding){.hours = hours_of(whole), .ranked = ranked, .n = n};
    pz_growth_fit(&finding->growth, finding->hours, whole->frame->n);
    for (size_t i = 0; i < n; i++)
        ranked[i].row = *(const struct row *)pz_top_row(&whole->top, i);
    if (n)
        qsort(ranked, n, sizeof *ranked, compare_onset);
    for (size_t i = 0; i < n; i++)
        sources[i] = (struct pz_growth_source){.onset = (double)ranked[i].row.onset_usec / PZ_USEC_PER_HOUR,
                                               .ratio = ranked[i].row.ratio, .targets = ranked[i].row.targets,
                                               .old = is_old(whole->frame, &ranked[i].row)};
    pz_growth_rank(&finding->growth, sources, n);
    for (size_t i = 0; i < n; i++) {
        ranked[i].worm = sources[i].worm;
        ranked[i].first = sources[i].first;
    }
    if (n)
        qsort(ranked, n, sizeof *ranked, compare_ranked);
    free(sources);
}

static void finding_release(struct finding *finding)
{
    pz_growth_release(&finding->growth);
    free(finding->ranked);
    free(finding->hours);
}

static const char *why_of(const struct pz_frame *frame, const struct ranked *ranked, double before)
{
    const struct row *row = &ranked->row;
    if (is_old(frame, row))
        return "scanned the port long before: infected later or no worm";
    if (row->reached < row->targets)
        return "also scanned where the worm can't";
    if (ranked->worm < 0.5)
        return "too few of its time's new sources were the worm for what was seen of it";
    if (before > 0.5)
        return "the worm but others were it before";
    return "the worm and none before it is likely to be";
}

static void put_row(struct pz_buf *csv, size_t rank, const struct ranked *ranked, const char *why)
{
    const struct row *r = &ranked->row;
    char onset[PZ_TIME_TEXT], first[PZ_TIME_TEXT], fit[PZ_TIME_TEXT] = "";
    uint32_t a = r->address, d = r->destination;
    uint64_t attempts = (uint64_t)r->attempts[0] + r->attempts[1] + r->attempts[2] + r->attempts[3];
    pz_time_text_usec(r->onset_usec, onset);
    pz_time_text_usec(r->first_usec, first);
    if (r->fit_usec != INT64_MAX)
        pz_time_text_usec(r->fit_usec, fit);
    pz_buf_printf(csv, "%zu,%u.%u.%u.%u,%.4f,%.4f,%.2f,%s,%s,%s,%u,%u,%u,%" PRIu64 ",%.3f,%u,%u,%u,%u,%u,%u,", rank,
                  a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255, ranked->first, ranked->worm, r->ratio / 1000.0, onset,
                  first, fit, r->targets, r->reached, r->networks, attempts,
                  attempts ? (double)r->attempts[PZ_TWO_IN_TIME] / (double)attempts : 0, r->ttl_min, r->ttl_max,
                  r->port_min, r->port_max, r->scans, r->hours);
    pz_buf_printf(csv, "0.%u.%u.%u,%u,%08" PRIx32 ",%s\n", d >> 16 & 255, d >> 8 & 255, d & 255, r->port, r->sequence,
                  why);
}

static void write(const struct pz_part *whole, struct pz_buf *csv)
{
    struct finding finding;
    find(whole, &finding);
    pz_buf_printf(csv,
                  "rank,source,probability_first,probability_worm,evidence,onset,first_scan,first_fit,targets,reached,"
                  "networks,attempts,two_syns_in_time,ttl_min,ttl_max,port_min,port_max,scans,hours,"
                  "first_destination,first_port,first_sequence,why\n");
    double total = 0;
    for (size_t i = 0; i < finding.n && i < RANKED; i++) {
        put_row(csv, i + 1, &finding.ranked[i], why_of(whole->frame, &finding.ranked[i], total));
        total += finding.ranked[i].first;
    }
    finding_release(&finding);
}

static void write_first(const struct pz_part *whole, struct pz_buf *csv)
{
    struct finding finding;
    double listed = 0, others = 0;
    find(whole, &finding);
    for (size_t i = 0; i < finding.n; i++)
        *(i < RANKED ? &listed : &others) += finding.ranked[i].first;
    others += finding.growth.left_out;
    pz_buf_printf(csv, "first,probability\nlisted,%.6f\nothers,%.6f\nnone,%.6f\n", listed, others, finding.growth.none);
    finding_release(&finding);
}

/* From the outbreak that was found on; nothing if none was. */
static void write_outbreak(const struct pz_part *whole, struct pz_buf *csv)
{
    struct finding finding;
    find(whole, &finding);
    pz_buf_printf(csv, "minute,candidates\n");
    for (size_t i = 0; finding.growth.found && i < whole->frame->n; i++)
        for (int minute = 0; finding.hours[i].hour >= finding.growth.begin && minute < PZ_STRENGTH_MINUTES; minute++) {
            uint64_t candidates = 0;
            for (int strength = PZ_SURE; strength < PZ_STRENGTHS; strength++)
                candidates += finding.hours[i].strengths[strength * PZ_STRENGTH_MINUTES + minute];
            char time[PZ_TIME_TEXT];
            pz_time_text(finding.hours[i].hour * (int64_t)PZ_SECONDS_PER_HOUR + (int64_t)minute * 60, time);
            if (candidates)
                pz_buf_printf(csv, "%s,%" PRIu64 "\n", time, candidates);
        }
    finding_release(&finding);
}

static const struct pz_beside besides[] = {{"first", write_first}, {"outbreak", write_outbreak}, {0}};

const struct pz_job pz_job_candidates = {.name = "candidates",
                                         .restricted = true,
                                         .nsums = nsums,
                                         .top = CANDIDATES,
                                         .row_nbytes = sizeof(struct row),
                                         .compare = compare,
                                         .together = together,
                                         .state_nbytes = sizeof(struct state),
                                         .window = window,
                                         .end = end,
                                         .write = write,
                                         .besides = besides};
