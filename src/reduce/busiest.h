/* SPDX-License-Identifier: BSD-2-Clause */
/* Networks that get numbers of their own by the hour: those with the most sources in the whole span. Tens of thousands
 * are announced, and numbers of all of them for each hour would be most of a rank's memory; so these are found first, by
 * a reduction of its own. */
#ifndef PZ_REDUCE_BUSIEST_H
#define PZ_REDUCE_BUSIEST_H

#include "reduce/job.h"

enum { PZ_BUSIEST = 100 };

struct pz_busiest {
    uint32_t places[PZ_BUSIEST]; /* indexes among the networks', the most sources first */
    size_t n;
    uint8_t *numbers; /* owned: of each network, and of none, its number among these; `n` of others, `n` + 1 of none */
};

/* Keeps the sources of each network, and of none, over the whole span: a network is that of the source's first hour. */
extern const struct pz_job pz_busiest_job;
/* Of such sums: the networks with sources, the most first, of equal ones the first by name. The caller frees. */
uint32_t *pz_busiest_order(const struct pz_geo *networks, const uint64_t *sums, size_t *n);
void pz_busiest_find(struct pz_busiest *busiest, const struct pz_geo *networks, const uint64_t *sums);
void pz_busiest_release(struct pz_busiest *busiest);
/* Adds sources of the whole span to the sums of their countries or networks, and of none. */
void pz_count_places(const struct pz_geo *geo, const struct pz_table *sources, uint64_t *sums);

#endif
