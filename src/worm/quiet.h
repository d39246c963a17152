/* Which hours come before an outbreak, told from how many sources of each hour the evidence calls the worm's. */
#ifndef PZ_WORM_QUIET_H
#define PZ_WORM_QUIET_H

#include <stddef.h>
#include <stdint.h>

/* A recorded hour: its sources that the evidence calls the worm's, and all others. */
struct pz_quiet_hour {
    uint64_t sure, others;
};

/* The first hour of an outbreak: it and the next have 10 such sources, four times as many as all before on average, and
 * 40 together. With no hour before, a twentieth of all sources must be the worm's. `n` if there is none. */
size_t pz_quiet_end(const struct pz_quiet_hour *hours, size_t n);

#endif
