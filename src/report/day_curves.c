/* SPDX-License-Identifier: BSD-2-Clause */
/* The places are found in the day's rows of the table, in the order of their highest hour, and the first eight are drawn.
 * Then the rows are read once more and written into the script: a row an hour, a column a place. All other places are
 * added up, so that the columns of sources hold every source of the hour. */
#include "report/day_curves.h"

#include "reduce/small_cells.h"
#include "report/page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHOWN = 8, CURVES = SHOWN + 2, TITLE_TEXT = 32 };

/* Of places, then of others and unknown. */
static const char *const colours[CURVES] = {"blue", "red",      "green",    "purple", "orange",
                                            "sky",  "0x000000", "0x885511", "grey",   "0x999999"};

/* A place's most in an hour of the day. */
struct peak {
    const char *name; /* borrowed from the table */
    double most;
};

static int by_most(const void *a, const void *b)
{
    const struct peak *x = a, *y = b;
    if (x->most != y->most)
        return x->most > y->most ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* One figure while it is drawn. */
struct day {
    const struct pz_day_curves *curves;
    const struct pz_csv_table *table;
    struct peak *peaks; /* owned: of all places, the highest first */
    size_t npeaks, shown;
    double ends[CURVES]; /* the last value of each curve */
    double least, most;  /* of all that is drawn; least: above 0 */
    int64_t last;        /* where the curves end */
};

static bool is_place(const struct pz_day_curves *curves, const char *name)
{
    return strcmp(name, curves->unknown) != 0 && strcmp(name, PZ_PLACES_FEW) != 0 &&
           (!curves->others || strcmp(name, curves->others) != 0);
}

static void find_peaks(const struct pz_drawing *drawing, struct day *day)
{
    for (size_t row = 0; row < day->table->nrows; row++) {
        const char *name = pz_csv_table_text(day->table, row, day->curves->place);
        int64_t second;
        double value;
        if (!pz_drawing_shows(drawing, day->table, row, &second) || !is_place(day->curves, name) ||
            !pz_csv_table_number(day->table, row, day->curves->column, &value))
            continue;
        size_t i = 0;
        while (i < day->npeaks && strcmp(day->peaks[i].name, name) != 0)
            i++;
        if (i == day->npeaks) {
            day->peaks = pz_room(day->peaks, day->npeaks, sizeof *day->peaks);
            day->peaks[day->npeaks++] = (struct peak){name, value};
        }
        day->peaks[i].most = value > day->peaks[i].most ? value : day->peaks[i].most;
    }
    if (day->npeaks)
        qsort(day->peaks, day->npeaks, sizeof *day->peaks, by_most);
    day->shown = day->npeaks < SHOWN ? day->npeaks : SHOWN;
}

/* What an hour's rows have. */
struct hour {
    const char *values[SHOWN]; /* borrowed; NULL for a place without sources */
    double others, unknown;    /* sources of all other places, and of no known one */
    bool there;                /* any */
};

static void take_row(struct hour *hour, const struct day *day, size_t row)
{
    const char *name = pz_csv_table_text(day->table, row, day->curves->place);
    double sources = 0;
    (void)pz_csv_table_number(day->table, row, "sources", &sources);
    hour->there = true;
    for (size_t i = 0; i < day->shown; i++)
        if (strcmp(name, day->peaks[i].name) == 0) {
            hour->values[i] = pz_csv_table_text(day->table, row, day->curves->column);
            return;
        }
    *(strcmp(name, day->curves->unknown) == 0 ? &hour->unknown : &hour->others) += sources;
}

/* A place's name at its curve; a set of networks may have a long one. */
static const char *title_of(const struct day *day, size_t i, char text[TITLE_TEXT])
{
    enum { LONGEST = 16 };
    const char *name = day->peaks[i].name;
    bool cut = strlen(name) > LONGEST;
    snprintf(text, TITLE_TEXT, "%s%.*s%s", day->curves->prefix, cut ? LONGEST - 3 : LONGEST, name, cut ? "..." : "");
    return text;
}

/* A row an hour, a column a place, then all others and those of no known place; an hour without sources of any, as in
 * an outage, has an empty row. Columns have numbers, as a network's name may hold a comma. */
static void take_value(struct day *day, size_t curve, double value)
{
    day->ends[curve] = value;
    day->most = fmax(day->most, value);
    day->least = value > 0 && (day->least <= 0 || value < day->least) ? value : day->least;
}

static void put_day(struct pz_drawing *drawing, struct day *day)
{
    size_t row = 0;
    char title[TITLE_TEXT];
    for (size_t i = 0; i < day->shown; i++)
        pz_script(drawing, "# c%zu: %s\n", i + 1, title_of(day, i, title));
    pz_script(drawing, "$day << EOD\ntime");
    for (size_t i = 0; i < day->shown; i++)
        pz_script(drawing, ",c%zu", i + 1);
    pz_script(drawing, ",others,unknown,end\n");
    for (int64_t second = drawing->from; second < drawing->until; second += PZ_SECONDS_PER_HOUR) {
        struct hour hour = {0};
        int64_t at;
        for (; row < day->table->nrows && pz_csv_table_time(day->table, row, "hour", &at) && at <= second; row++)
            if (at == second)
                take_row(&hour, day, row);
        pz_script(drawing, "%s", pz_time_text(second).text);
        for (size_t i = 0; i < day->shown; i++) {
            pz_script(drawing, ",%s", hour.values[i] ? hour.values[i] : "");
            if (hour.values[i] && *hour.values[i])
                take_value(day, i, strtod(hour.values[i], NULL));
        }
        if (hour.there && day->curves->rest) {
            take_value(day, SHOWN, hour.others);
            take_value(day, SHOWN + 1, hour.unknown);
        }
        day->last = hour.there ? second + PZ_SECONDS_PER_HOUR : day->last;
        if (hour.there)
            pz_script(drawing, ",%.0f,%.0f", hour.others, hour.unknown);
        else
            pz_script(drawing, ",,");
        pz_script(drawing, ",end\n"); /* gnuplot takes an empty field at the very end for none */
    }
    pz_script(drawing, "EOD\n");
}

/* In characters. */
static size_t names_width(const struct day *day)
{
    size_t longest = strlen("unknown");
    char title[TITLE_TEXT];
    for (size_t i = 0; i < day->shown; i++)
        longest = strlen(title_of(day, i, title)) > longest ? strlen(title) : longest;
    return longest + 5;
}

static void put_curve(struct pz_drawing *drawing, const char *column, const char *colour, const char *dashes)
{
    char *value = pz_format("got(\"%s\")", column), *style = pz_format("lc rgb %s%s", colour, dashes);
    pz_script_curves(
        drawing,
        &(struct pz_curve){
            .value = value, .joined = value, .table = "$day", .time = "\"time\"", .width = 1.8, .style = style},
        1);
    free(style);
    free(value);
}

static void put_plot(struct pz_drawing *drawing, const struct day *day)
{
    const struct pz_outbreak *outbreak = drawing->results->outbreak;
    const struct pz_day_curves *curves = day->curves;
    char column[32];
    pz_script(drawing, "plot ");
    pz_alt(drawing, "Curves of %s for the %zu %s with the most on %s: ", curves->what, day->shown, curves->places,
           drawing->from == pz_outbreak_begin(outbreak) ? outbreak->day : "the first day at hand");
    for (size_t i = 0; i < day->shown; i++) {
        char title[TITLE_TEXT];
        snprintf(column, sizeof column, "c%zu", i + 1);
        put_curve(drawing, column, colours[i], "");
        pz_alt(drawing, "%s%s up to %s", i ? ", " : "", title_of(day, i, title),
               pz_number_text(day->peaks[i].most).text);
    }
    for (int i = 0; curves->rest && i < CURVES - SHOWN; i++)
        put_curve(drawing, i ? "unknown" : "others", colours[SHOWN + i], i ? " dt 3" : " dt 2");
    pz_script(drawing, "\n");
    pz_alt(drawing, ".");
}

/* The axis, and the names at the ends of the curves. */
static void put_axis(struct pz_drawing *drawing, const struct day *day)
{
    static const char *const rest[] = {"others", "unknown"};
    const struct pz_value_axis axis = {.low = pow(10, floor(log10(day->least))),
                                       .high = pow(10, ceil(log10(day->most) + 0.05)),
                                       .log = true,
                                       .pixels = 330};
    struct pz_end_label labels[CURVES];
    char names[SHOWN][TITLE_TEXT];
    size_t n = day->shown;
    pz_script(drawing, "set logscale y\nset mytics 10\nset format y \"%%g\"\nset yrange [%g:%g]\n", axis.low,
              axis.high);
    for (size_t i = 0; i < day->shown; i++)
        labels[i] = (struct pz_end_label){title_of(day, i, names[i]), colours[i], day->ends[i]};
    for (size_t i = 0; day->curves->rest && i < sizeof rest / sizeof *rest; i++)
        labels[n++] = (struct pz_end_label){rest[i], colours[SHOWN + i], day->ends[SHOWN + i]};
    pz_script_end_labels(drawing, labels, n, &axis, day->last);
}

int pz_day_curves_draw(struct pz_drawing *drawing)
{
    const struct pz_day_curves *curves = drawing->figure->variant;
    struct day day = {.curves = curves, .table = drawing->table};
    if (pz_maps_window(drawing->results->outbreak, day.table, &drawing->from, &drawing->until))
        find_peaks(drawing, &day);
    if (!day.npeaks)
        return pz_drawing_fails(drawing, "none of the %s has %s in the hours at hand", curves->places, curves->what);
    pz_script_outages(drawing, day.table);
    pz_script_time_axis(drawing, 13, true);
    pz_script(drawing, "set margins 11,%zu,5,3\nset ylabel \"%s\"\nset grid x lc rgb 0xdddddd lw 0.7\nset key off\n",
              names_width(&day), curves->what);
    put_day(drawing, &day);
    put_axis(drawing, &day);
    put_plot(drawing, &day);
    pz_caption(drawing, "%s", curves->caption);
    free(day.peaks);
    return 0;
}
