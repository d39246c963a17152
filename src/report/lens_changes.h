/* SPDX-License-Identifier: BSD-2-Clause */
/* When another part of the telescope was recorded than before. Counts on both sides are not to be compared. */
#ifndef PZ_REPORT_LENS_CHANGES_H
#define PZ_REPORT_LENS_CHANGES_H

#include "report/results.h"

struct pz_lens_change {
    int64_t second;       /* since 1970: the hour from which it holds */
    double before, after; /* /16s that an hour's packets went to */
};

/* The lens changes where one recorded hour has this many times more or fewer /16s than the one before: single /16s come
 * and go by chance. The page's charts have the same rule (series.js). */
enum { PZ_LENS_CHANGE = 4 };

/* In order of time; the caller frees. */
struct pz_lens_change *pz_lens_changes(struct pz_results *results, size_t *n);

#endif
