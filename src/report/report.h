/* SPDX-License-Identifier: BSD-2-Clause */
/* The report: figures, published numbers next to ours, and a page with all of them, from the tables of an output folder
 * and nothing else. What can't be made is named, and the rest is made. */
#ifndef PZ_REPORT_REPORT_H
#define PZ_REPORT_REPORT_H

#include "base/csv.h"
#include "report/draw.h"

struct pz_report_options {
    struct pz_draw_options draw;
    const struct pz_schema *const *others; /* borrowed: tables that no job makes; ended by NULL */
    double scale; /* of what was published, how much these data should show; 0: as their captures are marked */
};

/* Writes figures/ and tables/reproduction.csv of each port, and report.html. `results` is opened once for each port of
 * the result, in the order of the page, which shows the first. `told` gets a line for
 * each thing that is missing, `kept` one for each script that a user changed and that is kept. */
int pz_report_make(struct pz_results *results, size_t nports, const struct pz_report_options *options,
                   struct pz_buf *told, struct pz_buf *kept, struct pz_error *error);

/* Every number of the published page next to ours: tables/reproduction.csv.
 *
 * The page: E. Aben, "Conficker/Conflicker/Downadup as seen from the UCSD Network Telescope", CAIDA, 27 February 2009.
 * A row says whether the archive covers what the number is about, and if so, whether ours passes. */

/* Writes the table, as CSV. */
void pz_reproduce(struct pz_results *results, struct pz_buf *to);
extern const struct pz_schema pz_schema_reproduction;

#endif
