/* SPDX-License-Identifier: BSD-2-Clause */
/* patientzero outbreak: which source was first, and when the worm was released. */
#include "base/file.h"
#include "base/json.h"
#include "base/time.h"
#include "cli/asked.h"
#include "report/onset.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static struct pz_time_text hour_text(double hours)
{
    return pz_time_text((int64_t)floor(hours * PZ_SECONDS_PER_HOUR + 0.5));
}

static void explain(const struct pz_onset *known, struct pz_buf *to)
{
    const struct pz_origin_first *first = &known->firsts[0];
    const struct pz_origin_interval *interval = &known->interval;
    pz_buf_printf(to,
                  "The release was between %s and %s (90 %%), most likely about %s.\n\n"
                  "How this was reached. The worm was first seen at %s, by a source that was the\n"
                  "first with a chance of %.3f; %.1f attempts an hour came from it. ",
                  pz_time_text(pz_onset_earliest(known)).text, pz_time_text(pz_onset_latest(known)).text,
                  pz_time_text(pz_onset_best(known)).text, pz_time_text(pz_onset_seen(known)).text, first->chance,
                  first->rate);
    if (first->gap_until > 0 && interval->earliest < first->gap_until)
        pz_buf_printf(to, "Nothing was recorded from\n%s to %s: it may have come then. ",
                      hour_text(first->gap_from).text, hour_text(first->gap_until).text);
    if (known->nfirsts > 1)
        pz_buf_printf(to, "%zu other%s a chance too: the\ninterval holds for all of them together. ",
                      known->nfirsts - 1, known->nfirsts > 2 ? "s have" : " has");
    if (first->grown)
        pz_buf_printf(
            to,
            "From %s to %s,\n"
            "as sources of the worm grew from %d to %.0f, they grew by a rate of %.2f an hour (give or take %.2f):\n"
            "twice as many every %.0f minutes. In case the first host wasn't seen itself, this growth is\n"
            "followed back to one host; at %.4g of the infected hosts seen, there were %.0f by then. ",
            hour_text(first->growth.from).text, hour_text(first->growth.to).text, PZ_ORIGIN_FROM, first->growth.count,
            first->growth.rate, first->growth.rate_error, 60 * log(2) / first->growth.rate, known->share,
            first->growth.count / known->share);
    else
        pz_buf_printf(to, "The growth is\nnot followed back: too few of its sources came while all was recorded. ");
    pz_buf_printf(
        to, "\n\nWhat this doesn't say. A first sighting at a telescope is not a first infection: a source is seen\n"
            "when one of its scans happens to come here, and hosts that never scanned here, or were infected by\n"
            "hand, leave no trace. The growth is taken to have had one rate from the first host on, and the\n"
            "release one host. Where several were released at once, the release was later than stated.\n");
}

/* As lines of a name and a value, or as JSON. */
static void put_numbers(const struct pz_onset *known, bool as_json, struct pz_buf *to)
{
    const struct pz_origin_first *first = &known->firsts[0];
    const struct {
        const char *name;
        int64_t second;
    } times[] = {{"earliest", pz_onset_earliest(known)},
                 {"estimate", pz_onset_best(known)},
                 {"latest", pz_onset_latest(known)},
                 {"first_seen", pz_onset_seen(known)}};
    const struct {
        const char *name;
        int decimals;
        double value;
    } numbers[] = {{"chance", 4, first->chance},        {"none", 4, known->none},
                   {"rate", 4, first->growth.rate},     {"rate_error", 4, first->growth.rate_error},
                   {"sources", 0, first->growth.count}, {"first_rate", 2, first->growth.first_rate}};
    enum { ALWAYS = 2 }; /* the others only if growth was found */
    struct pz_json json = {.to = to};
    if (as_json)
        pz_json_open(&json, NULL, '{');
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        if (as_json)
            pz_json_text(&json, times[i].name, pz_time_text(times[i].second).text);
        else
            pz_buf_printf(to, "%s %s\n", times[i].name, pz_time_text(times[i].second).text);
    for (size_t i = 0; i < (first->grown ? sizeof numbers / sizeof *numbers : ALWAYS); i++)
        if (as_json)
            pz_json_number(&json, numbers[i].name, numbers[i].value);
        else
            pz_buf_printf(to, "%s %.*f\n", numbers[i].name, numbers[i].decimals, numbers[i].value);
    if (as_json)
        pz_json_close(&json, '}');
}

