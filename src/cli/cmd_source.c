/* SPDX-License-Identifier: BSD-2-Clause */
/* patientzero source: what a store knows of an address, or of those in a prefix. */
#include "base/csv.h"
#include "base/file.h"
#include "base/sort.h"
#include "base/text.h"
#include "cli/asked.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* What all windows know of one source. */
struct known {
    uint32_t address, hours, windows;
    struct {
        uint32_t window; /* its first hour, since 1970 */
        int32_t llr;
        uint32_t targets, reached;
    } best;               /* of the highest evidence, the first of equal ones */
    uint32_t destination; /* of its first scan */
    int64_t first_usec, last_usec;
    uint64_t scans;
};

struct asking {
    struct pz_prefix prefix;
    struct known *known; /* owned: of each window; then of all */
    size_t n;
    struct pz_buf hours;                   /* of one address: since 1970 */
    const struct pz_csv_table *candidates; /* borrowed; NULL if ranks are not known */
};

static bool is_asked_for(const struct asking *asking, uint32_t address)
{
    return (address & asking->prefix.mask) == asking->prefix.address;
}

static void take(void *context, const struct pz_window *window)
{
    struct asking *asking = context;
    uint32_t *hours = pz_alloc(window->sources.n * sizeof *hours);
    for (size_t i = 0; i < window->nhours; i++)
        for (size_t j = 0; j < window->hours[i].n; j++) {
            uint32_t row = window->hours[i].members[j];
            hours[row]++;
            if (asking->prefix.mask == UINT32_MAX && is_asked_for(asking, pz_table_row(&window->sources, row)->address))
                pz_buf_put_u32(&asking->hours, window->timeline->hours[window->hours[i].row].hour);
        }
    for (size_t i = 0; i < window->sources.n; i++) {
        const struct pz_source *source = pz_table_row(&window->sources, i);
        if (!is_asked_for(asking, source->address))
            continue;
        asking->known = pz_room(asking->known, asking->n, sizeof *asking->known);
        asking->known[asking->n++] =
            (struct known){.address = source->address,
                           .hours = hours[i],
                           .windows = 1,
                           .best = {window->number * window->timeline->options.window, window->llrs[i],
                                    window->features[i].targets, window->features[i].quadrants[0]},
                           .destination = source->earliest[0].destination,
                           .first_usec = source->first_usec,
                           .last_usec = source->last_usec,
                           .scans = pz_source_scans(source)};
    }
    free(hours);
}

static int compare(const void *a, const void *b)
{
    const struct known *x = a, *y = b;
    return x->address != y->address ? PZ_ORDER(x->address, y->address) : PZ_ORDER(x->first_usec, y->first_usec);
}

/* Makes one of all windows of each source. */
static void join(struct asking *asking)
{
    struct known *into = asking->known;
    if (!asking->n)
        return;
    qsort(asking->known, asking->n, sizeof *asking->known, compare);
    for (const struct known *other = into + 1; other < asking->known + asking->n; other++) {
        if (into->address != other->address) {
            *++into = *other;
            continue;
        }
        into->hours += other->hours;
        into->windows++;
        into->scans += other->scans;
        into->last_usec = other->last_usec;
        if (other->best.llr > into->best.llr)
            into->best = other->best;
    }
    asking->n = (size_t)(into - asking->known) + 1;
}

/* Whether the source is in candidates.csv, and in which row. */
static bool find_candidate(const struct asking *asking, uint32_t address, size_t *row)
{
    char text[16];
    snprintf(text, sizeof text, PZ_IPV4, PZ_OCTETS(address));
    *row = asking->candidates ? pz_csv_table_find(asking->candidates, "source", text) : 0;
    return asking->candidates && *row < asking->candidates->nrows;
}

