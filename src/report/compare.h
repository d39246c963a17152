/* A row of the reproduction table while it is filled; for reproduce*.c only. */
#ifndef PZ_REPORT_COMPARE_H
#define PZ_REPORT_COMPARE_H

#include "base/csv.h"
#include "report/series.h"
#include "worm/outbreak.h"

enum pz_verdict { PZ_VERDICT_OPEN, PZ_VERDICT_PASS, PZ_VERDICT_DIFFERS };

struct pz_comparison {
    const struct pz_published *number; /* borrowed */
    char published[48], ours[48], difference[32], tolerance[32];
    enum pz_covered covered;
    bool never; /* a telescope can't show it */
    enum pz_verdict verdict;
};

/* An empty row for the published number of this id, which synthetic data at a scale have `scale` times. Without such a
 * number the row isn't written. */
struct pz_comparison pz_comparison_of(const struct pz_outbreak *outbreak, const char *id, double scale);
/* The tolerance in the words that the number has. */
void pz_comparison_tolerance(struct pz_comparison *row);
void pz_comparison_write(const struct pz_comparison *row, struct pz_csv *csv);

/* Fills `ours`, the difference in percent and the verdict: within so many percent of what was published. */
void pz_compare_count(struct pz_comparison *row, double published, double ours, double tolerance_percent);
/* The same of times, of which `width` seconds were told: 3,600 for an hour. */
void pz_compare_time(struct pz_comparison *row, int64_t published, int64_t ours, int64_t width);
/* Wilson's interval at 95 % of the share k / n; n > 0. */
void pz_wilson(double k, double n, double *low, double *high);
/* Ours should lie between two bounds. */
void pz_compare_range(struct pz_comparison *row, double low, double high, double ours, int decimals);

#endif
