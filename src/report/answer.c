/* SPDX-License-Identifier: BSD-2-Clause */
/* Each answer is a sentence or two that can be quoted as it stands. Times are exact to what is said: an hour where
 * hours are counted, a second where a packet is meant. */
#include "report/page.h"

#include "base/time.h"
#include "report/figure.h"
#include "report/onset.h"
#include "report/series.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct answers {
    struct pz_results *results;
    const struct pz_drawn *drawn;
    size_t n;
    struct pz_buf *html;
    const struct pz_csv_table *total;
    struct pz_series sources; /* of each hour, owned */
    struct pz_onset onset;    /* owned */
    bool judged;              /* the onset is known, stated or not */
};

#define say(answers, ...) pz_buf_printf((answers)->html, __VA_ARGS__)

struct text {
    char text[80];
};

/* A time as strftime has it, without a zero in front. */
static struct text time_as(int64_t second, const char *format)
{
    struct text text;
    time_t t = (time_t)second;
    struct tm tm = {0};
    gmtime_r(&t, &tm);
    strftime(text.text, sizeof text.text, format, &tm); /* in the C locale, which nobody changes */
    return text;
}

/* "21 November 2008". */
static struct text day_text(int64_t second)
{
    return time_as(second, "%-d %B %Y");
}

static struct text clock_text(int64_t second, bool seconds)
{
    return time_as(second, seconds ? "%H:%M:%S" : "%H:%M");
}

/* "01:44:46 UTC on 21 November 2008", or to the minute. */
static struct text time_text(int64_t second, bool seconds)
{
    return time_as(second, seconds ? "%H:%M:%S UTC on %-d %B %Y" : "%H:%M UTC on %-d %B %Y");
}

/* "from 17:00 to 18:00 UTC on 21 November 2008". */
static struct text hour_text(int64_t second)
{
    struct text text;
    snprintf(text.text, sizeof text.text, "from %.5s to %.5s UTC on %.40s", clock_text(second, false).text,
             clock_text(second + PZ_SECONDS_PER_HOUR, false).text, day_text(second).text);
    return text;
}

/* "99.9 %"; never 100 or 0 by rounding. */
static struct text chance_text(double chance)
{
    struct text text = {"more than 99.9 %"};
    if (chance < 0.001)
        strcpy(text.text, "less than 0.1 %");
    else if (chance <= 0.999)
        snprintf(text.text, sizeof text.text, chance > 0.99 || chance < 0.01 ? "%.1f %%" : "%.0f %%", 100 * chance);
    return text;
}

static void begin(const struct answers *answers, const char *id, const char *question)
{
    say(answers, "<div id=\"answer-%s\"><dt>%s</dt>\n<dd>", id, question);
}

/* Ends an answer, with a link to the first of two figures, by their names, that was drawn. */
static void end(const struct answers *answers, const char *figure, const char *other)
{
    const struct pz_figure *found = NULL;
    for (size_t i = 0; i < answers->n; i++) {
        const struct pz_figure *drawn = answers->drawn[i].left_out ? NULL : answers->drawn[i].figure;
        if (drawn && (strcmp(drawn->name, figure) == 0 || (!found && strcmp(drawn->name, other) == 0)))
            found = drawn;
    }
    if (found)
        say(answers, " <a href=\"#%s\">Figure %s</a>", found->name, pz_figure_number(found).text);
    say(answers, "</dd></div>\n");
}

static const char *text_of(struct pz_results *results, const char *table, const char *key, const char *value,
                           const char *column)
{
    const struct pz_csv_table *rows = pz_results_table(results, table);
    return rows ? pz_csv_table_text(rows, pz_csv_table_find(rows, key, value), column) : "";
}

/* Hours that could change an answer. */
static double flawed_hours(const struct answers *answers)
{
    static const char *const columns[] = {"hours_partial", "hours_damaged", "hours_missing"};
    double sum = 0, n;
    for (size_t i = 0; answers->total && answers->total->nrows && i < sizeof columns / sizeof *columns; i++)
        sum += pz_csv_table_number(answers->total, 0, columns[i], &n) ? n : 0;
    return sum;
}

static void put_flaw(const struct answers *answers, const char *consequence)
{
    double flawed = flawed_hours(answers);
    if (flawed > 0)
        say(answers, " %s hour%s of these data %s missing, damaged or recorded in part: %s.",
            pz_number_text(flawed).text, flawed > 1 ? "s" : "", flawed > 1 ? "are" : "is", consequence);
}

