/* SPDX-License-Identifier: BSD-2-Clause */
/* What the job `candidates` keeps, and its tables: for candidates.c and candidates_tables.c only. */
#ifndef PZ_JOBS_CANDIDATES_TABLES_H
#define PZ_JOBS_CANDIDATES_TABLES_H

#include "base/sort.h"
#include "reduce/job.h"
#include "worm/growth.h"

/* The sums of an hour: new sources by targets and evidence, then by minute, then those whose evidence speaks for it by its
 * strength and by minute. */
enum {
    PZ_CANDIDATES_MINUTES = PZ_GROUP_BINS,
    PZ_CANDIDATES_STRENGTHS = PZ_CANDIDATES_MINUTES + PZ_STRENGTH_MINUTES,
    PZ_CANDIDATES_SUMS = PZ_CANDIDATES_STRENGTHS + PZ_STRENGTH_BINS,
};

struct pz_candidate_row {
    int64_t onset_usec; /* its first scan, or, of a source known long before, the first of its first window */
    int64_t first_usec; /* its first scan of all */
    int64_t fit_usec;   /* of its first attempt with all traits; INT64_MAX if there is none */
    uint32_t address;
    int32_t llr;
    uint32_t attempts[PZ_PATTERNS];
    uint32_t destination, sequence; /* of its first scan in the window */
    uint32_t scans, hours;          /* of the window */
    uint32_t targets, reached;
    uint16_t port, ttl_min, ttl_max, port_min, port_max, networks, unused[2];
};

_Static_assert(sizeof(struct pz_candidate_row) == 88, "rows are compared and sent as plain memory: no padding");

/* Seen long before its onset: when it was infected isn't known. */
static inline bool pz_candidate_is_old(const struct pz_timeline *timeline, const struct pz_candidate_row *row)
{
    return row->onset_usec - row->first_usec > timeline->options.window * PZ_USEC_PER_HOUR;
}

/* In the order of time, and of equal ones by address. */
static inline int pz_candidate_compare_onset(const struct pz_candidate_row *x, const struct pz_candidate_row *y)
{
    return x->onset_usec != y->onset_usec ? PZ_ORDER(x->onset_usec, y->onset_usec) : PZ_ORDER(x->address, y->address);
}

void *pz_candidates_find(const struct pz_accumulator *acc);
void pz_candidates_forget(void *found);
extern const struct pz_job_table pz_candidates_tables[];

#endif
