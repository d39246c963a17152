/* SPDX-License-Identifier: BSD-2-Clause */
/* A window: some hours, a day unless asked for otherwise, over which each source of a source range is scored. One hour
 * shows too little of most sources, and over months an address passes from host to host. */
#ifndef PZ_REDUCE_WINDOW_H
#define PZ_REDUCE_WINDOW_H

#include "reduce/source_range.h"
#include "reduce/timeline.h"
#include "tally/source_table.h"

struct pz_window_hour {
    size_t row; /* of the timeline */
    size_t n;
    uint32_t *members; /* owned: the sources of the hour, as rows of the window's */
};

struct pz_window {
    void (*take)(void *context, const struct pz_window *window); /* gets each window, scored, when it ends */
    void *context;
    const struct pz_timeline *timeline; /* borrowed */
    uint32_t number;                    /* hours since 1970, divided by its length */
    struct pz_lens lens;                /* as its hours saw it */
    uint32_t *recorded;                 /* owned: seconds recorded from each of its hours to its end, once scored */
    struct pz_table sources;            /* by address */
    struct pz_features *features;       /* owned: of each source, by row, once scored */
    int32_t *llrs;                      /* owned: of each source, its llr */
    struct pz_scorer *scorer;           /* borrowed */
    struct pz_window_hour *hours;       /* owned */
    size_t nhours;
};

void pz_window_init(struct pz_window *window, const struct pz_timeline *timeline, struct pz_scorer *scorer,
                    void (*take)(void *context, const struct pz_window *window), void *context);
void pz_window_release(struct pz_window *window);
/* The next hour of the range, as pz_range_next, and its row of the timeline. If it belongs to another window than what
 * was added so far, that window ends. */
int pz_window_next(struct pz_window *window, struct pz_range *range, struct pz_range_hour *hour, size_t *row,
                   struct pz_error *error);
void pz_window_add(struct pz_window *window, size_t row, const struct pz_range_hour *hour);
/* Scores what was added, hands it to `take`, and clears it. */
void pz_window_end(struct pz_window *window);

/* The features of a source's counts; `silent` seconds were recorded after its last scan. */
struct pz_features pz_source_features(const struct pz_source *source, uint32_t silent);

#endif
