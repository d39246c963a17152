/* SPDX-License-Identifier: BSD-2-Clause */
/* The worm's sources, estimated. */
#include "report/figure.h"

#define UNCHANGED(column) "changed(1) ? NaN : got(\"" column "\")"
#define CURVE(column) column, "got(\"" column "\")", UNCHANGED(column)

/* From the lowest layer to the uppermost. */
static const struct {
    const char *name, *from, *column, *value, *joined, *colour;
    double width;
    const char *style;
} curves[] = {{"all sources", "\"../tables/hourly.csv\"", CURVE("sources"), "grey", 2.2, "lc rgb 0xaaaaaa"},
              {"the worm's", "\"../tables/population.csv\"", CURVE("worm_sources"), "blue", 1.3, "lc rgb blue"},
              {"by evidence", "\"../tables/population.csv\"", CURVE("evidence"), "red", 1.2, "lc rgb red"}};
enum { CURVES = sizeof curves / sizeof *curves };

static int draw(struct pz_results *results, struct pz_drawing *drawing)
{
    const struct pz_csv_table *table = pz_results_table(results, "population"),
                              *hourly = pz_results_table(results, "hourly");
    int64_t first, last;
    double most = 0, top = 1, n;
    if (!pz_csv_table_span(table, "worm_sources", &first, &last) || first == last)
        return pz_drawing_fails(drawing, "one hour makes no curve");
    if (!hourly)
        return pz_drawing_fails(drawing, "there is no table hourly.csv");
    for (size_t row = 0; row < table->nrows; row++)
        most = pz_csv_table_number(table, row, "worm_sources", &n) && n > most ? n : most;
    struct pz_end_label labels[CURVES];
    for (size_t i = 0; i < CURVES; i++) {
        const struct pz_csv_table *of = i ? table : hourly;
        labels[i] = (struct pz_end_label){.text = curves[i].name, .colour = curves[i].colour};
        pz_csv_table_last(of, curves[i].column, &labels[i].value);
        for (size_t row = 0; row < of->nrows; row++)
            top = pz_csv_table_number(of, row, curves[i].column, &n) && 1.05 * n > top ? 1.05 * n : top;
    }
    last += PZ_SECONDS_PER_HOUR;
    pz_script_hours(drawing, results, first, last);
    pz_script_time_axis(drawing, first, last, 13, true);
    pz_script_marks(drawing, results, first, last);
    pz_script_end_labels(drawing, labels, CURVES, &(struct pz_value_axis){.high = top, .pixels = 350}, last);
    pz_script_count_axis(drawing, top);
    pz_script(
        drawing,
        "set margins 10,16,5,4\nset ylabel \"sources per hour\"\nset yrange [0:%.1f]\nset key off\n"
        "at = 0\n"
        "plot \"../tables/population.csv\" using (at = strptime(\"%%Y-%%m-%%dT%%H:%%M:%%SZ\", strcol(\"hour\")), at + "
        "1800):(got(\"worm_sources\")):(at):(at + 3600):(got(\"worm_sources_low\")):"
        "(got(\"worm_sources_high\")) with boxxyerror lc rgb 0xbbddf6 fs solid noborder notitle",
        top);
    for (size_t i = 0; i < CURVES; i++)
        pz_script_steps(drawing, &(struct pz_steps){.from = curves[i].from,
                                                    .time = "\"hour\"",
                                                    .value = curves[i].value,
                                                    .joined = curves[i].joined,
                                                    .width = curves[i].width,
                                                    .style = curves[i].style});
    pz_script(drawing, "\n");
    const struct pz_csv_table *calibration = pz_results_table(results, "calibration");
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
     .width = 960,
     .height = 500,
     .draw = draw},
    {0},
};
