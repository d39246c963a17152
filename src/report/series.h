/* SPDX-License-Identifier: BSD-2-Clause */
/* A table's numbers over time: sums, medians and maxima between two times. */
#ifndef PZ_REPORT_SERIES_H
#define PZ_REPORT_SERIES_H

#include "report/results.h"

struct pz_point {
    int64_t second;
    double value;
    bool recorded, whole; /* has a number; and its status is whole */
};

struct pz_series {
    struct pz_point *points; /* owned, in order of time */
    size_t n;
    int64_t step; /* seconds from one row to the next, where none is missing */
};

/* The column `value` of a table whose first column is a time; empty if there is no such table or column. */
struct pz_series pz_series_of(struct pz_results *results, const char *table, const char *value, int64_t step);
void pz_series_release(struct pz_series *series);

enum pz_covered { PZ_COVERED_NO, PZ_COVERED_PART, PZ_COVERED_YES };
/* Whether all rows from `begin` to before `end` are there and whole, or some. */
enum pz_covered pz_series_covers(const struct pz_series *series, int64_t begin, int64_t end);
/* The point with the most from `begin` to before `end`; NULL if nothing was recorded. */
const struct pz_point *pz_series_most(const struct pz_series *series, int64_t begin, int64_t end);
const struct pz_point *pz_series_at(const struct pz_series *series, int64_t second);
/* Of whole rows; false if there is none. */
bool pz_series_median(const struct pz_series *series, int64_t begin, int64_t end, double *median);
bool pz_series_mean(const struct pz_series *series, int64_t begin, int64_t end, double *mean);
/* Of all that was recorded; 0 if nothing was. */
double pz_series_sum(const struct pz_series *series, int64_t begin, int64_t end);

#endif
