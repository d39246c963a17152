/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a run: summary.json, the report, and the proof that the result is whole. */
#ifndef PZ_CLI_CONCLUDE_H
#define PZ_CLI_CONCLUDE_H

#include "cli/work.h"
#include "reduce/recorded.h"
#include "report/output.h"
#include "run/captures.h"
#include "run/tables.h"

struct pz_conclusion { /* all borrowed */
    struct pz_captures *captures;
    const struct pz_settings *settings;
    const struct pz_filter *filters; /* one a port */
    size_t nports;
    const struct pz_timeline_options *timeline;
    const struct pz_geo *countries, *networks;
    const struct pz_tables *tables; /* one a port */
};

/* On rank 0, after the last table and set: writes the rest of the result, and summary.json last. An error if another
 * run replaced files of it meanwhile. */
int pz_conclude(const struct pz_conclusion *conclusion, struct pz_output *output, struct pz_error *error);

#endif
