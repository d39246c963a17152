/* SPDX-License-Identifier: BSD-2-Clause */
/* Our sources compared with other lists, hour by hour, from the tables of `patientzero overlap`. */
#include "report/figure.h"

#include <stdio.h>
#include <stdlib.h>

enum { SHOWN = 4, LONGEST = 20 }; /* characters of a name, as the margin has no more */

struct list {
    const char *label; /* borrowed: its name, a colon and its digest */
    int name_length;
    char name[LONGEST + 1];
    char ours
        [LONGEST +
         1]; /* the name of our sources; empty if the first list has the same, asked for by the same rule and hours */
};

static const char *const colours[SHOWN] = {"orange", "green", "purple", "red"};
static const char *const styles[SHOWN] = {"lc rgb orange", "lc rgb green", "lc rgb purple", "lc rgb red"};
static const char *const ours_styles[SHOWN] = {"lc rgb blue dt 1", "lc rgb blue dt 2", "lc rgb blue dt 3",
                                               "lc rgb blue dt 4"};

static size_t find_lists(const struct pz_csv_table *whole, struct list lists[SHOWN])
{
    static const char *const asked[] = {"since", "until", "rule"};
    size_t n = whole && pz_csv_table_has(whole, "list") ? whole->nrows : 0;
    for (size_t i = 0; i < n && i < SHOWN; i++) {
        struct list *list = &lists[i];
        bool own = i == 0;
        *list = (struct list){.label = pz_csv_table_text(whole, i, "list")};
        list->name_length = (int)strcspn(list->label, ":");
        for (size_t k = 0; k < sizeof asked / sizeof *asked; k++)
            own = own || !pz_csv_table_is(whole, i, asked[k], pz_csv_table_text(whole, 0, asked[k]));
        snprintf(list->name, sizeof list->name, "%.*s", list->name_length, list->label);
        if (own)
            snprintf(list->ours, sizeof list->ours, "ours%s%s", i ? ", for " : "", i ? list->name : "");
    }
    return n;
}

/* Appends what the table of the whole span says of each list that is drawn. */
static void put_whole(const struct pz_csv_table *whole, const struct list *lists, size_t n, struct pz_buf *to)
{
    double ours, others, both;
    for (size_t i = 0; i < n; i++)
        if (pz_csv_table_number(whole, i, "ours", &ours) && pz_csv_table_number(whole, i, "others", &others) &&
            pz_csv_table_number(whole, i, "both", &both))
            pz_buf_printf(to, " %.*s: of %s sources in all and %s addresses of the list, %s are the same.",
                          lists[i].name_length, lists[i].label, pz_number_text(ours).text, pz_number_text(others).text,
                          pz_number_text(both).text);
}

/* A curve of an expression in one list. */
static void put_curve(struct pz_drawing *drawing, const char *label, const char *value, const char *style)
{
    char *whole = pz_format("of(\"%s\") ? %s : NaN", label, value),
         *joined = pz_format("of(\"%s\") && !changed(1) ? %s : NaN", label, value);
    pz_script_curves(drawing, &(struct pz_curve){whole, joined, .width = 1.6, .style = style}, 1);
    free(joined);
    free(whole);
}

/* The last number of a column in one list. */
static double last_of(const struct pz_csv_table *table, const char *label, const char *column)
{
    double value = 0;
    for (size_t row = table->nrows; row-- > 0;)
        if (pz_csv_table_is(table, row, "list", label) && pz_csv_table_number(table, row, column, &value))
            break;
    return value;
}

static int widest(const struct list *lists, size_t n)
{
    size_t most = strlen("ours");
    for (size_t i = 0; i < n; i++) {
        most = strlen(lists[i].name) > most ? strlen(lists[i].name) : most;
        most = strlen(lists[i].ours) > most ? strlen(lists[i].ours) : most;
    }
    return (int)most;
}

