/* SPDX-License-Identifier: BSD-2-Clause */
/* What figures share: axes of time and of counts, and bars where nothing was recorded; curves.c has the rest.
 * Marks are computed here and not by gnuplot, so that a script shows the same on every version: at round hours, days or
 * months, at most as many as asked for. */
#include "report/figure.h"

#include "base/time.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int compare(const void *a, const void *b)
{
    const struct pz_figure *x = *(const struct pz_figure *const *)a, *y = *(const struct pz_figure *const *)b;
    return x->number != y->number ? x->number - y->number : strcmp(x->name, y->name);
}

struct pz_number_text pz_figure_number(const struct pz_figure *figure)
{
    struct pz_number_text number;
    snprintf(number.text, sizeof number.text, "%d%s", figure->number, figure->part ? figure->part : "");
    return number;
}

const struct pz_figure **pz_figures_in_order(const struct pz_figure *const *table, size_t *n)
{
    const struct pz_figure **figures = NULL;
    *n = 0;
    for (; *table; table++)
        for (const struct pz_figure *figure = *table; figure->name; figure++) {
            figures = pz_realloc(figures, (*n + 1) * sizeof *figures);
            figures[(*n)++] = figure;
        }
    if (*n)
        qsort(figures, *n, sizeof *figures, compare);
    for (size_t i = 1; i < *n; i++)
        PZ_CHECK(strcmp(pz_figure_number(figures[i - 1]).text, pz_figure_number(figures[i]).text) != 0);
    return figures;
}

int pz_drawing_fails(struct pz_drawing *drawing, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(drawing->why, sizeof drawing->why, format, arguments);
    va_end(arguments);
    return -1;
}

bool pz_csv_table_span(const struct pz_csv_table *table, const char *value, int64_t *first, int64_t *last)
{
    bool any = false;
    double number;
    int64_t second;
    for (size_t row = 0; row < table->nrows; row++) {
        if (!pz_csv_table_number(table, row, value, &number) ||
            !pz_csv_table_time(table, row, PZ_FIRST_COLUMN, &second))
            continue;
        *first = !any || second < *first ? second : *first;
        *last = !any || second > *last ? second : *last;
        any = true;
    }
    return any;
}

void pz_csv_table_rows(const struct pz_csv_table *table, const char *column, size_t *whole, size_t *flawed)
{
    double number;
    *whole = *flawed = 0;
    for (size_t row = 0; row < table->nrows; row++)
        if (pz_csv_table_number(table, row, column, &number))
            ++*(pz_csv_table_is(table, row, "status", "whole") ? whole : flawed);
}

double pz_csv_table_last(const struct pz_csv_table *table, const char *column)
{
    double value = 0;
    for (size_t row = table->nrows; row-- > 0;)
        if (pz_csv_table_number(table, row, column, &value))
            break;
    return value;
}

static int64_t step_of(const struct pz_drawing *drawing)
{
    return drawing->step ? drawing->step : PZ_SECONDS_PER_HOUR;
}

const char *pz_drawing_unit(const struct pz_drawing *drawing)
{
    return drawing->step == PZ_DAY_SECONDS ? "day" : "hour";
}

int pz_drawing_show(struct pz_drawing *drawing, const char *value)
{
    if (!pz_csv_table_span(drawing->table, value, &drawing->from, &drawing->until) || drawing->from == drawing->until)
        return pz_drawing_fails(drawing, "one %s makes no curve", pz_drawing_unit(drawing));
    drawing->until += step_of(drawing);
    return 0;
}

bool pz_drawing_shows(const struct pz_drawing *drawing, const struct pz_csv_table *table, size_t row, int64_t *second)
{
    return pz_csv_table_time(table, row, PZ_FIRST_COLUMN, second) && *second >= drawing->from &&
           *second < drawing->until;
}

double pz_drawing_most(const struct pz_drawing *drawing, const struct pz_csv_table *table, const char *column,
                       int64_t *second)
{
    double most = -1, number;
    int64_t at;
    for (size_t row = 0; row < table->nrows; row++) {
        if (!pz_drawing_shows(drawing, table, row, &at) || !pz_csv_table_number(table, row, column, &number) ||
            number <= most)
            continue;
        most = number;
        if (second)
            *second = at;
    }
    return most;
}

