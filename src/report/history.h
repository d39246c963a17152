/* The whole span as a curve, linear and logarithmic: the published Figure 1, by the hour and by the day. */
#ifndef PZ_REPORT_HISTORY_H
#define PZ_REPORT_HISTORY_H

#include "report/figure.h"

struct pz_history {
    const char *table;       /* with a time, sources, and `status` */
    const char *time_format; /* of its first column, for gnuplot */
    const char *unit;        /* "hour", "day" */
    int64_t seconds;         /* of a row */
};

int pz_history_draw(const struct pz_history *history, struct pz_results *results, struct pz_drawing *drawing);

#endif
