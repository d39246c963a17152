/* SPDX-License-Identifier: BSD-2-Clause */
/* Who was first: sources by the probability of being the worm's first in these data. docs/method.md derives it.
 *
 * A source is a candidate from the first window on whose evidence speaks for the worm. Here candidates are gathered, and new
 * sources are counted by evidence and by time; candidates_tables.c makes probabilities of them. */
#include "jobs/candidates_tables.h"

#include <stdlib.h>

enum {
    CANDIDATES = 32,      /* of each hour, the likeliest, from which the table is made */
    RATIO_PLENTY = 12000, /* with so much evidence it only matters who came earlier */
};

struct state {
    roaring_bitmap_t *chosen;
    struct pz_buf rows; /* of those */
};

static int64_t hour_of(const struct pz_candidate_row *row)
{
    return row->onset_usec / PZ_USEC_PER_HOUR;
}

static int compare(const void *a, const void *b)
{
    const struct pz_candidate_row *x = a, *y = b;
    int32_t x_ratio = x->llr < RATIO_PLENTY ? x->llr : RATIO_PLENTY;
    int32_t y_ratio = y->llr < RATIO_PLENTY ? y->llr : RATIO_PLENTY;
    if (hour_of(x) != hour_of(y))
        return PZ_ORDER(hour_of(x), hour_of(y));
    return x_ratio != y_ratio ? PZ_ORDER(y_ratio, x_ratio) : pz_candidate_compare_onset(x, y);
}

static bool together(const void *a, const void *b)
{
    return hour_of(a) == hour_of(b);
}

static size_t minute_of(int64_t usec)
{
    return (size_t)(usec % PZ_USEC_PER_HOUR / (60 * PZ_USEC_PER_SECOND));
}

static uint32_t saturated(uint64_t n)
{
    return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

static struct pz_candidate_row row_of(const struct pz_window *window, size_t i, uint32_t hours)
{
    const struct pz_source *source = pz_table_row(&window->sources, i);
    const struct pz_features *features = &window->features[i];
    /* Other scans from a shared address may be older than the worm there. */
    bool is_shared = features->quadrants[0] < features->targets && source->first_fit_usec != INT64_MAX;
    struct pz_candidate_row row = {.onset_usec = is_shared ? source->first_fit_usec : source->first_usec,
                                   .first_usec = source->first_usec,
                                   .fit_usec = source->first_fit_usec,
                                   .address = source->address,
                                   .llr = window->llrs[i],
                                   .destination = source->earliest[0].destination,
                                   .sequence = source->earliest[0].sequence,
                                   .scans = saturated(pz_source_scans(source)),
                                   .hours = hours,
                                   .port = source->earliest[0].source_port,
                                   .ttl_min = source->ttl_min,
                                   .ttl_max = source->ttl_max,
                                   .port_min = source->port_min,
                                   .port_max = source->port_max,
                                   .targets = features->targets,
                                   .reached = features->quadrants[0],
                                   .networks = features->networks};
    memcpy(row.attempts, features->attempts, sizeof row.attempts);
    return row;
}

static void window(struct pz_accumulator *acc, const struct pz_window *window)
{
    struct state *state = acc->state;
    size_t n = window->sources.n;
    uint32_t *hours = pz_alloc(n * sizeof *hours);
    if (!state->chosen)
        state->chosen = roaring_bitmap_create();
    PZ_CHECK_MEMORY(state->chosen);
    for (size_t i = 0; i < window->nhours; i++)
        for (size_t j = 0; j < window->hours[i].n; j++)
            hours[window->hours[i].members[j]]++;
    for (size_t i = 0; i < n; i++) {
        const struct pz_source *source = pz_table_row(&window->sources, i);
        if (roaring_bitmap_add_checked(acc->seen, source->address)) {
            uint64_t *sums = pz_accumulator_sums(acc, pz_timeline_row(acc->timeline, source->hour), PZ_CANDIDATES_SUMS);
            sums[pz_group_bin(window->features[i].targets, window->llrs[i])]++;
            sums[PZ_CANDIDATES_MINUTES + minute_of(source->first_usec)]++;
        }
        if (window->llrs[i] >= PZ_GROWTH_LLR_MIN && roaring_bitmap_add_checked(state->chosen, source->address)) {
            struct pz_candidate_row row = row_of(window, i, hours[i]);
            pz_buf_put(&state->rows, &row, sizeof row);
        }
    }
    free(hours);
}

/* A source whose window began just before midnight is as old as its first scan, if it never did anything else. */
static void set_onset(struct pz_accumulator *acc, struct pz_candidate_row *row, const struct pz_table *sources)
{
    const struct pz_source *whole = pz_table_find((struct pz_table *)(uintptr_t)sources, 0, row->address);
    PZ_CHECK(whole);
    row->first_usec = whole->first_usec;
    int64_t window_usec = acc->timeline->options.window * PZ_USEC_PER_HOUR;
    bool only_worm = whole->reached == pz_source_attempts(whole);
    if (only_worm && row->onset_usec - whole->first_usec <= window_usec)
        row->onset_usec = whole->first_usec;
}

static void end(struct pz_accumulator *acc, const struct pz_table *sources)
{
    struct state *state = acc->state;
    struct pz_candidate_row *rows = (void *)state->rows.bytes;
    for (size_t i = 0; i < state->rows.nbytes / sizeof *rows; i++) {
        set_onset(acc, &rows[i], sources);
        pz_topk_add(&acc->top, &rows[i]);
        if (pz_candidate_is_old(acc->timeline, &rows[i]))
            continue;
        int64_t usec = rows[i].onset_usec;
        pz_accumulator_sums(acc, pz_timeline_row(acc->timeline, pz_hour_of(usec)),
                            PZ_CANDIDATES_SUMS)[PZ_CANDIDATES_STRENGTHS +
                                                pz_strength(rows[i].llr) * PZ_STRENGTH_MINUTES + minute_of(usec)]++;
    }
    pz_buf_release(&state->rows);
    if (state->chosen)
        roaring_bitmap_free(state->chosen);
}

const struct pz_job pz_job_candidates = {.hour_sums = PZ_CANDIDATES_SUMS,
                                         .top = CANDIDATES,
                                         .row_nbytes = sizeof(struct pz_candidate_row),
                                         .compare = compare,
                                         .together = together,
                                         .seen = true,
                                         .state_nbytes = sizeof(struct state),
                                         .window = window,
                                         .end = end,
                                         .find = pz_candidates_find,
                                         .forget = pz_candidates_forget,
                                         .tables = pz_candidates_tables};
