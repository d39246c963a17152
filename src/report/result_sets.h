/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of sources: those that a run left for each hour, lists from elsewhere, and sets as text. */
#ifndef PZ_REPORT_RESULT_SETS_H
#define PZ_REPORT_RESULT_SETS_H

#include "base/error.h"
#include "geo/geo.h"
#include "report/results.h"

#include "tally/roaring_names.h"

/* A list of IPv4 addresses in a text file: an address, a prefix (1.2.3.0/24) or a range (1.2.3.4-1.2.3.9) a line, in the
 * first column of a CSV or followed by a comment. */
struct pz_address_list {
    roaring_bitmap_t *set;   /* owned by the caller */
    struct pz_geo_file file; /* what it was read of; not of pz_address_list_read */
    bool text;               /* not a bitmap, of which the next three are 0 */
    uint64_t lines;          /* with an address, a prefix or a range */
    uint64_t nipv6;          /* lines */
    uint64_t nheadings;      /* lines: the names of a CSV's columns */
};

/* Reads `text`, which ends with a zero and is changed. Blank lines and comments (#, ; or //) are skipped. 0, or -1 with
 * `error` set, which names `path` and the line but never quotes it. */
int pz_address_list_read(struct pz_address_list *list, const char *path, char *text, struct pz_error *error);

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

/* An address a line, ascending. */
void pz_set_put_addresses(const roaring_bitmap_t *set, struct pz_buf *to);
/* The fewest prefixes that hold the set's addresses and no others, one a line, ascending. */
void pz_set_put_prefixes(const roaring_bitmap_t *set, struct pz_buf *to);
/* CSV: each prefix of `length` that has addresses in the set, and how many; ascending. */
void pz_set_put_counts(const roaring_bitmap_t *set, unsigned length, struct pz_buf *to);
/* How many such prefixes there are. */
uint64_t pz_set_count_prefixes(const roaring_bitmap_t *set, unsigned length);

#endif
