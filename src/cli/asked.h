/* SPDX-License-Identifier: BSD-2-Clause */
/* What a command asked a result or a store about. If any of it was damaged, its numbers may be too low: the command says
 * so at its end, and ends with PZ_EXIT_DAMAGE, as the run did that made the tables. */
#ifndef PZ_CLI_ASKED_H
#define PZ_CLI_ASKED_H

#include "run/selection.h"

struct pz_asked {
    struct pz_results *results; /* borrowed; NULL if a store is asked */
    const char *store;          /* borrowed; NULL if results are */
    struct pz_buf spans;        /* owned: of hours that results were asked about */
    struct pz_buf damaged;      /* owned: a store's damaged captures, as pz_selection lists them */
};

/* For a selection that has its results or its store, and is used after that. */
void pz_asked_init(struct pz_asked *asked, struct pz_selection *selection);
/* The hours from `since` to `until` - 1. */
void pz_asked_about(struct pz_asked *asked, uint32_t since, uint32_t until);
/* Releases what is owned. If `status` is 0, says what was damaged and returns what the command ends with; else `status`. */
int pz_asked_end(struct pz_asked *asked, int status);

#endif
