/* SPDX-License-Identifier: BSD-2-Clause */
/* Captures that hold the packets of others: the same file in two compressions, a capture and an extract of it.
 *
 * Two captures have equal contents if they have the same number of records, of each fate too, the same times of the
 * first and the last packet, and the same digest (pz_packet_digest): then one counts, and the other is left out. The
 * digests of different captures are equal with probability 2^-64.
 *
 * A damaged capture that has fewer records than another, inside the same time, and equals it up to the damage is a torn
 * copy, as an interrupted compressor or transfer leaves: it is left out too. Its records up to its last sum before the
 * damage (pz_damage_log_add_sum) are those of the other: half of all at least, and all but a sixteenth where nothing
 * can be read after the damage. Captures that only overlap in time all count, and are named. What two of them recorded
 * counts once: in the stretch of time that a capture shares with others, its tally settles nothing (tally/copies.h). */
#ifndef PZ_RUN_CONTENTS_H
#define PZ_RUN_CONTENTS_H

#include "run/captures.h"

/* A total order, in which captures of equal contents are equal. */
int pz_contents_compare(const struct pz_capture_facts *a, const struct pz_capture_facts *b);

/* Of captures with equal contents leaves out all but one, on rank 0, where the facts of all are known: the first in the
 * list that isn't damaged counts, or the first. Leaves out torn copies, each for the longest it is a copy of. Returns
 * how many were left out now. */
size_t pz_contents_leave_out(struct pz_captures *captures);

/* When a capture's packets came. */
struct pz_capture_span {
    int64_t first_usec, last_usec;
    size_t place; /* of the capture in the list */
};

/* Sets `overlaps` of captures: see there. Sorts the spans. */
void pz_contents_find_overlaps(struct pz_captures *captures, struct pz_capture_span *spans, size_t n);
/* The same from the facts of the captures that count; on rank 0. */
void pz_contents_find_overlaps_of_all(struct pz_captures *captures);
/* Sets `stretch` of captures from the facts of those that count, on rank 0: from the first time that a capture shares
 * with another to the last. Returns how many have one. */
size_t pz_contents_find_stretches(struct pz_captures *captures);

#endif
