/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/series.h"

#include "base/sort.h"

#include <stdlib.h>

struct pz_series pz_series_of(struct pz_results *results, const char *table, const char *value, int64_t step)
{
    const struct pz_csv_table *rows = pz_results_table(results, table);
    struct pz_series series = {.step = step};
    if (!rows)
        return series;
    bool status = pz_csv_table_has(rows, "status");
    series.points = pz_alloc(rows->nrows * sizeof *series.points);
    for (size_t row = 0; row < rows->nrows; row++) {
        struct pz_point *point = &series.points[series.n];
        if (!pz_csv_table_time(rows, row, PZ_FIRST_COLUMN, &point->second))
            continue;
        point->recorded = pz_csv_table_number(rows, row, value, &point->value);
        point->whole = point->recorded && (!status || pz_csv_table_is(rows, row, "status", "whole"));
        series.n++;
    }
    return series;
}

void pz_series_release(struct pz_series *series)
{
    free(series->points);
    *series = (struct pz_series){0};
}

static bool is_before(const void *item, const void *second)
{
    return ((const struct pz_point *)item)->second < *(const int64_t *)second;
}

/* The first point not before `second`. */
static size_t from(const struct pz_series *series, int64_t second)
{
    return pz_lower_bound(&second, series->points, series->n, sizeof *series->points, is_before);
}

enum pz_covered pz_series_covers(const struct pz_series *series, int64_t begin, int64_t end)
{
    int64_t whole = 0, recorded = 0;
    for (size_t i = from(series, begin); i < series->n && series->points[i].second < end; i++) {
        whole += series->points[i].whole;
        recorded += series->points[i].recorded;
    }
    if (series->step && whole == (end - begin + series->step - 1) / series->step)
        return PZ_COVERED_YES;
    return recorded ? PZ_COVERED_PART : PZ_COVERED_NO;
}

const struct pz_point *pz_series_most(const struct pz_series *series, int64_t begin, int64_t end)
{
    const struct pz_point *most = NULL;
    for (size_t i = from(series, begin); i < series->n && series->points[i].second < end; i++)
        if (series->points[i].recorded && (!most || series->points[i].value > most->value))
            most = &series->points[i];
    return most;
}

const struct pz_point *pz_series_at(const struct pz_series *series, int64_t second)
{
    size_t i = from(series, second);
    bool there = i < series->n && series->points[i].second == second && series->points[i].recorded;
    return there ? &series->points[i] : NULL;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

bool pz_series_median(const struct pz_series *series, int64_t begin, int64_t end, double *median)
{
    double *values = pz_alloc(series->n * sizeof *values);
    size_t n = 0;
    for (size_t i = from(series, begin); i < series->n && series->points[i].second < end; i++)
        if (series->points[i].whole)
            values[n++] = series->points[i].value;
    if (n)
        qsort(values, n, sizeof *values, compare);
    *median = !n ? 0 : n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
    free(values);
    return n > 0;
}

bool pz_series_mean(const struct pz_series *series, int64_t begin, int64_t end, double *mean)
{
    double sum = 0;
    size_t n = 0;
    for (size_t i = from(series, begin); i < series->n && series->points[i].second < end; i++)
        if (series->points[i].whole) {
            sum += series->points[i].value;
            n++;
        }
    *mean = n ? sum / (double)n : 0;
    return n > 0;
}

double pz_series_sum(const struct pz_series *series, int64_t begin, int64_t end)
{
    double sum = 0;
    for (size_t i = from(series, begin); i < series->n && series->points[i].second < end; i++)
        sum += series->points[i].recorded ? series->points[i].value : 0;
    return sum;
}
