/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of the job `candidates`. A candidate's probability depends on how many new sources of its time were the worm's.
 * That is estimated from the evidence of all new sources of each hour and, where there are too few, from the outbreak's
 * growth, followed back (worm/growth.h). */
#include "jobs/candidates_tables.h"

#include "reduce/small_cells.h"

#include <stdlib.h>

enum { RANKED = 1000 };

/* More destinations lie elsewhere than stray: others scan from there too, and its onset may be theirs. */
static bool is_shared(const struct pz_candidate_row *row)
{
    const double few = 1, strays = 0.005;
    return row->targets - row->reached > few + strays * row->targets;
}

static int compare_onset(const void *a, const void *b)
{
    const struct pz_growth_source *x = a, *y = b;
    return pz_candidate_compare_onset(x->row, y->row);
}

static int compare_first(const void *a, const void *b)
{
    const struct pz_growth_source *x = a, *y = b;
    return x->first != y->first ? PZ_ORDER(y->first, x->first) : compare_onset(a, b);
}

/* The data of all tables of this job. */
struct finding {
    struct pz_growth_hour *hours; /* owned */
    struct pz_growth growth;
    struct pz_growth_source *sources; /* owned: of each row that was kept, the likeliest first */
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
        const uint64_t *sums = pz_accumulator_sums(acc, i, PZ_CANDIDATES_SUMS);
        hours[i] = (struct pz_growth_hour){.hour = hour->hour,
                                           .nhours = hour->nhours,
                                           .covered_seconds = hour->covered_seconds,
                                           .groups = sums,
                                           .minutes = sums + PZ_CANDIDATES_MINUTES,
                                           .strengths = sums + PZ_CANDIDATES_STRENGTHS,
                                           .fresh = dark < PZ_GROWTH_BREAK_HOURS};
        dark = hour->packets ? 0 : dark + hour->nhours;
    }
    return hours;
}

/* Whether there was an outbreak, when, and who was its first. */
void *pz_candidates_find(const struct pz_accumulator *acc)
{
    struct finding *finding = pz_alloc(sizeof *finding);
    size_t n = acc->top.rows.nbytes / sizeof(struct pz_candidate_row);
    struct pz_growth_source *sources = pz_alloc(n * sizeof *sources);
    *finding = (struct finding){.hours = hours_of(acc), .sources = sources, .n = n};
    pz_growth_fit(&finding->growth, finding->hours, acc->timeline->n);
    for (size_t i = 0; i < n; i++) {
        const struct pz_candidate_row *row = pz_topk_row(&acc->top, i);
        sources[i] = (struct pz_growth_source){.row = row,
                                               .onset = (double)row->onset_usec / PZ_USEC_PER_HOUR,
                                               .llr = row->llr,
                                               .targets = row->targets,
                                               .old = pz_candidate_is_old(acc->timeline, row),
                                               .shared = is_shared(row)};
    }
    if (n)
        qsort(sources, n, sizeof *sources, compare_onset);
    pz_growth_rank(&finding->growth, sources, n);
    if (n)
        qsort(sources, n, sizeof *sources, compare_first);
    return finding;
}

void pz_candidates_forget(void *found)
{
    struct finding *finding = found;
    pz_growth_release(&finding->growth);
    free(finding->sources);
    free(finding->hours);
    free(finding);
}

static const char *why_of(const struct pz_timeline *timeline, const struct pz_growth_source *source, double before)
{
    const struct pz_candidate_row *row = source->row;
    if (!timeline->outbreak)
        return "no worm is known on this port: the row means nothing";
    if (source->old)
        return "scanned the port long before: infected later or no worm";
    if (row->reached < row->targets)
        return "also scanned where the worm can't";
    if (source->worm < 0.5)
        return "too few of its time's new sources were the worm for what was seen of it";
    if (before > 0.5)
        return "the worm but others were it before";
    return "the worm and none before it is likely to be";
}

