/* SPDX-License-Identifier: BSD-2-Clause */
/* Curves of a figure: their steps, the names at their ends, and the lines that mark times. */
#include "report/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pz_lens_change *pz_lens_changes(struct pz_results *results, size_t *n)
{
    const struct pz_csv_table *table = pz_results_table(results, "lens");
    size_t nrows = table ? table->nrows : 0;
    struct pz_lens_change *changes = pz_alloc((nrows + 1) * sizeof *changes);
    double before = 0, low, high;
    *n = 0;
    for (size_t row = 0; row < nrows; row++) {
        int64_t second;
        if (!pz_csv_table_time(table, row, PZ_FIRST_COLUMN, &second) ||
            !pz_csv_table_number(table, row, "networks_reachable", &low) ||
            !pz_csv_table_number(table, row, "networks_unreachable", &high))
            continue;
        double now = low + high;
        if (before > 0 && (now >= PZ_LENS_CHANGE * before || now * PZ_LENS_CHANGE <= before))
            changes[(*n)++] = (struct pz_lens_change){second, before, now};
        before = now;
    }
    return changes;
}

/* A vertical line and its name. */
struct mark {
    int64_t second;
    const char *name, *style, *colour;
};

static int compare_marks(const void *a, const void *b)
{
    const struct mark *x = a, *y = b;
    return x->second < y->second ? -1 : x->second > y->second;
}

/* Names stand in two rows above the picture. A name with no room in either is left out: its line has the colour of the
 * others of its kind. */
static void put_marks(struct pz_drawing *drawing, const struct mark *marks, size_t n)
{
    enum { ROWS = 2 };
    const double letter = 0.012 * (double)(drawing->until - drawing->from); /* the width of a letter, in seconds */
    double ends[ROWS] = {-HUGE_VAL, -HUGE_VAL};
    for (size_t i = 0; i < n; i++) {
        double half = letter * (double)(strlen(marks[i].name) + 1) / 2, at = (double)marks[i].second;
        int row = 0;
        const struct pz_time_text time = pz_time_text(marks[i].second);
        pz_script(drawing, "set arrow from \"%s\", graph 0 to \"%s\", graph 1 nohead lc rgb %s %s back\n", time.text,
                  time.text, marks[i].colour, marks[i].style);
        while (row < ROWS && at - half < ends[row])
            row++;
        if (row == ROWS)
            continue;
        ends[row] = at + half;
        pz_script(drawing, "set label \"%s\" at \"%s\", graph 1 center offset 0,%.1f tc rgb %s noenhanced\n",
                  marks[i].name, time.text, 0.6 + row, marks[i].colour);
    }
}

void pz_script_marks(struct pz_drawing *drawing)
{
    struct pz_results *results = drawing->results;
    size_t nchanges, n = 0, nvariants = 0;
    struct pz_lens_change *changes = pz_lens_changes(results, &nchanges);
    const struct pz_variant *variants = results->outbreak ? results->outbreak->variants : NULL;
    pz_script(drawing, "lens_changes = \"");
    for (size_t i = 0; i < nchanges; i++)
        pz_script(drawing, "%s%s", i ? " " : "", pz_time_text(changes[i].second).text);
    pz_script(drawing,
              "\"\nchanged(c) = strstrt(lens_changes, strcol(c)) > 0\njoined(c) = changed(1) ? NaN : whole(c)\n");
    while (variants && variants[nvariants].name)
        nvariants++;
    struct mark *marks = pz_alloc((nchanges + nvariants + 1) * sizeof *marks);
    for (size_t i = 0; i < nchanges; i++)
        if (changes[i].second > drawing->from && changes[i].second < drawing->until)
            marks[n++] = (struct mark){changes[i].second, "lens", "lw 1.4", "purple"};
    for (size_t i = 0; i < nvariants; i++)
        if (variants[i].second > drawing->from && variants[i].second < drawing->until)
            marks[n++] = (struct mark){variants[i].second, variants[i].name, "lw 1.2 dt 2", "red"};
    qsort(marks, n, sizeof *marks, compare_marks);
    put_marks(drawing, marks, n);
    free(marks);
    free(changes);
}

