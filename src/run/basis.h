/* SPDX-License-Identifier: BSD-2-Clause */
/* The input of a reduction, the same on every rank: the tallies that it needs, and the timeline of its hours. */
#ifndef PZ_RUN_BASIS_H
#define PZ_RUN_BASIS_H

#include "mpi/comm.h"
#include "run/captures.h"

struct pz_basis {
    const struct pz_comm *comm;
    const struct pz_store *store;
    const struct pz_hours *hours; /* on rank 0: of all tallies */
    struct pz_stored *stored; /* owned: those with anything for the timeline's hours, in the order of pz_stored_sort */
    size_t nstored;
    struct pz_timeline timeline; /* owned; the reducer sets its model */
    size_t untold;               /* unread captures whose hours are not known; on rank 0 */
};

/* Collective. Before, `basis` has its ranks, store and hours. Only rank 0 reads `captures`, with facts. */
void pz_basis_share(struct pz_basis *basis, const struct pz_captures *captures,
                    const struct pz_timeline_options *options);
void pz_basis_release(struct pz_basis *basis);

#endif
