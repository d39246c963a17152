/* SPDX-License-Identifier: BSD-2-Clause */
/* Maps of the hour with the most sources: the published Figures 7 and 8, which were animations, as pictures. The page
 * plays all hours in their place. */
#include "base/sort.h"
#include "geo/geo.h"
#include "report/figure.h"
#include "report/outlines.h"
#include "report/page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A country's value in the hour; NAN if it has sources and no rate. */
struct value {
    char code[PZ_COUNTRY_TEXT];
    double value;
};

/* Classes: from 1, 3, 10, 30 and so on, the upper ones if there are more than colours. */
enum { CLASSES = 8 };

struct map {
    bool rates;
    struct pz_outline *outlines; /* owned */
    size_t noutlines;
    struct value *values; /* owned */
    size_t n;
    /* Sources: all, at addresses of no known country, of countries without an outline, and of those with too few each
     * to be told. */
    double total, unknown, hidden, few;
    int64_t hour;
    double least;              /* of the values above 0 */
    int first_class, nclasses; /* the first as a power of the root of ten */
};

/* The hour of the window with the most sources. */
static bool find_hour(const struct pz_drawing *drawing, int64_t *hour)
{
    const struct pz_csv_table *table = drawing->table;
    int64_t begin, end, second, at = -1;
    double sum = 0, most = 0, sources;
    if (!pz_maps_window(drawing->results->outbreak, table, &begin, &end))
        return false;
    for (size_t row = 0; row < table->nrows; row++) {
        if (!pz_csv_table_time(table, row, "hour", &second) || second < begin || second >= end ||
            !pz_csv_table_number(table, row, "sources", &sources))
            continue;
        sum = second == at ? sum + sources : sources;
        at = second;
        if (sum > most) {
            most = sum;
            *hour = at;
        }
    }
    return most > 0;
}

static bool has_outline(const struct map *map, const char *code)
{
    for (size_t i = 0; i < map->noutlines; i++)
        if (strcmp(map->outlines[i].code, code) == 0)
            return true;
    return false;
}

static void read_hour(struct map *map, const struct pz_drawing *drawing)
{
    const struct pz_csv_table *table = drawing->table;
    for (size_t row = 0; row < table->nrows; row++) {
        const char *code = pz_csv_table_text(table, row, "country");
        struct value value;
        int64_t second;
        double sources;
        if (!pz_csv_table_time(table, row, "hour", &second) || second != map->hour ||
            !pz_csv_table_number(table, row, "sources", &sources))
            continue;
        map->total += sources;
        if (strlen(code) != 2 || strcmp(code, PZ_COUNTRY_UNKNOWN) == 0) {
            *(strlen(code) != 2 ? &map->few : &map->unknown) += sources;
            continue;
        }
        memcpy(value.code, code, sizeof value.code);
        if (!pz_csv_table_number(table, row, drawing->figure->map, &value.value))
            value.value = NAN;
        map->hidden += has_outline(map, code) ? 0 : sources;
        map->values = pz_room(map->values, map->n, sizeof *map->values);
        map->values[map->n++] = value;
    }
}

static double edge(int k)
{
    double tens = pow(10, floor(k / 2.0));
    return k % 2 ? 3 * tens : tens;
}

static int by_value(const void *a, const void *b)
{
    const struct value *x = a, *y = b;
    double left = isnan(x->value) ? -1 : x->value, right = isnan(y->value) ? -1 : y->value;
    return left != right ? PZ_ORDER(right, left) : strcmp(x->code, y->code);
}

/* Sorts the values, the most first, and divides them. */
static bool find_classes(struct map *map)
{
    if (map->n)
        qsort(map->values, map->n, sizeof *map->values, by_value);
    for (size_t i = 0; i < map->n && map->values[i].value > 0; i++)
        map->least = map->values[i].value;
    if (map->least <= 0)
        return false;
    int low = (int)floor(2 * log10(map->least)) - 1, high;
    while (edge(low + 1) <= map->least)
        low++;
    for (high = low; edge(high + 1) <= map->values[0].value;)
        high++;
    map->nclasses = high - low + 1 < CLASSES ? high - low + 1 : CLASSES;
    map->first_class = high - map->nclasses + 1;
    return true;
}