static const struct pz_column columns[] = {
    {"source", PZ_TYPE_ADDRESS, .doc = "its address"},
    {"first_scan", PZ_TYPE_USEC, .doc = "its first scan in the store"},
    {"last_scan", PZ_TYPE_USEC, .doc = "its last scan in the store"},
    {"scans", PZ_TYPE_COUNT, "scans", .doc = "without copies"},
    {"hours", PZ_TYPE_COUNT, "hours", .doc = "in which it scanned"},
    {"windows", PZ_TYPE_COUNT, "windows", .doc = "in which it scanned"},
    {"evidence", PZ_TYPE_NUMBER, .doc = "E of [method.md](method.md), the highest of its windows", .decimals = 3},
    {"window", PZ_TYPE_HOUR, .doc = "the first hour of the window with the highest evidence; of several, the first"},
    {"targets", PZ_TYPE_COUNT, "destinations", .doc = "distinct ones in that window; an estimate from 8 on"},
    {"reached", PZ_TYPE_COUNT, "destinations", .doc = "of `targets`, those that the worm can reach"},
    {"rank", PZ_TYPE_COUNT, .doc = "in `candidates`; empty if it is not there, or without `--out`"},
    {"probability_first", PZ_TYPE_NUMBER, .doc = "as in `candidates`; empty if `rank` is", .decimals = 6},
    {0},
};

const struct pz_schema pz_schema_source = {
    "source", "By `patientzero source PREFIX`, to standard output: a row for each source of the prefix, by address.",
    columns};

static void put_table(const struct asking *asking, struct pz_buf *to)
{
    struct pz_csv csv;
    pz_csv_begin(&csv, &pz_schema_source, NULL, to);
    for (const struct known *known = asking->known; known < asking->known + asking->n; known++) {
        double rank = 0, probability = 0;
        size_t row;
        bool ranked =
            find_candidate(asking, known->address, &row) && pz_csv_table_number(asking->candidates, row, "rank", &rank);
        bool chance = ranked && pz_csv_table_number(asking->candidates, row, "probability_first", &probability);
        pz_put_address(&csv, known->address);
        pz_put_time(&csv, known->first_usec);
        pz_put_time(&csv, known->last_usec);
        pz_put_count(&csv, known->scans);
        pz_put_count(&csv, known->hours);
        pz_put_count(&csv, known->windows);
        pz_put_number(&csv, known->best.llr / 1000.0);
        pz_put_time(&csv, known->best.window);
        pz_put_count(&csv, known->best.targets);
        pz_put_count(&csv, known->best.reached);
        pz_put_count_if(&csv, ranked, (uint64_t)rank);
        pz_put_number_if(&csv, chance, probability);
    }
    pz_csv_end(&csv);
}

static void put_one(const struct asking *asking, struct pz_buf *to)
{
    const struct known *known = asking->known;
    size_t row;
    pz_buf_printf(to, "first scan  %s, to " PZ_IPV4 "\n", pz_time_text_usec(known->first_usec).text,
                  PZ_OCTETS(known->destination & 0xffffff));
    pz_buf_printf(to, "last scan   %s\n", pz_time_text_usec(known->last_usec).text);
    pz_buf_printf(to, "scans       %" PRIu64 "\n", known->scans);
    pz_buf_printf(to,
                  "evidence    %.3f in the window from %s, the highest of %" PRIu32 "; %" PRIu32
                  " destinations there, %" PRIu32 " of them reachable by the worm\n",
                  known->best.llr / 1000.0, pz_time_text((int64_t)known->best.window * PZ_SECONDS_PER_HOUR).text,
                  known->windows, known->best.targets, known->best.reached);
    if (find_candidate(asking, known->address, &row))
        pz_buf_printf(to, "rank        %s in candidates.csv, %s to be the first of the worm\n",
                      pz_csv_table_text(asking->candidates, row, "rank"),
                      pz_csv_table_text(asking->candidates, row, "probability_first"));
    else
        pz_buf_printf(to, "rank        %s\n",
                      asking->candidates ? "none: it is not in candidates.csv"
                                         : "not known without --out and its candidates.csv");
    pz_buf_printf(to, "hours       %" PRIu32 "\n", known->hours);
    struct pz_cursor from = pz_cursor_of(asking->hours.bytes, asking->hours.nbytes);
    while (pz_cursor_left(&from))
        pz_buf_printf(to, "  %s\n", pz_time_text((int64_t)pz_cursor_u32(&from) * PZ_SECONDS_PER_HOUR).text);
}

