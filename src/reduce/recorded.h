/* SPDX-License-Identifier: BSD-2-Clause */
/* What of the tables' span was recorded: hours by status, and the outages. */
#ifndef PZ_REDUCE_RECORDED_H
#define PZ_REDUCE_RECORDED_H

#include "reduce/timeline.h"

struct pz_outage {
    uint32_t from, until; /* hours since 1970: the first that is missing, and the first that isn't */
};

struct pz_recorded {
    uint64_t hours[PZ_STATUS_COUNT];
    struct pz_outage *outages; /* owned, in order of time */
    size_t noutages;
};

void pz_recorded_of(struct pz_recorded *recorded, const struct pz_timeline *timeline);
void pz_recorded_release(struct pz_recorded *recorded);

#endif
