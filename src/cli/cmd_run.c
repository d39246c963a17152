/* SPDX-License-Identifier: BSD-2-Clause */
/* patientzero run: captures in, tables out. */
#include "cli/work.h"

static const struct pz_option options[] = {
    PZ_OPTION_OUT,
    PZ_OPTION_STORE,
    PZ_OPTION_PORTS,
    PZ_OPTION_LENS,
    PZ_OPTION_SINCE,
    PZ_OPTION_UNTIL,
    PZ_OPTION_SILENCE,
    PZ_OPTION_TIMELINE_BIN,
    PZ_OPTION_WINDOW,
    PZ_OPTION_MODEL,
    PZ_OPTION_NO_CALIBRATE,
    PZ_OPTION_COUNTRIES,
    PZ_OPTION_NETWORKS,
    PZ_OPTION_DECODE,
    PZ_OPTION_RESCAN,
    PZ_OPTION_STRICT,
    PZ_OPTION_ACCEPT_ANONYMISED,
    PZ_OPTION_INFLATER,
    PZ_OPTION_PSEUDONYMS,
    PZ_OPTION_REPLACE,
    PZ_OPTION_NO_REPORT,
    PZ_OPTION_WATCHDOG,
    PZ_OPTION_PROGRESS,
    PZ_OPTION_DRY_RUN,
    {0},
};

static const struct pz_example examples[] = {
    {"A folder of captures, on two processes:", "mpirun -n 2 patientzero run archive --out results"},
    {"What that would read, keep and replace, and how long it would take:",
     "patientzero run archive --out results --dry-run"},
    {"Three ports, counted in one reading:", "patientzero run archive --port 445,139,135 --out ports"},
    {"One day of another port, out of the same captures:",
     "patientzero run archive --port 139 --since 2008-11-21 --until 2008-11-22 --out port-139"},
    {"Captures whose names are in a file, through a filter of yours:",
     "patientzero run @list.txt --decode 'zstd -dcq' --out listed"},
    {0},
};

const struct pz_command pz_command_run = {
    .name = "run",
    .arguments = "CAPTURE... --out DIR [OPTION...]",
    .summary = "captures in, tables out",
    .help = "Reads captures and writes tables of the scans in them. A CAPTURE is a file, a folder (searched at\n"
            "any depth; captures are known by their contents), - for standard input, or @LIST, a file with a\n"
            "path on each line. They are pcap or pcapng, in microseconds or finer, plain or compressed by gzip,\n"
            "zstd, xz, bzip2 or lz4 (--version names those that were built in). Under mpirun or srun the work is\n"
            "shared; the results are the same bytes.\n\n"
            "A run that was stopped goes on where it was when the same command is given again, and captures\n"
            "that the store knows are not read again. scan and reduce are its two halves.",
    .needs = PZ_NEEDS_CAPTURES | PZ_NEEDS_MODEL | PZ_NEEDS_COUNTRIES | PZ_IS_WATCHED | PZ_TELLS_FATES | PZ_HALF_SCAN |
             PZ_HALF_REDUCE,
    .options = options,
    .examples = examples,
    .check = pz_work_check,
    .run = pz_work_run,
};
