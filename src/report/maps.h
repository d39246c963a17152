/* SPDX-License-Identifier: BSD-2-Clause */
/* The data of the page's maps and curves of places: countries and networks hour by hour for one day, and countries
 * day by day for all. They stay small however long the archive is; the table that they are made of doesn't. */
#ifndef PZ_REPORT_MAPS_H
#define PZ_REPORT_MAPS_H

#include "report/results.h"

/* The day whose hours the published animations show, or the first one at hand; false if there is no such table or row.
 */
bool pz_maps_window(const struct pz_outbreak *outbreak, const struct pz_csv_table *table, int64_t *begin, int64_t *end);
/* The window's hours of countries and networks, and each day of countries as the mean of its recorded hours, for the
 * page's script. */
void pz_maps_write(struct pz_results *results, struct pz_buf *html);

#endif
