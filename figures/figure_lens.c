/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of December 2008, and what of the telescope was recorded: the published Figure 4. There the recorded part
 * shrank to one /16, which is found here and not assumed. */
#include "report/figure.h"

#include <math.h>
#include <stdlib.h>

/* The published Figure 4 is about the end of December; these are its days and some before, for comparison. */
enum { DAYS_BEFORE = 9, DAYS_AFTER = 12 }; /* the first day of the second variant */

/* Says when the recorded part of the telescope changed within the days shown, and returns how often. */
static size_t put_changes(const struct pz_drawing *drawing, struct pz_buf *told)
{
    size_t n, shown = 0;
    struct pz_lens_change *changes = pz_lens_changes(drawing->results, &n);
    for (size_t i = 0; i < n; i++) {
        if (changes[i].second < drawing->from || changes[i].second >= drawing->until)
            continue;
        pz_buf_printf(told, "%s%.13s:00 UTC (%.0f to %.0f)", shown++ ? ", " : "", pz_time_text(changes[i].second).text,
                      changes[i].before, changes[i].after);
    }
    free(changes);
    return shown;
}

static const struct pz_curve sources[] = {{PZ_WHOLE_ROWS("sources"), .width = 1.5, .style = "lc rgb blue"},
                                          {PZ_FLAWED_ROWS("sources"), .width = 1.5, .style = "lc rgb grey"}};

#define ALL_NETWORKS "got(\"networks_reachable\")+got(\"networks_unreachable\")"

static const struct pz_curve networks[] = {
    {.value = ALL_NETWORKS, .joined = ALL_NETWORKS, .width = 1.6, .style = "lc rgb green"},
    {PZ_ALL_ROWS("networks_reachable"), .width = 1.6, .style = "dt 3 lc rgb orange"}};

static int draw(struct pz_drawing *drawing)
{
    const struct pz_csv_table *table = drawing->table;
    double n, low, high, most = 0, fewest = INFINITY;
    struct pz_end_label labels[] = {{"all", "green", 0}, {"reachable", "orange", 0}};
    size_t hours = 0;
    int64_t second, ends = 0; /* of the last hour shown */
    struct pz_buf told = {0};
    if (!drawing->results->outbreak)
        return pz_drawing_fails(drawing, PZ_FIGURE_NO_OUTBREAK, drawing->results->port);
    drawing->from = drawing->results->outbreak->variants[1].second - DAYS_BEFORE * PZ_DAY_SECONDS;
    drawing->until = drawing->from + (DAYS_BEFORE + DAYS_AFTER) * PZ_DAY_SECONDS;
    pz_script_outages(drawing, table);
    pz_script_time_axis(drawing, 12, false);
    for (size_t row = 0; row < table->nrows; row++) {
        if (!pz_drawing_shows(drawing, table, row, &second) || !pz_csv_table_number(table, row, "sources", &n) ||
            !pz_csv_table_number(table, row, "networks_reachable", &low) ||
            !pz_csv_table_number(table, row, "networks_unreachable", &high))
            continue;
        labels[0].value = low + high;
        labels[1].value = low;
        most = fmax(most, low + high);
        fewest = fmin(fewest, low + high);
        ends = second + PZ_SECONDS_PER_HOUR;
        hours++;
    }
    if (hours < 2)
        return pz_drawing_fails(drawing, "20 December 2008 to 9 January 2009 is not among the hours at hand");
    size_t changes = put_changes(drawing, &told);
    pz_script(drawing, "set multiplot layout 2,1 margins 0.095,0.88,0.14,0.885 spacing 0.05\n");
    pz_script_marks(drawing);
    /* A curve that jumps by orders of magnitude shows its rhythm on a logarithmic scale only. */
    pz_script(drawing, changes ? "set logscale y\nset yrange [*:*]\nset mytics 10\n" : "set yrange [0:*]\n");
    pz_script_count_axis(drawing, changes ? HUGE_VAL : pz_drawing_most(drawing, table, "sources", NULL));
    pz_script(drawing, "set ylabel \"unique sources per hour\"\nset key off\n");
    pz_script_plot(drawing, sources, 2);
    pz_script_time_axis(drawing, 12, true);
    const struct pz_value_axis axis = {.low = 0.7, .high = most * 2, .log = true, .pixels = 215};
    pz_script(drawing,
              "unset label\nset ylabel \"/16s with packets\"\nset logscale y 2\nset yrange [%.1f:%.0f]\n"
              "set format y \"%%.0f\"\n",
              axis.low, axis.high);
    pz_script_end_labels(drawing, labels, 2, &axis, ends);
    pz_script_plot(drawing, networks, 2);
    pz_script(drawing, "unset multiplot\n");
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
     .size = {960, 600},
     .draw = draw},
    {0},
};
