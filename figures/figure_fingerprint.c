/* SPDX-License-Identifier: BSD-2-Clause */
/* The shares of scans with each of the worm's traits, over time. */
#include "report/figure.h"

/* Curves of the figure: the share of scans with each trait, and of attempts with two SYNs in time. */
enum { TRAITS = 4, CURVES = TRAITS + 1 };

static const char *const traits[TRAITS] = {"reachable", "length_48", "ttl_65_128", "port_1024_5000"};

#define CURVE(column, colour)                                                                                      \
    {                                                                                                              \
        PZ_UNCHANGED_ROWS(column), .table = "$shares", .time = "\"time\"", .width = 1.8, .style = "lc rgb " colour \
    }

static const struct pz_curve curves[CURVES] = {CURVE("reachable", "blue"), CURVE("length", "red"),
                                               CURVE("ttl", "green"), CURVE("port", "purple"),
                                               CURVE("two_in_time", "0x000000")};

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

static int draw(struct pz_drawing *drawing)
{
    static const char *const patterns[] = {"attempts_1_syn", "attempts_2_in_time", "attempts_2_other",
                                           "attempts_3_or_more"};
    enum { PATTERNS = sizeof patterns / sizeof *patterns };
    const struct pz_csv_table *table = drawing->table;
    int64_t second;
    if (pz_drawing_show(drawing, "scans") != 0)
        return -1;
    const int64_t shown = drawing->until - PZ_SECONDS_PER_HOUR - drawing->from,
                  step = shown > 16 * PZ_DAY_SECONDS ? PZ_DAY_SECONDS : PZ_SECONDS_PER_HOUR;
    drawing->step = step;
    struct shares shares = {0};
    double ends[CURVES] = {0};
    pz_script(drawing,
              "# The table has 16 rows an hour, so their shares by the %s stand here.\n$shares << "
              "EOD\ntime,reachable,length,ttl,port,two_in_time,end\n",
              pz_drawing_unit(drawing));
    int64_t begin = drawing->from / step * step;
    for (size_t row = 0; row < table->nrows; row++) {
        double scans, number;
        if (!pz_csv_table_time(table, row, "hour", &second))
            continue;
        for (; begin + step <= second; begin += step)
            put_shares(drawing, begin, &shares, ends); /* empty where nothing was recorded: the curve breaks */
        pz_csv_table_number(table, row, "scans", &scans);
        shares.scans += scans;
        for (int i = 0; i < TRAITS; i++)
            shares.with[i] += pz_csv_table_number(table, row, traits[i], &number) && number > 0 ? scans : 0;
        for (int i = 0; i < PATTERNS; i++)
            shares.attempts += pz_csv_table_number(table, row, patterns[i], &number) ? number : 0;
        shares.in_time += pz_csv_table_number(table, row, "attempts_2_in_time", &number) ? number : 0;
    }
    put_shares(drawing, begin, &shares, ends);
    pz_script(drawing, "EOD\n");
    pz_script_outages(drawing, table);
    pz_script_time_axis(drawing, 13, true);
    pz_script_marks(drawing);
    pz_script(drawing, "set margins 10,24,5,4\nset ylabel \"share\"\nset yrange [0:100]\nset format y \"%%.0f %%%%\"\n"
                       "set key off\n");
    struct pz_end_label labels[CURVES] = {{"reachable", "blue", ends[0]},
                                          {"length 48", "red", ends[1]},
                                          {"TTL 65 to 128", "green", ends[2]},
                                          {"port 1024 to 5000", "purple", ends[3]},
                                          {"two SYNs in time", "0x000000", ends[4]}};
    pz_script_end_labels(drawing, labels, CURVES, &(struct pz_value_axis){.high = 100, .pixels = 350}, drawing->until);
    pz_script_plot(drawing, curves, CURVES);
    pz_caption(
        drawing,
        "The share of scans that have each of the worm's traits (an address that its random scan can reach, a length "
        "of 48 bytes, such a TTL, such a source port), and the share of connection attempts "
        "whose second SYN comes 3 s after the first (two SYNs in time). Each %s is a step from its beginning to its "
        "end.",
        pz_drawing_unit(drawing));
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
     .size = {960, 500},
     .draw = draw},
    {0},
};
