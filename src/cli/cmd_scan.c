/* SPDX-License-Identifier: BSD-2-Clause */
/* patientzero scan: the first half of run, captures in, tallies out. */
#include "cli/work.h"

static const struct pz_option options[] = {
    {PZ_OPTION_STORE},
    {PZ_OPTION_OUT},
    {PZ_OPTION_CHUNK},
    {PZ_OPTION_PORTS},
    {PZ_OPTION_LENS},
    {PZ_OPTION_DECODE},
    {PZ_OPTION_RESCAN},
    {PZ_OPTION_STRICT},
    {PZ_OPTION_INFLATER},
    {PZ_OPTION_WATCHDOG},
    {PZ_OPTION_PROGRESS},
    {PZ_OPTION_DRY_RUN},
    {0},
};

static const struct pz_example examples[] = {
    {"Half of an archive, as one of two jobs:", "patientzero scan archive --store store --part 1/2"},
    {"The other half, on four processes:", "mpirun -n 4 patientzero scan archive --store store --part 2/2"},
    {0},
};

const struct pz_command pz_command_scan = {
    .name = "scan",
    .arguments = "CAPTURE... --store DIR [OPTION...]",
    .summary = "the first half of run: captures in, tallies out",
    .help = "Reads captures and keeps a tally of each in the store; reduce makes tables of them. A CAPTURE is a\n"
            "file, a folder, - for standard input, or @LIST, as in run. Captures that the store knows are not\n"
            "read again. With --part the work is cut for tasks that run apart, on any machine and in any order.\n\n"
            "Ends with 3 if a capture is damaged, as reduce will again.",
    .needs = PZ_NEEDS_CAPTURES | PZ_NEEDS_MODEL | PZ_NEEDS_COUNTRIES | PZ_IS_WATCHED | PZ_TELLS_FATES | PZ_HALF_SCAN,
    .options = options,
    .examples = examples,
    .check = pz_work_check,
    .run = pz_work_run,
};
