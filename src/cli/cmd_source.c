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
    uint32_t best_window; /* its first hour, since 1970: of the highest evidence, the first of equal ones */
    int32_t llr;          /* in it, as are the next two */
    uint32_t targets, reached;
    uint32_t destination; /* of its first scan */
    int64_t first_usec, last_usec;
    uint64_t scans;
};

struct asking {
    struct pz_prefix prefix;
    struct pz_buf known; /* of each window; then of all */
    struct pz_buf hours; /* of one address: since 1970 */
};

static bool is_asked_for(const struct asking *asking, uint32_t address)
{
    return (address & asking->prefix.mask) == asking->prefix.address;
}

static void take(void *context, const struct pz_window *window)
{
    struct asking *asking = context;
    size_t n = window->sources.n;
    uint32_t *hours = pz_alloc(n * sizeof *hours);
    for (size_t i = 0; i < window->nhours; i++)
        for (size_t j = 0; j < window->hours[i].n; j++) {
            uint32_t row = window->hours[i].members[j];
            hours[row]++;
            if (asking->prefix.mask == UINT32_MAX && is_asked_for(asking, pz_table_row(&window->sources, row)->address))
                pz_buf_put_u32(&asking->hours, window->timeline->hours[window->hours[i].row].hour);
        }
    for (size_t i = 0; i < n; i++) {
        const struct pz_source *source = pz_table_row(&window->sources, i);
        if (!is_asked_for(asking, source->address))
            continue;
        struct known known = {.address = source->address,
                              .hours = hours[i],
                              .windows = 1,
                              .best_window = window->number * window->timeline->options.window,
                              .llr = window->llrs[i],
                              .targets = window->features[i].targets,
                              .reached = window->features[i].quadrants[0],
                              .destination = source->earliest[0].destination,
                              .first_usec = source->first_usec,
                              .last_usec = source->last_usec,
                              .scans = pz_source_scans(source)};
        pz_buf_put(&asking->known, &known, sizeof known);
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
    struct known *all = (void *)asking->known.bytes;
    size_t n = asking->known.nbytes / sizeof *all, kept = 0;
    if (n)
        qsort(all, n, sizeof *all, compare);
    for (size_t i = 0; i < n; i++) {
        struct known *into = kept ? &all[kept - 1] : NULL;
        if (!into || into->address != all[i].address) {
            all[kept++] = all[i];
            continue;
        }
        struct known other = all[i];
        into->hours += other.hours;
        into->windows++;
        into->scans += other.scans;
        into->last_usec = other.last_usec;
        if (other.llr > into->llr) {
            into->llr = other.llr;
            into->best_window = other.best_window;
            into->targets = other.targets;
            into->reached = other.reached;
        }
    }
    asking->known.nbytes = kept * sizeof *all;
}

/* The row of candidates.csv, or `nrows` if the source is in none. */
static size_t candidate_of(const struct pz_csv_table *candidates, uint32_t address)
{
    char text[16];
    snprintf(text, sizeof text, PZ_IPV4, PZ_OCTETS(address));
    return pz_csv_table_find(candidates, "source", text);
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

static void put_table(const struct asking *asking, const struct pz_csv_table *candidates, struct pz_buf *to)
{
    const struct known *all = (const void *)asking->known.bytes;
    struct pz_csv csv;
    pz_csv_begin(&csv, &pz_schema_source, NULL, to);
    for (size_t i = 0; i < asking->known.nbytes / sizeof *all; i++) {
        double rank = 0, probability = 0;
        size_t row = candidates ? candidate_of(candidates, all[i].address) : 0;
        bool ranked = candidates && row < candidates->nrows && pz_csv_table_number(candidates, row, "rank", &rank);
        pz_put_address(&csv, all[i].address);
        pz_put_time(&csv, all[i].first_usec);
        pz_put_time(&csv, all[i].last_usec);
        pz_put_count(&csv, all[i].scans);
        pz_put_count(&csv, all[i].hours);
        pz_put_count(&csv, all[i].windows);
        pz_put_number(&csv, all[i].llr / 1000.0);
        pz_put_time(&csv, all[i].best_window);
        pz_put_count(&csv, all[i].targets);
        pz_put_count(&csv, all[i].reached);
        bool chance = ranked && pz_csv_table_number(candidates, row, "probability_first", &probability);
        pz_put_count_if(&csv, ranked, (uint64_t)rank);
        pz_put_number_if(&csv, chance, probability);
    }
    pz_csv_end(&csv);
}

static void put_hours(const struct asking *asking, struct pz_buf *to)
{
    struct pz_cursor from = pz_cursor_of(asking->hours.bytes, asking->hours.nbytes);
    while (pz_cursor_left(&from))
        pz_buf_printf(to, "  %s\n", pz_time_text((int64_t)pz_cursor_u32(&from) * PZ_SECONDS_PER_HOUR).text);
}

static void put_known(const struct asking *asking, const struct known *known, const struct pz_csv_table *candidates,
                      struct pz_buf *to)
{
    pz_buf_printf(to, "first scan  %s, to " PZ_IPV4 "\n", pz_time_text_usec(known->first_usec).text,
                  PZ_OCTETS(known->destination & 0xffffff));
    pz_buf_printf(to, "last scan   %s\n", pz_time_text_usec(known->last_usec).text);
    pz_buf_printf(to, "scans       %" PRIu64 "\n", known->scans);
    pz_buf_printf(to,
                  "evidence    %.3f in the window from %s, the highest of %" PRIu32 "; %" PRIu32
                  " destinations there, %" PRIu32 " of them reachable by the worm\n",
                  known->llr / 1000.0, pz_time_text((int64_t)known->best_window * PZ_SECONDS_PER_HOUR).text,
                  known->windows, known->targets, known->reached);
    size_t row = candidates ? candidate_of(candidates, known->address) : 0;
    if (candidates && row < candidates->nrows)
        pz_buf_printf(to, "rank        %s in candidates.csv, %s to be the first of the worm\n",
                      pz_csv_table_text(candidates, row, "rank"),
                      pz_csv_table_text(candidates, row, "probability_first"));
    else if (candidates)
        pz_buf_printf(to, "rank        none: it is not in candidates.csv\n");
    else
        pz_buf_printf(to, "rank        not known without --out and its candidates.csv\n");
    pz_buf_printf(to, "hours       %" PRIu32 "\n", known->hours);
    put_hours(asking, to);
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
    const struct pz_csv_table *candidates = results ? candidates_of(results) : NULL;
    join(asking);
    size_t n = asking->known.nbytes / sizeof(struct known);
    if (asking->prefix.mask != UINT32_MAX)
        put_table(asking, candidates, &text);
    else if (n)
        put_known(asking, (const void *)asking->known.bytes, candidates, &text);
    int status = pz_file_print(text.bytes, text.nbytes, error);
    pz_buf_release(&text);
    if (status == 0 && !n)
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
    pz_buf_release(&asking.known);
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
    .needs = PZ_NEEDS_MODEL | PZ_RUNS_ALONE,
    .defaults = pz_no_port,
    .options = PZ_OPTIONS(
        {"out", "DIR", "Folder with the results of a run, for its store, model and candidates.", PZ_AS_TEXT(out)},
        {"store", "DIR", "Use the tallies in this store, not those in --out.", PZ_AS_TEXT(store)},
        {PZ_OPTION_PORT_OF_RESULT}, {PZ_OPTION_WINDOW}, {PZ_OPTION_MODEL_OF_RESULT}),
    .examples = PZ_EXAMPLES({"One source:", "patientzero source 192.0.2.77 --out results"},
                            {"The sources of a network, as CSV:", "patientzero source 198.51.0.0/16 --out results"}),
    .check = check,
    .run = run,
};
