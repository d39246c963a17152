/* SPDX-License-Identifier: BSD-2-Clause */
/* Sources hour by hour: all of them, from the sets that a run left in its output folder or from the tallies of a store;
 * or those that a rule calls the worm's, which takes tallies. On one rank.
 *
 * A source is scored by all its scans in its window, as in population.csv, and belongs to the hours of the window in
 * which it scanned. So the set of an hour doesn't depend on which other hours are asked for. */
#ifndef PZ_RUN_SELECTION_H
#define PZ_RUN_SELECTION_H

#include "reduce/window.h"
#include "report/results.h"
#include "worm/features.h"

#include "tally/roaring_names.h"

/* In the order of --rule. */
enum pz_rule { PZ_RULE_ALL, PZ_RULE_EVIDENCE, PZ_RULE_STRICT, PZ_RULE_CAIDA2011 };

struct pz_selection {
    struct pz_results *results; /* whose sets are taken, or the store inside it; NULL if there is a store */
    const char *store;          /* NULL: those of the results */
    uint16_t port;              /* 0: that of the results, or the only one of the store */
    uint32_t since, until;      /* hours since 1970 */
    enum pz_rule rule;
    uint32_t window;              /* hours */
    const struct pz_model *model; /* may be NULL for PZ_RULE_ALL */
    bool model_given;             /* else the model of the results counts */
    struct pz_buf *damaged;       /* gets the identities of damaged captures of these hours in a store; or NULL */
};

/* `take` gets the sources of each hour that has any, and an empty set if the rule passes none of them. An hour may come
 * in several pieces with different sources, interleaved with other hours. It is a usage error if no hour has any. */
int pz_selection_each(const struct pz_selection *selection,
                      void (*take)(void *context, uint32_t hour, const roaring_bitmap_t *set), void *context,
                      struct pz_error *error);

/* `take` gets each window, scored, with at least the sources of `address` & `mask`, and mostly others too; hours, rule
 * and empty hours don't matter. The tallies are those of the store, or of the results. */
int pz_selection_windows(const struct pz_selection *selection, uint32_t address, uint32_t mask,
                         void (*take)(void *context, const struct pz_window *window), void *context,
                         struct pz_error *error);

#endif
