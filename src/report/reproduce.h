/* SPDX-License-Identifier: BSD-2-Clause */
/* Every number of the published page next to ours: tables/reproduction.csv.
 *
 * The page: E. Aben, "Conficker/Conflicker/Downadup as seen from the UCSD Network Telescope", CAIDA, 27 February 2009.
 * A row says whether the archive covers what the number is about, and if so, whether ours passes. */
#ifndef PZ_REPORT_REPRODUCE_H
#define PZ_REPORT_REPRODUCE_H

#include "base/csv.h"
#include "report/series.h"

/* Writes the table, as CSV. */
void pz_reproduce(struct pz_results *results, struct pz_buf *to);
extern const struct pz_schema pz_schema_reproduction;

#endif
