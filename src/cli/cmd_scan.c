/* SPDX-License-Identifier: BSD-2-Clause */
/* patientzero scan: the first half of run, captures in, tallies out. */
#include "cli/work.h"

const struct pz_command pz_command_scan = {
    .name = "scan",
    .arguments = "CAPTURE... --store DIR [OPTION...]",
    .summary = "first half of run: make a tally of each capture",
    .help = "Reads captures and keeps a tally of each in the store. reduce makes tables of the tallies. A\n"
            "CAPTURE is a file, a folder, - for standard input, or @LIST, as for run. Captures that have a\n"
            "tally in the store are not read again. With --part, separate tasks share the work, on any\n"
            "machine and in any order.\n"
            "\n"
            "Ends with 3 if a capture is damaged. reduce then ends with 3 too.",
    .needs = PZ_NEEDS_CAPTURES | PZ_NEEDS_MODEL | PZ_IS_WATCHED | PZ_TELLS_FATES | PZ_HALF_SCAN,
    .options = PZ_OPTIONS({PZ_OPTION_STORE}, {PZ_OPTION_OUT}, {PZ_OPTION_CHUNK}, {PZ_OPTION_PORTS}, {PZ_OPTION_LENS},
                          {PZ_OPTION_DECODE}, {PZ_OPTION_RESCAN}, {PZ_OPTION_STRICT}, {PZ_OPTION_INFLATER},
                          {PZ_OPTION_WATCHDOG}, {PZ_OPTION_PROGRESS}, {PZ_OPTION_DRY_RUN}),
    .examples = PZ_EXAMPLES(
        {"Half of an archive, as one of two jobs:", "patientzero scan archive --store store --part 1/2"},
        {"The other half, on four processes:", "mpirun -n 4 patientzero scan archive --store store --part 2/2"}),
    .check = pz_work_check,
    .run = pz_work_run,
};
