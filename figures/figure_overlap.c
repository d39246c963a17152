/* SPDX-License-Identifier: BSD-2-Clause */
/* Our sources compared with another list, hour by hour, from the tables of `patientzero overlap`. */
#include "report/figure.h"

/* Appends what the table of the whole span says, if it exists. */
static void put_whole(struct pz_results *results, struct pz_buf *to)
{
    const struct pz_csv_table *table = pz_results_table(results, "overlap");
    double ours, others, both;
    char numbers[3][PZ_NUMBER_TEXT];
    if (!table || !table->nrows || !pz_csv_table_number(table, 0, "ours", &ours) ||
        !pz_csv_table_number(table, 0, "others", &others) || !pz_csv_table_number(table, 0, "both", &both))
        return;
    pz_buf_printf(to, " Of %s sources in all and %s addresses of the list, %s are the same.",
                  pz_number_text(ours, numbers[0]), pz_number_text(others, numbers[1]),
                  pz_number_text(both, numbers[2]));
}

static int draw(struct pz_results *results, struct pz_drawing *drawing)
{
    const struct pz_csv_table *table = pz_results_table(results, "overlap_hourly");
    int64_t first, last;
    double most = 0, ours, share, low = 1, high = 0;
    if (!pz_csv_table_span(table, "ours", &first, &last) || first == last)
        return pz_drawing_fails(drawing, "one hour makes no curve");
    for (size_t row = 0; row < table->nrows; row++) {
        most = pz_csv_table_number(table, row, "ours", &ours) && ours > most ? ours : most;
        if (pz_csv_table_number(table, row, "share_of_ours", &share)) {
            low = share < low ? share : low;
            high = share > high ? share : high;
        }
    }
    if (high < low)
        return pz_drawing_fails(drawing, "no hour at hand has sources");
    last += PZ_SECONDS_PER_HOUR;
    pz_script(drawing, "set multiplot\n");
    pz_script_hours(drawing, results, first, last);
    pz_script_lens(drawing, results, first, last);
    pz_script_time_axis(drawing, first, last, 13, false);
    pz_script_count_axis(drawing, most);
    pz_script(drawing, "set lmargin 10\nset rmargin 4\nset tmargin at screen 0.89\nset bmargin at screen 0.42\n"
                       "set ylabel \"unique sources per hour\"\nset yrange [0:*]\n"
                       "set key top left Left reverse samplen 1.5 opaque\n"
                       "plot \"../tables/overlap_hourly.csv\" using \"hour\":(changed(1) ? NaN : got(\"ours\")) with "
                       "steps lw 1.4 lc rgb "
                       "blue title \"ours\", \\\n"
                       "     \"\" using \"hour\":(changed(1) ? NaN : got(\"both\")) with steps lw 1.4 lc rgb orange "
                       "title \"of these, in "
                       "the other list\"\n");
    pz_script_time_axis(drawing, first, last, 13, true);
    pz_script(drawing,
              "set tmargin at screen 0.37\nset bmargin at screen 0.15\nset key off\n"
              "set ylabel \"share of ours\" offset 1.2,0\nset format y \"%%g %%%%\"\nset yrange [0:100]\nset ytics 25\n"
              "plot \"../tables/overlap_hourly.csv\" using \"hour\":(100*got(\"share_of_ours\")) with steps lw 1.4 lc "
              "rgb orange\n"
              "unset multiplot\n");
    pz_caption(drawing, "Our sources of each hour, how many of them are in another list too, and that as a share. The"
                        " list is the same for all hours, whenever it was made.");
    put_whole(results, &drawing->caption);
    pz_alt(drawing,
           "Two curves per hour, our sources and those of them in another list, and below them the share, which goes"
           " from %.1f to %.1f %%.",
           100 * low, 100 * high);
    put_whole(results, &drawing->alt);
    return 0;
}

const struct pz_figure pz_figure_overlap[] = {
    {.number = 15,
     .name = "figure-15-overlap",
     .title = "Our sources beside another list",
     .table = "overlap_hourly",
     .width = 960,
     .height = 560,
     .draw = draw},
    {0},
};