enum { HOUR = PZ_SECONDS_PER_HOUR, DAY = 24 * HOUR };

static struct tm utc(int64_t second)
{
    time_t t = (time_t)second;
    struct tm tm = {0};
    gmtime_r(&t, &tm);
    return tm;
}

/* An axis of time while its marks are put: each new year says which it is, and the first mark that times are UTC. */
struct time_axis {
    struct pz_drawing *drawing;
    bool labels, begun;
    int year; /* of the last mark */
};

/* `upper` and `lower` are formats of the label's two lines; NULL for none. */
static void put_tic(struct time_axis *axis, int64_t second, const char *upper, const char *lower)
{
    char label[64] = "", line[48] = "";
    struct tm tm = utc(second);
    bool new_year = !axis->begun || tm.tm_year != axis->year;
    pz_script(axis->drawing, "%s\"", axis->begun ? ", " : "");
    if (axis->labels) {
        strftime(label, sizeof label, upper, &tm); /* in the C locale, which nobody changes */
        if (lower)
            strftime(line, sizeof line, lower, &tm);
        pz_script(axis->drawing, "%s", label);
        if (lower || new_year)
            pz_script(axis->drawing, "\\n%s", line);
        if (new_year)
            pz_script(axis->drawing, "%s%d%s", lower ? " " : "", tm.tm_year + 1900, axis->begun ? "" : " UTC");
    }
    pz_script(axis->drawing, "\" \"%s\"", pz_time_text(second).text);
    axis->begun = true;
    axis->year = tm.tm_year;
}

static void put_months(struct time_axis *axis, int64_t first, int64_t last, int most)
{
    struct tm tm = utc(first);
    int step = 1; /* months; a divisor or a multiple of a year */
    while (last - first > 31LL * DAY * step * most)
        step = step == 1 ? 3 : step == 3 ? 6 : step == 6 ? 12 : 2 * step;
    for (tm.tm_mday = 1, tm.tm_hour = tm.tm_min = tm.tm_sec = 0;; tm.tm_mon++) {
        int64_t second = (int64_t)timegm(&tm); /* which carries months over into years */
        if (second > last)
            break;
        if (second >= first && (tm.tm_mon + 12 * tm.tm_year) % step == 0)
            put_tic(axis, second, "%b", NULL);
    }
}

void pz_script_time_axis(struct pz_drawing *drawing, int most, bool labels)
{
    const int64_t first = drawing->from, last = drawing->until;
    static const int64_t steps[] = {HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR,
                                    DAY,  2 * DAY,  4 * DAY,  7 * DAY,  14 * DAY};
    enum { NSTEPS = sizeof steps / sizeof *steps };
    struct time_axis axis = {.drawing = drawing, .labels = labels};
    pz_script(drawing, "set xrange [\"%s\":\"%s\"]\nset xtics (", pz_time_text(first).text, pz_time_text(last).text);
    int i = 0;
    while (i < NSTEPS && last - first > steps[i] * most)
        i++;
    if (i == NSTEPS) {
        put_months(&axis, first, last, most);
    } else {
        int64_t step = steps[i], offset = step > DAY ? first / DAY * DAY % step : 0;
        for (int64_t second = (first - offset + step - 1) / step * step + offset; second <= last; second += step) {
            if (step >= DAY)
                put_tic(&axis, second, "%d %b", NULL);
            else
                put_tic(&axis, second, "%H:%M", second % DAY == 0 || !axis.begun ? "%d %b" : NULL);
        }
    }
    pz_script(drawing, ")\n");
}

bool pz_script_published(struct pz_drawing *drawing, const char *const *ids)
{
    const struct pz_csv_table *table = pz_results_table(drawing->results, "reproduction");
    struct pz_buf rows = {0};
    for (; table && *ids; ids++) {
        const struct pz_published *number = pz_outbreak_published(drawing->results->outbreak, *ids);
        double count;
        if (!number || number->begin < drawing->from || number->begin >= drawing->until)
            continue;
        for (size_t row = 0; row < table->nrows; row++)
            if (pz_csv_table_is(table, row, "id", *ids) && pz_csv_table_number(table, row, "published", &count) &&
                count > 0)
                pz_buf_printf(&rows, "%s,%.0f\n", pz_time_text(number->begin + step_of(drawing) / 2).text, count);
    }
    bool any = rows.nbytes;
    if (any) {
        pz_script(drawing, "# As published; of made-up data, times their scale.\n$published << EOD\ntime,count\n");
        pz_buf_put(&drawing->script, rows.bytes, rows.nbytes);
        pz_script(drawing, "EOD\n");
    }
    pz_buf_release(&rows);
    return any;
}

