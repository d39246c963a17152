/* SPDX-License-Identifier: BSD-2-Clause */
/* The worm's sources, estimated. */
#include "report/figure.h"

#include <math.h>

/* From the lowest layer to the uppermost. */
static const struct pz_curve curves[] = {
    {PZ_UNCHANGED_ROWS("sources"), .table = "hourly", .width = 2.2, .style = "lc rgb 0xaaaaaa"},
    {PZ_UNCHANGED_ROWS("worm_sources"), .width = 1.3, .style = "lc rgb blue"},
    {PZ_UNCHANGED_ROWS("evidence"), .width = 1.2, .style = "lc rgb red"}};
enum { CURVES = sizeof curves / sizeof *curves };

static int draw(struct pz_drawing *drawing)
{
    const struct pz_csv_table *table = drawing->table, *hourly = pz_results_table(drawing->results, "hourly");
    if (pz_drawing_show(drawing, "worm_sources") != 0)
        return -1;
    if (!hourly)
        return pz_drawing_fails(drawing, "there is no table hourly.csv");
    const double most = pz_drawing_most(drawing, table, "worm_sources", NULL),
                 evidence = pz_drawing_most(drawing, table, "evidence", NULL),
                 sources = pz_drawing_most(drawing, hourly, "sources", NULL),
                 top = fmax(1, 1.05 * fmax(sources, fmax(most, evidence)));
    struct pz_end_label labels[CURVES] = {{"all sources", "grey", pz_csv_table_last(hourly, "sources")},
                                          {"the worm's", "blue", pz_csv_table_last(table, "worm_sources")},
                                          {"by evidence", "red", pz_csv_table_last(table, "evidence")}};
    pz_script_outages(drawing, table);
    pz_script_time_axis(drawing, 13, true);
    pz_script_marks(drawing);
    pz_script_end_labels(drawing, labels, CURVES, &(struct pz_value_axis){.high = top, .pixels = 350}, drawing->until);
    pz_script_count_axis(drawing, top);
    pz_script(
        drawing,
        "set ylabel \"sources per hour\"\nset yrange [0:%.1f]\nset key off\n"
        "at = 0\n"
        "plot \"../tables/population.csv\" using (at = strptime(\"%%Y-%%m-%%dT%%H:%%M:%%SZ\", strcol(\"hour\")), at + "
        "1800):(got(\"worm_sources\")):(at):(at + 3600):(got(\"worm_sources_low\")):"
        "(got(\"worm_sources_high\")) with boxxyerror lc rgb 0xbbddf6 fs solid noborder notitle",
        top);
    pz_script_curves(drawing, curves, CURVES);
    pz_script(drawing, "\n");
    const struct pz_csv_table *calibration = pz_results_table(drawing->results, "calibration");
    bool calibrated = calibration && calibration->nrows && pz_csv_table_is(calibration, 0, "calibrated", "yes");
    pz_caption(drawing,
               "How many of each hour's sources are the worm's: those with evidence of it, and of the rest as many as "
               "scan reachable addresses beyond the background's share, with a 95 %% band (light blue). The grey curve "
               "is all sources. Each hour is a step from its beginning to its end. %s",
               calibrated ? "Calibrated on the archive's own quiet hours." : "Not calibrated.");
    pz_alt(drawing, "Estimated sources of the worm per hour with a band; the most are %s.", pz_number_text(most).text);
    return 0;
}

const struct pz_figure pz_figure_population[] = {
    {.number = 13,
     .name = "figure-13-population",
     .title = "The worm's sources, estimated",
     .table = "population",
     .size = {960, 500},
     .draw = draw},
    {0},
};
