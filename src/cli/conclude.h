/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a run: summary.json, the report, and the proof that the result is whole. */
#ifndef PZ_CLI_CONCLUDE_H
#define PZ_CLI_CONCLUDE_H

#include "cli/work.h"
#include "reduce/recorded.h"
#include "report/output.h"
#include "run/captures.h"

struct pz_conclusion { /* all borrowed */
    const struct pz_captures *captures;
    const struct pz_settings *settings;
    const struct pz_filter *filter;
    const struct pz_timeline_options *timeline;
    const struct pz_calibrated *calibrated;
    const struct pz_geo *countries;
    const struct pz_recorded *recorded;
};

/* On rank 0, after the last table and set: writes all else of the result, and summary.json last. An error if another
 * run replaced files of it meanwhile. */
int pz_conclude(const struct pz_conclusion *conclusion, struct pz_output *output, struct pz_error *error);

#endif
