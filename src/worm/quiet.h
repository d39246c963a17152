/* SPDX-License-Identifier: BSD-2-Clause */
/* Which hours come before an outbreak, judged by how many sources of each hour are, or may be, the worm's. */
#ifndef PZ_WORM_QUIET_H
#define PZ_WORM_QUIET_H

#include "worm/features.h"

/* A recorded hour. */
struct pz_quiet_hour {
    const uint64_t *counts; /* of its sources by class: PZ_CLASSES, borrowed */
    /* The lens has no second octet of 128 or above: half of it is in reach, and evidence needs many targets. */
    bool half;
};

/* The first hour of an outbreak: it and the next have 10 sure sources, four times as many as all before on average, and
 * 40 together. With no hour before, a twentieth of all sources must be the worm's. Where half of the lens is in reach
 * an hour may also have twice as many sources that are sure or reached, for each of the rest, as 6 or more hours before
 * had, and both together 40 more than these let expect. `n` if there is none. */
size_t pz_quiet_end(const struct pz_quiet_hour *hours, size_t n);

#endif
