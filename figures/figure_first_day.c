/* SPDX-License-Identifier: BSD-2-Clause */
/* The day of the outbreak, 21 November 2008, hour by hour: the published Figure 2. */
#include "report/figure.h"

static int draw(struct pz_results *results, struct pz_drawing *drawing)
{
    const struct pz_csv_table *table = pz_results_table(results, "first_day");
    int64_t first, last, peak_second = 0, midnight = pz_outbreak_begin(results->outbreak);
    double peak = -1;
    if (!results->outbreak)
        return pz_drawing_fails(drawing, PZ_FIGURE_NO_OUTBREAK, results->port);
    if (!pz_csv_table_span(table, "sources", &first, &last) || first == last)
        return pz_drawing_fails(drawing, "21 November 2008 is not among the hours at hand");
    for (size_t row = 0; row < table->nrows; row++) {
        double n;
        int64_t second;
        if (pz_csv_table_number(table, row, "sources", &n) && pz_csv_table_time(table, row, "hour", &second) &&
            n > peak) {
            peak = n;
            peak_second = second;
        }
    }
    char number[PZ_NUMBER_TEXT], time[PZ_TIME_TEXT], ends[PZ_TIME_TEXT];
    pz_number_text(peak, number);
    pz_time_text(peak_second, time);
    pz_time_text(peak_second + PZ_SECONDS_PER_HOUR, ends);
    pz_script_outages(drawing, table, "sources", midnight, midnight + PZ_DAY_SECONDS);
    pz_script_time_axis(drawing, midnight, midnight + PZ_DAY_SECONDS, 13, true);
    pz_script_count_axis(drawing, peak);
    static const char *const published[] = {"S6c", NULL};
    bool is_published =
        pz_script_published(drawing, results, published, PZ_SECONDS_PER_HOUR, midnight, midnight + PZ_DAY_SECONDS);
    bool gaps = pz_script_gaps(drawing, table, "new_sources", false);
    pz_script_lens(drawing, results, midnight, midnight + PZ_DAY_SECONDS);
    pz_script(
        drawing,
        "set margins 10,4,5,3\n"
        "set ylabel \"unique sources per hour\"\nset yrange [0:*]\n"
        "set key top left reverse Left samplen 1.5\n"
        "set label \"%s \" at \"%s\", %.0f right offset -1,0.7 tc rgb blue\n"
        "plot \"../tables/first_day.csv\" using \"hour\":(joined(\"sources\")) with steps lw 1.6 lc rgb blue "
        "notitle, \\\n"
        "     \"\" using \"hour\":(whole(\"sources\")):(3600):(0) with vectors nohead lw 1.6 lc rgb blue title "
        "\"in the hour\", \\\n"
        "     \"\" using \"hour\":(flawed(\"sources\")):(3600):(0) with vectors nohead lw 1.6 dt 2 lc rgb blue "
        "title \"in an hour "
        "recorded"
        " in part or damaged\", \\\n"
        "     \"\" using \"hour\":(may_be_old(1) ? NaN : got(\"new_sources\")):(3600):(0) with vectors nohead lw 1.6 lc"
        " rgb orange title \"of these, new since midnight\"%s%s\n",
        number, time, peak,
        gaps ? ", \\\n     \"\" using \"hour\":(may_be_old(1) ? got(\"new_sources\") : NaN):(3600):(0) with vectors"
               " nohead lw 1.6 lc rgb grey title \"the same after a gap: it may have come in it\""
             : "",
        is_published ? PZ_PLOT_PUBLISHED : "");
    pz_caption(drawing,
               "Unique source addresses that scanned the port in each hour of 21 November 2008, and how many of"
               " them had not been seen since midnight. Each hour is a step from its beginning to its end.");
    pz_alt(drawing,
           "S-curve of unique sources per hour on 21 November 2008 UTC; the most are %s, in the hour from %.5s to"
           " %.5s.",
           number, time + 11, ends + 11);
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
