/* SPDX-License-Identifier: BSD-2-Clause */
/* patientzero outbreak: when the release must have been. */
#include "base/file.h"
#include "base/time.h"
#include "cli/check_drawings.h"
#include "cli/command.h"
#include "jobs/jobs.h"
#include "report/results.h"
#include "worm/origin.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct pz_option options[] = {
    {"out", "DIR", "The folder with the results of a run.", PZ_AS_TEXT(out)},
    {"share", "F",
     "Of the infected hosts, so many does the telescope see (1). A /8 sees nearly all\n"
     "within minutes, a /16 few of the slow ones.",
     PZ_AS_FRACTION(share)},
    {"numbers", NULL, "A name and a value on each line, and no explanation.", PZ_AS_FLAG(numbers)},
    {0},
};

static void put_time(double hours, char text[PZ_TIME_TEXT])
{
    pz_time_text((int64_t)floor(hours * PZ_SECONDS_PER_HOUR + 0.5), text);
}

/* When each source was seen first, in hours; within a minute, evenly. The caller frees. */
static double *read_minutes(const struct pz_csv_table *table, size_t *n)
{
    size_t capacity = 0;
    double count;
    int64_t second;
    for (size_t row = 0; row < table->nrows; row++)
        capacity += pz_csv_table_number(table, row, "candidates", &count) && count < 1e9 ? (size_t)count : 0;
    double *hours = pz_alloc((capacity + 1) * sizeof *hours);
    *n = 0;
    for (size_t row = 0; row < table->nrows; row++)
        if (pz_csv_table_number(table, row, "candidates", &count) && count < 1e9 &&
            pz_csv_table_time(table, row, PZ_FIRST_COLUMN, &second))
            for (double i = 0; i < count; i++)
                hours[(*n)++] = ((double)second + (i + 0.5) / count * 60) / PZ_SECONDS_PER_HOUR;
    return hours;
}

/* Attempts of a candidate, and how many an hour: of the hours in which it scanned, the first from its onset on. False
 * if they aren't known. */
static bool rate_of(const struct pz_csv_table *table, size_t row, double *attempts, double *rate)
{
    const double least = 1.0 / 60;
    double hours;
    int64_t onset;
    if (!pz_csv_table_number(table, row, "attempts", attempts) || !pz_csv_table_number(table, row, "hours", &hours) ||
        !pz_csv_table_time(table, row, "onset", &onset) || !(hours > 0) || !(*attempts > 0))
        return false;
    hours -= (double)(onset % PZ_SECONDS_PER_HOUR) / PZ_SECONDS_PER_HOUR;
    *rate = *attempts / fmax(hours, least);
    return true;
}

/* What is known of the outbreak and its first sources. */
struct seen_first {
    double share;
    double *hours; /* owned: when each source was seen first */
    size_t nhours;
    struct pz_origin_first *firsts; /* owned: the likeliest first */
    size_t nfirsts;
    double none; /* the chance that no source of these data was the first */
    struct pz_origin_interval interval;
};

static double mean_rate(const struct pz_csv_table *table)
{
    double worm, attempts, rate, sum = 0, n = 0;
    for (size_t row = 0; row < table->nrows; row++)
        if (pz_csv_table_number(table, row, "probability_worm", &worm) && worm > 0.99 &&
            rate_of(table, row, &attempts, &rate)) {
            sum += rate;
            n++;
        }
    return n > 0 ? sum / n : 0;
}

/* Whether all of the growth from `from` to `to`, and the hour before it, was recorded. After a gap many sources are
 * seen first within minutes that came in the gap. */
static bool recorded(const struct pz_csv_table *hourly, double from, double to)
{
    int64_t second;
    for (size_t row = 0; row < hourly->nrows; row++)
        if (pz_csv_table_time(hourly, row, PZ_FIRST_COLUMN, &second) &&
            (double)second >= (floor(from) - 1) * PZ_SECONDS_PER_HOUR && (double)second <= to * PZ_SECONDS_PER_HOUR &&
            strcmp(pz_csv_table_text(hourly, row, "status"), "whole") != 0)
            return false;
    return true;
}

/* The last gap before a source was seen. Where in an hour nothing was recorded isn't known: in the first hour of a gap
 * it is taken to be the last part, and in the last the first. */
