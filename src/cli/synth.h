/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes a twin's archive and its truth, on all ranks: the work of synth, when its options are read. */
#ifndef PZ_CLI_SYNTH_H
#define PZ_CLI_SYNTH_H

#include "run/progress.h"
#include "twin/twin.h"

struct pz_synth {
    const struct pz_session *session;
    const char *out;
    const struct pz_twin_params *params;
    char **delegated; /* files of the registries; none: the made-up table */
    size_t ndelegated;
};

/* Collective. What the process ends with, or -1 with `error` set. */
int pz_synth_make(const struct pz_synth *synth, struct pz_error *error);

#endif
