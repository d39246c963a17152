/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of sources: those that a run left for each hour, and lists from elsewhere. */
#ifndef PZ_REPORT_RESULT_SETS_H
#define PZ_REPORT_RESULT_SETS_H

#include "base/error.h"
#include "geo/geo.h"
#include "report/address_list.h"
#include "report/results.h"

#include "tally/roaring_names.h"

/* The name of an hour's set in a result of one port, and the hour by the file's name in its folder: false if it is
 * another file. */
struct pz_path pz_set_name(uint32_t hour);
bool pz_set_hour(const char *file, uint32_t *hour);
/* Calls `take` with each hour's set in the result's restricted/sources/, from `since` to `until` - 1, in order of time.
 * `set` is valid during the call. A result without sets in these hours is an error. */
int pz_sets_each(struct pz_results *results, uint32_t since, uint32_t until,
                 void (*take)(void *context, uint32_t hour, const roaring_bitmap_t *set), void *context,
                 struct pz_error *error);

/* Reads a list from elsewhere, as text or as a portable Roaring bitmap, gzip or not; the caller frees the set, which is
 * in `list` too. NULL with `error`, which names a line but never quotes it. */
roaring_bitmap_t *pz_sets_read(const char *path, struct pz_address_list *list, struct pz_error *error);

/* Adds to `counts`, which has a place for each country and one for none. */
void pz_sets_count(const roaring_bitmap_t *set, const struct pz_geo_edition *countries, uint64_t *counts);

#endif
