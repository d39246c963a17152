/* SPDX-License-Identifier: BSD-2-Clause */
/* The daily rhythm: the published Figure 3. */
#include "report/figure.h"

enum { DAYS_SHOWN = 14 };

/* How often each hour was the peak of a whole day since the outbreak; the hour of most, and of how many days. */
static int usual_peak(const struct pz_csv_table *table, const struct pz_outbreak *outbreak, size_t *days, size_t *at_it)
{
    size_t counts[PZ_HOURS_PER_DAY] = {0};
    int usual = -1;
    *days = *at_it = 0;
    for (size_t row = 0; row < table->nrows; row++) {
        int64_t second;
        double peak;
        if (!pz_csv_table_time(table, row, "day", &second) || (outbreak && second <= outbreak->begin) ||
            !pz_csv_table_number(table, row, "peak_hour", &peak) || !pz_csv_table_is(table, row, "status", "whole"))
            continue;
        ++*days;
        counts[(int)peak % PZ_HOURS_PER_DAY]++;
    }
    for (int i = 0; i < PZ_HOURS_PER_DAY; i++)
        if (counts[i] > *at_it) {
            *at_it = counts[i];
            usual = i;
        }
    return usual;
}

/* The mean of the whole hours at each hour of the day, into the script; false if there is none. */
static bool put_means(struct pz_drawing *drawing, const struct pz_csv_table *hours, int64_t begin)
{
    double sums[PZ_HOURS_PER_DAY] = {0}, counts[PZ_HOURS_PER_DAY] = {0}, n;
    int64_t second;
    for (size_t row = 0; row < hours->nrows; row++) {
        if (!pz_drawing_shows(drawing, hours, row, &second) || second < begin ||
            !pz_csv_table_number(hours, row, "sources", &n) || !pz_csv_table_is(hours, row, "status", "whole"))
            continue;
        sums[second % PZ_DAY_SECONDS / PZ_SECONDS_PER_HOUR] += n;
        counts[second % PZ_DAY_SECONDS / PZ_SECONDS_PER_HOUR]++;
    }
    bool any = false;
    pz_script(drawing, "$means << EOD\nhour,mean,hours\n");
    for (int hour = 0; hour < PZ_HOURS_PER_DAY; hour++) {
        if (counts[hour] > 0)
            pz_script(drawing, "%d,%.1f,%.0f\n", hour, sums[hour] / counts[hour], counts[hour]);
        any |= counts[hour] > 0;
    }
    pz_script(drawing, "EOD\n");
    return any;
}

static const struct pz_curve curves[] = {
    {PZ_WHOLE_ROWS("sources"), .table = "hourly", .width = 1.6, .style = "lc rgb blue"},
    {PZ_FLAWED_ROWS("sources"), .table = "hourly", .width = 1.6, .style = "lc rgb grey"}};

static int draw(struct pz_drawing *drawing)
{
    const struct pz_csv_table *hours = pz_results_table(drawing->results, "hourly");
    const struct pz_outbreak *known = drawing->results->outbreak;
    int64_t first, last, outbreak = pz_outbreak_begin(known);
    if (!hours || !pz_csv_table_span(hours, "sources", &first, &last))
        return pz_drawing_fails(drawing, "no hour of hourly.csv has sources");
    /* From the outbreak on, where these data know it. */
    int64_t begin = first <= outbreak && last > outbreak + 2 * PZ_DAY_SECONDS ? outbreak : first;
    begin -= begin % PZ_DAY_SECONDS;
    int64_t end = begin + DAYS_SHOWN * PZ_DAY_SECONDS;
    drawing->from = begin;
    drawing->until = end = end < last ? end : last + PZ_SECONDS_PER_HOUR;
    if (end - begin < 2 * PZ_DAY_SECONDS)
        return pz_drawing_fails(drawing, "a daily rhythm takes two days, and there are fewer");
    size_t days, at_it;
    int usual = usual_peak(drawing->table, known, &days, &at_it);
    pz_script(drawing,
              "# The mean of these days at each hour, without the day of the outbreak; hours recorded whole.\n");
    if (!put_means(drawing, hours, begin == outbreak ? begin + PZ_DAY_SECONDS : begin))
        return pz_drawing_fails(drawing, "a daily rhythm takes two days in a row, and no hour of the second is whole");
    pz_script_outages(drawing, hours);
    pz_script_time_axis(drawing, 8, true);
    pz_script_marks(drawing);
    pz_script_count_axis(drawing, pz_drawing_most(drawing, hours, "sources", NULL));
    pz_script(drawing, "set multiplot\n"
                       "set lmargin at screen 0.085\nset rmargin at screen 0.68\nset bmargin at screen 0.2\n"
                       "set tmargin at screen 0.88\n"
                       "set grid x lc rgb 0xdddddd lw 0.7\n"
                       "set ylabel \"unique sources per hour\"\nset yrange [0:*]\n"
                       "set key off\nplot ");
    pz_script_curves(drawing, curves, 2);
    pz_script(
        drawing,
        ", \\\n"
        "     \"../tables/diurnal.csv\" using (strptime(\"%%Y-%%m-%%d\", strcol(\"day\")) + 3600*got(\"peak_hour\")"
        " + 1800):(whole(\"peak_sources\")) with points pt 7 ps 0.7 lc rgb red notitle\n"
        "unset object\nunset arrow\nunset label\nset xdata\n"
        "set lmargin at screen 0.77\nset rmargin at screen 0.985\n"
        "set xrange [-0.6:23.6]\nset xtics (\"0\" 0, \"6\" 6, \"12\" 12, \"18\" 18, \"23\" 23)\nunset grid\n"
        "set grid y lc rgb 0xdddddd lw 0.7\nset xlabel \"hour of the day, UTC\"\nset ylabel \"mean of these days\"\n"
        "set boxwidth 0.8\n"
        "plot $means using 1:2 with boxes lc rgb sky\n"
        "unset multiplot\n");
    pz_caption(
        drawing,
        "Unique sources per hour over %lld days, with a red point at each whole day's peak (left), and the mean of each"
        " hour of the day, of hours recorded whole%s (right).",
        (long long)((end - begin + PZ_DAY_SECONDS - 1) / PZ_DAY_SECONDS),
        begin == outbreak ? " and without the day of the outbreak" : "");
    pz_alt(drawing, "Curve of unique sources per hour with a daily rhythm.");
    if (usual >= 0)
        pz_alt(drawing,
               " Of %zu whole days%s%s, %zu have their peak in the hour from %02d:00 UTC; at no other hour do more.",
               days, known ? " after " : "", known ? known->day : "", at_it, usual);
    return 0;
}

const struct pz_figure pz_figure_diurnal[] = {
    {.number = 3,
     .name = "figure-3-diurnal",
     .title = "The daily rhythm",
     .table = "diurnal",
     .size = {1100, 440},
     .draw = draw},
    {0},
};
