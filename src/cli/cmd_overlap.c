/* SPDX-License-Identifier: BSD-2-Clause */
/* patientzero overlap: compares our sources with another list. */
#include "cli/asked.h"

static int check(const struct pz_context *context, struct pz_error *error)
{
    const struct pz_settings *settings = &context->settings;
    if (context->narguments)
        return pz_fail_usage(error, "%s: overlap takes options only, --with FILE for the other list",
                             context->arguments[0]);
    if (!settings->out || !settings->with)
        return pz_fail_usage(error, "--%s is missing: overlap --out DIR --with FILE", settings->out ? "with" : "out");
    return 0;
}

static int run(struct pz_context *context, struct pz_error *error)
{
    struct pz_asked asked;
    int status = pz_asked_open(&asked, context, context->settings.out, "overlap", error);
    pz_asked_about(&asked, (struct pz_span){context->settings.hours.since, context->settings.hours.until});
    if (status == 0)
        status = pz_overlap_compare(context, &asked.selection, error);
    return pz_asked_end(&asked, status);
}

const struct pz_command pz_command_overlap = {
    .name = "overlap",
    .arguments = "--out DIR --with FILE [OPTION...]",
    .summary = "compare the sources with another list",
    .help = "Compares the sources of some hours with another list. Writes numbers only: tables/overlap.csv,\n"
            "the same by hour and, with --countries, by country. patientzero report draws the hours. The\n"
            "tables keep one result for each list, known by its name and digest; the same list again replaces\n"
            "its result. Our sources are the sets of hours in DIR/restricted/sources, or, with --store or\n"
            "--rule, those of the tallies in a store.\n"
            "\n"
            "The estimate of all hosts, with an interval at 95 %, holds if both lists are independent samples\n"
            "of them. They are not: an address is not a host, and neither list has the hosts that both miss.",
    .needs = PZ_NEEDS_MODEL | PZ_RUNS_ALONE | PZ_TAKES_RESULT,
    .options =
        PZ_OPTIONS({"out", "DIR", "Folder with the results of a run. The tables go there too.", PZ_AS_TEXT(out)},
                   {"with", "FILE",
                    "The other list, for example from a sinkhole, compressed or not: a text file\n"
                    "with an IPv4 address, a prefix (1.2.3.0/24) or a range (1.2.3.4-1.2.3.9) on\n"
                    "each line, a CSV with these in its first column, or a Roaring bitmap in the\n"
                    "portable format. Comments are skipped. IPv6 addresses are skipped and counted.",
                    PZ_AS_TEXT(with)},
                   {PZ_OPTION_COUNTRIES}, {"json", NULL, "Print the row of overlap.csv as JSON.", PZ_AS_FLAG(json)}),
    .more = pz_options_of_selection,
    .examples = PZ_EXAMPLES({"Compare with a sinkhole's list of addresses:",
                             "patientzero overlap --out results --with list-of-addresses.txt"},
                            {"Compare only the worm's sources of one day, and print JSON:",
                             "patientzero overlap --out results --with list-of-addresses.txt "
                             "--rule evidence --since 2008-11-21 --until 2008-11-22 --json"}),
    .check = check,
    .run = run,
};
