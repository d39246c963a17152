/* SPDX-License-Identifier: BSD-2-Clause */
/* patientzero reduce: the second half of run, tallies in, tables out. */
#include "cli/work.h"

const struct pz_command pz_command_reduce = {
    .name = "reduce",
    .arguments = "CAPTURE... --out DIR [OPTION...]",
    .summary = "second half of run: make tables and figures of the tallies",
    .help = "Makes tables of captures that were scanned before. It reads only the beginning of each capture,\n"
            "to find its tally in the store. A capture without a tally is an error. The store may be\n"
            "read-only.\n"
            "\n"
            "Ends with 3 if a capture was damaged when it was scanned.",
    .needs = PZ_NEEDS_CAPTURES | PZ_NEEDS_MODEL | PZ_IS_WATCHED | PZ_TELLS_FATES | PZ_HALF_REDUCE,
    .options = pz_options_of_tables,
    .examples = PZ_EXAMPLES(
        {"Tables of all that was scanned:", "patientzero reduce archive --store store --out reduced"},
        {"Tables of some hours, without figures:",
         "patientzero reduce archive --store store --out day --since 2008-11-21 --until 2008-11-22 --no-report"}),
    .check = pz_work_check,
    .run = pz_work_run,
};
