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
     "If no packet arrives for this many seconds, the telescope counts as not\n"
     "recording. Default: 60.",
     PZ_AS_NUMBER(hours.silence, 1, 3600, "give whole seconds, from 1 to an hour's 3600")},
    {"timeline-bin", "SECONDS", "Width of the bins of first_seen.csv. Default: 600.", PZ_AS_BIN(hours.timeline_bin)},
    {"min-cell", "N",
     "Put cells with fewer than N sources together in the tables by country, network,\n"
     "minute and bin, so that no cell stands for a few hosts. Default: 1, which joins\n"
     "none.",
     PZ_AS_NUMBER(hours.min_cell, 1, 1000000, "give a number of sources, from 1 to 1000000")},
    {PZ_OPTION_WINDOW},
    {"model", "FILE",
     "Model that tells the worm from other sources, written by patientzero\n"
     "calibrate. Default: one that the run learns from the quiet days before the\n"
     "outbreak, or the built-in model if there are none.",
     PZ_AS_TEXT(model)},
    {"no-calibrate", NULL, "Use the built-in model, and learn none.", PZ_AS_FLAG(no_calibrate)},
    {PZ_OPTION_COUNTRIES},
    {"networks", "FILE",
     "File with the networks (autonomous systems) of addresses, to count sources by\n"
     "network: CAIDA's pfx2as from the days of the archive. May be given several\n"
     "times. Each hour uses the latest file that is not after it, by the date in the\n"
     "file's name (20081121 or 20081121-1200).",
     PZ_AS_COUNTRY_FILE(networks)},
    {PZ_OPTION_DECODE},
    {PZ_OPTION_STRICT},
    {"accept-anonymised", NULL, "Make tables even if destinations seem to be anonymised bit by bit.",
     PZ_AS_FLAG(accept_anonymised)},
    {"pseudonyms", "KEYFILE",
     "In restricted tables, write a keyed hash instead of each address. The same key\n"
     "gives the same names in all runs. Times are then whole seconds, and\n"
     "destinations and sequence numbers are left out. Sets and tallies still hold\n"
     "the addresses.",
     PZ_AS_TEXT(pseudonyms)},
    {"replace", NULL,
     "Replace an earlier result in DIR, even if it was made of captures that are not\n"
     "named now. Without this option, such a result is kept and the exit code is 2.",
     PZ_AS_FLAG(replace)},
    {"no-report", NULL, "Draw no figures and write no page. patientzero report makes them later.",
     PZ_AS_FLAG(no_report)},
    {PZ_OPTION_WATCHDOG},
    {PZ_OPTION_PROGRESS},
    {PZ_OPTION_DRY_RUN},
    {0},
};

const struct pz_command pz_command_run = {
    .name = "run",
    .arguments = "CAPTURE... --out DIR [OPTION...]",
    .summary = "make tables and figures of captures",
    .help = "Reads captures and writes tables of the scans in them. A CAPTURE is a file, a folder (searched\n"
            "at any depth; captures are recognised by their contents), - for standard input, or @LIST, a file\n"
            "with one path on each line. Captures are pcap or pcapng files with times in microseconds or\n"
            "finer, plain or compressed by gzip, zstd, xz, bzip2 or lz4 (--version lists those that are built\n"
            "in). Under mpirun or srun the ranks share the work. The results are the same bytes for any\n"
            "number of ranks.\n"
            "\n"
            "If a run is stopped, the same command continues it. Captures that have a tally in the store are\n"
            "not read again. scan and reduce are the two halves of run.",
    .needs = PZ_NEEDS_CAPTURES | PZ_NEEDS_MODEL | PZ_IS_WATCHED | PZ_TELLS_FATES | PZ_HALF_SCAN | PZ_HALF_REDUCE,
    .options = pz_options_of_tables,
    .more = PZ_OPTIONS({PZ_OPTION_RESCAN}, {PZ_OPTION_INFLATER}),
    .examples =
        PZ_EXAMPLES({"A folder of captures, on two processes:", "mpirun -n 2 patientzero run archive --out results"},
                    {"What this would read, keep and replace, and how long it would take:",
                     "patientzero run archive --out results --dry-run"},
                    {"Three ports, counted in one reading:", "patientzero run archive --port 445,139,135 --out ports"},
                    {"One day of another port, from the same captures:",
                     "patientzero run archive --port 139 --since 2008-11-21 --until 2008-11-22 --out port-139"},
                    {"Captures that a file lists, decompressed by a command:",
                     "patientzero run @list.txt --decode 'zstd -dcq' --out listed"}),
    .check = pz_work_check,
    .run = pz_work_run,
};