static void put_curve(struct pz_drawing *drawing, const struct pz_curve *curve, bool first)
{
    const char *table = curve->table ? curve->table : drawing->figure->table,
               *time = curve->time ? curve->time : "\"hour\"";
    char *from = *table == '$' ? pz_strdup(table) : pz_format("\"../tables/%s.csv\"", table);
    if (curve->joined)
        pz_script(drawing, "%s%s using %s:(%s) with steps lw %g %s notitle", first ? "" : ", \\\n     ", from, time,
                  curve->joined, 0.6 * curve->width, curve->style);
    pz_script(drawing, "%s%s using %s:(%s):(%lld):(0) with vectors nohead lw %g %s notitle",
              first && !curve->joined ? "" : ", \\\n     ", from, time, curve->value,
              (long long)(drawing->step ? drawing->step : PZ_SECONDS_PER_HOUR), curve->width, curve->style);
    free(from);
}

void pz_script_curves(struct pz_drawing *drawing, const struct pz_curve *curves, size_t n)
{
    static const char plot[] = "plot ";
    const struct pz_buf *script = &drawing->script;
    const size_t nbytes = sizeof plot - 1;
    bool first = script->nbytes >= nbytes && memcmp(script->bytes + script->nbytes - nbytes, plot, nbytes) == 0;
    for (size_t i = 0; i < n; i++)
        put_curve(drawing, &curves[i], first && i == 0);
}

void pz_script_plot(struct pz_drawing *drawing, const struct pz_curve *curves, size_t n)
{
    pz_script(drawing, "plot ");
    pz_script_curves(drawing, curves, n);
    pz_script(drawing, "\n");
}

static int compare_ends(const void *a, const void *b)
{
    double x = ((const struct pz_end_label *)a)->value, y = ((const struct pz_end_label *)b)->value;
    return x > y ? -1 : x < y;
}

/* The share of the axis below a value. */
static double share_of(const struct pz_value_axis *axis, double value)
{
    value = fmin(fmax(value, axis->low), axis->high);
    return axis->log ? log10(value / axis->low) / log10(axis->high / axis->low)
                     : (value - axis->low) / (axis->high - axis->low);
}

/* Moves places, from the highest to the lowest, as little as needed for each to be `apart` below the one before, and all
 * within 0 and 1. Places too close to each other become a group around their mean, which may meet the group above. */
static void spread(double *at, size_t n, double apart)
{
    struct group {
        double sum; /* of the places wanted, each moved up by those above it in the list */
        size_t n;
    } groups[PZ_END_LABELS];
    size_t ngroups = 0, i = 0;
    for (; i < n; i++) {
        groups[ngroups++] = (struct group){at[i] + apart * (double)i, 1};
        for (; ngroups > 1; ngroups--) {
            struct group *above = &groups[ngroups - 2], *last = &groups[ngroups - 1];
            if (last->sum / (double)last->n <= above->sum / (double)above->n)
                break;
            *above = (struct group){above->sum + last->sum, above->n + last->n};
        }
    }
    i = 0;
    for (size_t k = 0; k < ngroups; k++)
        for (size_t left = groups[k].n; left; left--, i++) {
            double place = groups[k].sum / (double)groups[k].n - apart * (double)i;
            at[i] = fmax(fmin(place, 1 - apart * (double)i), apart * (double)(n - 1 - i));
        }
}

void pz_script_end_labels(struct pz_drawing *drawing, struct pz_end_label *labels, size_t n,
                          const struct pz_value_axis *axis, int64_t end)
{
    enum { TAG = 201, PIXELS = 17 /* from a name to the next */ };
    const double x = (double)(end - drawing->from) / (double)(drawing->until - drawing->from);
    double at[PZ_END_LABELS];
    PZ_CHECK(n <= PZ_END_LABELS);
    if (n)
        qsort(labels, n, sizeof *labels, compare_ends);
    for (size_t i = 0; i < n; i++)
        at[i] = share_of(axis, labels[i].value);
    spread(at, n, PIXELS / (double)axis->pixels);
    pz_script(drawing, "do for [i=%d:%d] { unset arrow i; unset label i }\n", TAG, TAG + PZ_END_LABELS - 1);
    for (size_t i = 0; i < n; i++) {
        const int tag = TAG + (int)i;
        pz_script(drawing,
                  "set arrow %d from graph %.4f, graph %.4f to graph %.4f, graph %.4f nohead lc rgb %s lw 1.6\n", tag,
                  x + 0.003, share_of(axis, labels[i].value), x + 0.022, at[i], labels[i].colour);
        pz_script(drawing, "set label %d \"%s\" at graph %.4f, graph %.4f left noenhanced\n", tag, labels[i].text,
                  x + 0.026, at[i]);
    }
}
