/* SPDX-License-Identifier: BSD-2-Clause */
/* figures/manifest.json: the digests of the page, pictures and scripts, and of which result they were drawn. So
 * drawings of another run, which may have written to the folder at the same time, are found. It is a list as the others
 * are (results.h), removed before the first picture is replaced and written after the last. Drawings don't make a
 * result whole or not: `report` draws them again. */
#ifndef PZ_REPORT_DRAWINGS_H
#define PZ_REPORT_DRAWINGS_H

#include "report/results.h"

#define PZ_DRAWINGS_LIST "figures/manifest.json"
/* The name of a drawing that is not of this result, for the caller to free; NULL if there is none. If a user changed
 * the script, the picture is the user's too. */
char *pz_drawings_find_foreign(const struct pz_results *results);

#endif
