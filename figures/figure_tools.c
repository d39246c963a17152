/* SPDX-License-Identifier: BSD-2-Clause */
/* Scans with the signs of known tools and of impossible sources, hour by hour, next to as many as chance makes. */
#include "report/figure.h"

#include <math.h>

/* As jobs/tools.c writes them: these rows, in this order, for each hour with packets. */
static const struct {
    const char *sign, *words;
} signs[] = {{"zmap", "ZMap"},
             {"masscan", "masscan"},
             {"mirai", "Mirai"},
             {"land", "land"},
             {"ttl_200", "TTL 200"},
             {"reserved", "reserved"},
             {"unallocated", "unallocated"}};
enum { SIGNS = sizeof signs / sizeof *signs };

static bool has_rows(const struct pz_csv_table *table)
{
    for (size_t row = 0; row < table->nrows; row++)
        if (!pz_csv_table_is(table, row, "sign", signs[row % SIGNS].sign))
            return false;
    return table->nrows % SIGNS == 0;
}

struct sums {
    double scans, expected, most; /* most: of either in an hour */
};

static void add_up(const struct pz_csv_table *table, struct sums sums[SIGNS])
{
    double scans, expected;
    for (size_t row = 0; row < table->nrows; row++) {
        struct sums *sum = &sums[row % SIGNS];
        pz_csv_table_number(table, row, "scans", &scans);
        pz_csv_table_number(table, row, "expected", &expected);
        *sum = (struct sums){sum->scans + scans, sum->expected + expected, fmax(sum->most, fmax(scans, expected))};
    }
}

/* Rounded up to a number that is easily read. */
static double top_of(double most)
{
    double step = 1;
    while (step * 10 < most)
        step *= 10;
    return most <= step ? step : most <= 2 * step ? 2 * step : most <= 5 * step ? 5 * step : 10 * step;
}

/* A panel a sign, one below the other, with one axis of time. */
static int draw(struct pz_drawing *drawing)
{
    const struct pz_csv_table *table = drawing->table;
    struct sums sums[SIGNS] = {{0}};
    if (pz_drawing_show(drawing, "scans") != 0)
        return -1;
    if (!has_rows(table))
        return pz_drawing_fails(drawing, "tools.csv has not the rows of this version");
    add_up(table, sums);
    pz_script_outages(drawing, table);
    pz_script_time_axis(drawing, 13, false);
    pz_script(drawing, "set grid x lc rgb 0xdddddd lw 0.7\nset format y \"%%.0s%%c\"\nset key off\nset multiplot\n"
                       "set lmargin at screen 0.17\nset rmargin at screen 0.955\n");
    for (size_t i = 0; i < SIGNS; i++) {
        const double height = 0.82 / SIGNS, upper = 0.93 - height * (double)i, top = top_of(sums[i].most);
        if (i == 1)
            pz_script(drawing, "unset label 97\nunset label 96\nunset label 98\nunset label 99\n");
        if (i + 1 == SIGNS)
            pz_script_time_axis(drawing, 13, true);
        pz_script(drawing,
                  "set tmargin at screen %.3f\nset bmargin at screen %.3f\nset yrange [0:%.0f]\nset ytics (0, %.0f)\n"
                  "set label 1 \"%s\" at screen 0.105, graph 0.5 right noenhanced\n"
                  "plot \"../tables/tools.csv\" using \"hour\":(got(\"scans\")) every %d::%zu with impulses lw 1.4 lc "
                  "rgb blue, \\\n"
                  "     \"\" using \"hour\":(got(\"expected\")) every %d::%zu with points pt 7 ps 0.25 lc rgb red\n",
                  upper, upper - height + 0.025, top, top, signs[i].words, SIGNS, i, SIGNS, i);
    }
    pz_script(drawing, "unset multiplot\n");
    pz_caption(drawing,
               "Scans of each hour that look like those of a known tool, and scans from addresses that no host "
               "can have sent from (blue), and how many of the hour's scans would by chance (red). Tools that "
               "appeared after the data were recorded should follow the red points.");
    pz_alt(drawing,
           "Bars of the scans of each hour with each of %d signs. In all, those that there were and those "
           "expected by chance:",
           SIGNS);
    for (size_t i = 0; i < SIGNS; i++)
        pz_alt(drawing, "%s %s %s (by chance %s)", i ? "," : "", signs[i].words, pz_number_text(sums[i].scans).text,
               pz_number_text(sums[i].expected).text);
    pz_alt(drawing, ".");
    return 0;
}

const struct pz_figure pz_figure_tools[] = {
    {.number = 18,
     .name = "figure-18-tools",
     .title = "Scans with the signs of known tools, and what chance makes of them",
     .table = "tools",
     .size = {960, 720},
     .draw = draw},
    {0},
};
