/* SPDX-License-Identifier: BSD-2-Clause */
/* How long sources stay. */
#include "report/figure.h"

enum { MARKS = 8 }; /* on the axis of days, each with the number at risk */

static void put_marks(struct pz_drawing *drawing, const struct pz_csv_table *table)
{
    size_t step = 1, digits[] = {1, 2, 5}, power = 1;
    for (size_t i = 0; table->nrows > step * MARKS; i++) {
        power *= i % 3 == 2 ? 10 : 1;
        step = power * digits[(i + 1) % 3];
    }
    pz_script(drawing, "set xtics %zu\n", step);
    for (size_t row = 0; row < table->nrows; row += step) {
        double at_risk;
        if (pz_csv_table_number(table, row, "at_risk", &at_risk))
            pz_script(drawing, "set label \"%s\" at %zu, graph 0 center offset 0,-2.2 tc rgb grey\n",
                      pz_number_text(at_risk).text, row);
    }
    pz_script(drawing, "set label \"sources at risk\" at graph 0.5, graph 0 center offset 0,-3.2 tc rgb grey\n");
}

static int draw(struct pz_drawing *drawing)
{
    const struct pz_csv_table *table = drawing->table;
    double share;
    if (table->nrows < 3)
        return pz_drawing_fails(drawing, "it takes some days to see who stays");
    pz_script(drawing,
              "set xdata\nset margins 10,3,8,3\nset key top right samplen 1.5\nset xlabel \"days since a source was "
              "first seen\" offset 0,-2.2\nset ylabel \"share that stays so long\"\nset yrange [0:100]\n"
              "set format y \"%%.0f %%%%\"\n");
    put_marks(drawing, table);
    pz_script(drawing,
              "set xrange [0:%zu]\n"
              "plot \"../tables/survival.csv\" using \"days\":(100*got(\"low\")):(100*got(\"high\")) with filledcurves "
              "lc rgb sky fs solid 0.4 "
              "noborder title \"95 %% band\", \\\n"
              "     \"\" using \"days\":(100*got(\"share\")) with linespoints lw 1.5 pt 7 ps 0.3 lc rgb blue title "
              "\"sources\"\n",
              table->nrows - 1);
    pz_caption(
        drawing,
        "The share of sources that is seen for so many days or more, by Kaplan and Meier's estimate, with its 95 %% "
        "band. A source whose last scan wasn't followed by a recorded day, as at the end of the span or at a gap, is "
        "censored then. Below the axis: how many sources the estimate of that day rests on. A host that is given "
        "another address is another source.");
    pz_csv_table_number(table, 1, "share", &share);
    pz_alt(drawing,
           "Falling curve of the share of sources that stay for so many days or more; for one day it is %.0f %%.",
           100 * share);
    return 0;
}

const struct pz_figure pz_figure_survival[] = {
    {.number = 12,
     .name = "figure-12-survival",
     .title = "How long sources stay",
     .table = "survival",
     .size = {800, 460},
     .draw = draw},
    {0},
};