static void find_gap(const struct pz_csv_table *hourly, struct pz_origin_first *first)
{
    const double hour = PZ_SECONDS_PER_HOUR, seen = first->seen * hour;
    double covered, begin = 0, end = 0, from = 0,
                    until = 0; /* of the gap that goes on; and of the last before `seen` */
    int64_t second, next;
    for (size_t row = 0; row < hourly->nrows; row++) {
        if (!pz_csv_table_time(hourly, row, PZ_FIRST_COLUMN, &second) ||
            !pz_csv_table_number(hourly, row, "covered_seconds", &covered) || covered >= hour)
            continue;
        bool goes_on = (double)second == end;
        if (!goes_on)
            begin = (double)second + covered;
        /* A row without a record may stand for many hours. */
        end = row + 1 < hourly->nrows && pz_csv_table_time(hourly, row + 1, PZ_FIRST_COLUMN, &next)
                  ? (double)next
                  : (double)second + hour;
        if (begin < seen) {
            from = begin;
            until = goes_on ? end - covered : end;
        }
    }
    if (until > seen) { /* it lies in the hour in which the source was seen, and is taken to end then */
        from -= until - seen;
        until = seen;
    }
    first->gap_from = from / hour;
    first->gap_until = until / hour;
}

static void read_firsts(const struct pz_csv_table *table, const struct pz_csv_table *hourly, struct seen_first *known)
{
    const double least = 1e-4;
    double mean = mean_rate(table);
    int64_t second;
    known->firsts = pz_alloc((table->nrows + 1) * sizeof *known->firsts);
    for (size_t row = 0; row < table->nrows; row++) {
        struct pz_origin_first *first = &known->firsts[known->nfirsts];
        if (!pz_csv_table_number(table, row, "probability_first", &first->chance) || first->chance < least ||
            !pz_csv_table_time(table, row, "onset", &second) || !rate_of(table, row, &first->attempts, &first->rate))
            continue;
        first->seen = ((double)second + 1) / PZ_SECONDS_PER_HOUR;
        first->growth = (struct pz_origin){.share = known->share, .first_rate = mean > 0 ? first->rate / mean : 0};
        find_gap(hourly, first);
        size_t from = 0;
        while (from < known->nhours && known->hours[from] < first->seen)
            from++;
        first->grown = pz_origin_fit(&first->growth, known->hours + from, known->nhours - from) &&
                       recorded(hourly, first->growth.from, first->growth.to);
        known->nfirsts++;
    }
}

static double read_none(const struct pz_csv_table *table)
{
    double chance, none = 0;
    for (size_t row = 0; row < table->nrows; row++)
        if (strcmp(pz_csv_table_text(table, row, "first"), "none") == 0 &&
            pz_csv_table_number(table, row, "probability", &chance))
            none = chance;
    return none;
}

static const char *hour_text(double hours, char text[PZ_TIME_TEXT])
{
    put_time(hours, text);
    return text;
}

