/* SPDX-License-Identifier: BSD-2-Clause */
/* The share of new sources that the worm can reach, in bins of ten minutes: the published Figure 6. */
#include "report/figure.h"

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

static void put_bin(struct pz_drawing *drawing, int64_t begin, int64_t end, double n, double k)
{
    const struct pz_time_text from = pz_time_text(begin), to = pz_time_text(end);
    if (n > 0)
        pz_script(drawing, "%s,%s,%.0f,%.0f\n%s,%s,%.0f,%.0f\n", from.text, from.text, n, k, to.text, from.text, n, k);
    else
        pz_script(drawing, "\n");
}

struct bins {
    struct pz_drawing *drawing;
    struct bin {
        int64_t from, until;
        double n, k;
    } full, open; /* full: put when the next one is, as what is left at a gap or the end is joined to it */
};

static void put_full(struct bins *bins)
{
    if (bins->full.n > 0)
        put_bin(bins->drawing, bins->full.from, bins->full.until, bins->full.n, bins->full.k);
    bins->full = (struct bin){0};
}

static void fill(struct bins *bins)
{
    put_full(bins);
    bins->full = bins->open;
    bins->open = (struct bin){0};
}

/* What is left has too few cases for a bin of its own, unless there is no other. */
static void end_stretch(struct bins *bins)
{
    if (bins->full.n > 0 && bins->open.n > 0) {
        bins->full.until = bins->open.until;
        bins->full.n += bins->open.n;
        bins->full.k += bins->open.k;
        bins->open = (struct bin){0};
    } else if (bins->open.n > 0) {
        fill(bins);
    }
    put_full(bins);
    bins->open = (struct bin){0};
}

/* Each bin twice, from its beginning to its end, with a blank line where a gap ends the curve. */
static void put_bins(struct pz_drawing *drawing, const struct pz_csv_table *table, int64_t begin, int64_t end_second)
{
    struct bins bins = {.drawing = drawing};
    double n, k;
    int64_t second, next;
    pz_script(drawing, "# Bins joined until they hold %d cases.\n$bins << EOD\ntime,bin,new_sources,new_reachable\n",
              CASES);
    for (size_t row = 0; row < table->nrows; row++) {
        if (!pz_csv_table_time(table, row, "time", &second) || second < begin || second >= end_second)
            continue;
        if (!pz_csv_table_number(table, row, "new_sources", &n) ||
            !pz_csv_table_number(table, row, "new_reachable", &k)) {
            end_stretch(&bins);
            put_bin(drawing, second, second, 0, 0);
            continue;
        }
        /* A row may be of several bins already; the next row says where they end. */
        bool more = row + 1 < table->nrows && pz_csv_table_time(table, row + 1, "time", &next) && next < end_second;
        bins.open.from = bins.open.until ? bins.open.from : second;
        bins.open.until = more ? next : second + BIN_SECONDS;
        bins.open.n += n;
        bins.open.k += k;
        if (bins.open.n >= CASES)
            fill(&bins);
    }
    end_stretch(&bins);
    pz_script(drawing, "EOD\n");
}

static int draw(struct pz_results *results, struct pz_drawing *drawing)
{
    const struct pz_csv_table *table = pz_results_table(results, "reachable");
    int64_t first, last, midnight = pz_outbreak_begin(results->outbreak);
    if (!results->outbreak)
        return pz_drawing_fails(drawing, PZ_FIGURE_NO_OUTBREAK, results->port);
    if (!pz_csv_table_span(table, "new_sources", &first, &last))
        return pz_drawing_fails(drawing, PZ_FIGURE_NO_DAY, results->outbreak->day);
    /* One day is what was published; where there is more, two show the decay without hiding the rise. */
    int64_t end_second =
        last + BIN_SECONDS < midnight + 2 * PZ_DAY_SECONDS ? midnight + PZ_DAY_SECONDS : midnight + 2 * PZ_DAY_SECONDS;
    pz_script_outages(drawing, table, "new_sources", midnight, end_second);
    put_bins(drawing, table, midnight, end_second);
    pz_script_time_axis(drawing, midnight, end_second, 13, true);
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
               results->outbreak->day, CASES);
    pz_alt(drawing, "Share of new sources that the worm can reach, in ten-minute bins since midnight of %s",
           results->outbreak->day);
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
     .width = 960,
     .height = 500,
     .draw = draw},
    {0},
};
