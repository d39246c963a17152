/* SPDX-License-Identifier: BSD-2-Clause */
/* patientzero reduce: the second half of run, tallies in, tables out. */
#include "cli/work.h"

static const struct pz_example examples[] = {
    {"Tables of what was scanned:", "patientzero reduce archive --store store --out reduced"},
    {"Of some hours, and without figures:",
     "patientzero reduce archive --store store --out day --since 2008-11-21 --until 2008-11-22 --no-report"},
    {0},
};

const struct pz_command pz_command_reduce = {
    .name = "reduce",
    .arguments = "CAPTURE... --out DIR [OPTION...]",
    .summary = "the second half of run: tallies in, tables out",
    .help = "Makes tables of captures that were scanned before. The captures are only looked at, to find their\n"
            "tallies in the store; it is an error if one has none. A store may be made for reading only.\n\n"
            "Ends with 3 if a capture was damaged when it was scanned.",
    .needs = PZ_NEEDS_CAPTURES | PZ_NEEDS_MODEL | PZ_NEEDS_COUNTRIES | PZ_IS_WATCHED | PZ_TELLS_FATES | PZ_HALF_REDUCE,
    .shared = pz_options_of_tables,
    .examples = examples,
    .check = pz_work_check,
    .run = pz_work_run,
};
