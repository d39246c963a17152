/* SPDX-License-Identifier: BSD-2-Clause */
/* Sources never seen before, by the hour and in all. */
#include "report/figure.h"

enum { MARKS = 16 }; /* on the axis of time */

#define WHEN_OLD(is, isnt) "may_be_old(1) ? " is " : " isnt

static const struct pz_curve news[] = {
    {.value = WHEN_OLD("NaN", "whole(\"new_sources\")"),
     .joined = WHEN_OLD("NaN", "joined(\"new_sources\")"),
     .width = 1.5,
     .style = "lc rgb blue"},
    {.value = WHEN_OLD("got(\"new_sources\")", "flawed(\"new_sources\")"), .width = 1.6, .style = "lc rgb grey"}};
static const struct pz_curve all = {PZ_ALL_ROWS("cumulative_sources"), .width = 1.4, .style = "lc rgb green"};

static int draw(struct pz_drawing *drawing)
{
    double total = 0;
    if (pz_drawing_show(drawing, "new_sources") != 0)
        return -1;
    pz_csv_table_number(drawing->table, drawing->table->nrows - 1, "cumulative_sources", &total);
    pz_script_outages(drawing, drawing->table);
    pz_script_time_axis(drawing, MARKS, false);
    pz_script(drawing, "set multiplot layout 2,1 margins 0.095,0.975,0.15,0.89 spacing 0.05\n");
    pz_script_marks(drawing);
    pz_script_gaps(drawing, "new_sources", true);
    pz_script(drawing, "set key off\nset ylabel \"new sources per hour\"\nset logscale y\nset yrange [0.8:*]\n"
                       "set format y \"%%.0s%%c\"\nset mytics 10\n");
    pz_script_plot(drawing, news, 2);
    pz_script(drawing, "unset logscale y\nunset mytics\nset yrange [0:*]\nunset label\n"
                       "set ylabel \"all sources until then\"\n");
    pz_script_count_axis(drawing, total);
    pz_script_time_axis(drawing, MARKS, true);
    pz_script_plot(drawing, &all, 1);
    pz_script(drawing, "unset multiplot\n");
    pz_caption(drawing,
               "Sources never seen before in the hours at hand, by the hour and on a log scale (above), and all"
               " until then (below). Grey above are hours that were recorded in part,"
               " the first hour, and the first after each gap: what is new in them may have come before. Addresses are "
               "given to other hosts in time, so that the sum keeps rising.");
    pz_alt(drawing, "New sources per hour, and their sum, which comes to %s.", pz_number_text(total).text);
    return 0;
}

const struct pz_figure pz_figure_new_sources[] = {
    {.number = 11,
     .name = "figure-11-new-sources",
     .title = "Sources never seen before",
     .table = "new_sources",
     .size = {960, 600},
     .draw = draw},
    {0},
};
