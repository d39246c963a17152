/* SPDX-License-Identifier: BSD-2-Clause */
/* The shares of scans with each of the worm's traits, over time. */
#include "report/figure.h"

#include <stdlib.h>

/* Curves of the figure: the share of scans with each trait, and of attempts with two SYNs in time. */
enum { TRAITS = 4, CURVES = TRAITS + 1 };

static const struct {
    const char *column, *in_script, *name, *colour;
} curves[CURVES] = {{"reachable", "reachable", "reachable", "blue"},
                    {"length_48", "length", "length 48", "red"},
                    {"ttl_65_128", "ttl", "TTL 65 to 128", "green"},
                    {"port_1024_5000", "port", "port 1024 to 5000", "purple"},
                    {NULL, "two_in_time", "two SYNs in time", "0x000000"}};

/* Shares of one stretch of time. */
struct shares {
    double scans, with[TRAITS], attempts, in_time;
};

/* Into the script, and the last of each into `ends`. */
static void put_shares(struct pz_drawing *drawing, int64_t second, struct shares *shares, double ends[CURVES])
{
    pz_script(drawing, "%s", pz_time_text(second).text);
    for (int i = 0; i < TRAITS; i++)
        if (shares->scans > 0)
            pz_script(drawing, ",%.3f", ends[i] = 100 * shares->with[i] / shares->scans);
        else
            pz_script(drawing, ",");
    if (shares->attempts > 0)
        pz_script(drawing, ",%.3f", ends[TRAITS] = 100 * shares->in_time / shares->attempts);
    else
        pz_script(drawing, ",");
    pz_script(drawing, ",end\n"); /* gnuplot takes an empty field at the very end for none */
    *shares = (struct shares){0};
}

static int draw(struct pz_results *results, struct pz_drawing *drawing)
{
    static const char *const patterns[] = {"attempts_1_syn", "attempts_2_in_time", "attempts_2_other",
                                           "attempts_3_or_more"};
    enum { PATTERNS = sizeof patterns / sizeof *patterns };
    const struct pz_csv_table *table = pz_results_table(results, "fingerprint");
    int64_t first, last, second, begin = 0;
    if (!pz_csv_table_span(table, "scans", &first, &last) || first == last)
        return pz_drawing_fails(drawing, "one hour makes no curve");
    int64_t step = last - first > 16 * PZ_DAY_SECONDS ? PZ_DAY_SECONDS : PZ_SECONDS_PER_HOUR;
    struct shares shares = {0};
    double ends[CURVES] = {0};
    pz_script(drawing,
              "# The table has 16 rows an hour, so their shares by the %s stand here.\n$shares << "
              "EOD\ntime,reachable,length,ttl,port,two_in_time,end\n",
              step == PZ_DAY_SECONDS ? "day" : "hour");
    begin = first / step * step;
    for (size_t row = 0; row < table->nrows; row++) {
        double scans, number;
        if (!pz_csv_table_time(table, row, "hour", &second))
            continue;
        for (; begin + step <= second; begin += step)
            put_shares(drawing, begin, &shares, ends); /* empty where nothing was recorded: the curve breaks */
        pz_csv_table_number(table, row, "scans", &scans);
        shares.scans += scans;
        for (int i = 0; i < TRAITS; i++)
            shares.with[i] += pz_csv_table_number(table, row, curves[i].column, &number) && number > 0 ? scans : 0;
        for (int i = 0; i < PATTERNS; i++)
            shares.attempts += pz_csv_table_number(table, row, patterns[i], &number) ? number : 0;
        shares.in_time += pz_csv_table_number(table, row, "attempts_2_in_time", &number) ? number : 0;
    }
    put_shares(drawing, begin, &shares, ends);
    pz_script(drawing, "EOD\n");
    pz_script_hours(drawing, results, first, last + PZ_SECONDS_PER_HOUR);
    pz_script_time_axis(drawing, first, last + PZ_SECONDS_PER_HOUR, 13, true);
    pz_script_marks(drawing, results, first, last + PZ_SECONDS_PER_HOUR);
    pz_script(drawing, "set margins 10,24,5,4\nset ylabel \"share\"\nset yrange [0:100]\nset format y \"%%.0f %%%%\"\n"
                       "set key off\n");
    struct pz_end_label labels[CURVES];
    for (int i = 0; i < CURVES; i++)
        labels[i] = (struct pz_end_label){curves[i].name, curves[i].colour, ends[i]};
    pz_script_end_labels(drawing, labels, CURVES, &(struct pz_value_axis){.high = 100, .pixels = 350},
                         last + PZ_SECONDS_PER_HOUR);
    pz_script(drawing, "plot ");
    for (int i = 0; i < CURVES; i++) {
        char *value = pz_format("got(\"%s\")", curves[i].in_script),
             *joined = pz_format("changed(1) ? NaN : %s", value), *style = pz_format("lc rgb %s", curves[i].colour);
        pz_script_steps(drawing, &(struct pz_steps){.from = "$shares",
                                                    .time = "\"time\"",
                                                    .value = value,
                                                    .joined = joined,
                                                    .seconds = step,
                                                    .width = 1.8,
                                                    .style = style});
        free(style);
        free(joined);
        free(value);
    }
    pz_script(drawing, "\n");
    pz_caption(
        drawing,
        "The share of scans that have each of the worm's traits (an address that its random scan can reach, a length "
        "of 48 bytes, such a TTL, such a source port), and the share of connection attempts "
        "whose second SYN comes 3 s after the first (two SYNs in time). Each %s is a step from its beginning to its "
        "end.",
        step == PZ_DAY_SECONDS ? "day" : "hour");
    pz_alt(
        drawing,
        "Curves of the shares of scans with each of four traits of the worm's, and of attempts with two SYNs in time.");
    return 0;
}

const struct pz_figure pz_figure_fingerprint[] = {
    {.number = 14,
     .name = "figure-14-fingerprint",
     .title = "The worm's traits over time",
     .table = "fingerprint",
     .width = 960,
     .height = 500,
     .draw = draw},
    {0},
};