/* What there is to say instead where no outbreak was found. */
static void put_none(const struct answers *answers)
{
    const struct pz_onset *onset = &answers->onset;
    if (onset->nstrong)
        say(answers,
            "It can&#39;t be known: no outbreak was found. %zu source%s scanned as only the worm does, the first on %s,"
            " but too few came, or too slowly, to tell which was the first.",
            onset->nstrong, onset->nstrong > 1 ? "s" : "", day_text(onset->first_strong).text);
    else
        say(answers,
            "None in these data: no outbreak was found. That none of their sources was the worm&#39;s first has a "
            "chance of %s.",
            chance_text(onset->none).text);
}

/* The hour in which counts rise beyond all before is that of the reproduction's row on it. */
static void put_begin(const struct answers *answers)
{
    const char *id = "S8";
    int64_t second;
    begin(answers, "began", "When did the outbreak begin?");
    const char *rise = text_of(answers->results, "reproduction", "id", id, "ours");
    if (answers->judged && answers->onset.state == PZ_ONSET_NO_OUTBREAK) {
        put_none(answers);
    } else if (*rise && pz_time_parse(rise, &second) == 0) {
        const struct pz_point *before = pz_series_at(&answers->sources, second - PZ_SECONDS_PER_HOUR);
        say(answers, "In the hour %s the number of scanning addresses rose above all that was seen before%s.",
            hour_text(second).text,
            before && before->whole ? "" : ", or earlier: the hour before was not recorded whole");
        say(answers, " Counts tell it to the hour; what was seen first came before.");
    } else {
        say(answers,
            "It can&#39;t be known from counts: these data lack the quiet hours before the rise, or the rise.");
    }
    end(answers, "figure-2-first-day", "figure-1-hourly");
}

static void put_first(const struct answers *answers)
{
    const struct pz_csv_table *candidates = pz_results_table(answers->results, "candidates");
    const struct pz_onset *onset = &answers->onset;
    double evidence;
    int64_t second;
    begin(answers, "first", "When was the worm first seen?");
    if (onset->state == PZ_ONSET_NO_OUTBREAK) {
        put_none(answers);
    } else if (onset->state == PZ_ONSET_UNKNOWN) {
        say(answers,
            "It can&#39;t be known from these data: with a chance of %s the first was a source that can&#39;t"
            " be told from others, or none of these data.",
            chance_text(1 - onset->listed).text);
    } else if (candidates && pz_csv_table_time(candidates, 0, "onset", &second) &&
               pz_csv_table_number(candidates, 0, "evidence", &evidence)) {
        say(answers, "At %s, by a source that was the worm&#39;s first in these data with a chance of %s.",
            time_text(second, true).text, chance_text(onset->firsts[0].chance).text);
        double power = floor(evidence / log(10));
        if (power >= 1)
            say(answers, " What it did is %s times likelier of the worm than of any other scanner (E = %.1f).",
                power >= 6 ? "more than a million" : pz_number_text(pow(10, power)).text, evidence);
        say(answers, " A first sighting is not a first infection. Its address is not told.");
    }
    end(answers, "figure-2-first-day", "figure-6-reachable");
}

/* Intervals of fewer seconds are told to the second, others to the minute. */
enum { SECONDS_TOLD = 600 };

static void put_release(const struct answers *answers)
{
    begin(answers, "release", "When was the worm released?");
    if (answers->onset.state == PZ_ONSET_NO_OUTBREAK) {
        say(answers, "It can&#39;t be known: no outbreak was found in these data.");
    } else if (answers->onset.state == PZ_ONSET_UNKNOWN) {
        say(answers, "It can&#39;t be known from these data, as its first source isn&#39;t known.");
    } else {
        int64_t earliest = pz_onset_earliest(&answers->onset), latest = pz_onset_latest(&answers->onset);
        bool seconds = latest - earliest < SECONDS_TOLD, one_day = earliest / PZ_DAY_SECONDS == latest / PZ_DAY_SECONDS;
        struct text (*text)(int64_t, bool) = one_day ? clock_text : time_text;
        say(answers,
            "Between %s and %s, most likely about %s. Nine of ten such intervals hold the release, if the"
            " telescope sees nearly all infected hosts and one host was released.",
            text(earliest, seconds).text, time_text(latest, seconds).text,
            text(pz_onset_best(&answers->onset), seconds).text);
    }
    end(answers, "figure-2-first-day", "figure-1-hourly");
}

static void put_peak(const struct answers *answers, const struct pz_point *peak)
{
    begin(answers, "peak", "Which hour was the highest?");
    if (peak) {
        say(answers, "%s%s addresses scanned TCP/%u %s, more than in any other hour at hand. The count is exact.",
            peak->whole ? "" : "At least ", pz_number_text(peak->value).text, answers->results->port,
            hour_text(peak->second).text);
        put_flaw(answers, "a higher hour may be among them");
    } else {
        say(answers, "None in these data: nothing was recorded.");
    }
    end(answers, "figure-1-hourly", "figure-2-first-day");
}