/* 30, 1k, 0.3. */
static struct pz_number_text edge_text(int k)
{
    double value = edge(k);
    const char *unit = value >= 1e6 ? "M" : value >= 1e3 ? "k" : "";
    struct pz_number_text text;
    snprintf(text.text, sizeof text.text, "%g%s", value / (value >= 1e6 ? 1e6 : value >= 1e3 ? 1e3 : 1), unit);
    return text;
}

/* A box of the legend, in hundredths of the picture from its left. */
static void put_box(struct pz_drawing *drawing, double left, double right, const char *colour)
{
    pz_script(drawing,
              "set object rectangle from screen %.4f,0.085 to screen %.4f,0.12 fc rgb %s fs solid border lc rgb line"
              " lw 0.5\n",
              left / 100, right / 100, colour);
}

/* A bar of colours with the edges of classes below it, then what has no class. */
static void put_legend(struct pz_drawing *drawing, const struct map *map)
{
    enum { LEFT = 27, WIDTH = 5 };
    const double none = LEFT + CLASSES * WIDTH + 4;
    char colour[32];
    pz_script(drawing, "set label \"%s\" at screen 0.01,0.103 left\n",
              map->rates ? "sources per million addresses" : "unique sources in the hour");
    for (int i = 0; i < map->nclasses; i++) {
        int place = CLASSES - map->nclasses + i;
        snprintf(colour, sizeof colour, "ramp[%d]", place + 1);
        put_box(drawing, LEFT + place * WIDTH, LEFT + (place + 1) * WIDTH, colour);
        if (i || map->least >= edge(map->first_class))
            pz_script(drawing, "set label \"%s\" at screen %.4f,0.06 center\n", edge_text(map->first_class + i).text,
                      (LEFT + place * WIDTH) / 100.0);
    }
    put_box(drawing, none, none + 2.5, "none");
    pz_script(drawing, "set label \"none\" at screen %.4f,0.103 left\n", none / 100 + 0.032);
    if (map->rates) {
        put_box(drawing, none + 9, none + 11.5, "unrated");
        pz_script(drawing, "set label \"below 100,000\\naddresses: no rate\" at screen %.4f,0.114 left\n",
                  none / 100 + 0.122);
    }
}

static const struct value *find(const struct map *map, const char *code)
{
    for (size_t i = 0; i < map->n; i++)
        if (strcmp(map->values[i].code, code) == 0)
            return &map->values[i];
    return NULL;
}

/* The colour of a country, which may have no sources. */
static void put_colour(struct pz_drawing *drawing, const struct map *map, const struct value *value)
{
    int k = map->first_class;
    if (!value || value->value <= 0) {
        pz_script(drawing, "none");
    } else if (isnan(value->value)) {
        pz_script(drawing, "unrated");
    } else {
        while (k + 1 < map->first_class + map->nclasses && value->value >= edge(k + 1))
            k++;
        pz_script(drawing, "ramp[%d]", CLASSES - map->nclasses + k - map->first_class + 1);
    }
}

/* The colour of each outline, by its place in outlines.csv, and the countries that are dots. */
static void put_colours(struct pz_drawing *drawing, const struct map *map)
{
    struct pz_buf dots = {0};
    pz_script(drawing, "# A colour for each block of outlines.csv.\narray colour[%zu] = [", map->noutlines);
    for (size_t i = 0; i < map->noutlines; i++) {
        const struct pz_outline *outline = &map->outlines[i];
        const struct value *value = find(map, outline->code);
        pz_script(drawing, "%s", i == 0 ? "" : i % 10 ? ", " : ", \\\n    ");
        put_colour(drawing, map, value);
        if (value && outline->area < PZ_WORLD_TINY)
            pz_buf_printf(&dots, "%d,%d,%zu\n", outline->x, outline->y, i + 1);
    }
    pz_script(drawing, "]\n# Countries that are too small to be seen: where they are, and their place above.\n"
                       "$dots << EOD\n");
    pz_buf_put(&drawing->script, dots.bytes, dots.nbytes);
    pz_script(drawing, "%sEOD\n", dots.nbytes ? "" : "NaN,NaN,1\n");
    pz_buf_release(&dots);
}

