/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a result is whole; for results.c. */
#ifndef PZ_REPORT_RESULTS_CHECK_H
#define PZ_REPORT_RESULTS_CHECK_H

#include "report/results.h"

/* Whether the folder has nothing of a result, finished or not. */
bool pz_results_are_none(const struct pz_results *results);
/* Fills in what `record` says, of the port. */
int pz_results_take_record(struct pz_results *results, struct pz_error *error);
/* Fills in what is listed, and compares it with what is there. */
int pz_results_check(struct pz_results *results, const char *maker, struct pz_error *error);

#endif