void pz_script_count_axis(struct pz_drawing *drawing, double most)
{
    pz_script(drawing, "set format y \"%s\"\n", most < 5000 ? "%.0f" : "%.0s%c");
}

/* How a row was recorded, as the place of its look; WHOLE has none. */
enum look { MISSING, DAMAGED, PARTIAL, WHOLE };

static const struct {
    const char *status, *colour, *words;
} looks[] = {[MISSING] = {"missing", "outage", "grey: nothing recorded"},
             [DAMAGED] = {"damaged", "damaged", "red: damaged"},
             [PARTIAL] = {"partial", "partial", "yellow: in part"}};

static enum look look_of(const struct pz_csv_table *table, size_t row)
{
    int look = 0;
    while (look < WHOLE && !pz_csv_table_is(table, row, "status", looks[look].status))
        look++;
    return (enum look)look;
}

static bool put_bar(struct pz_drawing *drawing, enum look look, int64_t begin, int64_t end)
{
    if (look == WHOLE || begin >= end)
        return false;
    pz_script(drawing,
              "set object rectangle from \"%s\", graph 0 to \"%s\", graph 1 fc rgb %s fs solid noborder behind\n",
              pz_time_text(begin).text, pz_time_text(end).text, looks[look].colour);
    return true;
}

void pz_script_outages(struct pz_drawing *drawing, const struct pz_csv_table *table)
{
    enum look look = WHOLE;
    int64_t begin = drawing->from, last = drawing->until;
    bool any[WHOLE] = {false}, begun = false;
    if (!pz_csv_table_has(table, "status"))
        table = pz_results_table(drawing->results, "hourly");
    if (!table)
        return;
    pz_script(drawing, "# What was not recorded whole.\n");
    for (size_t row = 0; row <= table->nrows; row++) {
        int64_t second = last;
        enum look now = look_of(table, row);
        if ((row < table->nrows && !pz_csv_table_time(table, row, PZ_FIRST_COLUMN, &second)) ||
            (now == look && row < table->nrows))
            continue;
        second = second < last ? second : last;
        if (put_bar(drawing, look, begin > drawing->from ? begin : drawing->from, second))
            any[look] = true;
        begin = second;
        look = now;
    }
    for (int i = 0; i < WHOLE; i++)
        if (any[i]) {
            pz_script(drawing, "%s%s", begun ? ";  " : "set label 98 \"", looks[i].words);
            begun = true;
        }
    if (begun)
        pz_script(drawing, "\" at screen 0.008,0.02 left tc rgb grey font \",11\" noenhanced front\n");
}

bool pz_script_gaps(struct pz_drawing *drawing, const char *value, bool first)
{
    const struct pz_csv_table *table = drawing->table;
    double number;
    bool any = false, before = !first;
    pz_script(drawing, "after_gap = \"");
    for (size_t row = 0; row < table->nrows; row++) {
        bool recorded = pz_csv_table_number(table, row, value, &number);
        if (recorded && !before) {
            pz_script(drawing, "%s%s", any ? " " : "", pz_csv_table_text(table, row, PZ_FIRST_COLUMN));
            any = true;
        }
        before = recorded;
    }
    pz_script(drawing, "\"\nmay_be_old(c) = strstrt(after_gap, strcol(c)) > 0\n");
    return any;
}

struct pz_number_text pz_number_text(double value)
{
    struct pz_number_text number = {""};
    char digits[sizeof number.text];
    int n = snprintf(digits, sizeof digits - 8, "%.0f", value);
    for (int i = 0, to = 0; i < n && to < (int)sizeof number.text - 2; i++) {
        if (i && (n - i) % 3 == 0 && digits[i - 1] != '-')
            number.text[to++] = ',';
        number.text[to++] = digits[i];
    }
    return number;
}
