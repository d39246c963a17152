/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/windows.h"

#include "worm/scorer.h"

enum { SLICE_SHARDS = 32 };

void pz_windows_init(struct pz_windows *windows, const struct pz_store *store, const struct pz_captures *captures,
                     const struct pz_hours *hours, uint32_t since, uint32_t until, uint32_t length)
{
    const struct pz_timeline_options options = {
        .since = since, .until = until, .silence = 60, .timeline_bin = 600, .window = length};
    struct pz_flaws none;
    pz_flaws_init(&none);
    windows->store = store;
    pz_captures_put_stored(captures, since, until, &windows->stored);
    pz_timeline_make(&windows->timeline, &options, hours, &none);
}

void pz_windows_release(struct pz_windows *windows)
{
    pz_timeline_release(&windows->timeline);
    pz_buf_release(&windows->stored);
    *windows = (struct pz_windows){0};
}

static int run_slice(const struct pz_windows *windows, struct pz_scorer *scorer, unsigned first, unsigned end,
                     struct pz_error *error)
{
    const struct pz_timeline_options *options = &windows->timeline.options;
    struct pz_range *range = pz_range_open(
        windows->store, (const void *)windows->stored.bytes, windows->stored.nbytes / sizeof(struct pz_stored),
        &(struct pz_subshards){1, first, end}, false, options->since, options->until);
    struct pz_window window;
    struct pz_range_hour hour;
    size_t row;
    int status;
    pz_range_check(range, &windows->timeline);
    pz_window_init(&window, &windows->timeline, scorer, windows->take, windows->context);
    while ((status = pz_window_next(&window, range, &hour, &row, error)) == 1) {
        if (windows->counted)
            pz_range_hour_count(&hour, &windows->counted[windows->timeline.hours[row].slot]);
        if (!windows->wanted || windows->wanted(windows->context, hour.hour))
            pz_window_add(&window, row, &hour);
    }
    if (status == 0)
        pz_window_end(&window);
    pz_window_release(&window);
    pz_range_close(range);
    return status;
}

int pz_windows_run(const struct pz_windows *windows, struct pz_error *error)
{
    struct pz_scorer *scorer = pz_scorer_new();
    const unsigned end = windows->end_shard ? windows->end_shard : PZ_SHARDS;
    int status = 0;
    for (unsigned first = windows->first_shard, next; status == 0 && first < end; first = next) {
        next = first + SLICE_SHARDS < end ? first + SLICE_SHARDS : end;
        status = run_slice(windows, scorer, first, next, error);
    }
    pz_scorer_free(scorer);
    return status;
}
