/* SPDX-License-Identifier: BSD-2-Clause */
/* patientzero calibrate: learns the model that separates the worm from other sources. */
#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "run/calibrate.h"

static int check(const struct pz_context *context, struct pz_error *error)
{
    const struct pz_settings *settings = &context->settings;
    if (context->narguments && settings->store && settings->out && settings->others.until && settings->worms.until)
        return 0;
    return pz_fail_usage(error, "give captures, --store, --others, --worms and --out: patientzero calibrate --help");
}

static int run(struct pz_context *context, struct pz_error *error)
{
    const struct pz_settings *settings = &context->settings;
    struct pz_calibration calibration = {
        .others = settings->others, .worms = settings->worms, .window = settings->hours.window};
    if (pz_calibrate(&calibration, &context->stores[0], &context->captures, &context->scan.hours[0], error) != 0)
        return -1;
    struct pz_buf text = {0};
    pz_model_write(&calibration.model, &text);
    int status = pz_file_deliver(settings->out, false, text.bytes, text.nbytes, error);
    pz_buf_release(&text);
    if (status == 0 && !settings->quiet)
        pz_tell("learned from %zu other sources and %zu of the worm", calibration.nothers, calibration.nworms);
    return status;
}

const struct pz_command pz_command_calibrate = {
    .name = "calibrate",
    .arguments = "CAPTURE... --store DIR --others SINCE/UNTIL --worms SINCE/UNTIL --out FILE",
    .summary = "learn from an archive how to tell the worm from other sources",
    .help = "Learns a model from hours that you name, of captures that were scanned before. A run does this\n"
            "by itself from quiet days. From hours without an outbreak it learns how other sources scan the\n"
            "port. From sources whose destinations alone leave no doubt that they are the worm, it learns how\n"
            "the worm does. Where there are few sources, the model stays near the built-in one. Give the file\n"
            "to --model of run and other commands.",
    .needs = PZ_NEEDS_CAPTURES | PZ_NEEDS_STORE | PZ_NEEDS_HOURS | PZ_RUNS_ALONE,
    .options = PZ_OPTIONS({PZ_OPTION_STORE_OF_TALLIES}, {PZ_OPTION_PORT}, {PZ_OPTION_LENS}, {PZ_OPTION_DECODE},
                          {"others", "SINCE/UNTIL",
                           "Hours that are known to hold no worm, such as 2008-11-12/2008-11-13.", PZ_AS_SPAN(others)},
                          {"worms", "SINCE/UNTIL",
                           "Hours in which to look for the worm, such as 2008-11-21T06/2008-11-22. Only\n"
                           "sources count whose destinations leave no doubt.",
                           PZ_AS_SPAN(worms)},
                          {PZ_OPTION_WINDOW},
                          {"out", "FILE", "File for the model, or - for standard output.", PZ_AS_TEXT(out)}),
    .examples = PZ_EXAMPLES({"A model of the outbreak of 2008:",
                             "patientzero calibrate archive --store results/restricted/store --others "
                             "2008-11-20/2008-11-21 --worms 2008-11-21T06/2008-11-22 --out model"}),
    .check = check,
    .run = run,
};
