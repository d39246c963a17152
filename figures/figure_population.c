/* SPDX-License-Identifier: BSD-2-Clause */
/* The worm's sources, estimated. */
#include "report/figure.h"

static int draw(struct pz_results *results, struct pz_drawing *drawing)
{
    const struct pz_csv_table *table = pz_results_table(results, "population");
    int64_t first, last;
    double most = 0, n;
    char number[PZ_NUMBER_TEXT];
    if (!pz_csv_table_span(table, "worm_sources", &first, &last) || first == last)
        return pz_drawing_fails(drawing, "one hour makes no curve");
    for (size_t row = 0; row < table->nrows; row++)
        most = pz_csv_table_number(table, row, "worm_sources", &n) && n > most ? n : most;
    last += PZ_SECONDS_PER_HOUR;
    pz_script_hours(drawing, results, first, last);
    pz_script_time_axis(drawing, first, last, 13, true);
    pz_script_variants(drawing, results->outbreak, first, last);
    pz_script_lens(drawing, results, first, last);
    pz_script_count_axis(drawing, most);
    pz_script(
        drawing,
        "set margins 10,4,5,4\nset ylabel \"sources per hour\"\nset yrange [0:*]\n"
        "set key top left Left reverse samplen 1.5 opaque\n"
        "plot \"../tables/population.csv\" using \"hour\":(got(\"worm_sources_low\")):(got(\"worm_sources_high\")) "
        "with filledcurves lc rgb sky fs solid 0.4 "
        "noborder title \"95 %% band\", \\\n"
        "     \"../tables/hourly.csv\" using \"hour\":(changed(1) ? NaN : got(\"sources\")) with steps lw 1 lc rgb "
        "grey "
        "title \"all "
        "sources\", \\\n"
        "     \"../tables/population.csv\" using \"hour\":(changed(1) ? NaN : got(\"worm_sources\")) with steps lw 1.4 "
        "lc rgb blue title "
        "\"the worm's, "
        "estimated\", \\\n"
        "     \"\" using \"hour\":(changed(1) ? NaN : got(\"evidence\")) with steps lw 1.2 dt 3 lc rgb red title \"by "
        "evidence alone\"\n");
    const struct pz_csv_table *calibration = pz_results_table(results, "calibration");
    bool calibrated =
        calibration && calibration->nrows && strcmp(pz_csv_table_text(calibration, 0, "calibrated"), "yes") == 0;
    pz_caption(drawing,
               "How many of each hour's sources are the worm's: those with evidence of it, and of the rest as many as "
               "scan reachable addresses beyond the background's share, with a 95 %% band. %s",
               calibrated ? "Calibrated on the archive's own quiet hours." : "Not calibrated.");
    pz_alt(drawing, "Estimated sources of the worm per hour with a band; the most are %s.",
           pz_number_text(most, number));
    return 0;
}

const struct pz_figure pz_figure_population[] = {
    {.number = 13,
     .name = "figure-13-population",
     .title = "The worm's sources, estimated",
     .table = "population",
     .width = 960,
     .height = 500,
     .draw = draw},
    {0},
};
