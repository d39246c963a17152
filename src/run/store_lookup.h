/* SPDX-License-Identifier: BSD-2-Clause */
/* What the store knows of the captures already: those that have a tally needn't be read again. */
#ifndef PZ_RUN_STORE_LOOKUP_H
#define PZ_RUN_STORE_LOOKUP_H

#include "run/scan.h"

struct pz_lookup {
    struct pz_scan *scan; /* the hours that this rank finds are merged into its hours */
    bool forget;          /* the tallies that are there: they are removed, so that all captures are read again */
    bool overlapping;     /* only captures with a stretch */
    bool again; /* all that counts was found before: only hours are looked for, and it's an error if a tally is gone */
};

/* Looks up capture `i` for a port. Returns true if its tally can be used, and appends what is known to `known`. A message
 * on standard error names a damaged tally.
 *
 * The tally of a damaged capture can be used only while the files of its identity are those that were found damaged: a
 * file that was repaired since, or a copy that was not read, may be whole. One of a capture that could not be read to
 * its end for a reason that may pass, such as a disk that didn't answer, can be used if no capture may be read. */
bool pz_lookup_one(const struct pz_lookup *lookup, size_t i, size_t port, struct pz_buf *known);
/* The same for all captures and ports. Collective: rank 0 gets what is known. 0, 1 when stopped, -1 with `error` set. */
int pz_lookup_all(struct pz_lookup *lookup, struct pz_error *error);

#define PZ_NOT_A_DUPLICATE UINT32_MAX
/* What is known of a capture by its tally of a port, as one rank tells it to rank 0: of which other capture in the list
 * it is a duplicate, and which file in the list was read for it. */
void pz_known_encode(const struct pz_capture_facts *facts, size_t port, uint32_t original, size_t read,
                     struct pz_buf *to);
/* Settles the fate of capture `i` too: of some, reading shows that there was nothing to read. */
void pz_known_decode(struct pz_captures *captures, size_t i, struct pz_cursor *from);

#endif