static void put_words(struct pz_drawing *drawing, const struct map *map, const char *what, const char *when)
{
    enum { NAMED = 8 };
    pz_caption(drawing,
               "%s by country: on the page all hours of the day, as a picture the one with the most sources, %s."
               " Classes are steps of a logarithm; in the picture, a dot is a country too small to be seen.",
               what, when);
    pz_caption(drawing, " Of that hour's %s sources, ", pz_number_text(map->total).text);
    pz_caption(drawing, "%s are at addresses of no known country", pz_number_text(map->unknown).text);
    if (map->few > 0)
        pz_caption(drawing, ", %s in countries with too few each to be told", pz_number_text(map->few).text);
    if (map->hidden > 0)
        pz_caption(drawing, " and %s in countries that the map has no outline of", pz_number_text(map->hidden).text);
    pz_caption(drawing, ".");
    pz_alt(drawing, "World map of %c%s by country, %s. The most are ", what[0] | 0x20, what + 1, when);
    for (size_t i = 0; i < map->n && i < NAMED && !isnan(map->values[i].value); i++)
        pz_alt(drawing, "%s%s %s", i ? ", " : "", map->values[i].code, pz_number_text(map->values[i].value).text);
    pz_alt(drawing, "; %zu countries have any sources.", map->n);
}

static void put_map(struct pz_drawing *drawing, const struct map *map)
{
    char span[64];
    const struct pz_time_text when = pz_time_text(map->hour), until = pz_time_text(map->hour + PZ_SECONDS_PER_HOUR);
    snprintf(span, sizeof span, "%.10s, %.5s to %.5s UTC", when.text, when.text + 11, until.text + 11);
    pz_script(drawing,
              "array ramp[8] = [0xfff3cf, 0xfee0a0, 0xfec476, 0xfd9f4c, 0xf5703a, 0xdc3f2d, 0xb01a2c, 0x740f2c]\n"
              "none = 0xebebeb; unrated = 0xb8b8b8; line = 0x8a8a8a\n");
    put_colours(drawing, map);
    pz_script(drawing,
              "set xdata\nunset datafile columnheaders\nunset border\nunset tics\nunset grid\nunset key\n"
              "set size ratio -1\nset xrange [0:%d]\nset yrange [0:%d]\n"
              "set lmargin at screen 0.01\nset rmargin at screen 0.99\n"
              "set bmargin at screen 0.14\nset tmargin at screen 0.9\n"
              "set label \"%s\" at screen 0.01,0.925 left\n",
              PZ_WORLD_WIDTH, PZ_WORLD_HEIGHT, span);
    put_legend(drawing, map);
    pz_script(
        drawing,
        "plot for [i=1:|colour|] \"outlines.csv\" index i-1 using 1:2 with filledcurves closed fc rgb colour[i], \\\n"
        "     \"outlines.csv\" using 1:2 with lines lw 0.4 lc rgb line, \\\n"
        "     $dots using 1:2 with points pt 7 ps 0.8 lc rgb line, \\\n"
        "     $dots using 1:2:(colour[int(column(3))]) with points pt 7 ps 0.6 lc rgb variable\n");
    put_words(drawing, map, map->rates ? "Unique sources per million addresses" : "Unique sources", span);
}

static int draw(struct pz_drawing *drawing)
{
    struct map map = {.rates = strcmp(drawing->figure->map, "per_million") == 0};
    if (!find_hour(drawing, &map.hour))
        return pz_drawing_fails(drawing, "no country has sources in the hours at hand");
    map.outlines = pz_world_outlines(&map.noutlines);
    read_hour(&map, drawing);
    bool any = find_classes(&map);
    if (any)
        put_map(drawing, &map);
    free(map.values);
    free(map.outlines);
    return any ? 0 : pz_drawing_fails(drawing, "no country that is known has sources in the busiest hour");
}

const struct pz_figure pz_figure_country_map[] = {
    {.number = 7,
     .part = "a",
     .name = "figure-7-countries",
     .title = "Unique sources by country",
     .table = "country_hourly",
     .size = {960, 540},
     .draw = draw,
     .map = "sources"},
    {.number = 8,
     .part = "a",
     .name = "figure-8-per-million",
     .title = "Unique sources per million addresses of a country",
     .table = "country_hourly",
     .size = {960, 540},
     .draw = draw,
     .map = "per_million"},
    {0},
};