/* Of a result with pseudonyms no row can be found. */
static const struct pz_csv_table *candidates_of(struct pz_results *results)
{
    const struct pz_csv_table *candidates = pz_results_table(results, "candidates");
    if (candidates && candidates->nrows && !strchr(pz_csv_table_text(candidates, 0, "source"), '.')) {
        pz_tell("candidates.csv has pseudonyms, so the rank is not known");
        return NULL;
    }
    return candidates;
}

static int answer(struct asking *asking, struct pz_results *results, struct pz_error *error)
{
    struct pz_buf text = {0};
    asking->candidates = results ? candidates_of(results) : NULL;
    join(asking);
    if (asking->prefix.mask != UINT32_MAX)
        put_table(asking, &text);
    else if (asking->n)
        put_one(asking, &text);
    int status = pz_file_print(&text, error);
    if (status == 0 && !asking->n)
        pz_tell("the store has no scan from this address or prefix");
    return status;
}

static int read_argument(const struct pz_context *context, struct pz_prefix *prefix, struct pz_error *error)
{
    const char *text = context->arguments[0];
    struct pz_error why;
    int status = strchr(text, '/') ? pz_parse_prefix(text, prefix, &why) : pz_parse_address(text, prefix, &why);
    return status == 0 ? 0 : pz_fail_usage(error, "%s: %s", text, why.text);
}

static int check(const struct pz_context *context, struct pz_error *error)
{
    struct pz_prefix prefix;
    if (context->narguments != 1 || (!context->settings.out && !context->settings.store))
        return pz_fail_usage(error,
                             "give an address or a prefix, and --out or --store: patientzero source ADDRESS --out DIR");
    return read_argument(context, &prefix, error);
}

static int run(struct pz_context *context, struct pz_error *error)
{
    struct asking asking = {0};
    struct pz_asked asked;
    int status = pz_asked_open(&asked, context, context->settings.out, NULL, error);
    pz_asked_about(&asked, (struct pz_span){0, UINT32_MAX});
    if (status == 0)
        status = read_argument(context, &asking.prefix, error);
    if (status == 0)
        status =
            pz_selection_windows(&asked.selection, asking.prefix.address, asking.prefix.mask, take, &asking, error);
    if (status == 0)
        status = answer(&asking, asked.selection.results, error);
    free(asking.known);
    pz_buf_release(&asking.hours);
    return pz_asked_end(&asked, status);
}

const struct pz_command pz_command_source = {
    .name = "source",
    .arguments = "ADDRESS|PREFIX --out DIR|--store DIR [OPTION...]",
    .summary = "show what is known of one address, or of the sources in a prefix",
    .help = "Prints what the tallies of a store hold of a source: its first and last scan, the number of its\n"
            "scans, the hours in which it scanned, the evidence that it is the worm in each window, and its\n"
            "rank among the candidates of DIR. For a prefix, it lists all sources in the prefix as CSV\n"
            "(docs/tables.md, source). It reads no capture.\n"
            "\n"
            "The output names hosts. The agreement on the telescope's data says who may see it. The first\n"
            "octet of a destination is printed as 0, as everywhere.",
    .needs = PZ_NEEDS_MODEL | PZ_RUNS_ALONE | PZ_TAKES_RESULT,
    .options = PZ_OPTIONS(
        {"out", "DIR", "Folder with the results of a run, for its store, model and candidates.", PZ_AS_TEXT(out)},
        {"store", "DIR", "Use the tallies in this store, not those in --out.", PZ_AS_TEXT(store)},
        {PZ_OPTION_PORT_OF_RESULT}, {PZ_OPTION_WINDOW}, {PZ_OPTION_MODEL_OF_RESULT}),
    .examples = PZ_EXAMPLES({"One source:", "patientzero source 192.0.2.77 --out results"},
                            {"The sources of a network, as CSV:", "patientzero source 198.51.0.0/16 --out results"}),
    .check = check,
    .run = run,
};
