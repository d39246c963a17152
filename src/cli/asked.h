/* SPDX-License-Identifier: BSD-2-Clause */
/* What a command asks a result or a store about: which sources, of which hours, by which rule. If any of it was damaged,
 * its numbers may be too low: the command says so at its end, and ends with PZ_EXIT_DAMAGE, as the run did that made the
 * tables. */
#ifndef PZ_CLI_ASKED_H
#define PZ_CLI_ASKED_H

#include "cli/command.h"
#include "run/selection.h"

extern const struct pz_option pz_options_of_selection[]; /* ended by a NULL name; --out is the command's own */

struct pz_asked {
    struct pz_selection selection; /* as these options say */
    struct pz_results results;     /* owned: those of the folder, if one is given */
    struct pz_buf spans;           /* owned: struct pz_span, of hours that results were asked about */
    struct pz_buf damaged;         /* owned: a store's damaged captures, as pz_selection lists them */
};

/* Opens the results in `folder`, if that isn't NULL, and says if a drawing there is of another result. `maker`: the
 * command that adds tables to them, or NULL; with sources of a store, its folder may have no result yet. */
int pz_asked_open(struct pz_asked *asked, const struct pz_context *context, const char *folder, const char *maker,
                  struct pz_error *error);
void pz_asked_about(struct pz_asked *asked, struct pz_span hours);
/* Closes all. If `status` is 0, says what was damaged and returns what the command ends with; else `status`. */
int pz_asked_end(struct pz_asked *asked, int status);

#endif
