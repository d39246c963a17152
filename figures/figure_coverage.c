/* SPDX-License-Identifier: BSD-2-Clause */
/* A calendar of what was recorded: a column is a day, a row an hour of it. */
#include "report/figure.h"

enum { KINDS = 4 };
static const char *const kinds[KINDS] = {"whole", "partial", "damaged", "missing"};

enum { MARKS = 16 }; /* on the axis of time */

/* A day's hours of one status in a row are one bar: an archive has days by the hundred, and most are one bar each. */
static int draw(struct pz_drawing *drawing)
{
    const struct pz_csv_table *table = pz_results_table(drawing->results, "hourly");
    size_t counts[KINDS] = {0};
    int64_t first = 0, last = 0, begin = 0;
    int was = -1;
    if (!table || !table->nrows || !pz_csv_table_time(table, 0, "hour", &first) ||
        !pz_csv_table_time(table, table->nrows - 1, "hour", &last))
        return pz_drawing_fails(drawing, "hourly.csv has no hours");
    pz_script(drawing, "# day, hour of the day, end, 1 whole, 2 partial, 3 damaged, 4 missing\n$bars << EOD\n");
    for (size_t row = 0; row <= table->nrows; row++) {
        int64_t second = last + PZ_SECONDS_PER_HOUR;
        int kind = -1;
        if (row < table->nrows && pz_csv_table_time(table, row, "hour", &second))
            for (int i = 0; i < KINDS; i++)
                kind = pz_csv_table_is(table, row, "status", kinds[i]) ? i : kind;
        /* A long stretch of missing hours is one row. */
        while (was >= 0 && begin < second && (kind != was || begin / PZ_DAY_SECONDS != second / PZ_DAY_SECONDS)) {
            int64_t day = begin / PZ_DAY_SECONDS, midnight = day * PZ_DAY_SECONDS, next = midnight + PZ_DAY_SECONDS,
                    end = second < next ? second : next;
            pz_script(drawing, "%s,%d,%d,%d\n", pz_time_text_day((uint32_t)day).text,
                      (int)((begin - midnight) / PZ_SECONDS_PER_HOUR), (int)((end - midnight) / PZ_SECONDS_PER_HOUR),
                      was + 1);
            counts[was] += (size_t)((end - begin) / PZ_SECONDS_PER_HOUR);
            begin = end;
        }
        if (kind != was || was < 0)
            begin = second;
        was = kind;
    }
    pz_script(drawing, "EOD\nset datafile nocolumnheaders\n");
    drawing->from = first / PZ_DAY_SECONDS * PZ_DAY_SECONDS;
    drawing->until = (last / PZ_DAY_SECONDS + 1) * PZ_DAY_SECONDS;
    int ndays = (int)((drawing->until - drawing->from) / PZ_DAY_SECONDS);
    pz_script_time_axis(drawing, ndays < MARKS ? ndays : MARKS, true); /* marks no less than a day apart */
    pz_script(
        drawing,
        "set margins 8,4,5,5\nset yrange [24:0]\nset ytics 6\nset ylabel \"hour of the day, UTC\"\nunset grid\n"
        "set key at screen 0.985,0.925 right top horizontal samplen 1\n"
        "colour(kind) = kind == 1 ? 0x8fd0b4 : kind == 2 ? orange : kind == 3 ? red : outage\n"
        "day(c) = timecolumn(c, \"%%Y-%%m-%%d\")\n"
        "plot $bars using (day(1)):2:(day(1)):(day(1)+86400):2:3:(colour($4)) with boxxyerror fs solid lc rgb"
        " variable notitle, \\\n"
        "     NaN with boxes lc rgb 0x8fd0b4 title \"whole\", NaN with boxes lc rgb orange title \"in part\", \\\n"
        "     NaN with boxes lc rgb red title \"damaged\", NaN with boxes lc rgb outage title \"missing\"\n");
    pz_caption(drawing, "Which hours of the archive were recorded: a column is a day, a row an hour of it.");
    pz_alt(drawing, "Calendar of the archive: %zu hours recorded whole, %zu in part, %zu damaged and %zu missing.",
           counts[0], counts[1], counts[2], counts[3]);
    return 0;
}

const struct pz_figure pz_figure_coverage[] = {
    {.number = 10,
     .name = "figure-10-coverage",
     .title = "What was recorded",
     .table = "coverage",
     .size = {1000, 360},
     .draw = draw},
    {0},
};
