/* The rows of the reproduction table on how the worm scans, where its victims are, and where its countries lie. */
#ifndef PZ_REPORT_SCANNING_H
#define PZ_REPORT_SCANNING_H

#include "base/csv.h"
#include "report/series.h"

void pz_reproduce_scanning(struct pz_results *results, const struct pz_series *hourly, struct pz_csv *csv);

#endif
