/* SPDX-License-Identifier: BSD-2-Clause */
/* patientzero run: captures in, tables out. */
#include "cli/work.h"

const struct pz_option pz_options_of_tables[] = {
    {PZ_OPTION_OUT},
    {PZ_OPTION_STORE},
    {PZ_OPTION_PORTS},
    {PZ_OPTION_LENS},
    {PZ_OPTION_SINCE},
    {PZ_OPTION_UNTIL},
    {"silence", "SECONDS",
     "So many seconds without any packet, and the telescope counts as not\n"
     "recording then (60).",
     PZ_AS_SILENCE(silence)},
    {"timeline-bin", "SECONDS", "Width of the bins of first_seen.csv (600).", PZ_AS_BIN(timeline_bin)},
    {PZ_OPTION_WINDOW},
    {PZ_OPTION_MODEL},
    {"no-calibrate", NULL,
     "Keep the model that is built in. Without this and --model, the run learns one\n"
     "from the quiet days before the outbreak, of all captures that are named.",
     PZ_AS_FLAG(no_calibrate)},
    {PZ_OPTION_COUNTRIES},
    {"networks", "FILE",
     "Networks (autonomous systems) of addresses, to count sources by network:\n"
     "CAIDA's pfx2as of the archive's days. Give it again for each further day; each\n"
     "hour counts by the latest before it, as the date in a file's name (20081121 or\n"
     "20081121-1200) tells.",
     PZ_AS_COUNTRY_FILE(networks)},
    {PZ_OPTION_DECODE},
    {PZ_OPTION_STRICT},
    {"accept-anonymised", NULL, "Make tables even if destinations look anonymised bit by bit.",
     PZ_AS_FLAG(accept_anonymised)},
    {"pseudonyms", "KEYFILE",
     "In restricted tables, names by a keyed hash instead of addresses. One key gives\n"
     "one name in all runs. Times are whole seconds then, and destinations and sequence\n"
     "numbers are left out. Sets and tallies keep the addresses.",
     PZ_AS_TEXT(pseudonyms)},
    {"replace", NULL,
     "Put the result in the place of an earlier one in DIR, also if that was made of\n"
     "captures that are not named now. Without it, such a result is kept: exit 2.",
     PZ_AS_FLAG(replace)},
    {"no-report", NULL, "No figures and no page; report makes them later.", PZ_AS_FLAG(no_report)},
    {PZ_OPTION_WATCHDOG},
    {PZ_OPTION_PROGRESS},
    {PZ_OPTION_DRY_RUN},
    {0},
};

static const struct pz_option options[] = {
    {PZ_OPTION_RESCAN},
    {PZ_OPTION_INFLATER},
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
    .shared = pz_options_of_tables,
    .examples = examples,
    .check = pz_work_check,
    .run = pz_work_run,
};
