/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/selection_options.h"

const struct pz_option pz_options_of_selection[] = {
    {"store", "DIR",
     "Take the sources from the tallies in this store, not from the sets in --out.\n"
     "All tallies count, including those of captures that have been replaced since.",
     PZ_AS_TEXT(store)},
    {PZ_OPTION_PORT_OF_RESULT},
    {"since", "TIME", "First UTC hour. Default: the first that has packets.", PZ_AS_HOUR(since)},
    {"from", "TIME", "The same as --since.", PZ_AS_HOUR(since)},
    {"until", "TIME", "UTC hour after the last. Default: after the last that has packets.", PZ_AS_HOUR(until)},
    {"rule", "all|evidence|strict|caida2011",
     "Which sources: all, or those that a rule takes for the worm. evidence: what\n"
     "was seen is at least 1,000 times as likely for the worm as for others. strict:\n"
     "the rule of CAIDA 2009. caida2011: that of CAIDA 2011. A rule judges a source\n"
     "over its whole window, whichever hours are asked for, by the tallies in\n"
     "--store or in restricted/store of --out. Default: all.",
     PZ_AS_CHOICE(rule, enum pz_rule)},
    {PZ_OPTION_WINDOW},
    {PZ_OPTION_MODEL_OF_RESULT},
    {0},
};

struct pz_selection pz_selection_of(const struct pz_context *context)
{
    const struct pz_settings *settings = &context->settings;
    return (struct pz_selection){.store = settings->store,
                                 .port = settings->port,
                                 .since = settings->since < 0 ? 0 : (uint32_t)settings->since,
                                 .until = settings->until < 0 ? UINT32_MAX - 1 : (uint32_t)settings->until,
                                 .rule = settings->rule,
                                 .window = settings->window,
                                 .model = &context->model,
                                 .model_given = settings->model};
}
