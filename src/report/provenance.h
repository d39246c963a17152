/* SPDX-License-Identifier: BSD-2-Clause */
/* What a result was made of and how, from summary.json, as a table of the page: version, options, captures, countries,
 * model, what was recorded. */
#ifndef PZ_REPORT_PROVENANCE_H
#define PZ_REPORT_PROVENANCE_H

#include "report/results.h"

void pz_provenance_write(const struct pz_results *results, struct pz_buf *html);

#endif
