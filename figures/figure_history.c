/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole span as a curve, linear and logarithmic: the published Figure 1, by the hour and by the day. */
#include "report/figure.h"

struct history {
    int64_t step;             /* seconds of a row */
    const char *published[4]; /* ids of published counts of such rows; ended by NULL */
    struct pz_curve whole, flawed;
};

#define HISTORY_OF(format)                                                                               \
    .whole = {PZ_WHOLE_ROWS("sources"), .time = "(strptime(\"" format "\", strcol(1)))", .width = 1.4,   \
              .style = "lc rgb blue"},                                                                   \
    .flawed = {PZ_FLAWED_ROWS("sources"), .time = "(strptime(\"" format "\", strcol(1)))", .width = 1.6, \
               .style = "lc rgb grey"}

static const struct history hourly = {PZ_SECONDS_PER_HOUR, {"S6c", "S7c"}, HISTORY_OF("%Y-%m-%dT%H:%M:%SZ")};
static const struct history daily = {PZ_DAY_SECONDS, {"S16a"}, HISTORY_OF("%Y-%m-%d")};

static void put_panel(struct pz_drawing *drawing, bool published)
{
    /* A level line for each row would make a picture of many rows large. */
    enum { LEVELS_MAX = 3000 };
    const struct history *history = drawing->figure->variant;
    size_t whole, flawed;
    pz_csv_table_rows(drawing->table, "sources", &whole, &flawed);
    pz_script(drawing, "plot ");
    if (whole + flawed <= LEVELS_MAX)
        pz_script_curves(drawing, &history->whole, 1);
    else
        pz_script(drawing, "\"../tables/%s.csv\" using %s:(%s) with steps lw 1.1 lc rgb blue", drawing->figure->table,
                  history->whole.time, history->whole.joined);
    if (flawed)
        pz_script_curves(drawing, &history->flawed, 1);
    pz_script(drawing, "%s\n", published ? PZ_PLOT_PUBLISHED("1.1") : "");
}

enum { MARKS = 16 }; /* on the axis of time */

static int draw(struct pz_drawing *drawing)
{
    const struct history *history = drawing->figure->variant;
    const struct pz_csv_table *table = drawing->table;
    int64_t first, last, peak_second = 0;
    drawing->step = history->step;
    const char *unit = pz_drawing_unit(drawing);
    if (!pz_csv_table_span(table, "sources", &first, &last))
        return pz_drawing_fails(drawing, "no %s of %s.csv has sources", unit, drawing->figure->table);
    if (pz_drawing_show(drawing, "sources") != 0)
        return -1;
    const double peak = pz_drawing_most(drawing, table, "sources", &peak_second);
    pz_script_outages(drawing, table);
    bool published = pz_script_published(drawing, history->published);
    pz_script_time_axis(drawing, MARKS, false);
    pz_script(drawing,
              "set multiplot layout 2,1 margins 0.095,0.975,0.14,0.895 spacing 0.05\n"
              "set ylabel \"unique sources per %s\"\n",
              unit);
    pz_script_marks(drawing);
    pz_script(drawing, "unset key\nset yrange [0:*]\n");
    pz_script_count_axis(drawing, peak);
    put_panel(drawing, published);
    pz_script_time_axis(drawing, MARKS, true);
    pz_script(drawing, "unset label\nset logscale y\nset yrange [*:*]\n"
                       "set format y \"%%.0s%%c\"\nset mytics 10\nset ylabel \"the same, log scale\"\n");
    put_panel(drawing, published);
    pz_script(drawing, "unset multiplot\n");
    pz_caption(
        drawing,
        "Unique source addresses that scanned the port in each %s (UTC), on a linear scale and on a logarithmic"
        " one. Each %s is a step from its beginning to its end. Bars in the background are times of which nothing"
        " was recorded, or not all: the curve breaks there, and what was recorded is a grey line, which is too low.",
        unit, unit);
    if (drawing->results->outbreak)
        pz_caption(drawing, " Dashed lines: %s.", drawing->results->outbreak->lines);
    if (published)
        pz_caption(drawing, " Circles: as published.");
    pz_alt(drawing,
           "Curve of unique sources per %s from %.10s to %.10s, linear above and logarithmic below. The most are"
           " %s, at %.*s UTC.",
           unit, pz_time_text(first).text, pz_time_text(last).text, pz_number_text(peak).text,
           history->step == PZ_DAY_SECONDS ? 10 : 16, pz_time_text(peak_second).text);
    return 0;
}

const struct pz_figure pz_figure_history[] = {
    {.number = 1,
     .part = "b",
     .name = "figure-1-hourly",
     .title = "Unique sources per hour",
     .table = "hourly",
     .size = {960, 640},
     .draw = draw,
     .variant = &hourly},
    {.number = 1,
     .part = "a",
     .name = "figure-1-daily",
     .title = "Unique sources per day",
     .table = "daily",
     .size = {960, 640},
     .draw = draw,
     .variant = &daily},
    {0},
};
