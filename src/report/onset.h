/* SPDX-License-Identifier: BSD-2-Clause */
/* Which source was the worm's first in a result and when the release must have been, as far as the tables tell. */
#ifndef PZ_REPORT_ONSET_H
#define PZ_REPORT_ONSET_H

#include "report/results.h"
#include "worm/origin.h"

/* Evidence that leaves no doubt, where no outbreak is found. */
#define PZ_ONSET_STRONG 12.0
/* Nothing is stated where the chance of a first that isn't listed is larger. */
#define PZ_ONSET_MOST_UNKNOWN 0.1

enum pz_onset_state { PZ_ONSET_STATED, PZ_ONSET_NO_OUTBREAK, PZ_ONSET_UNKNOWN };

struct pz_onset {
    enum pz_onset_state state;
    double share;  /* given: of the infected hosts, how many the telescope sees */
    double *hours; /* owned: when each source was seen first, in hours since 1970 */
    size_t nhours;
    struct pz_origin_first *firsts; /* owned: those that may have been the first, the likeliest first */
    size_t nfirsts;
    double listed;                      /* the chance that the first is one of these */
    double none;                        /* the chance that no source of these data was the first */
    struct pz_origin_interval interval; /* of the release; if it is stated */
    size_t nstrong;                     /* sources with strong evidence of the worm */
    int64_t first_strong;               /* the onset of the earliest of these */
};

/* False if a table lacks that it takes, or no outbreak is known on the port. To be released either way. */
bool pz_onset_find(struct pz_onset *known, struct pz_results *results, double share);
/* Times as they are told, to the second: of the interval outwards, of what is likeliest to the nearest, and of a sighting
 * the second in which it was. */
int64_t pz_onset_earliest(const struct pz_onset *known);
int64_t pz_onset_latest(const struct pz_onset *known);
int64_t pz_onset_best(const struct pz_onset *known);
int64_t pz_onset_seen(const struct pz_onset *known); /* the likeliest first */
void pz_onset_release(struct pz_onset *known);

#endif
