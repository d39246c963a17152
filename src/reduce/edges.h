/* The edges of all tallies that a slice has at hand: SYNs that no partition could tell from copies, and pieces of attempts.
 * With those of an hour ahead, all that came in the present hour is settled and all attempts that began in it are decided. */
#ifndef PZ_REDUCE_EDGES_H
#define PZ_REDUCE_EDGES_H

#include "reduce/cut.h"
#include "reduce/frame.h"

struct pz_edges {
    uint32_t since, until;   /* hours that are wanted */
    const struct pz_frame *frame; /* borrowed; NULL: hours aren't checked */
    uint32_t earliest;       /* of these, with SYNs to be settled; UINT32_MAX if there is none */
    uint32_t joined;         /* the SYNs of the hours before this one are pieces of attempts already */
    struct pz_buf scans;     /* pz_scan_row structs that wait for their hour, or for copies of them in the next */
    struct pz_buf attempts;  /* pz_attempt structs that wait for their hour, or for later pieces */
    struct pz_buf settled;   /* of the hour: pz_scan_row structs, by source */
    size_t nsources;         /* of these */
    struct pz_buf decided;   /* of the hour: pz_attempt structs */
};

void pz_edges_init(struct pz_edges *edges, uint32_t since, uint32_t until);
void pz_edges_release(struct pz_edges *edges);
/* Takes those of one unit of a tally, which it begins with. False if the bytes make none of that unit, or of an hour that
 * the frame knows no SYNs of. */
bool pz_edges_take(struct pz_edges *edges, struct pz_cursor *shard, unsigned unit, unsigned cuts);
/* Settles what came in the hour, when all tallies are taken that have any of it or of the next; returns how many sources
 * have scans among it. */
size_t pz_edges_settle(struct pz_edges *edges, uint32_t hour);
/* Adds these scans to the hour's `n` sources, sorted by unit and address, with room for as many more;
 * returns how many sources there are then. */
size_t pz_edges_add(const struct pz_edges *edges, struct pz_source *rows, size_t n, unsigned cuts);
/* Decides the attempts that began in the hour, and adds them to its sources. */
void pz_edges_decide(struct pz_edges *edges, uint32_t hour, struct pz_source *rows, size_t n, unsigned cuts);

#endif
