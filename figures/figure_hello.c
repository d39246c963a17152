/* SPDX-License-Identifier: BSD-2-Clause */
/* The sources of each hour that scanned once, a level line for each hour: the second example of docs/adding-a-job.md. No
 * report draws it. */
#include "report/figure.h"

#include <math.h>

static const struct pz_curve curve = {.value = "got(\"sources_once\")", .width = 1.4, .style = "lc rgb blue"};

static int draw(struct pz_drawing *drawing)
{
    const struct pz_csv_table *table = drawing->table;
    if (pz_drawing_show(drawing, "sources_once") != 0)
        return -1;
    const double top = fmax(1, 1.05 * pz_drawing_most(drawing, table, "sources_once", NULL));
    struct pz_end_label name = {"scanned once", "blue", pz_csv_table_last(table, "sources_once")};
    pz_script_outages(drawing, table);
    pz_script_time_axis(drawing, 13, true);
    pz_script_end_labels(drawing, &name, 1, &(struct pz_value_axis){.high = top, .pixels = 250}, drawing->until);
    pz_script(drawing, "set ylabel \"sources per hour\"\nset yrange [0:%.1f]\n", top);
    pz_script_plot(drawing, &curve, 1);
    pz_caption(drawing, "Sources that scanned once and no more, by the hour.");
    pz_alt(drawing, "The sources of each hour that scanned once and no more.");
    return 0;
}

const struct pz_figure pz_figure_hello[] = {
    {.number = 99,
     .name = "figure-99-hello",
     .title = "Sources that scanned once",
     .table = "hello",
     .size = {960, 400},
     .draw = draw},
    {0},
};
