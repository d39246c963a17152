/* SPDX-License-Identifier: BSD-2-Clause */
/* Every source of every window, scored one by one from stored tallies, for calibrate and judge. On rank 0 alone, source
 * range by source range, so that memory holds an eighth of a window. */
#ifndef PZ_RUN_WINDOWS_H
#define PZ_RUN_WINDOWS_H

#include "reduce/reduce.h"
#include "reduce/window.h"
#include "run/captures.h"

struct pz_windows {
    const struct pz_store *store;
    struct pz_timeline timeline;                        /* owned; without damage, and the caller sets its model */
    struct pz_buf stored;                               /* owned: as pz_captures_put_stored has them */
    bool (*wanted)(const void *context, uint32_t hour); /* NULL for all hours of the timeline */
    void (*take)(void *context, const struct pz_window *window); /* once a source range and window, scored */
    void *context;
    unsigned first_shard, end_shard; /* of which sources are wanted; both 0 for all */
    struct pz_timeline_slot
        *counted; /* borrowed: for each of the timeline's slots what the source ranges count; or NULL */
};

/* Before, `windows` is zero, except for what is to be done with windows. `hours` are those of the captures, whose facts
 * are known; `since` is the first hour inside and `until` the first outside. A window has `length` hours. */
void pz_windows_init(struct pz_windows *windows, const struct pz_store *store, const struct pz_captures *captures,
                     const struct pz_hours *hours, uint32_t since, uint32_t until, uint32_t length);
void pz_windows_release(struct pz_windows *windows);
int pz_windows_run(const struct pz_windows *windows, struct pz_error *error);

#endif
