/* SPDX-License-Identifier: BSD-2-Clause */
/* The first day of the outbreak hour by hour: the published Figure 2. */
#include "report/figure.h"

#include <math.h>

/* The number of the hour of the published peak, of made-up data times its scale; 0 if there is none. */
static double most_published(const struct pz_drawing *drawing)
{
    const struct pz_csv_table *table = pz_results_table(drawing->results, "reproduction");
    double count = 0;
    if (table)
        pz_csv_table_number(table, pz_csv_table_find(table, "id", "S6c"), "published", &count);
    return count;
}

static const struct pz_curve curves[] = {
    {PZ_WHOLE_ROWS("sources"), .width = 1.8, .style = "lc rgb blue"},
    {PZ_FLAWED_ROWS("sources"), .width = 1.8, .style = "dt 2 lc rgb blue"},
    {.value = "may_be_old(1) ? NaN : got(\"new_sources\")", .width = 1.8, .style = "lc rgb orange"},
    {.value = "may_be_old(1) ? got(\"new_sources\") : NaN",
     .width = 1.8,
     .style = "lc rgb grey"}, /* where there are gaps */
};
enum { CURVES = sizeof curves / sizeof *curves };

static int draw(struct pz_drawing *drawing)
{
    static const char *const published[] = {"S6c", NULL};
    const struct pz_csv_table *table = drawing->table;
    const struct pz_outbreak *outbreak = drawing->results->outbreak;
    int64_t first, last, second = 0;
    size_t whole, flawed;
    if (!outbreak)
        return pz_drawing_fails(drawing, PZ_FIGURE_NO_OUTBREAK, drawing->results->port);
    if (!pz_csv_table_span(table, "sources", &first, &last) || first == last)
        return pz_drawing_fails(drawing, PZ_FIGURE_NO_DAY, outbreak->day);
    drawing->from = outbreak->begin;
    drawing->until = drawing->from + PZ_DAY_SECONDS;
    pz_csv_table_rows(table, "sources", &whole, &flawed);
    const double peak = pz_drawing_most(drawing, table, "sources", &second);
    const struct pz_number_text number = pz_number_text(peak);
    pz_script_outages(drawing, table);
    pz_script_time_axis(drawing, 13, true);
    pz_script_count_axis(drawing, peak);
    bool is_published = pz_script_published(drawing, published);
    bool gaps = pz_script_gaps(drawing, "new_sources", false);
    pz_script_marks(drawing);
    const struct pz_value_axis axis = {.high = 1.12 * fmax(peak, most_published(drawing)), .pixels = 350};
    struct pz_end_label labels[] = {{"in the hour", "blue", pz_csv_table_last(table, "sources")},
                                    {"new since midnight", "orange", pz_csv_table_last(table, "new_sources")}};
    pz_script(drawing,
              "set margins 10,24,5,4\n"
              "set ylabel \"unique sources per hour\"\nset yrange [0:%.1f]\nset key off\n"
              "set label \"%s\" at \"%s\", %.0f center offset 0,0.7 tc rgb blue\n",
              axis.high, number.text, pz_time_text(second + PZ_SECONDS_PER_HOUR / 2).text, peak);
    pz_script_end_labels(drawing, labels, 2, &axis, last + PZ_SECONDS_PER_HOUR);
    pz_script(drawing, "plot ");
    pz_script_curves(drawing, curves, gaps ? CURVES : CURVES - 1);
    pz_script(drawing, "%s\n", is_published ? PZ_PLOT_PUBLISHED("-1.4") : "");
    pz_caption(drawing,
               "Unique source addresses that scanned the port in each hour of %s, and how many of"
               " them had not been seen since midnight. Each hour is a step from its beginning to its end.",
               outbreak->day);
    if (flawed)
        pz_caption(drawing, " Dashed: hours that were recorded in part or damaged, so that the count is too low.");
    if (gaps)
        pz_caption(drawing, " Grey: what is new in the first hour after a gap, as it may have come in the gap.");
    if (is_published)
        pz_caption(drawing, " Circle: as published.");
    pz_alt(drawing,
           "S-curve of unique sources per hour on %s UTC; the most are %s, in the hour from %.5s to"
           " %.5s.",
           outbreak->day, number.text, pz_time_text(second).text + 11,
           pz_time_text(second + PZ_SECONDS_PER_HOUR).text + 11);
    return 0;
}

const struct pz_figure pz_figure_first_day[] = {
    {.number = 2,
     .name = "figure-2-first-day",
     .title = "Unique sources per hour on 21 November 2008",
     .table = "first_day",
     .size = {960, 500},
     .draw = draw},
    {0},
};