static void put_row(struct pz_csv *csv, size_t rank, const struct pz_growth_source *source, bool known, const char *why)
{
    const struct pz_candidate_row *r = source->row;
    uint64_t attempts = (uint64_t)r->attempts[0] + r->attempts[1] + r->attempts[2] + r->attempts[3];
    pz_put_count(csv, rank);
    pz_put_address(csv, r->address);
    pz_put_number_if(csv, known, source->first);
    pz_put_number_if(csv, known, source->worm);
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

static void candidates(const struct pz_accumulator *acc, struct pz_csv *csv)
{
    const struct finding *finding = acc->found;
    double total = 0;
    for (size_t i = 0; i < finding->n && i < RANKED; i++) {
        const struct pz_growth_source *source = &finding->sources[i];
        put_row(csv, i + 1, source, acc->timeline->outbreak, why_of(acc->timeline, source, total));
        total += source->first;
    }
}

static void first(const struct pz_accumulator *acc, struct pz_csv *csv)
{
    const struct finding *finding = acc->found;
    double listed = 0, others = 0;
    if (!acc->timeline->outbreak)
        return;
    for (size_t i = 0; i < finding->n; i++)
        *(i < RANKED ? &listed : &others) += finding->sources[i].first;
    others += finding->growth.left_out;
    pz_put_text(csv, "listed");
    pz_put_number(csv, listed);
    pz_put_text(csv, "others");
    pz_put_number(csv, others);
    pz_put_text(csv, "none");
    pz_put_number(csv, finding->growth.none);
    pz_put_text(csv, "unknown");
    pz_put_number(csv, finding->growth.unknown);
}

/* One row if an outbreak was found; else none. */
static void outbreak(const struct pz_accumulator *acc, struct pz_csv *csv)
{
    const struct finding *finding = acc->found;
    struct pz_bins bins = {.csv = csv, .timeline = acc->timeline};
    for (size_t i = 0; acc->timeline->outbreak && finding->growth.found && i < acc->timeline->n; i++)
        for (unsigned minute = 0; finding->hours[i].hour >= finding->growth.begin && minute < PZ_STRENGTH_MINUTES;
             minute++) {
            uint64_t counts[PZ_BIN_COUNTS] = {0};
            for (unsigned strength = finding->growth.from; strength < PZ_STRENGTHS; strength++)
                counts[0] += finding->hours[i].strengths[strength * PZ_STRENGTH_MINUTES + minute];
            if (counts[0])
                pz_bins_put(&bins, finding->hours[i].hour * (int64_t)PZ_SECONDS_PER_HOUR + (int64_t)minute * 60, counts,
                            true);
        }
    pz_bins_end(&bins);
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
    {"targets", PZ_TYPE_COUNT, "destinations", .doc = "distinct ones; an estimate from 8 on"},
    {"reached", PZ_TYPE_COUNT, "destinations",
     .doc = "of `targets`, those that the worm can reach; an estimate from 8 targets on"},
    {"networks", PZ_TYPE_COUNT, "/16s", .doc = "of its destinations, distinct ones; 8 stands for 8 or more"},
    {"attempts", PZ_TYPE_COUNT, "attempts", .doc = "connection attempts in the window"},
    {"two_syns_in_time", PZ_TYPE_NUMBER, .doc = "share of attempts with two SYNs 2.5 to 3.6 s apart, 0 to 1",
     .decimals = 3},
    {"ttl_min", PZ_TYPE_COUNT, .doc = "the lowest TTL of its scans"},
    {"ttl_max", PZ_TYPE_COUNT, .doc = "the highest TTL of its scans"},
    {"port_min", PZ_TYPE_COUNT, .doc = "the lowest source port of its scans"},
    {"port_max", PZ_TYPE_COUNT, .doc = "the highest source port of its scans"},
    {"scans", PZ_TYPE_COUNT, "scans", .doc = "of the window"},
    {"hours", PZ_TYPE_COUNT, "hours", .doc = "of the window in which it scanned"},
    {"first_destination", PZ_TYPE_DESTINATION, .doc = "the destination of its first scan in the window"},
    {"first_port", PZ_TYPE_COUNT, .doc = "the source port of its first scan in the window"},
    {"first_sequence", PZ_TYPE_SEQUENCE, .doc = "the sequence number of its first scan in the window"},
    {"why", PZ_TYPE_TEXT, .doc = "what makes it likely or unlikely to be the first"},
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

const struct pz_job_table pz_candidates_tables[] = {
    {{"candidates",
      "The 1,000 sources with the highest probability of being the worm's first, of the 32 of each hour whose "
      "evidence speaks most for it (with E of 12 and more, of the earliest). What they leave out is in `first`. "
      "What was seen is of the first window in which it does. On a port on which no outbreak is known the rows "
      "mean "
      "nothing: they have no probabilities, and `why` says so.",
      candidates_columns},
     .rows = candidates},
    {{"first",
      "Whether any source of these data was the worm's first; the probabilities add up to 1. "
      "No rows on a port on which no outbreak is known.",
      first_columns},
     .rows = first},
    {{"outbreak",
      "When the worm's sources were first seen, from a day before the outbreak that was found on, which "
      "`patientzero outbreak` follows back. No row: none in that minute; that of an outage and that of a quiet "
      "minute are alike. No rows at all: no outbreak was found. With `--min-cell`, minutes are joined from the first "
      "on until they hold so many; the rest at the end, if it is too small, is left empty.",
      outbreak_columns},
     .rows = outbreak},
    {.schema.name = NULL}};
