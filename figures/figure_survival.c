/* How long sources stay. */
#include "report/figure.h"

static int draw(struct pz_results *results, struct pz_drawing *drawing)
{
    const struct pz_csv_table *table = pz_results_table(results, "survival");
    double all, stayed;
    if (table->nrows < 3)
        return pz_drawing_fails(drawing, "it takes some days to see who stays");
    pz_script(drawing,
              "set xdata\nset margins 10,3,4,2\nunset key\nset xlabel \"days since a source was first seen\"\n"
              "set ylabel \"still seen then or later\"\nset yrange [0:100]\nset format y \"%%.0f %%%%\"\n"
              "set xrange [0:%zu]\nset xtics auto\n"
              "plot \"../tables/survival.csv\" using (got(2) > 0 ? got(1) : NaN):(100*got(3)/got(2)) with steps lw 1.5 "
              "lc rgb blue\n",
              table->nrows - 1);
    pz_caption(drawing, "Of the sources first seen at least so many days before the end of the span, the share that "
                        "was still seen then or later. A host that is given another address is another source.");
    pz_csv_table_number(table, 1, 1, &all);
    pz_csv_table_number(table, 1, 2, &stayed);
    pz_alt(drawing, "Falling curve of the share of sources still seen after so many days; after one day it is %.0f %%.",
           all > 0 ? 100 * stayed / all : 0);
    return 0;
}

const struct pz_figure pz_figure_survival[] = {
    {.number = 12,
     .name = "figure-12-survival",
     .title = "How long sources stay",
     .table = "survival",
     .width = 800,
     .height = 460,
     .draw = draw},
    {0},
};
