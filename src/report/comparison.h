/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of the reproduction table while they are filled; for reproduce.c and reproduce_behaviour.c only.
 *
 * A row is judged where the captures cover what it is about, and where chance leaves a verdict worth having: `cases`
 * says how many independent things were counted, and `needed` how many would show a difference that matters in nine of
 * ten archives. Fewer are too few. Counts of recorded captures are counts of the telescope's own packets: chance has no
 * part in them. */
#ifndef PZ_REPORT_COMPARISON_H
#define PZ_REPORT_COMPARISON_H

#include "base/csv.h"
#include "report/series.h"
#include "worm/outbreak.h"

enum pz_verdict { PZ_VERDICT_OPEN, PZ_VERDICT_PASS, PZ_VERDICT_DIFFERS };

struct pz_reproduction {
    struct pz_results *results;
    struct pz_series hourly, daily;
    struct pz_csv *csv;
};

struct pz_comparison {
    const struct pz_published *number; /* borrowed */
    char published[48], ours[48], difference[32], tolerance[64];
    double cases, needed; /* 0 where chance has no part in it */
    enum pz_covered covered;
    bool never; /* a telescope can't show it */
    enum pz_verdict verdict;
};

/* An empty row for the published number of this id, scaled for made-up data, on the time that the number is about.
 * Without such a number the row isn't written. */
struct pz_comparison pz_comparison_of(const struct pz_reproduction *work, const char *id);
/* The count expected in these data. */
double pz_expected(const struct pz_reproduction *work, const struct pz_published *number);
void pz_comparison_write(const struct pz_reproduction *work, const struct pz_comparison *row);

/* Of a published number of other sources an hour, how many made-up data should show. */
double pz_expected_noise(const struct pz_reproduction *work, double published);

/* Fills `ours`, the difference in percent and the verdict: ours passes within a percentage of what is expected, or
 * within three standard deviations of a count if the data are thinned. */
void pz_compare_count(const struct pz_reproduction *work, struct pz_comparison *row, double expected, double ours,
                      double tolerance_percent);
/* As pz_compare_count, for times known to `width` seconds: 3,600 for an hour. Ours may come up to `latest` widths
 * later, never earlier; 0: they must be the same. */
void pz_compare_time(struct pz_comparison *row, int64_t published, int64_t ours, int64_t width, int latest);
/* Ours should lie between two bounds. */
void pz_compare_range(struct pz_comparison *row, double low, double high, double ours, int decimals);
/* k of n, in percent, should lie between two bounds: it differs if its interval at 95 % doesn't reach them. */
void pz_compare_share(struct pz_comparison *row, double low, double high, double k, double n);
/* How many cases show, nine times of ten, that a share is `other` and not `published` (0 to 1), at a level of 5 %. */
double pz_cases_for_share(double published, double other);
/* As pz_cases_for_share, for a count that differs by `factor`: a count scatters by its square root. */
double pz_cases_for_factor(double factor);

#endif
