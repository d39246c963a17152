/* SPDX-License-Identifier: BSD-2-Clause */
/* Sources never seen before, by the hour and in all. */
#include "report/figure.h"

enum { MARKS = 16 }; /* on the axis of time */

static int draw(struct pz_results *results, struct pz_drawing *drawing)
{
    const struct pz_csv_table *table = pz_results_table(results, "new_sources");
    int64_t first, last;
    double total = 0;
    if (!pz_csv_table_span(table, "new_sources", &first, &last) || first == last)
        return pz_drawing_fails(drawing, "one hour makes no curve");
    pz_csv_table_number(table, table->nrows - 1, "cumulative_sources", &total);
    last += PZ_SECONDS_PER_HOUR;
    pz_script_outages(drawing, table, "new_sources", first, last);
    pz_script_time_axis(drawing, first, last, MARKS, false);
    pz_script(drawing, "set multiplot layout 2,1 margins 0.095,0.975,0.15,0.89 spacing 0.05\n");
    pz_script_marks(drawing, results, first, last);
    pz_script_gaps(drawing, table, "new_sources", true);
    pz_script(drawing, "set key off\nset ylabel \"new sources per hour\"\nset logscale y\nset yrange [0.8:*]\n"
                       "set format y \"%%.0s%%c\"\nset mytics 10\nplot ");
    struct pz_steps steps = {.from = "\"../tables/new_sources.csv\"",
                             .time = "\"hour\"",
                             .value = "may_be_old(1) ? NaN : whole(\"new_sources\")",
                             .joined = "may_be_old(1) ? NaN : joined(\"new_sources\")",
                             .width = 1.5,
                             .style = "lc rgb blue"};
    pz_script_steps(drawing, &steps);
    steps.value = "may_be_old(1) ? got(\"new_sources\") : flawed(\"new_sources\")";
    steps.joined = NULL;
    steps.width = 1.6;
    steps.style = "lc rgb grey";
    pz_script_steps(drawing, &steps);
    pz_script(drawing, "\nunset logscale y\nunset mytics\nset yrange [0:*]\nunset label\n"
                       "set ylabel \"all sources until then\"\n");
    pz_script_count_axis(drawing, total);
    pz_script_time_axis(drawing, first, last, MARKS, true);
    steps.value = steps.joined = "got(\"cumulative_sources\")";
    steps.width = 1.4;
    steps.style = "lc rgb green";
    pz_script(drawing, "plot ");
    pz_script_steps(drawing, &steps);
    pz_script(drawing, "\nunset multiplot\n");
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
     .width = 960,
     .height = 600,
     .draw = draw},
    {0},
};
