/* SPDX-License-Identifier: BSD-2-Clause */
/* The first day of the outbreak hour by hour: the published Figure 2. */
#include "report/figure.h"

#include <math.h>

/* The number of the hour of the published peak, of made-up data times its scale; 0 if there is none. */
static double most_published(struct pz_results *results)
{
    const struct pz_csv_table *table = pz_results_table(results, "reproduction");
    double count = 0;
    if (table)
        pz_csv_table_number(table, pz_csv_table_find(table, "id", "S6c"), "published", &count);
    return count;
}

static bool has_flawed(const struct pz_csv_table *table)
{
    double n;
    for (size_t row = 0; row < table->nrows; row++)
        if (pz_csv_table_number(table, row, "sources", &n) && !pz_csv_table_is(table, row, "status", "whole"))
            return true;
    return false;
}

/* The name of each curve at its end. */
static void put_names(struct pz_drawing *drawing, const struct pz_csv_table *table, int64_t end, double top)
{
    struct pz_end_label labels[] = {{.text = "in the hour", .colour = "blue"},
                                    {.text = "new since midnight", .colour = "orange"}};
    pz_csv_table_last(table, "sources", &labels[0].value);
    pz_csv_table_last(table, "new_sources", &labels[1].value);
    pz_script_end_labels(drawing, labels, 2, &(struct pz_value_axis){.high = top, .pixels = 350}, end);
}

static int draw(struct pz_results *results, struct pz_drawing *drawing)
{
    const struct pz_csv_table *table = pz_results_table(results, "first_day");
    int64_t first, last, peak_second = 0, midnight = pz_outbreak_begin(results->outbreak);
    double peak = -1;
    if (!results->outbreak)
        return pz_drawing_fails(drawing, PZ_FIGURE_NO_OUTBREAK, results->port);
    if (!pz_csv_table_span(table, "sources", &first, &last) || first == last)
        return pz_drawing_fails(drawing, PZ_FIGURE_NO_DAY, results->outbreak->day);
    for (size_t row = 0; row < table->nrows; row++) {
        double n;
        int64_t second;
        if (pz_csv_table_number(table, row, "sources", &n) && pz_csv_table_time(table, row, "hour", &second) &&
            n > peak) {
            peak = n;
            peak_second = second;
        }
    }
    const struct pz_number_text number = pz_number_text(peak);
    pz_script_outages(drawing, table, "sources", midnight, midnight + PZ_DAY_SECONDS);
    pz_script_time_axis(drawing, midnight, midnight + PZ_DAY_SECONDS, 13, true);
    pz_script_count_axis(drawing, peak);
    static const char *const published[] = {"S6c", NULL};
    bool is_published =
        pz_script_published(drawing, results, published, PZ_SECONDS_PER_HOUR, midnight, midnight + PZ_DAY_SECONDS);
    bool gaps = pz_script_gaps(drawing, table, "new_sources", false);
    pz_script_marks(drawing, results, midnight, midnight + PZ_DAY_SECONDS);
    const double top = 1.12 * fmax(peak, most_published(results));
    pz_script(drawing,
              "set margins 10,24,5,4\n"
              "set ylabel \"unique sources per hour\"\nset yrange [0:%.1f]\nset key off\n"
              "set label \"%s\" at \"%s\", %.0f center offset 0,0.7 tc rgb blue\n",
              top, number.text, pz_time_text(peak_second + PZ_SECONDS_PER_HOUR / 2).text, peak);
    put_names(drawing, table, last + PZ_SECONDS_PER_HOUR, top);
    pz_script(drawing, "plot ");
    struct pz_steps steps = {.from = "\"../tables/first_day.csv\"", .time = "\"hour\"", .width = 1.8};
    steps.value = "whole(\"sources\")";
    steps.joined = "joined(\"sources\")";
    steps.style = "lc rgb blue";
    pz_script_steps(drawing, &steps);
    steps.joined = NULL;
    steps.value = "flawed(\"sources\")";
    steps.style = "dt 2 lc rgb blue";
    pz_script_steps(drawing, &steps);
    steps.value = "may_be_old(1) ? NaN : got(\"new_sources\")";
    steps.style = "lc rgb orange";
    pz_script_steps(drawing, &steps);
    steps.value = "may_be_old(1) ? got(\"new_sources\") : NaN";
    steps.style = "lc rgb grey";
    if (gaps)
        pz_script_steps(drawing, &steps);
    pz_script(drawing, "%s\n", is_published ? PZ_PLOT_PUBLISHED("-1.4") : "");
    pz_caption(drawing,
               "Unique source addresses that scanned the port in each hour of %s, and how many of"
               " them had not been seen since midnight. Each hour is a step from its beginning to its end.",
               results->outbreak->day);
    if (has_flawed(table))
        pz_caption(drawing, " Dashed: hours that were recorded in part or damaged, so that the count is too low.");
    if (gaps)
        pz_caption(drawing, " Grey: what is new in the first hour after a gap, as it may have come in the gap.");
    if (is_published)
        pz_caption(drawing, " Circle: as published.");
    pz_alt(drawing,
           "S-curve of unique sources per hour on %s UTC; the most are %s, in the hour from %.5s to"
           " %.5s.",
           results->outbreak->day, number.text, pz_time_text(peak_second).text + 11,
           pz_time_text(peak_second + PZ_SECONDS_PER_HOUR).text + 11);
    return 0;
}

const struct pz_figure pz_figure_first_day[] = {
    {.number = 2,
     .name = "figure-2-first-day",
     .title = "Unique sources per hour on 21 November 2008",
     .table = "first_day",
     .width = 960,
     .height = 500,
     .draw = draw},
    {0},
};
