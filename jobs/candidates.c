/* SPDX-License-Identifier: BSD-2-Clause */
/* Who was first: sources by the probability of being the worm's first in these data. docs/method.md derives it.
 *
 * A source is a candidate from the first window on whose evidence speaks for the worm. How much must be believed of it
 * depends on how many new sources of its time were the worm's: estimated from the evidence of all new sources of each
 * hour, and before there are enough, from the outbreak's growth, followed back. */
#include "reduce/job.h"
#include "worm/growth.h"

#include <math.h>
#include <stdlib.h>

enum {
    CANDIDATES = 32, /* of each hour, the likeliest, from which the table is made */
    RANKED = 1000,
    RATIO_PLENTY = 12000, /* with so much evidence it only matters who came earlier */
    /* The sums of an hour: new sources by targets and evidence, then by minute, then those whose evidence speaks for it
       by its strength and by minute. */
    MINUTES = PZ_GROUP_BINS,
    STRENGTHS = MINUTES + PZ_STRENGTH_MINUTES,
    KINDS = STRENGTHS + PZ_STRENGTH_BINS,
};

struct row {
    int64_t onset_usec; /* its first scan, or, of a source known long before, the first of its first window */
    int64_t first_usec; /* its first scan of all */
    int64_t fit_usec;   /* of its first attempt with all traits; INT64_MAX if there is none */
    uint32_t address;
    int32_t llr;
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

static int64_t hour_of(const struct row *row)
{
    return row->onset_usec / PZ_USEC_PER_HOUR;
}

static int compare(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int32_t x_ratio = x->llr < RATIO_PLENTY ? x->llr : RATIO_PLENTY;
    int32_t y_ratio = y->llr < RATIO_PLENTY ? y->llr : RATIO_PLENTY;
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

static size_t minute_of(int64_t usec)
{
    return (size_t)(usec % PZ_USEC_PER_HOUR / (60 * PZ_USEC_PER_SECOND));
}

static uint32_t saturated(uint64_t n)
{
    return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

static struct row row_of(const struct pz_window *window, size_t i, uint32_t hours)
{
    const struct pz_source *source = pz_table_row(&window->sources, i);
    const struct pz_features *features = &window->features[i];
    /* What else comes from a shared address may be older than the worm there. */
    bool is_shared = features->quadrants[0] < features->targets && source->first_fit_usec != INT64_MAX;
    struct row row = {.onset_usec = is_shared ? source->first_fit_usec : source->first_usec,
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
        if (!roaring_bitmap_contains(state->seen, source->address)) {
            uint64_t *sums = pz_accumulator_sums(acc, pz_timeline_row(acc->timeline, source->hour), KINDS);
            sums[pz_group_bin(window->features[i].targets, window->llrs[i])]++;
            sums[MINUTES + minute_of(source->first_usec)]++;
        }
        if (window->llrs[i] >= PZ_GROWTH_LLR_MIN && !roaring_bitmap_contains(state->chosen, source->address)) {
            struct row row = row_of(window, i, hours[i]);
            pz_buf_put(&state->rows, &row, sizeof row);
            roaring_bitmap_add(state->chosen, source->address);
        }
    }
    qsort(addresses, n, sizeof *addresses, pz_compare_u32);
    roaring_bitmap_t *members = roaring_bitmap_of_ptr(n, addresses);
    PZ_CHECK_MEMORY(members);
    roaring_bitmap_or_inplace(state->seen, members);
    roaring_bitmap_free(members);
    free(addresses);
    free(hours);
}

/* A source whose window began just before midnight is as old as its first scan, if it never did anything else. */
static void set_onset(struct pz_accumulator *acc, struct row *row, const struct pz_table *sources)
{
    const struct pz_source *whole = pz_table_find((struct pz_table *)(uintptr_t)sources, 0, row->address);
    PZ_CHECK_MEMORY(whole);
    row->first_usec = whole->first_usec;
    int64_t window_usec = acc->timeline->options.window * PZ_USEC_PER_HOUR;
    bool only_worm = whole->reached == pz_source_attempts(whole);
    if (only_worm && row->onset_usec - whole->first_usec <= window_usec)
        row->onset_usec = whole->first_usec;
}

/* Known long before its onset: what made it look like the worm came at some time that nobody knows. */
static bool is_old(const struct pz_timeline *timeline, const struct row *row)
{
    return row->onset_usec - row->first_usec > timeline->options.window * PZ_USEC_PER_HOUR;
}

/* More destinations lie elsewhere than stray: others scan from there too, and its onset may be theirs. */
static bool is_shared(const struct row *row)
{
    const double few = 1, strays = 0.005;
    return row->targets - row->reached > few + strays * row->targets;
}

static void end(struct pz_accumulator *acc, const struct pz_table *sources)
{
    struct state *state = acc->state;
    struct row *rows = (void *)state->rows.bytes;
    for (size_t i = 0; i < state->rows.nbytes / sizeof *rows; i++) {
        set_onset(acc, &rows[i], sources);
        pz_topk_add(&acc->top, &rows[i]);
        if (is_old(acc->timeline, &rows[i]))
            continue;
        int64_t usec = rows[i].onset_usec;
        pz_accumulator_sums(acc, pz_timeline_row(acc->timeline, pz_hour_of(usec)),
                            KINDS)[STRENGTHS + pz_strength(rows[i].llr) * PZ_STRENGTH_MINUTES + minute_of(usec)]++;
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
static struct pz_growth_hour *hours_of(const struct pz_accumulator *acc)
{
    const struct pz_timeline *timeline = acc->timeline;
    struct pz_growth_hour *hours = pz_alloc(timeline->n * sizeof *hours);
    uint32_t dark = PZ_GROWTH_BREAK_HOURS;
    for (size_t i = 0; i < timeline->n; i++) {
        const struct pz_timeline_hour *hour = &timeline->hours[i];
        const uint64_t *sums = pz_accumulator_sums(acc, i, KINDS);
        hours[i] = (struct pz_growth_hour){.hour = hour->hour,
                                           .nhours = hour->nhours,
                                           .covered_seconds = hour->covered_seconds,
                                           .groups = sums,
                                           .minutes = sums + MINUTES,
                                           .strengths = sums + STRENGTHS,
                                           .fresh = dark < PZ_GROWTH_BREAK_HOURS};
        dark = hour->packets ? 0 : dark + hour->nhours;
    }
    return hours;
}

/* Whether there was an outbreak, and when. */
static void find_outbreak(const struct pz_accumulator *acc, struct finding *finding)
{
    *finding = (struct finding){.hours = hours_of(acc)};
    pz_growth_fit(&finding->growth, finding->hours, acc->timeline->n);
}

/* And who was its first. */
static void find(const struct pz_accumulator *acc, struct finding *finding)
{
    size_t n = acc->top.rows.nbytes / sizeof(struct row);
    struct ranked *ranked = pz_alloc(n * sizeof *ranked);
    struct pz_growth_source *sources = pz_alloc(n * sizeof *sources);
    find_outbreak(acc, finding);
    finding->ranked = ranked;
    finding->n = n;
    for (size_t i = 0; i < n; i++)
        ranked[i].row = *(const struct row *)pz_topk_row(&acc->top, i);
    if (n)
        qsort(ranked, n, sizeof *ranked, compare_onset);
    for (size_t i = 0; i < n; i++)
        sources[i] = (struct pz_growth_source){.onset = (double)ranked[i].row.onset_usec / PZ_USEC_PER_HOUR,
                                               .llr = ranked[i].row.llr,
                                               .targets = ranked[i].row.targets,
                                               .old = is_old(acc->timeline, &ranked[i].row),
                                               .shared = is_shared(&ranked[i].row)};
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

static const char *why_of(const struct pz_timeline *timeline, const struct ranked *ranked, double before)
{
    const struct row *row = &ranked->row;
    if (!timeline->outbreak)
        return "no worm is known on this port: the row means nothing";
    if (is_old(timeline, row))
        return "scanned the port long before: infected later or no worm";
    if (row->reached < row->targets)
        return "also scanned where the worm can't";
    if (ranked->worm < 0.5)
        return "too few of its time's new sources were the worm for what was seen of it";
    if (before > 0.5)
        return "the worm but others were it before";
    return "the worm and none before it is likely to be";
}

static void put_row(struct pz_csv *csv, size_t rank, const struct ranked *ranked, bool known, const char *why)
{
    const struct row *r = &ranked->row;
    uint64_t attempts = (uint64_t)r->attempts[0] + r->attempts[1] + r->attempts[2] + r->attempts[3];
    pz_put_count(csv, rank);
    pz_put_address(csv, r->address);
    if (known) {
        pz_put_number(csv, ranked->first);
        pz_put_number(csv, ranked->worm);
    } else {
        pz_put_nothing(csv);
        pz_put_nothing(csv);
    }
    pz_put_number(csv, r->llr / 1000.0);
    pz_put_time(csv, r->onset_usec);
    pz_put_time(csv, r->first_usec);
    pz_put_time_if(csv, r->fit_usec != INT64_MAX, r->fit_usec);
    pz_put_count(csv, r->targets);
    pz_put_count(csv, r->reached);
    pz_put_count(csv, r->networks);
    pz_put_count(csv, attempts);
    pz_put_number(csv, attempts ? (double)r->attempts[PZ_TWO_IN_TIME] / (double)attempts : 0);
    pz_put_count(csv, r->ttl_min);
    pz_put_count(csv, r->ttl_max);
    pz_put_count(csv, r->port_min);
    pz_put_count(csv, r->port_max);
    pz_put_count(csv, r->scans);
    pz_put_count(csv, r->hours);
    pz_put_address(csv, r->destination);
    pz_put_count(csv, r->port);
    pz_put_address(csv, r->sequence);
    pz_put_text(csv, why);
}

static void candidates(const struct pz_accumulator *acc, size_t once, struct pz_csv *csv)
{
    struct finding finding;
    double total = 0;
    (void)once;
    find(acc, &finding);
    for (size_t i = 0; i < finding.n && i < RANKED; i++) {
        put_row(csv, i + 1, &finding.ranked[i], acc->timeline->outbreak,
                why_of(acc->timeline, &finding.ranked[i], total));
        total += finding.ranked[i].first;
    }
    finding_release(&finding);
}

static void first(const struct pz_accumulator *acc, size_t once, struct pz_csv *csv)
{
    struct finding finding;
    double listed = 0, others = 0;
    (void)once;
    if (!acc->timeline->outbreak)
        return;
    find(acc, &finding);
    for (size_t i = 0; i < finding.n; i++)
        *(i < RANKED ? &listed : &others) += finding.ranked[i].first;
    others += finding.growth.left_out;
    pz_put_text(csv, "listed");
    pz_put_number(csv, listed);
    pz_put_text(csv, "others");
    pz_put_number(csv, others);
    pz_put_text(csv, "none");
    pz_put_number(csv, finding.growth.none);
    pz_put_text(csv, "unknown");
    pz_put_number(csv, finding.growth.unknown);
    finding_release(&finding);
}

/* From the outbreak that was found on; nothing if none was. */
static void outbreak(const struct pz_accumulator *acc, size_t once, struct pz_csv *csv)
{
    struct finding finding;
    (void)once;
    find_outbreak(acc, &finding);
    for (size_t i = 0; acc->timeline->outbreak && finding.growth.found && i < acc->timeline->n; i++)
        for (unsigned minute = 0; finding.hours[i].hour >= finding.growth.begin && minute < PZ_STRENGTH_MINUTES;
             minute++) {
            uint64_t count = 0;
            for (unsigned strength = finding.growth.from; strength < PZ_STRENGTHS; strength++)
                count += finding.hours[i].strengths[strength * PZ_STRENGTH_MINUTES + minute];
            if (!count)
                continue;
            pz_put_time(csv, finding.hours[i].hour * (int64_t)PZ_SECONDS_PER_HOUR + (int64_t)minute * 60);
            pz_put_count(csv, count);
        }
    finding_release(&finding);
}

static const struct pz_column candidates_columns[] = {
    {"rank", PZ_TYPE_COUNT, .doc = "from 1"},
    {"source", PZ_TYPE_ADDRESS, .doc = "its address"},
    {"probability_first", PZ_TYPE_NUMBER, .doc = "of being the first of the worm in these data, 0 to 1", .decimals = 4},
    {"probability_worm", PZ_TYPE_NUMBER,
     .doc = "of being the worm at its onset, 0 to 1; 0 for a source that scanned the port long before", .decimals = 4},
    {"evidence", PZ_TYPE_NUMBER, .doc = "E of [method.md](method.md), in natural units; 2.3 or more", .decimals = 2},
    {"onset", PZ_TYPE_USEC,
     .doc = "its first scan in the window, if it also scanned where the worm can't its first with all traits and two "
            "SYNs in time, or the first of all if it was no longer than a window before and all of its attempts went "
            "to reachable addresses"},
    {"first_scan", PZ_TYPE_USEC, .doc = "of the whole span"},
    {"first_fit", PZ_TYPE_USEC,
     .doc = "its first attempt with all traits and two SYNs in time; empty if there is none"},
    {"targets", PZ_TYPE_COUNT, "destinations", .doc = "distinct ones. Estimates from 8 on, as is the next"},
    {"reached", PZ_TYPE_COUNT, "destinations", .doc = "how many of them are reachable"},
    {"networks", PZ_TYPE_COUNT, "/16s", .doc = "distinct ones among them, 8 for that many or more"},
    {"attempts", PZ_TYPE_COUNT, "attempts", .doc = "connection attempts"},
    {"two_syns_in_time", PZ_TYPE_NUMBER, .doc = "share of attempts with two SYNs 2.5 to 3.6 s apart, 0 to 1",
     .decimals = 3},
    {"ttl_min", PZ_TYPE_COUNT, .doc = "of its scans' TTLs"},
    {"ttl_max", PZ_TYPE_COUNT, .doc = "the same"},
    {"port_min", PZ_TYPE_COUNT, .doc = "of its scans' source ports"},
    {"port_max", PZ_TYPE_COUNT, .doc = "the same"},
    {"scans", PZ_TYPE_COUNT, "scans", .doc = "of the window"},
    {"hours", PZ_TYPE_COUNT, "hours", .doc = "of the window with any scan"},
    {"first_destination", PZ_TYPE_DESTINATION, .doc = "of its first scan in the window, as are the next two"},
    {"first_port", PZ_TYPE_COUNT, .doc = "the source port"},
    {"first_sequence", PZ_TYPE_SEQUENCE, .doc = "the sequence number"},
    {"why", PZ_TYPE_TEXT, .doc = "what speaks for or against its being the first"},
    {0},
};

static const struct pz_column first_columns[] = {
    {"first", PZ_TYPE_TEXT,
     .doc = "`listed`: one of the rows of `candidates`; `others`: another source; `none`: none, as there is no worm, "
            "or its first came before or in a gap; `unknown`: the worm's sources began to come within these data, but "
            "too few or "
            "too slowly to tell which was the first"},
    {"probability", PZ_TYPE_NUMBER, .doc = "0 to 1", .decimals = 6},
    {0},
};

static const struct pz_column outbreak_columns[] = {
    {"minute", PZ_TYPE_SECOND, .doc = "its beginning"},
    {"candidates", PZ_TYPE_COUNT, "sources",
     .doc = "of which the evidence leaves no reasonable doubt (E >= 6.9) and whose onset lies in it, 1 or more; onset "
            "as in `candidates`"},
    {0},
};

const struct pz_job pz_job_candidates = {
    .hour_sums = KINDS,
    .top = CANDIDATES,
    .row_nbytes = sizeof(struct row),
    .compare = compare,
    .together = together,
    .state_nbytes = sizeof(struct state),
    .window = window,
    .end = end,
    .tables = PZ_TABLES(
        {{"candidates",
          "The 1,000 sources with the highest probability of being the worm's first, of the 32 of each hour whose "
          "evidence speaks most for it (with E of 12 and more, of the earliest). What they leave out is in `first`. "
          "What was seen is of the first window in which it does. On a port on which no outbreak is known the rows "
          "mean "
          "nothing: they have no probabilities, and `why` says so.",
          candidates_columns},
         PZ_ONCE,
         candidates},
        {{"first",
          "Whether any source of these data was the worm's first; the probabilities add up to 1. "
          "No rows on a port on which no outbreak is known.",
          first_columns},
         PZ_ONCE,
         first},
        {{"outbreak",
          "When the worm's sources were first seen, from a day before the outbreak that was found on, which "
          "`patientzero outbreak` follows back. No row: none in that minute; that of an outage and that of a quiet "
          "minute are alike. No rows at all: no outbreak was found.",
          outbreak_columns},
         PZ_ONCE,
         outbreak})};
