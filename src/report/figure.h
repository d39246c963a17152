/* SPDX-License-Identifier: BSD-2-Clause */
/* A figure: a gnuplot script made for the tables at hand, its caption, and words for those who can't see it.
 *
 * Scripts read the tables themselves (../tables/NAME.csv) and lie next to the pictures, so that a researcher can change
 * a colour or a span and draw again. What depends on the data, such as the place of a peak, is found here and is a
 * constant in the script. The report draws the figures whose tables are there. */
#ifndef PZ_REPORT_FIGURE_H
#define PZ_REPORT_FIGURE_H

#include "base/time.h"
#include "report/results.h"
#include "worm/outbreak.h"

struct pz_drawing {
    const struct pz_figure *figure; /* borrowed, as the next two */
    struct pz_results *results;
    const struct pz_csv_table *table; /* the figure's */
    struct pz_buf script;             /* what follows the common part */
    struct pz_buf caption;            /* a paragraph, plain text */
    struct pz_buf alt;                /* what the figure shows, in words and numbers */
    char why[256];                    /* why there is none */
    int64_t from, until; /* seconds since 1970: the time that the figure shows; both 0 if it has no axis of time */
    int64_t step;        /* seconds of a row; 0: an hour */
};

struct pz_figure {
    int number;       /* of the published figure; from 10 on those that the page didn't have */
    const char *name; /* of its files, like figure-1-daily */
    const char *title;
    const char *table; /* that it draws: without it, the figure is left out */
    struct {
        int width, height;
    } size; /* in pixels of the screen, 96 an inch */
    /* Fills `drawing`; -1 with `why` if the tables at hand have nothing for it. */
    int (*draw)(struct pz_drawing *drawing);
    const void *variant; /* what `draw` draws, where it draws several figures */
    const char *part;    /* "a" or "b" where several figures have the number; NULL for the only one */
    const char *map;     /* the column that the page plays as a map instead; NULL for a figure without one */
};

/* 114911 as 114,911. */
struct pz_number_text {
    char text[32];
};
struct pz_number_text pz_number_text(double value);
/* Its number with its part, as 7a: no other figure has it. */
struct pz_number_text pz_figure_number(const struct pz_figure *figure);
/* The figures of a table of arrays (figures/figures.h), by number and name, as an array that the caller frees. */
const struct pz_figure **pz_figures_in_order(const struct pz_figure *const *table, size_t *n);

