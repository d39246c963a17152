/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole span as a curve, linear and logarithmic: the published Figure 1, by the hour and by the day. */
#include "report/figure.h"

#include <stdlib.h>

struct history {
    const char *table;        /* with a time, sources, and `status` */
    const char *time_format;  /* of its first column, for gnuplot */
    const char *unit;         /* "hour", "day" */
    int64_t seconds;          /* of a row */
    const char *published[4]; /* ids of published counts of such rows; ended by NULL */
};

struct facts {
    int64_t first, last, peak_second;
    double peak;
    size_t rows, whole, flawed;
    bool published;
};

static bool find_facts(const struct pz_csv_table *table, struct facts *facts)
{
    *facts = (struct facts){.peak = -1};
    if (!pz_csv_table_span(table, "sources", &facts->first, &facts->last))
        return false;
    for (size_t row = 0; row < table->nrows; row++) {
        double n;
        int64_t second;
        if (!pz_csv_table_number(table, row, "sources", &n) || !pz_csv_table_time(table, row, PZ_FIRST_COLUMN, &second))
            continue;
        bool whole = pz_csv_table_is(table, row, "status", "whole");
        facts->rows++;
        facts->whole += whole;
        facts->flawed += !whole;
        if (n > facts->peak) {
            facts->peak = n;
            facts->peak_second = second;
        }
    }
    return true;
}

static void put_panel(struct pz_drawing *drawing, const struct history *history, const struct facts *facts)
{
    /* A level line for each row would make a picture of many rows large. */
    enum { LEVELS_MAX = 3000 };
    char *table = pz_format("\"../tables/%s.csv\"", history->table),
         *time = pz_format("(strptime(\"%s\", strcol(1)))", history->time_format);
    pz_script(drawing, "plot ");
    if (facts->rows <= LEVELS_MAX)
        pz_script_steps(drawing, &(struct pz_steps){.from = table,
                                                    .time = time,
                                                    .value = "whole(\"sources\")",
                                                    .joined = "joined(\"sources\")",
                                                    .seconds = history->seconds,
                                                    .width = 1.4,
                                                    .style = "lc rgb blue"});
    else
        pz_script(drawing, "%s using %s:(joined(\"sources\")) with steps lw 1.1 lc rgb blue", table, time);
    if (facts->flawed)
        pz_script_steps(drawing, &(struct pz_steps){.from = table,
                                                    .time = time,
                                                    .value = "flawed(\"sources\")",
                                                    .seconds = history->seconds,
                                                    .width = 1.6,
                                                    .style = "lc rgb grey"});
    pz_script(drawing, "%s\n", facts->published ? PZ_PLOT_PUBLISHED("1.1") : "");
    free(time);
    free(table);
}

enum { MARKS = 16 }; /* on the axis of time */

static int draw(const struct history *history, struct pz_results *results, struct pz_drawing *drawing)
{
    const struct pz_csv_table *table = pz_results_table(results, history->table);
    struct facts facts;
    if (!find_facts(table, &facts))
        return pz_drawing_fails(drawing, "no %s of %s.csv has sources", history->unit, history->table);
    if (facts.rows < 2)
        return pz_drawing_fails(drawing, "one %s makes no curve", history->unit);
    int64_t end = facts.last + history->seconds;
    pz_script_outages(drawing, table, "sources", facts.first, end);
    facts.published = pz_script_published(drawing, results, history->published, history->seconds, facts.first, end);
    pz_script_time_axis(drawing, facts.first, end, MARKS, false);
    pz_script(drawing,
              "set multiplot layout 2,1 margins 0.095,0.975,0.14,0.895 spacing 0.05\n"
              "set ylabel \"unique sources per %s\"\n",
              history->unit);
    pz_script_marks(drawing, results, facts.first, end);
    pz_script(drawing, "unset key\nset yrange [0:*]\n");
    pz_script_count_axis(drawing, facts.peak);
    put_panel(drawing, history, &facts);
    pz_script_time_axis(drawing, facts.first, end, MARKS, true);
    pz_script(drawing, "unset label\nset logscale y\nset yrange [*:*]\n"
                       "set format y \"%%.0s%%c\"\nset mytics 10\nset ylabel \"the same, log scale\"\n");
    put_panel(drawing, history, &facts);
    pz_script(drawing, "unset multiplot\n");

    pz_caption(
        drawing,
        "Unique source addresses that scanned the port in each %s (UTC), on a linear scale and on a logarithmic"
        " one. Each %s is a step from its beginning to its end. Bars in the background are times of which nothing"
        " was recorded, or not all: the curve breaks there, and what was recorded is a grey line, which is too low.",
        history->unit, history->unit);
    if (results->outbreak)
        pz_caption(drawing, " Dashed lines: %s.", results->outbreak->lines);
    if (facts.published)
        pz_caption(drawing, " Circles: as published.");
    pz_alt(drawing,
           "Curve of unique sources per %s from %.10s to %.10s, linear above and logarithmic below. The most are"
           " %s, at %.*s UTC.",
           history->unit, pz_time_text(facts.first).text, pz_time_text(facts.last).text,
           pz_number_text(facts.peak).text, history->seconds == PZ_DAY_SECONDS ? 10 : 16,
           pz_time_text(facts.peak_second).text);
    return 0;
}

static int draw_hourly(struct pz_results *results, struct pz_drawing *drawing)
{
    return draw(&(struct history){"hourly", "%Y-%m-%dT%H:%M:%SZ", "hour", PZ_SECONDS_PER_HOUR, {"S6c", "S7c"}}, results,
                drawing);
}

static int draw_daily(struct pz_results *results, struct pz_drawing *drawing)
{
    return draw(&(struct history){"daily", "%Y-%m-%d", "day", PZ_DAY_SECONDS, {"S16a"}}, results, drawing);
}

const struct pz_figure pz_figure_history[] = {
    {.number = 1,
     .part = "b",
     .name = "figure-1-hourly",
     .title = "Unique sources per hour",
     .table = "hourly",
     .width = 960,
     .height = 640,
     .draw = draw_hourly},
    {.number = 1,
     .part = "a",
     .name = "figure-1-daily",
     .title = "Unique sources per day",
     .table = "daily",
     .width = 960,
     .height = 640,
     .draw = draw_daily},
    {0},
};
