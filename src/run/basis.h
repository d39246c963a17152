/* SPDX-License-Identifier: BSD-2-Clause */
/* The input of a reduction, the same on every rank: the tallies that it needs, and the timeline of its hours. */
#ifndef PZ_RUN_BASIS_H
#define PZ_RUN_BASIS_H

#include "mpi/comm.h"
#include "reduce/plan.h"
#include "reduce/timeline.h"
#include "run/captures.h"

struct pz_basis {
    struct pz_stored *stored; /* owned: those with anything for these hours */
    size_t nstored;
    struct pz_timeline timeline; /* owned; the reducer sets its model */
    size_t untold;               /* unread captures whose hours are not known; on rank 0 */
};

/* Collective. Only rank 0 reads `captures`, with facts, and `hours`. */
void pz_basis_share(struct pz_basis *basis, const struct pz_comm *comm, const struct pz_captures *captures,
                    const struct pz_hours *hours, const struct pz_timeline_options *options);
/* Collective. The plan of a reduction of these tallies, for these hours. Only rank 0 reads the other arguments. */
struct pz_plan pz_basis_plan(const struct pz_comm *comm, const struct pz_hours *hours, const struct pz_stored *stored,
                             size_t n, uint32_t since, uint32_t until, uint32_t window);
void pz_basis_release(struct pz_basis *basis);

#endif
