/* SPDX-License-Identifier: BSD-2-Clause */
/* The boundary rows of all tallies that a source range holds: SYNs that no capture could settle, and pieces of
 * attempts. As a source range holds an hour ahead, all SYNs of the present hour can be settled and all attempts that
 * began in it closed. */
#ifndef PZ_REDUCE_BOUNDARY_H
#define PZ_REDUCE_BOUNDARY_H

#include "reduce/subshards.h"
#include "reduce/timeline.h"

struct pz_boundary {
    uint32_t since, until;              /* hours that are wanted */
    const struct pz_timeline *timeline; /* borrowed; NULL: hours aren't checked */
    uint32_t earliest;                  /* of these, with SYNs to be settled; UINT32_MAX if there is none */
    uint32_t joined;                    /* the SYNs of the hours before this one are pieces of attempts already */
    struct pz_buf scans;    /* pz_scan_row structs that wait for their hour, or for copies of them in the next */
    struct pz_buf attempts; /* pz_attempt structs that wait for their hour, or for later pieces */
    struct pz_buf settled;  /* of the hour: pz_scan_row structs, by source */
    size_t nsources;        /* of these */
    struct pz_buf closed;   /* of the hour: pz_attempt structs */
};

void pz_boundary_init(struct pz_boundary *boundary, uint32_t since, uint32_t until);
void pz_boundary_release(struct pz_boundary *boundary);
/* Takes the boundary rows at the beginning of one subshard of a tally. False if the bytes are not boundary rows of that
 * subshard, or are of an hour for which the timeline has no SYNs. */
bool pz_boundary_take(struct pz_boundary *boundary, struct pz_cursor *shard, unsigned subshard, unsigned per_shard);
/* Settles the SYNs of the hour; all tallies with rows of this hour or the next must be taken. Returns how many sources
 * have scans among them. */
size_t pz_boundary_settle(struct pz_boundary *boundary, uint32_t hour);
/* Adds these scans to the hour's `n` sources, sorted by subshard and address, with room for as many more;
 * returns how many sources there are then. */
size_t pz_boundary_add(const struct pz_boundary *boundary, struct pz_source *rows, size_t n, unsigned per_shard);
/* Closes the attempts that began in the hour, and adds them to its sources. */
void pz_boundary_close(struct pz_boundary *boundary, uint32_t hour, struct pz_source *rows, size_t n,
                       unsigned per_shard);

#endif
