/* SPDX-License-Identifier: BSD-2-Clause */
/* Curves of the places with the most sources, as countries or networks, hour by hour of one day: that of the outbreak, or
 * the first one at hand. The table has a row for each hour and place, and it is large, so the day stands in the script. */
#ifndef PZ_REPORT_DAY_CURVES_H
#define PZ_REPORT_DAY_CURVES_H

#include "report/figure.h"

struct pz_day_curves {
    const char *place;  /* the column with the places' names */
    const char *column; /* what is drawn */
    const char *what;   /* that is, in words */
    const char *places; /* as "countries" */
    const char *prefix; /* of a place's name at its curve */
    /* Names that are no place: sources that are of none, and the table's own row of all places that it does not name;
     * the latter may be NULL. */
    const char *unknown, *others;
    const char *caption;
    bool rest; /* with curves of all other places, and of no known one: where `column` is sources */
};

/* Of a figure whose variant they are. */
int pz_day_curves_draw(struct pz_drawing *drawing);

#endif
