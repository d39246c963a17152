/* SPDX-License-Identifier: BSD-2-Clause */
/* The share of new sources that the worm can reach, in bins of ten minutes: the published Figure 6. */
#include "report/figure.h"

#include <stdlib.h>

enum { BIN_SECONDS = 600 }; /* of the table */

/* The share over bins from `begin` to `end` - 1 seconds; false if nothing was new. */
static bool share(const struct pz_csv_table *table, int64_t begin, int64_t end_second, double *percent)
{
    double all = 0, reachable = 0, n, k;
    int64_t second;
    for (size_t row = 0; row < table->nrows; row++)
        if (pz_csv_table_time(table, row, "time", &second) && second >= begin && second < end_second &&
            pz_csv_table_number(table, row, "new_sources", &n) &&
            pz_csv_table_number(table, row, "new_reachable", &k)) {
            all += n;
            reachable += k;
        }
    *percent = all > 0 ? 100 * reachable / all : 0;
    return all > 0;
}

/* So many cases make a share worth drawing; bins are joined until they hold them. The page's chart has the same. */
enum { CASES = 30 };

struct bin {
    int64_t from, until;
    double n, k;
};

/* Bins between two gaps. */
struct stretch {
    struct bin *bins; /* owned */
    size_t n;
    struct bin open; /* too few cases yet */
};

static void take(struct stretch *stretch)
{
    stretch->bins = pz_room(stretch->bins, stretch->n, sizeof *stretch->bins);
    stretch->bins[stretch->n++] = stretch->open;
    stretch->open = (struct bin){0};
}

/* What is left has too few cases for a bin of its own, unless there is no other. Each bin is put twice, at its beginning
 * and at its end. */
static void put_stretch(struct pz_drawing *drawing, struct stretch *stretch)
{
    const struct bin *rest = &stretch->open;
    if (stretch->n && rest->n > 0) {
        struct bin *last = &stretch->bins[stretch->n - 1];
        *last = (struct bin){last->from, rest->until, last->n + rest->n, last->k + rest->k};
    } else if (rest->n > 0) {
        take(stretch);
    }
    for (const struct bin *bin = stretch->bins; bin < stretch->bins + stretch->n; bin++) {
        const struct pz_time_text from = pz_time_text(bin->from);
        pz_script(drawing, "%s,%s,%.0f,%.0f\n", from.text, from.text, bin->n, bin->k);
        pz_script(drawing, "%s,%s,%.0f,%.0f\n", pz_time_text(bin->until).text, from.text, bin->n, bin->k);
    }
    stretch->n = 0;
    stretch->open = (struct bin){0};
}

/* With a blank line where a gap ends the curve. */
static void put_bins(struct pz_drawing *drawing)
{
    const struct pz_csv_table *table = drawing->table;
    struct stretch stretch = {0};
    struct bin *open = &stretch.open;
    double n, k;
    int64_t second, next;
    pz_script(drawing, "# Bins joined until they hold %d cases.\n$bins << EOD\ntime,bin,new_sources,new_reachable\n",
              CASES);
    for (size_t row = 0; row < table->nrows; row++) {
        if (!pz_drawing_shows(drawing, table, row, &second))
            continue;
        if (!pz_csv_table_number(table, row, "new_sources", &n) ||
            !pz_csv_table_number(table, row, "new_reachable", &k)) {
            put_stretch(drawing, &stretch);
            pz_script(drawing, "\n");
            continue;
        }
        /* A row may be of several bins already; the next row says where they end. */
        bool more = row + 1 < table->nrows && pz_drawing_shows(drawing, table, row + 1, &next);
        *open = (struct bin){open->until ? open->from : second, more ? next : second + BIN_SECONDS, open->n + n,
                             open->k + k};
        if (open->n >= CASES)
            take(&stretch);
    }
    put_stretch(drawing, &stretch);
    free(stretch.bins);
    pz_script(drawing, "EOD\n");
}

static int draw(struct pz_drawing *drawing)
{
    const struct pz_csv_table *table = drawing->table;
    const struct pz_outbreak *outbreak = drawing->results->outbreak;
    int64_t first, last, midnight = pz_outbreak_begin(outbreak);
    if (!outbreak)
        return pz_drawing_fails(drawing, PZ_FIGURE_NO_OUTBREAK, drawing->results->port);
    if (!pz_csv_table_span(table, "new_sources", &first, &last))
        return pz_drawing_fails(drawing, PZ_FIGURE_NO_DAY, outbreak->day);
    /* One day is what was published; where there is more, two show the decay without hiding the rise. */
    drawing->from = midnight;
    drawing->until = midnight + (last + BIN_SECONDS < midnight + 2 * PZ_DAY_SECONDS ? 1 : 2) * PZ_DAY_SECONDS;
    pz_script_outages(drawing, table);
    put_bins(drawing);
    pz_script_time_axis(drawing, 13, true);
    pz_script(
        drawing,
        "set margins 10,6,5,5\n"
        "set ylabel \"share of new sources that are reachable\"\nset yrange [0:100]\nset format y \"%%.0f %%%%\"\n"
        "set key at screen 0.985,0.925 right top horizontal samplen 1.5\n"
        "# Wilson's interval at 95 %%: z = 1.96.\n"
        "z2 = 1.96**2\n"
        "middle(n, k) = (k + z2/2) / (n + z2)\n"
        "half(n, k) = sqrt(z2 * (k*(n - k)/n + z2/4)) / (n + z2)\n"
        "low(n, k) = n > 0 ? 100 * (middle(n, k) - half(n, k)) : NaN\n"
        "high(n, k) = n > 0 ? 100 * (middle(n, k) + half(n, k)) : NaN\n"
        "set arrow from graph 0, first 25 to graph 1, first 25 nohead lc rgb grey dt 2 front\n"
        "set label \"25 %%\" at graph 1.005, first 25 left tc rgb grey font \",11\" front\n"
        "plot $bins using "
        "\"time\":(low(got(\"new_sources\"),got(\"new_reachable\"))):(high(got(\"new_sources\"),got(\"new_reachable\"))"
        ") with filledcurves lc"
        " rgb sky fs solid 0.4 noborder title \"95 %% interval\", \\\n"
        "     \"\" using \"time\":(100*got(\"new_reachable\")/got(\"new_sources\")) "
        "with lines lw 1.4 lc rgb blue title \"new sources\"\n");
    double early, late;
    bool shares = share(table, midnight + 5400, midnight + 5 * 3600, &early) &&
                  share(table, midnight + 5 * 3600, midnight + PZ_DAY_SECONDS, &late);
    pz_caption(drawing,
               "Of the sources first seen since midnight of %s, the share whose address the worm's"
               " random scan can reach, with Wilson's 95 %% interval, in bins of ten minutes, joined until"
               " they hold %d sources; what is left at a gap or the end is joined to the bin before. Dashed: the "
               "quarter of all addresses that can be reached.",
               outbreak->day, CASES);
    pz_alt(drawing, "Share of new sources that the worm can reach, in ten-minute bins since midnight of %s",
           outbreak->day);
    if (shares)
        pz_alt(drawing,
               ": %.0f %% from 01:30 to 05:00 UTC and %.0f %% in the rest of that day, against 25 %% of all"
               " addresses",
               early, late);
    pz_alt(drawing, ".");
    return 0;
}

const struct pz_figure pz_figure_reachable[] = {
    {.number = 6,
     .name = "figure-6-reachable",
     .title = "New sources that the worm could have reached",
     .table = "reachable",
     .size = {960, 500},
     .draw = draw},
    {0},
};