static void explain(const struct seen_first *known, struct pz_buf *to)
{
    const struct pz_origin_first *first = &known->firsts[0];
    const struct pz_origin_interval *interval = &known->interval;
    char a[PZ_TIME_TEXT], b[PZ_TIME_TEXT], c[PZ_TIME_TEXT], d[PZ_TIME_TEXT];
    pz_buf_printf(to,
                  "The release was between %s and %s (90 %%), most likely about %s.\n\n"
                  "How this was reached. The worm was first seen at %s, by a source that was the\n"
                  "first with a chance of %.3f; %.1f attempts an hour came from it. ",
                  hour_text(interval->earliest, a), hour_text(interval->latest, b), hour_text(interval->best, c),
                  hour_text(first->seen, d), first->chance, first->rate);
    if (first->gap_until > 0 && interval->earliest < first->gap_until)
        pz_buf_printf(to, "Nothing was recorded from\n%s to %s: it may have come then. ", hour_text(first->gap_from, a),
                      hour_text(first->gap_until, b));
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
            hour_text(first->growth.from, a), hour_text(first->growth.to, b), PZ_ORIGIN_FROM, first->growth.count,
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

static void put_numbers(const struct seen_first *known, struct pz_buf *to)
{
    char text[PZ_TIME_TEXT];
    const struct pz_origin_first *first = &known->firsts[0];
    const struct {
        const char *name;
        double hours;
    } times[] = {{"earliest", known->interval.earliest},
                 {"estimate", known->interval.best},
                 {"latest", known->interval.latest},
                 {"first_seen", first->seen}};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        pz_buf_printf(to, "%s %s\n", times[i].name, hour_text(times[i].hours, text));
    pz_buf_printf(to, "chance %.4f\nnone %.4f\n", first->chance, known->none);
    if (first->grown)
        pz_buf_printf(to, "rate %.4f\nrate_error %.4f\nsources %.0f\nfirst_rate %.2f\n", first->growth.rate,
                      first->growth.rate_error, first->growth.count, first->growth.first_rate);
}

/* Without an outbreak: what is known all the same. */
static int tell_no_outbreak(const char *folder, const struct pz_csv_table *candidates, struct pz_error *error)
{
    const double strong = 12;
    size_t n = 0;
    int64_t second, first = INT64_MAX;
    double llr;
    for (size_t row = 0; row < candidates->nrows; row++)
        if (pz_csv_table_number(candidates, row, "evidence", &llr) && llr >= strong &&
            pz_csv_table_time(candidates, row, "onset", &second)) {
            first = second < first ? second : first;
            n++;
        }
    char text[PZ_TIME_TEXT];
    if (!n)
        return pz_fail_usage(
            error, "no outbreak is found in %s: its sources of the worm are too few, or don't grow in number", folder);
    pz_time_text(first, text);
    return pz_fail_usage(
        error,
        "no outbreak is found in %s: %zu sources have strong evidence (E >= 12) of the worm, the first since"
        " %s, but they are too few, or don't grow in number, to tell which was its first or when the release"
        " was",
        folder, n, text);
}

/* Whether anything can be stated. */
static int check_known(const struct pz_settings *settings, const struct seen_first *known,
                       const struct pz_csv_table *candidates, struct pz_error *error)
{
    const double unknown = 0.1;
    double listed = 0;
    for (size_t i = 0; i < known->nfirsts; i++)
        listed += known->firsts[i].chance;
    if (!known->nhours)
        return tell_no_outbreak(settings->out, candidates, error);
    if (listed < 1 - unknown)
        return pz_fail_usage(
            error,
            "when the release was can't be known from these data: with a chance of %.2f the worm's first"
            " source is none of those in restricted/candidates.csv",
            1 - listed);
    return 0;
}

static int run(struct pz_context *context, struct pz_error *error)
{
    const struct pz_settings *settings = &context->settings;
    struct pz_results results;
    struct seen_first known = {.share = settings->share};
    struct pz_buf text = {0};
    if (pz_results_open(&results, pz_jobs, settings->out, NULL, error) != 0)
        return -1;
    pz_tell_drawings(&results);
    const struct pz_csv_table *minutes = pz_results_table(&results, "outbreak");
    const struct pz_csv_table *candidates = pz_results_table(&results, "candidates");
    const struct pz_csv_table *chances = pz_results_table(&results, "first"),
                              *hourly = pz_results_table(&results, "hourly");
    int status = !results.outbreak ? pz_fail_usage(error, "%s is of TCP/%u, on which no outbreak is known",
                                                   settings->out, results.port)
                 : minutes && candidates && chances && hourly
                     ? 0
                     : pz_fail_usage(error,
                                     "%s lacks tables/outbreak.csv, tables/first.csv, tables/hourly.csv or"
                                     " restricted/candidates.csv: name the output folder of a run",
                                     settings->out);
    if (status == 0) {
        known.hours = read_minutes(minutes, &known.nhours);
        read_firsts(candidates, hourly, &known);
        known.none = read_none(chances);
        status = check_known(settings, &known, candidates, error);
    }
    if (status == 0)
        status = pz_results_check_unchanged(&results, error);
    if (status == 0) {
        known.interval = pz_origin_interval(known.firsts, known.nfirsts, settings->share);
        if (settings->numbers)
            put_numbers(&known, &text);
        else
            explain(&known, &text);
        status = pz_file_print(text.bytes, text.nbytes, error);
    }
    pz_buf_release(&text);
    free(known.hours);
    free(known.firsts);
    pz_results_close(&results);
    return status;
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
    .summary = "when the worm must have been released, and how sure that is",
    .help =
        "States when the release must have been, with a 90 % interval and how it was reached: before the first\n"
        "sighting of the worm, by as long as the first source's rate lets expect or, in case the first host wasn't\n"
        "seen, by early growth followed back to a single host. All sources that may have been the first\n"
        "(restricted/candidates.csv of a run) count by their chance. Where it can't be known, it says so. A first\n"
        "sighting at a telescope is not a first infection, and the text says so.",
    .needs = PZ_RUNS_ALONE,
    .options = options,
    .check = check,
    .run = run,
};
