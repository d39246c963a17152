/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of December 2008, and what of the telescope was recorded: the published Figure 4. There the recorded part
 * shrank to one /16, which is found here and not assumed. */
#include "report/figure.h"
#include "report/lens_changes.h"

#include <math.h>
#include <stdlib.h>

/* The published Figure 4 is about the end of December; these are its days and some before, for comparison. */
enum { DAYS_BEFORE = 9, DAYS_AFTER = 12 }; /* the first day of the second variant */

/* Says when the recorded part of the telescope changed within the days shown, and returns how often. */
static size_t put_changes(struct pz_results *results, int64_t begin, int64_t end, struct pz_buf *told)
{
    size_t n, shown = 0;
    struct pz_lens_change *changes = pz_lens_changes(results, &n);
    for (size_t i = 0; i < n; i++) {
        if (changes[i].second < begin || changes[i].second >= end)
            continue;
        pz_buf_printf(told, "%s%.13s:00 UTC (%.0f to %.0f)", shown++ ? ", " : "", pz_time_text(changes[i].second).text,
                      changes[i].before, changes[i].after);
    }
    free(changes);
    return shown;
}

static int draw(struct pz_results *results, struct pz_drawing *drawing)
{
    const struct pz_csv_table *table = pz_results_table(results, "lens");
    double n, low, high, most = 0, fewest = 0, most_sources = 0, networks = 0, reachable = 0;
    size_t hours = 0;
    int64_t second, ends = 0; /* of the last hour shown */
    struct pz_buf told = {0};
    if (!results->outbreak)
        return pz_drawing_fails(drawing, PZ_FIGURE_NO_OUTBREAK, results->port);
    int64_t begin = results->outbreak->variants[1].second - DAYS_BEFORE * PZ_DAY_SECONDS,
            end = begin + (DAYS_BEFORE + DAYS_AFTER) * PZ_DAY_SECONDS;
    pz_script_outages(drawing, table, "sources", begin, end);
    pz_script_time_axis(drawing, begin, end, 12, false);
    for (size_t row = 0; row < table->nrows; row++) {
        if (!pz_csv_table_time(table, row, "hour", &second) || second < begin || second >= end ||
            !pz_csv_table_number(table, row, "sources", &n) ||
            !pz_csv_table_number(table, row, "networks_reachable", &low) ||
            !pz_csv_table_number(table, row, "networks_unreachable", &high))
            continue;
        networks = low + high;
        reachable = low;
        ends = second + PZ_SECONDS_PER_HOUR;
        most = networks > most ? networks : most;
        fewest = !hours || networks < fewest ? networks : fewest;
        most_sources = n > most_sources ? n : most_sources;
        hours++;
    }
    if (hours < 2)
        return pz_drawing_fails(drawing, "20 December 2008 to 9 January 2009 is not among the hours at hand");
    size_t changes = put_changes(results, begin, end, &told);
    pz_script(drawing, "set multiplot layout 2,1 margins 0.095,0.88,0.14,0.885 spacing 0.05\n");
    pz_script_marks(drawing, results, begin, end);
    /* A curve that jumps by orders of magnitude shows its rhythm on a logarithmic scale only. */
    pz_script(drawing, changes ? "set logscale y\nset yrange [*:*]\nset mytics 10\n" : "set yrange [0:*]\n");
    pz_script_count_axis(drawing, changes ? HUGE_VAL : most_sources);
    struct pz_steps steps = {.from = "\"../tables/lens.csv\"",
                             .time = "\"hour\"",
                             .value = "whole(\"sources\")",
                             .joined = "joined(\"sources\")",
                             .width = 1.5,
                             .style = "lc rgb blue"};
    pz_script(drawing, "set ylabel \"unique sources per hour\"\nset key off\nplot ");
    pz_script_steps(drawing, &steps);
    steps.value = "flawed(\"sources\")";
    steps.joined = NULL;
    steps.width = 1.5;
    steps.style = "lc rgb grey";
    pz_script_steps(drawing, &steps);
    pz_script(drawing, "\n");
    pz_script_time_axis(drawing, begin, end, 12, true);
    struct pz_end_label labels[] = {{"all", "green", networks}, {"reachable", "orange", reachable}};
    const struct pz_value_axis axis = {.low = 0.7, .high = most * 2, .log = true, .pixels = 215};
    pz_script(drawing,
              "unset label\nset ylabel \"/16s with packets\"\nset logscale y 2\nset yrange [%.1f:%.0f]\n"
              "set format y \"%%.0f\"\n",
              axis.low, axis.high);
    pz_script_end_labels(drawing, labels, 2, &axis, ends);
    pz_script(drawing, "plot ");
    steps.joined = steps.value = "got(\"networks_reachable\")+got(\"networks_unreachable\")";
    steps.width = 1.6;
    steps.style = "lc rgb green";
    pz_script_steps(drawing, &steps);
    steps.joined = steps.value = "got(\"networks_reachable\")";
    steps.width = 1.6;
    steps.style = "dt 3 lc rgb orange";
    pz_script_steps(drawing, &steps);
    pz_script(drawing, "\nunset multiplot\n");
    pz_caption(
        drawing,
        "Unique sources per hour at the end of December 2008, when the second variant began (above), and how"
        " many of the telescope's /16s the hour's packets went to: all, and those that the worm can reach (below). ");
    pz_alt(drawing,
           "Unique sources per hour from 20 December 2008 to 9 January 2009; packets went to between %.0f and %.0f"
           " /16s an hour.",
           fewest, most);
    if (changes && changes <= 8)
        pz_caption(drawing,
                   "The recorded part of the telescope changed at %.*s: counts before and after are not to be"
                   " compared.",
                   (int)told.nbytes, (const char *)told.bytes);
    else if (changes)
        pz_caption(drawing,
                   "The recorded part of the telescope changed %zu times: counts are not to be compared across.",
                   changes);
    else
        pz_caption(drawing, "The recorded part of the telescope did not change in these days.");
    pz_alt(drawing, " The recorded part of the telescope changed %zu times.", changes);
    pz_buf_release(&told);
    return 0;
}

const struct pz_figure pz_figure_lens[] = {
    {.number = 4,
     .name = "figure-4-december",
     .title = "The end of December 2008, and what of the telescope was recorded",
     .table = "lens",
     .width = 960,
     .height = 600,
     .draw = draw},
    {0},
};
