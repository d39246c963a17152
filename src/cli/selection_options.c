/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/selection_options.h"

const struct pz_option pz_options_of_selection[] = {
    {"store", "DIR",
     "The sources of the tallies in this store, as run, scan and reduce know it, and\n"
     "not of the sets in --out. All tallies count, also of captures that have been\n"
     "replaced since.",
     PZ_AS_TEXT(store)},
    {PZ_OPTION_PORT_OF_RESULT},
    {"since", "TIME", "From this UTC hour on (the first).", PZ_AS_HOUR(since)},
    {"from", "TIME", "The same as --since.", PZ_AS_HOUR(since)},
    {"until", "TIME", "Up to this UTC hour, which is not in it (the last).", PZ_AS_HOUR(until)},
    {"rule", "all|evidence|strict|caida2011",
     "all sources, or those that a rule calls the worm's: evidence, if what was seen\n"
     "is 1,000 times likelier of the worm than of others; strict (CAIDA 2009) or\n"
     "caida2011. A source is judged by its whole window, whichever of its hours are\n"
     "asked for, from the tallies in --store or in --out's restricted/store (all).",
     PZ_AS_RULE(rule)},
    {PZ_OPTION_WINDOW},
    {PZ_OPTION_MODEL},
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
