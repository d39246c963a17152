/* SPDX-License-Identifier: BSD-2-Clause */
/* The data of the page's maps: countries hour by hour for one day, and day by day for all. Both stay small however long
 * the archive is; the table that they are made of doesn't. */
#ifndef PZ_REPORT_MAPS_H
#define PZ_REPORT_MAPS_H

#include "report/results.h"

/* The day whose hours the published animations show, or the first one at hand; false if there is no such table or row.
 */
bool pz_maps_window(const struct pz_outbreak *outbreak, const struct pz_csv_table *table, int64_t *begin, int64_t *end);
/* Appends CSV: time,country,sources,per_million of the window's hours. */
void pz_maps_hours(const struct pz_csv_table *table, int64_t begin, int64_t end, struct pz_buf *csv);
/* The same of each day, as the mean of its recorded hours; nothing if there are fewer than three days. */
void pz_maps_days(const struct pz_csv_table *table, struct pz_buf *csv);
/* Both of a result, for the page's script. */
void pz_maps_write(struct pz_results *results, struct pz_buf *html);

#endif
