/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of `patientzero overlap`: a result has those of each list that its sources were compared with. */
#ifndef PZ_CLI_OVERLAP_TABLES_H
#define PZ_CLI_OVERLAP_TABLES_H

#include "geo/geo.h"
#include "report/result_sets.h"
#include "report/results.h"

#include "tally/roaring_names.h"

/* Hours since 1970 that packets can have. */
enum {
    PZ_OVERLAP_EARLIEST = (int)(PZ_EARLIEST_SECOND / PZ_SECONDS_PER_HOUR),
    PZ_OVERLAP_HOURS = (int)((PZ_LATEST_SECOND - PZ_EARLIEST_SECOND) / PZ_SECONDS_PER_HOUR)
};

struct pz_overlap_hour {
    uint64_t ours, both;
    bool there; /* the hour has sources, by any rule */
};

enum { PZ_OVERLAP_LABEL = 96 };

/* What the other list is. */
struct pz_overlap_list {
    char label[PZ_OVERLAP_LABEL]; /* NAME:DIGITS; lists with the same digits are the same list */
    struct pz_sha256_text digest; /* empty where it would give the addresses away */
    uint64_t entries, passed_over;
};

struct pz_overlap {
    roaring_bitmap_t *ours, *others; /* owned */
    struct pz_overlap_hour *hours;   /* owned: PZ_OVERLAP_HOURS of them, from PZ_OVERLAP_EARLIEST on */
    uint32_t first, last;            /* hours that have sources */
    uint32_t since, until;           /* hours that were asked for */
    const char *rule;                /* borrowed */
    struct pz_overlap_list list;
};

/* What is written of a list that was read from `path`. */
struct pz_overlap_list pz_overlap_list_of(const char *path, const struct pz_address_list *list);

/* Writes the rows of this list in the place of its own earlier ones; rows of other lists stay, and are in the order of
 * the lists' labels. Tables of another result, or that aren't as they were written, are replaced. */
int pz_overlap_write(struct pz_results *results, const struct pz_overlap *work, const struct pz_geo *geo,
                     struct pz_error *error);
/* Prints this list's row of overlap.csv, as JSON. */
int pz_overlap_print(const struct pz_overlap *work, struct pz_error *error);

#endif
