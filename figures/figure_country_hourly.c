/* SPDX-License-Identifier: BSD-2-Clause */
/* Sources by country as curves, for those with the most: the published Figures 7 and 8, which country_map draws as
 * maps. */
#include "geo/geo.h"
#include "report/figure.h"
#include "report/maps.h"

#include <stdlib.h>

/* A country's most in an hour of the window. */
struct peak {
    char code[PZ_COUNTRY_TEXT];
    double most;
};

static int by_most(const void *a, const void *b)
{
    const struct peak *x = a, *y = b;
    if (x->most != y->most)
        return x->most > y->most ? -1 : 1;
    return strcmp(x->code, y->code);
}

enum { SHOWN = 8, CODES = 36 * 36 };

static size_t find_peaks(const struct pz_csv_table *table, const char *column, int64_t begin, int64_t end,
                         struct peak peaks[CODES])
{
    size_t n = 0;
    for (size_t row = 0; row < table->nrows; row++) {
        const char *code = pz_csv_table_text(table, row, "country");
        int64_t second;
        double value;
        if (!pz_csv_table_time(table, row, "hour", &second) || second < begin || second >= end || strlen(code) != 2 ||
            strcmp(code, PZ_COUNTRY_UNKNOWN) == 0 || !pz_csv_table_number(table, row, column, &value))
            continue;
        size_t i = 0;
        while (i < n && strcmp(peaks[i].code, code) != 0)
            i++;
        if (i == CODES)
            continue;
        if (i == n)
            memcpy(peaks[n++].code, code, PZ_COUNTRY_TEXT);
        peaks[i].most = value > peaks[i].most ? value : peaks[i].most;
    }
    qsort(peaks, n, sizeof *peaks, by_most);
    return n;
}

/* What an hour's row has. */
struct hour {
    const char *values[SHOWN]; /* borrowed; NULL for a country without sources */
    double others, unknown;    /* sources of all other countries, and of no known one */
    bool there;                /* any */
};

static void take_row(struct hour *hour, const struct pz_csv_table *table, size_t row, const char *column,
                     const struct peak *peaks, size_t shown)
{
    const char *code = pz_csv_table_text(table, row, "country");
    double sources = 0;
    (void)pz_csv_table_number(table, row, "sources", &sources);
    hour->there = true;
    for (size_t i = 0; i < shown; i++)
        if (strcmp(code, peaks[i].code) == 0) {
            hour->values[i] = pz_csv_table_text(table, row, column);
            return;
        }
    *(strcmp(code, PZ_COUNTRY_UNKNOWN) == 0 ? &hour->unknown : &hour->others) += sources;
}

/* A row an hour, a column a country, then all others and those of no known country; an hour without sources of any, as
 * in an outage, has an empty row. */
static void put_day(struct pz_drawing *drawing, const struct pz_csv_table *table, const char *column, int64_t begin,
                    int64_t end, const struct peak *peaks, size_t shown)
{
    size_t row = 0;
    for (int64_t second = begin; second < end; second += PZ_SECONDS_PER_HOUR) {
        struct hour hour = {0};
        char time[PZ_TIME_TEXT];
        int64_t at;
        for (; row < table->nrows && pz_csv_table_time(table, row, "hour", &at) && at <= second; row++)
            if (at == second)
                take_row(&hour, table, row, column, peaks, shown);
        pz_time_text(second, time);
        pz_script(drawing, "%s", time);
        for (size_t i = 0; i < shown; i++)
            pz_script(drawing, ",%s", hour.values[i] ? hour.values[i] : "");
        if (hour.there)
            pz_script(drawing, ",%.0f,%.0f", hour.others, hour.unknown);
        else
            pz_script(drawing, ",,");
        pz_script(drawing, ",end\n"); /* gnuplot takes an empty field at the very end for none */
    }
}

