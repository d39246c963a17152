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

/* A bin that is open at a gap or the end has too few cases for one of its own, unless there is no other. */
static void end_stretch(struct bin *bins, size_t *n, const struct bin *open)
{
    struct bin *last = *n && bins[*n - 1].n > 0 ? &bins[*n - 1] : NULL;
    if (open->n > 0 && last)
        *last = (struct bin){last->from, open->until, last->n + open->n, last->k + open->k};
    else if (open->n > 0)
        bins[(*n)++] = *open;
}

/* The bins that are drawn, with an empty one for each row of a gap; the caller frees. */
static struct bin *find_bins(const struct pz_drawing *drawing, size_t *n)
{
    const struct pz_csv_table *table = drawing->table;
    struct bin *bins = pz_alloc((2 * table->nrows + 1) * sizeof *bins), open = {0};
    double news, reachable;
    int64_t second, next;
    *n = 0;
    for (size_t row = 0; row < table->nrows; row++) {
        if (!pz_drawing_shows(drawing, table, row, &second))
            continue;
        bool recorded = pz_csv_table_number(table, row, "new_sources", &news) &&
                        pz_csv_table_number(table, row, "new_reachable", &reachable);
        /* A row may be of several bins already; the next row says where they end. */
        bool more = row + 1 < table->nrows && pz_drawing_shows(drawing, table, row + 1, &next);
        if (recorded)
            open = (struct bin){open.until ? open.from : second, more ? next : second + BIN_SECONDS, open.n + news,
                                open.k + reachable};
        else
            end_stretch(bins, n, &open);
        if (recorded && open.n < CASES)
            continue;
        bins[(*n)++] = recorded ? open : (struct bin){0};
        open = (struct bin){0};
    }
    end_stretch(bins, n, &open);
    return bins;
}

/* Each bin twice, from its beginning to its end, with a blank line where a gap ends the curve. */
static void put_bins(struct pz_drawing *drawing)
{
    size_t n;
    struct bin *bins = find_bins(drawing, &n);
    pz_script(drawing, "# Bins joined until they hold %d cases.\n$bins << EOD\ntime,bin,new_sources,new_reachable\n",
              CASES);
    for (const struct bin *bin = bins; bin < bins + n; bin++) {
        const struct pz_time_text from = pz_time_text(bin->from), until = pz_time_text(bin->until);
        if (bin->n > 0)
            pz_script(drawing, "%s,%s,%.0f,%.0f\n%s,%s,%.0f,%.0f\n", from.text, from.text, bin->n, bin->k, until.text,
                      from.text, bin->n, bin->k);
        else
            pz_script(drawing, "\n");
    }
    pz_script(drawing, "EOD\n");
    free(bins);
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