static void put_total(const struct answers *answers)
{
    double sources;
    int64_t first, last;
    const struct pz_csv_table *total = answers->total;
    begin(answers, "sources", "How many sources were there?");
    if (pz_csv_table_number(total, 0, "sources", &sources) && pz_csv_table_time(total, 0, "first_time", &first) &&
        pz_csv_table_time(total, 0, "last_time", &last)) {
        say(answers, "%s addresses scanned TCP/%u ", pz_number_text(sources).text, answers->results->port);
        if (first / PZ_DAY_SECONDS != last / PZ_DAY_SECONDS)
            say(answers, "from %s to %s", day_text(first).text, day_text(last).text);
        else
            say(answers, "on %s", day_text(first).text);
        say(answers, ", each counted once. The count is exact; an address is not a host, which may have had several,"
                     " or have shared one.");
        put_flaw(answers, "more sources may have come then");
    } else {
        say(answers, "None in these data: nothing was recorded.");
    }
    end(answers, "figure-11-new-sources", "figure-1-hourly");
}

/* How the model was learned, as put_model of page.c has it. */
static const char *how_calibrated(struct pz_results *results)
{
    if (strcmp(text_of(results, "calibration", "of", "sources", "calibrated"), "yes") == 0)
        return "calibrated on quiet hours of this archive";
    if (*text_of(results, "calibration", "of", "sources", "first"))
        return "learned from quiet hours of this archive, which have too few sources to calibrate the band";
    return "not calibrated on this archive";
}

/* The worm's share of the peak hour's sources. */
static void put_share(const struct answers *answers, const struct pz_point *peak)
{
    const struct pz_csv_table *population = pz_results_table(answers->results, "population");
    double worm, low, high;
    int64_t second;
    begin(answers, "share", "How many of them were the worm&#39;s?");
    for (size_t row = 0; peak && population && row < population->nrows; row++) {
        if (!pz_csv_table_time(population, row, "hour", &second) || second != peak->second || !(peak->value > 0) ||
            !pz_csv_table_number(population, row, "worm_sources", &worm) ||
            !pz_csv_table_number(population, row, "worm_sources_low", &low) ||
            !pz_csv_table_number(population, row, "worm_sources_high", &high))
            continue;
        low = floor(100 * low / peak->value);
        high = fmin(100, ceil(100 * high / peak->value));
        if (low > 0)
            say(answers, "Of the addresses that scanned %s, %.0f %% were the worm&#39;s (95 %% band: %.0f to %.0f %%).",
                hour_text(second).text, 100 * worm / peak->value, low, high);
        else
            say(answers,
                "Of the addresses that scanned %s, at most %.0f %% were the worm&#39;s, and perhaps none (95 %% band).",
                hour_text(second).text, high);
        say(answers, " The model that tells them apart was %s.", how_calibrated(answers->results));
        end(answers, "figure-13-population", "figure-1-hourly");
        return;
    }
    say(answers, "It can&#39;t be told from these tables: there is no estimate for the highest hour.");
    end(answers, "figure-13-population", "figure-1-hourly");
}

void pz_answer_write(struct pz_results *results, const struct pz_drawn *drawn, size_t n, struct pz_buf *html)
{
    struct answers answers = {.results = results,
                              .drawn = drawn,
                              .n = n,
                              .html = html,
                              .total = pz_results_table(results, "total"),
                              .sources = pz_series_of(results, "hourly", "sources", PZ_SECONDS_PER_HOUR)};
    const struct pz_point *peak = pz_series_most(&answers.sources, 0, INT64_MAX);
    answers.judged = pz_onset_find(&answers.onset, results, 1);
    pz_buf_printf(html, "<section id=\"answer\">\n<h2>In short%s</h2>\n<dl class=\"answer\">\n",
                  *results->made_up ? ", of made-up data" : "");
    if (results->outbreak)
        put_begin(&answers);
    if (answers.judged) {
        put_first(&answers);
        put_release(&answers);
    } else if (results->outbreak) {
        begin(&answers, "first", "When was the worm first seen, and when was it released?");
        say(&answers, "It can&#39;t be told from these tables alone: it takes restricted/candidates.csv of the run.");
        end(&answers, "figure-2-first-day", "figure-1-hourly");
    }
    put_peak(&answers, peak);
    put_total(&answers);
    if (results->outbreak)
        put_share(&answers, peak);
    pz_buf_printf(html, "</dl>\n</section>\n");
    pz_onset_release(&answers.onset);
    pz_series_release(&answers.sources);
}
