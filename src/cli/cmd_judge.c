/* SPDX-License-Identifier: BSD-2-Clause */
/* patientzero judge: every source with its features, rules and score. */
#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "run/scores.h"

static int check(const struct pz_context *context, struct pz_error *error)
{
    if (context->narguments && context->settings.store && context->settings.out)
        return 0;
    return pz_fail_usage(error, "give captures, --store and --out: patientzero judge --help");
}

static int run(struct pz_context *context, struct pz_error *error)
{
    const struct pz_settings *settings = &context->settings;
    struct pz_scoring judging = {.store = &context->stores[0],
                                 .captures = &context->captures,
                                 .hours = &context->scan.hours[0],
                                 .model = &context->model,
                                 .since = settings->hours.since,
                                 .until = settings->hours.until,
                                 .window = settings->hours.window};
    struct pz_buf csv = {0};
    int status = pz_scores_make(&judging, &csv, error);
    if (status == 0)
        status = pz_file_deliver(settings->out, true, csv.bytes, csv.nbytes, error);
    pz_buf_release(&csv);
    if (status == 0 && !settings->quiet)
        pz_tell("%zu rows, one for each source in each window", judging.nsources);
    return status;
}

const struct pz_command pz_command_judge = {
    .name = "judge",
    .arguments = "CAPTURE... --store DIR --out FILE [OPTION...]",
    .summary = "list every source with its evidence for the worm",
    .help = "Writes a CSV table with a row for each source in each window: its first scan; its destinations\n"
            "(estimated from 8 on), by whether the worm can reach them or whether octet 2, octet 4 or both\n"
            "are 128 or above; scans of its own /16, which do not count among these destinations; /16s (8\n"
            "stands for 8 or more); the bounds of the seven lower bits of octets 2 and 4; seconds from the\n"
            "first scan to the last; seconds recorded since; attempts by their number of SYNs; traits; what\n"
            "the rules of others say; the evidence, which is the logarithm of how many times as likely all\n"
            "this is for the worm as for others; and the probability that the source is the worm, given how\n"
            "many sources of the window with about as many destinations seem to be.\n"
            "\n"
            "The captures must have tallies in the store. The table names sources, so only you may read it.",
    .needs = PZ_NEEDS_CAPTURES | PZ_NEEDS_STORE | PZ_NEEDS_HOURS | PZ_NEEDS_MODEL | PZ_RUNS_ALONE,
    .options = PZ_OPTIONS(
        {PZ_OPTION_STORE_OF_TALLIES},
        {"out", "FILE", "File for the table, or - for standard output. Only you may read a new file.", PZ_AS_TEXT(out)},
        {PZ_OPTION_SINCE}, {PZ_OPTION_UNTIL}, {PZ_OPTION_WINDOW}, {PZ_OPTION_MODEL}, {PZ_OPTION_PORT}, {PZ_OPTION_LENS},
        {PZ_OPTION_DECODE}),
    .examples = PZ_EXAMPLES({"All sources of a day, with their evidence:",
                             "patientzero judge archive --store results/restricted/store --since "
                             "2008-11-21 --until 2008-11-22 --out judged.csv"}),
    .check = check,
    .run = run,
};