static int draw_by(struct pz_results *results, struct pz_drawing *drawing, const char *column, const char *what,
                   bool log)
{
    const struct pz_csv_table *table = pz_results_table(results, "country_hourly");
    int64_t begin, end;
    struct peak *peaks = pz_alloc(CODES * sizeof *peaks);
    size_t n =
        pz_maps_window(results->outbreak, table, &begin, &end) ? find_peaks(table, column, begin, end, peaks) : 0;
    if (!n) {
        free(peaks);
        return pz_drawing_fails(drawing, "no country has sources in the hours at hand");
    }
    size_t shown = n < SHOWN ? n : SHOWN;
    pz_script_hours(drawing, results, begin, end);
    pz_script_time_axis(drawing, begin, end, 13, true);
    pz_script(drawing,
              "set margins 11,14,5,3\nset ylabel \"%s\"\nset grid x lc rgb 0xdddddd lw 0.7\n"
              "set key at graph 1.02,1 left top Left reverse samplen 1.2 spacing 1.3\n",
              what);
    pz_script_count_axis(drawing, peaks[0].most);
    pz_script(drawing, log ? "set logscale y\nset yrange [*:*]\nset format y \"%%g\"\n" : "set yrange [0:*]\n");
    /* The table is large and this is one day of it, so the day stands in the script. */
    pz_script(drawing, "$day << EOD\ntime");
    for (size_t i = 0; i < shown; i++)
        pz_script(drawing, ",%s", peaks[i].code);
    pz_script(drawing, ",others,unknown,end\n");
    put_day(drawing, table, column, begin, end, peaks, shown);
    pz_script(drawing, "EOD\n");
    pz_script(drawing, "array colour[8] = [blue, red, green, purple, orange, sky, 0x000000, 0x999999]\n"
                       "plot ");
    pz_alt(drawing, "Curves of %s for the %zu countries with the most on %s: ", what, shown,
           begin == pz_outbreak_begin(results->outbreak) ? results->outbreak->day : "the first day at hand");
    for (size_t i = 0; i < shown; i++) {
        char number[PZ_NUMBER_TEXT];
        pz_script(
            drawing,
            "%s$day using \"time\":(got(\"%s\")) with linespoints lw 1.4 pt %zu ps 0.5 lc rgb colour[%zu] title \"%s\"",
            i ? ", \\\n     " : "", peaks[i].code, 4 + i, i + 1, peaks[i].code);
        pz_alt(drawing, "%s%s up to %s", i ? ", " : "", peaks[i].code, pz_number_text(peaks[i].most, number));
    }
    if (!log)
        pz_script(
            drawing,
            ", \\\n     $day using \"time\":(got(\"others\")) with lines lw 1.4 dt 2 lc rgb grey title \"others\""
            ", \\\n     $day using \"time\":(got(\"unknown\")) with lines lw 1.4 dt 3 lc rgb grey title \"unknown\"");
    pz_script(drawing, "\n");
    pz_alt(drawing, ".");
    free(peaks);
    return 0;
}

static int draw_counts(struct pz_results *results, struct pz_drawing *drawing)
{
    if (draw_by(results, drawing, "sources", "unique sources per hour", false) != 0)
        return -1;
    pz_caption(drawing,
               "Unique sources per hour by country, for the countries with the most; of all others together, and"
               " at addresses of no known country.");
    return 0;
}

static int draw_rates(struct pz_results *results, struct pz_drawing *drawing)
{
    if (draw_by(results, drawing, "per_million", "unique sources per million addresses", true) != 0)
        return -1;
    pz_caption(drawing, "Unique sources per hour and million of the country's addresses, log scale, for the countries "
                        "with the most; without countries of fewer than 100,000 addresses.");
    return 0;
}

const struct pz_figure pz_figure_country_hourly[] = {
    {.number = 7,
     .name = "figure-7-countries-curves",
     .title = "Unique sources by country, those with the most",
     .table = "country_hourly",
     .width = 960,
     .height = 500,
     .draw = draw_counts},
    {.number = 8,
     .name = "figure-8-per-million-curves",
     .title = "Unique sources per million addresses of a country, those with the most",
     .table = "country_hourly",
     .width = 960,
     .height = 500,
     .draw = draw_rates},
    {0},
};
