/* SPDX-License-Identifier: BSD-2-Clause */
/* The tally of a capture: all that is kept of a capture's packets. It is made by observing packets in any order and in
 * any pieces, and the tally of two captures is their merge.
 *
 * One reading of a capture makes a tally for each of several ports. The first tally takes all packets. Each of the
 * others takes only the TCP packets to its own port, and copies from the first, when both are finished, what does not
 * depend on the port. Each is the same as the tally of a reading for its port alone. */
#ifndef PZ_TALLY_TALLY_H
#define PZ_TALLY_TALLY_H

#include "tally/hours.h"
#include "tally/source_table.h"
#include "tally/tracker.h"

struct pz_tally {
    uint16_t port;                 /* that scans go to, known from the first packet on */
    uint64_t fates[PZ_FATE_COUNT]; /* packets by fate, all hours together; copies among scans until it is encoded */
    uint64_t digest;               /* the sum of all packets' digests, whatever their fate */
    struct pz_hours hours;
    struct pz_staging staging;  /* SYNs that came and are in nothing below yet */
    struct pz_copies copies;    /* SYNs that wait, and those that are boundary rows */
    struct pz_table sources;    /* by hour and address */
    struct pz_tracker attempts; /* what is open, and what is a boundary row */
    bool late;                  /* order was expected, and a packet came too late for that */
};

/* A tally keeps its place in memory until its release. */
void pz_tally_init(struct pz_tally *tally);
void pz_tally_release(struct pz_tally *tally);
/* Before anything is observed: another capture has packets of this stretch too, and what comes in it is boundary rows.
 */
void pz_tally_set_stretch(struct pz_tally *tally, const struct pz_stretch *stretch);
/* Before anything is observed: no packet is expected more than PZ_ORDER_USEC late, instead of PZ_DISORDER_USEC. Fewer
 * are boundary rows then, and less waits. If one is later, `late` tells, and all must be observed again by a tally that
 * expects no order. */
void pz_tally_expect_order(struct pz_tally *tally);
/* Gives the packets their final fates, and adds them to the tally of each port. Each tally has a filter; the filters
 * differ in their ports, and in nothing else. */
void pz_tallies_observe(struct pz_tally *tallies, const struct pz_filter *filters, size_t ntallies,
                        struct pz_packet *packets, size_t n);
/* The capture's end: what is open is closed or becomes a boundary row. */
void pz_tally_finish(struct pz_tally *tally);
/* The same for several, before any is encoded. */
void pz_tallies_finish(struct pz_tally *tallies, size_t ntallies);
/* The first hour and the last with sources or SYNs that are boundary rows, of a finished tally; first > last if there
 * is none. */
void pz_tally_hours(const struct pz_tally *tally, uint32_t *first, uint32_t *last);
/* The source-hours that the boundary rows of a finished tally may make at most, plus the rows that would take as much
 * memory in a source range. */
uint64_t pz_tally_edge_rows(const struct pz_tally *tally);

#endif
