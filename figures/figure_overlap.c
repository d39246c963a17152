/* SPDX-License-Identifier: BSD-2-Clause */
/* Our sources compared with other lists, hour by hour, from the tables of `patientzero overlap`. */
#include "report/figure.h"

#include <stdio.h>
#include <stdlib.h>

/* A list, and whether the first list has the same sources of ours: it was asked for by the same rule and hours. */
struct list {
    const char *label; /* borrowed */
    int name_length;
    bool same_ours;
};

enum { SHOWN = 4 };

static const char *const colours[SHOWN] = {"orange", "green", "purple", "red"};

static size_t find_lists(const struct pz_csv_table *whole, struct list lists[SHOWN])
{
    static const char *const asked[] = {"since", "until", "rule"};
    size_t n = whole && pz_csv_table_has(whole, "list") ? whole->nrows : 0;
    for (size_t i = 0; i < n && i < SHOWN; i++) {
        const char *label = pz_csv_table_text(whole, i, "list");
        lists[i] = (struct list){.label = label, .name_length = (int)strcspn(label, ":"), .same_ours = i > 0};
        for (size_t k = 0; k < sizeof asked / sizeof *asked; k++)
            if (!pz_csv_table_is(whole, i, asked[k], pz_csv_table_text(whole, 0, asked[k])))
                lists[i].same_ours = false;
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

/* Rows are in the order of time in each list only. */
static bool find_span(const struct pz_csv_table *table, int64_t *first, int64_t *last)
{
    bool any = false;
    int64_t second;
    double ours;
    for (size_t row = 0; row < table->nrows; row++) {
        if (!pz_csv_table_number(table, row, "ours", &ours) || !pz_csv_table_time(table, row, "hour", &second))
            continue;
        *first = !any || second < *first ? second : *first;
        *last = !any || second > *last ? second : *last;
        any = true;
    }
    return any && *first < *last;
}

/* A curve of a column in one list. */
static void put_curve(struct pz_drawing *drawing, const char *label, const char *value, const char *style)
{
    char *whole = pz_format("of(\"%s\") ? %s : NaN", label, value),
         *joined = pz_format("of(\"%s\") && !changed(1) ? %s : NaN", label, value);
    pz_script_steps(drawing, &(struct pz_steps){.from = "\"../tables/overlap_hourly.csv\"",
                                                .time = "\"hour\"",
                                                .value = whole,
                                                .joined = joined,
                                                .width = 1.6,
                                                .style = style});
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

/* A list's name without its digest, and not longer than the margin. */
enum { LONGEST = 20 };

static int widest(const struct list *lists, size_t n)
{
    int most = 4;
    for (size_t i = 0; i < n; i++) {
        int width = lists[i].name_length + (i && !lists[i].same_ours ? (int)strlen("ours, for ") : 0);
        most = width > most ? width : most;
    }
    return most < LONGEST ? most : LONGEST;
}

static void put_counts(struct pz_drawing *drawing, const struct pz_csv_table *table, const struct list *lists, size_t n,
                       double high, int64_t end)
{
    struct pz_end_label labels[2 * SHOWN];
    char names[2 * SHOWN][LONGEST + 1], *style;
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        if (!lists[i].same_ours) {
            snprintf(names[k], sizeof names[k], "ours%s%.*s", i ? ", for " : "", i ? lists[i].name_length : 0,
                     lists[i].label);
            labels[k] = (struct pz_end_label){names[k], "blue", last_of(table, lists[i].label, "ours")};
            k++;
        }
        snprintf(names[k], sizeof names[k], "%.*s", lists[i].name_length, lists[i].label);
        labels[k] = (struct pz_end_label){names[k], colours[i], last_of(table, lists[i].label, "both")};
        k++;
    }
    pz_script_end_labels(drawing, labels, k, &(struct pz_value_axis){.high = high, .pixels = 260}, end);
    pz_script(drawing, "plot ");
    for (size_t i = 0; i < n; i++) {
        style = pz_format("lc rgb blue dt %zu", i + 1);
        if (!lists[i].same_ours)
            put_curve(drawing, lists[i].label, "got(\"ours\")", style);
        free(style);
        style = pz_format("lc rgb %s", colours[i]);
        put_curve(drawing, lists[i].label, "got(\"both\")", style);
        free(style);
    }
    pz_script(drawing, "\n");
}

static void put_shares(struct pz_drawing *drawing, const struct pz_csv_table *table, const struct list *lists, size_t n,
                       int64_t end)
{
    struct pz_end_label labels[SHOWN];
    char names[SHOWN][LONGEST + 1];
    for (size_t i = 0; i < n; i++) {
        snprintf(names[i], sizeof names[i], "%.*s", lists[i].name_length, lists[i].label);
        labels[i] = (struct pz_end_label){names[i], colours[i], 100 * last_of(table, lists[i].label, "share_of_ours")};
    }
    pz_script_end_labels(drawing, labels, n, &(struct pz_value_axis){.high = 100, .pixels = 120}, end);
    pz_script(drawing, "plot ");
    for (size_t i = 0; i < n; i++) {
        char *style = pz_format("lc rgb %s", colours[i]);
        put_curve(drawing, lists[i].label, "100*got(\"share_of_ours\")", style);
        free(style);
    }
    pz_script(drawing, "\n");
}

static int draw(struct pz_results *results, struct pz_drawing *drawing)
{
    const struct pz_csv_table *table = pz_results_table(results, "overlap_hourly"),
                              *whole = pz_results_table(results, "overlap");
    int64_t first = 0, last = 0;
    double most = 0, ours, share, low = 1, high = 0;
    struct list lists[SHOWN];
    size_t n = find_lists(whole, lists), shown = n < SHOWN ? n : SHOWN;
    if (!n)
        return pz_drawing_fails(drawing, "overlap.csv does not say of which list it is: compare again");
    if (!find_span(table, &first, &last))
        return pz_drawing_fails(drawing, "one hour makes no curve");
    for (size_t row = 0; row < table->nrows; row++) {
        most = pz_csv_table_number(table, row, "ours", &ours) && ours > most ? ours : most;
        if (pz_csv_table_number(table, row, "share_of_ours", &share)) {
            low = share < low ? share : low;
            high = share > high ? share : high;
        }
    }
    if (high < low)
        return pz_drawing_fails(drawing, "no hour at hand has sources");
    last += PZ_SECONDS_PER_HOUR;
    pz_script(drawing, "of(label) = strcol(\"list\") eq label\nset multiplot\n");
    pz_script_hours(drawing, results, first, last);
    pz_script_marks(drawing, results, first, last);
    pz_script_time_axis(drawing, first, last, 13, false);
    pz_script_count_axis(drawing, most);
    pz_script(drawing,
              "set lmargin 10\nset rmargin %d\nset tmargin at screen 0.87\nset bmargin at screen 0.42\n"
              "set ylabel \"unique sources per hour\"\nset yrange [0:%.1f]\nset key off\n",
              widest(lists, shown) + 4, 1.05 * most);
    put_counts(drawing, table, lists, shown, 1.05 * most, last);
    pz_script_time_axis(drawing, first, last, 13, true);
    pz_script(drawing,
              "set tmargin at screen 0.37\nset bmargin at screen 0.15\nunset label\n"
              "set ylabel \"share of ours\" offset 1.2,0\nset format y \"%%g %%%%\"\nset yrange [0:100]\nset ytics "
              "25\n");
    put_shares(drawing, table, lists, shown, last);
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
     .width = 960,
     .height = 560,
     .draw = draw},
    {0},
};