/* Of a figure that is about the days of an outbreak, with the port. */
#define PZ_FIGURE_NO_OUTBREAK "no outbreak is known on TCP/%u"
#define PZ_FIGURE_NO_DAY "%s is not among the hours at hand"
int pz_drawing_fails(struct pz_drawing *drawing, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* In scripts `got(c)` is the number in a column, which breaks the curve where the field is empty, `whole(c)` the same for
 * rows with the status whole, and `flawed(c)` for the others. */
#define pz_script(drawing, ...) pz_buf_printf(&(drawing)->script, __VA_ARGS__)
#define pz_caption(drawing, ...) pz_buf_printf(&(drawing)->caption, __VA_ARGS__)
#define pz_alt(drawing, ...) pz_buf_printf(&(drawing)->alt, __VA_ARGS__)

/* "day" or "hour", by the step. */
const char *pz_drawing_unit(const struct pz_drawing *drawing);
/* The figure shows the rows from the first to the last with a number in `value`; -1 if these are fewer than two. */
int pz_drawing_show(struct pz_drawing *drawing, const char *value);
/* Whether a row's time, that of the first column, is shown. */
bool pz_drawing_shows(const struct pz_drawing *drawing, const struct pz_csv_table *table, size_t row, int64_t *second);
/* The highest number of a column in the time that is shown, -1 if there is none; `second`: where it is first, or NULL. */
double pz_drawing_most(const struct pz_drawing *drawing, const struct pz_csv_table *table, const char *column,
                       int64_t *second);
/* The first and the last time in the first column of rows with a number in `value`; false if there is none. */
bool pz_csv_table_span(const struct pz_csv_table *table, const char *value, int64_t *first, int64_t *last);
/* How many rows with a number in the column were recorded whole, and how many not. */
void pz_csv_table_rows(const struct pz_csv_table *table, const char *column, size_t *whole, size_t *flawed);
/* The last number of a column; 0 if there is none. */
double pz_csv_table_last(const struct pz_csv_table *table, const char *column);
/* The axis of time, with at most about `most` marks, at round hours, days or months. */
void pz_script_time_axis(struct pz_drawing *drawing, int most, bool labels);
/* Published counts of times that are shown, of such rows, as the block $published; false if there are none.
 * PZ_PLOT_PUBLISHED draws it after another curve, with the count so many lines above the point, as "-1.4". */
bool pz_script_published(struct pz_drawing *drawing, const char *const *ids);
#define PZ_PLOT_PUBLISHED(above)                                                                               \
    ", \\\n     $published using \"time\":\"count\" with points pt 6 ps 1.2 lw 1.6 lc rgb 0x000000 notitle"    \
    ", \\\n     $published using \"time\":\"count\":(sprintf(\"published %.0f\", got(\"count\"))) with labels" \
    " center offset 0," above " tc rgb 0x000000 notitle"
/* The numbers on an axis that goes up to `most`: 800, or 80k. */
void pz_script_count_axis(struct pz_drawing *drawing, double most);
/* Bars where nothing was recorded, something in part, or damaged: by the table's column `status`, or if it has none by
 * that of `hourly`. A legend names those that there are. */
void pz_script_outages(struct pz_drawing *drawing, const struct pz_csv_table *table);
/* In scripts `may_be_old(1)` is true of a row after one without a number in the column: what is new in it may have come
 * in the gap. `first`: of the table's first row too. False if there is no such row. */
bool pz_script_gaps(struct pz_drawing *drawing, const char *value, bool first);
/* When another part of the telescope was recorded than before. Counts on both sides are not to be compared. */
struct pz_lens_change {
    int64_t second;       /* since 1970: the hour from which it holds */
    double before, after; /* /16s that an hour's packets went to */
};

/* The lens changes where one recorded hour has this many times more or fewer /16s than the one before: single /16s come
 * and go by chance. The page's charts have the same rule (series.js). */
enum { PZ_LENS_CHANGE = 4 };

/* In order of time; the caller frees. */
struct pz_lens_change *pz_lens_changes(struct pz_results *results, size_t *n);
/* Vertical lines with names above the picture: on the first days of the worm's variants, and where another part of the
 * telescope was recorded from then on, as counts before and after can't be compared. In scripts `changed(1)` is true of
 * such a row, and `joined(c)` is `whole(c)`, but breaks the curve there. */
void pz_script_marks(struct pz_drawing *drawing);
/* A curve: each row is a level line from its time on, also a row between two gaps. Thin lines join it to the row before. */
struct pz_curve {
    const char *value;  /* an expression */
    const char *joined; /* the same, but NaN where the curve breaks before the row; NULL: no line joins rows */
    const char *table;  /* NULL for the figure's, or a block of the script, as $day */
    const char *time;   /* NULL for the column `hour`, or as gnuplot names it */
    double width;
    const char *style; /* as "dt 3 lc rgb blue" */
};
/* The value and how rows are joined: of a column in rows that were recorded whole, and in others; in all rows; in all, but
 * a change of the lens breaks the curve. */
#define PZ_WHOLE_ROWS(column) .value = "whole(\"" column "\")", .joined = "joined(\"" column "\")"
#define PZ_FLAWED_ROWS(column) .value = "flawed(\"" column "\")"
#define PZ_ALL_ROWS(column) .value = "got(\"" column "\")", .joined = "got(\"" column "\")"
#define PZ_UNCHANGED_ROWS(column) .value = "got(\"" column "\")", .joined = "changed(1) ? NaN : got(\"" column "\")"
/* A panel of curves and nothing else. */
void pz_script_plot(struct pz_drawing *drawing, const struct pz_curve *curves, size_t n);
/* After "plot ", and after another curve. */
void pz_script_curves(struct pz_drawing *drawing, const struct pz_curve *curves, size_t n);
/* An axis of values that the script sets from `low` to `high`, of so many pixels. */
struct pz_value_axis {
    double low, high;
    bool log;
    int pixels;
};
/* Names of curves at their ends, at the time `end`, each with a line from the curve to the name; no name is on another.
 * They replace those of the panel before. */
enum { PZ_END_LABELS = 12 }; /* at most */
struct pz_end_label {
    const char *text, *colour;
    double value; /* where the curve ends */
};
void pz_script_end_labels(struct pz_drawing *drawing, struct pz_end_label *labels, size_t n,
                          const struct pz_value_axis *axis, int64_t end);

#define PZ_DAY_SECONDS 86400LL

#endif