/* Whether anything can be stated. Without an outbreak: what is known all the same. */
static int check_known(const struct pz_onset *known, const struct pz_results *results, bool there,
                       struct pz_error *error)
{
    const char *folder = results->directory;
    if (!results->outbreak)
        return pz_fail_usage(error, "%s is of TCP/%u, on which no outbreak is known", folder, results->port);
    if (!there)
        return pz_fail_usage(error,
                             "%s lacks tables/outbreak.csv, tables/first.csv, tables/hourly.csv or"
                             " restricted/candidates.csv: name the output folder of a run",
                             folder);
    if (known->state == PZ_ONSET_STATED)
        return 0;
    if (known->state == PZ_ONSET_UNKNOWN)
        return pz_fail_usage(
            error,
            "the time of the release can't be known from these data: with a probability of %.2f the first "
            "source of the worm is not in restricted/candidates.csv",
            1 - known->listed);
    if (!known->nstrong)
        return pz_fail_usage(
            error, "no outbreak is found in %s: it has too few sources of the worm, or their number does not grow",
            folder);
    return pz_fail_usage(
        error,
        "no outbreak is found in %s: strong evidence of the worm (E >= 12) was seen of %zu source%s, first at %s, "
        "but of too few, or their number does not grow, to tell which was first or when the release was",
        folder, known->nstrong, known->nstrong == 1 ? "" : "s", pz_time_text(known->first_strong).text);
}

static int run(struct pz_context *context, struct pz_error *error)
{
    const struct pz_settings *settings = &context->settings;
    struct pz_asked asked;
    struct pz_onset known = {0};
    struct pz_buf text = {0};
    int status = pz_asked_open(&asked, context, settings->out, NULL, error);
    pz_asked_about(&asked, (struct pz_span){0, UINT32_MAX});
    if (status == 0)
        status = check_known(&known, &asked.results, pz_onset_find(&known, &asked.results, settings->share), error);
    if (status == 0)
        status = pz_results_check_unchanged(&asked.results, error);
    if (status == 0 && (settings->json || settings->numbers))
        put_numbers(&known, settings->json, &text);
    else if (status == 0)
        explain(&known, &text);
    if (status == 0)
        status = pz_file_print(&text, error);
    pz_onset_release(&known);
    return pz_asked_end(&asked, status);
}

static int check(const struct pz_context *context, struct pz_error *error)
{
    const struct pz_settings *settings = &context->settings;
    if (!context->narguments && settings->out && settings->share <= 1)
        return 0;
    return pz_fail_usage(error, "%s: patientzero outbreak --help",
                         context->narguments ? "outbreak takes options only"
                         : !settings->out    ? "--out is missing"
                                             : "--share is above 1");
}

const struct pz_command pz_command_outbreak = {
    .name = "outbreak",
    .arguments = "--out DIR [OPTION...]",
    .summary = "estimate when the worm was released",
    .help = "Estimates when the worm was released, with a 90 % interval, and explains how. The release came\n"
            "before the worm was first seen. How long before follows from the rate of the first source's\n"
            "scans or, in case the first host was never seen, from early growth traced back to a single host.\n"
            "Every source in restricted/candidates.csv that may have been the first counts with its\n"
            "probability. If the time cannot be known, the command says so. A first sighting at a telescope\n"
            "is not a first infection.",
    .needs = PZ_RUNS_ALONE | PZ_TAKES_RESULT,
    .options = PZ_OPTIONS(
        {"out", "DIR", "Folder with the results of a run.", PZ_AS_TEXT(out)},
        {"share", "F",
         "Share of the infected hosts that the telescope sees. A /8 sees nearly all\n"
         "within minutes, a /16 only few of the slow ones. Default: 1.",
         PZ_AS_FRACTION(share)},
        {PZ_OPTION_PORT_OF_RESULT},
        {"numbers", NULL, "Print a name and a value on each line, without explanations.", PZ_AS_FLAG(numbers)},
        {PZ_OPTION_JSON}),
    .examples = PZ_EXAMPLES({"When the worm was released, with the explanation:", "patientzero outbreak --out results"},
                            {"Only the numbers, for a telescope that sees one host in a hundred:",
                             "patientzero outbreak --out results --share 0.01 --json"}),
    .check = check,
    .run = run,
};