static void put_counts(struct pz_drawing *drawing, const struct list *lists, size_t n, double high)
{
    struct pz_end_label labels[2 * SHOWN];
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        const struct list *list = &lists[i];
        if (*list->ours)
            labels[k++] = (struct pz_end_label){list->ours, "blue", last_of(drawing->table, list->label, "ours")};
        labels[k++] = (struct pz_end_label){list->name, colours[i], last_of(drawing->table, list->label, "both")};
    }
    const struct pz_value_axis axis = {.high = high, .pixels = 260};
    pz_script_end_labels(drawing, labels, k, &axis, drawing->until);
    pz_script(drawing, "plot ");
    for (size_t i = 0; i < n; i++) {
        if (*lists[i].ours)
            put_curve(drawing, lists[i].label, "got(\"ours\")", ours_styles[i]);
        put_curve(drawing, lists[i].label, "got(\"both\")", styles[i]);
    }
    pz_script(drawing, "\n");
}

static void put_shares(struct pz_drawing *drawing, const struct list *lists, size_t n)
{
    struct pz_end_label labels[SHOWN];
    for (size_t i = 0; i < n; i++)
        labels[i] = (struct pz_end_label){lists[i].name, colours[i],
                                          100 * last_of(drawing->table, lists[i].label, "share_of_ours")};
    const struct pz_value_axis axis = {.high = 100, .pixels = 120};
    pz_script_end_labels(drawing, labels, n, &axis, drawing->until);
    pz_script(drawing, "plot ");
    for (size_t i = 0; i < n; i++)
        put_curve(drawing, lists[i].label, "100*got(\"share_of_ours\")", styles[i]);
    pz_script(drawing, "\n");
}

static int draw(struct pz_drawing *drawing)
{
    const struct pz_csv_table *table = drawing->table, *whole = pz_results_table(drawing->results, "overlap");
    double share, low = 1;
    struct list lists[SHOWN];
    size_t n = find_lists(whole, lists), shown = n < SHOWN ? n : SHOWN;
    if (!n)
        return pz_drawing_fails(drawing, "overlap.csv does not say of which list it is: compare again");
    if (pz_drawing_show(drawing, "ours") != 0)
        return -1;
    const double most = pz_drawing_most(drawing, table, "ours", NULL),
                 high = pz_drawing_most(drawing, table, "share_of_ours", NULL);
    if (high < 0)
        return pz_drawing_fails(drawing, "no hour at hand has sources");
    for (size_t row = 0; row < table->nrows; row++)
        low = pz_csv_table_number(table, row, "share_of_ours", &share) && share < low ? share : low;
    pz_script(drawing, "of(label) = strcol(\"list\") eq label\nset multiplot\n");
    pz_script_outages(drawing, table);
    pz_script_marks(drawing);
    pz_script_time_axis(drawing, 13, false);
    pz_script_count_axis(drawing, most);
    pz_script(drawing,
              "set lmargin 10\nset rmargin %d\nset tmargin at screen 0.87\nset bmargin at screen 0.42\n"
              "set ylabel \"unique sources per hour\"\nset yrange [0:%.1f]\nset key off\n",
              widest(lists, shown) + 4, 1.05 * most);
    put_counts(drawing, lists, shown, 1.05 * most);
    pz_script_time_axis(drawing, 13, true);
    pz_script(drawing,
              "set tmargin at screen 0.37\nset bmargin at screen 0.15\nunset label\n"
              "set ylabel \"share of ours\" offset 1.2,0\nset format y \"%%g %%%%\"\nset yrange [0:100]\nset ytics "
              "25\n");
    put_shares(drawing, lists, shown);
    pz_script(drawing, "unset multiplot\n");
    pz_caption(
        drawing,
        "Our sources of each hour, how many of them are in %s too (above), and that as a share (below). Each curve"
        " of another list has the list's name. Each hour is a step from its beginning to its end. A"
        " list is the same for all hours, whenever it was made.",
        n == 1 ? "another list" : "other lists");
    if (shown < n)
        pz_caption(drawing, " The first %zu of %zu lists are drawn.", shown, n);
    put_whole(whole, lists, shown, &drawing->caption);
    pz_alt(drawing,
           "Curves per hour, our sources and those of them in %s, and below them the share, which goes"
           " from %.1f to %.1f %%.",
           n == 1 ? "another list" : "other lists", 100 * low, 100 * high);
    put_whole(whole, lists, shown, &drawing->alt);
    return 0;
}

const struct pz_figure pz_figure_overlap[] = {
    {.number = 15,
     .name = "figure-15-overlap",
     .title = "Our sources beside another list",
     .table = "overlap_hourly",
     .size = {960, 560},
     .draw = draw},
    {0},
};
