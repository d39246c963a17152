/* SPDX-License-Identifier: BSD-2-Clause */
/* The sources of each hour that scanned once, a level line for each hour: the second example of docs/adding-a-job.md. No
 * report draws it. */
#include "report/figure.h"

static int draw(struct pz_results *results, struct pz_drawing *drawing)
{
    const struct pz_csv_table *table = pz_results_table(results, "hello");
    int64_t first, last;
    if (!pz_csv_table_span(table, "sources_once", &first, &last))
        return pz_drawing_fails(drawing, "no hour was recorded");
    last += PZ_SECONDS_PER_HOUR; /* to the end of the last hour */
    pz_script_outages(drawing, table, "sources_once", first, last);
    pz_script_time_axis(drawing, first, last, 13, true);
    pz_script(drawing, "plot ");
    pz_script_steps(drawing, &(struct pz_steps){.from = "\"../tables/hello.csv\"",
                                                .time = "\"hour\"",
                                                .value = "got(\"sources_once\")",
                                                .width = 1.4,
                                                .style = "lc rgb blue"});
    pz_script(drawing, "\n");
    pz_caption(drawing, "Sources that scanned once and no more, by the hour.");
    pz_alt(drawing, "The sources of each hour that scanned once and no more.");
    return 0;
}

const struct pz_figure pz_figure_hello[] = {
    {.number = 99,
     .name = "figure-99-hello",
     .title = "Sources that scanned once",
     .table = "hello",
     .width = 960,
     .height = 400,
     .draw = draw},
    {0},
};
