/* SPDX-License-Identifier: BSD-2-Clause */
/* Our sources compared with other lists, hour by hour, from the tables of `patientzero overlap`. */
#include "report/figure.h"

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
            if (strcmp(pz_csv_table_text(whole, i, asked[k]), pz_csv_table_text(whole, 0, asked[k])) != 0)
                lists[i].same_ours = false;
    }
    return n;
}

/* Appends what the table of the whole span says of each list that is drawn. */
static void put_whole(const struct pz_csv_table *whole, const struct list *lists, size_t n, struct pz_buf *to)
{
    double ours, others, both;
    char numbers[3][PZ_NUMBER_TEXT];
    for (size_t i = 0; i < n; i++)
        if (pz_csv_table_number(whole, i, "ours", &ours) && pz_csv_table_number(whole, i, "others", &others) &&
            pz_csv_table_number(whole, i, "both", &both))
            pz_buf_printf(to, " %.*s: of %s sources in all and %s addresses of the list, %s are the same.",
                          lists[i].name_length, lists[i].label, pz_number_text(ours, numbers[0]),
                          pz_number_text(others, numbers[1]), pz_number_text(both, numbers[2]));
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

static void put_counts(struct pz_drawing *drawing, const struct list *lists, size_t n)
{
    static const char from[] =
        "\"../tables/overlap_hourly.csv\" using \"hour\":(of(\"%s\") && !changed(1) ? got(\"%s\")";
    pz_script(drawing, "plot ");
    for (size_t i = 0; i < n; i++) {
        if (!lists[i].same_ours) {
            pz_script(drawing, from, lists[i].label, "ours");
            pz_script(drawing,
                      " : NaN) with steps lw 1.4 lc rgb blue dt %zu title \"ours%s%.*s\" noenhanced, \\\n     ", i + 1,
                      i ? ", for " : "", i ? lists[i].name_length : 0, lists[i].label);
        }
        pz_script(drawing, from, lists[i].label, "both");
        pz_script(drawing, " : NaN) with steps lw 1.4 lc rgb %s title \"also in %.*s\" noenhanced%s", colours[i],
                  lists[i].name_length, lists[i].label, i + 1 < n ? ", \\\n     " : "\n");
    }
}

static void put_shares(struct pz_drawing *drawing, const struct list *lists, size_t n)
{
    pz_script(drawing, "plot ");
    for (size_t i = 0; i < n; i++)
        pz_script(
            drawing,
            "\"../tables/overlap_hourly.csv\" using \"hour\":(of(\"%s\") && !changed(1) ? 100*got(\"share_of_ours\") : "
            "NaN) with steps lw 1.4 lc rgb %s%s",
            lists[i].label, colours[i], i + 1 < n ? ", \\\n     " : "\n");
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
    pz_script_lens(drawing, results, first, last);
    pz_script_time_axis(drawing, first, last, 13, false);
    pz_script_count_axis(drawing, most);
    pz_script(drawing, "set lmargin 10\nset rmargin 4\nset tmargin at screen 0.89\nset bmargin at screen 0.42\n"
                       "set ylabel \"unique sources per hour\"\nset yrange [0:*]\n"
                       "set key top left Left reverse samplen 1.5 opaque\n");
    put_counts(drawing, lists, shown);
    pz_script_time_axis(drawing, first, last, 13, true);
    pz_script(drawing,
              "set tmargin at screen 0.37\nset bmargin at screen 0.15\nset key off\nunset label 98\n"
              "set ylabel \"share of ours\" offset 1.2,0\nset format y \"%%g %%%%\"\nset yrange [0:100]\nset ytics "
              "25\n");
    put_shares(drawing, lists, shown);
    pz_script(drawing, "unset multiplot\n");
    pz_caption(drawing,
               "Our sources of each hour, how many of them are in %s too, and that as a share. A"
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
