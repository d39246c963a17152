/* Which sources a command is about, as options: of which results, from when to when, by which rule. */
#ifndef PZ_CLI_SELECTION_OPTIONS_H
#define PZ_CLI_SELECTION_OPTIONS_H

#include "cli/work.h"
#include "run/selection.h"
#include "worm/model.h"

struct pz_selection_settings {
    const char *out, *store, *model; /* borrowed from argv */
    int64_t since, until;            /* hours since 1970; -1 for none */
    enum pz_rule rule;
    uint32_t window; /* hours */
};

#define PZ_SELECTION_DEFAULTS                                       \
    {                                                               \
        .since = -1, .until = -1, .rule = PZ_RULE_ALL, .window = 24 \
    }

int pz_parse_rule(const char *text, void *field, struct pz_error *error); /* enum pz_rule */

/* Rows of an option table whose settings hold a struct pz_selection_settings at `at`; --out is the command's own. */
#define PZ_SELECTION_FIELD(at, name) (at) + offsetof(struct pz_selection_settings, name)
#define PZ_OPTIONS_SELECTION(at)                                                                                \
    {"store", "DIR",                                                                                            \
     "The sources of the tallies in this store, as run, scan and reduce know it, and\n"                         \
     "not of the sets in --out. All tallies count, also of captures that have been\n"                           \
     "replaced since.",                                                                                         \
     PZ_SELECTION_FIELD(at, store), pz_parse_text},                                                             \
        {"since", "TIME", "From this UTC hour on (the first).", PZ_SELECTION_FIELD(at, since), pz_parse_hour},  \
        {"from", "TIME", "The same as --since.", PZ_SELECTION_FIELD(at, since), pz_parse_hour},                 \
        {"until", "TIME", "Up to this UTC hour, which is not in it (the last).", PZ_SELECTION_FIELD(at, until), \
         pz_parse_hour},                                                                                        \
        {"rule", "NAME",                                                                                        \
         "all sources, or those that a rule calls the worm's: evidence, if what was seen\n"                     \
         "is 1,000 times likelier of the worm than of others; strict (CAIDA 2009) or\n"                         \
         "caida2011. A source is judged by its whole window, whichever of its hours are\n"                      \
         "asked for, from the tallies in --store or in --out's restricted/store (all).",                        \
         PZ_SELECTION_FIELD(at, rule), pz_parse_rule},                                                          \
        {"window", "HOURS", "Over how many hours a source is judged to be the worm or not (24).",               \
         PZ_SELECTION_FIELD(at, window), pz_parse_window},                                                      \
    {                                                                                                           \
        "model", "FILE",                                                                                        \
            "What tells the worm from other sources: a file that patientzero calibrate\n"                       \
            "wrote (a model that is built in).",                                                                \
            PZ_SELECTION_FIELD(at, model), pz_parse_text                                                        \
    }

/* Collective: reads the model, which the selection borrows. */
int pz_selection_load(const struct pz_comm *comm, const struct pz_selection_settings *settings, struct pz_model *model,
                      struct pz_selection *selection, struct pz_error *error);

#endif
