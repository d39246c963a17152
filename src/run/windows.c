#include "run/windows.h"

#include <stdlib.h>

enum { SLICE_SHARDS = 32 };

void pz_windows_init(struct pz_windows *windows, const struct pz_store *store, const struct pz_frame *frame,
                     const struct pz_captures *captures)
{
    *windows =
        (struct pz_windows){.store = store, .frame = frame, .stored = pz_alloc(captures->n * sizeof *windows->stored)};
    for (size_t i = 0; i < captures->n; i++) {
        const struct pz_capture *capture = &captures->all[i];
        if (capture->state == PZ_CAPTURE_READABLE)
            windows->stored[windows->nstored++] = pz_capture_stored(capture);
    }
    pz_stored_sort(windows->stored, windows->nstored);
}

void pz_windows_release(struct pz_windows *windows)
{
    free(windows->stored);
    *windows = (struct pz_windows){0};
}

static void give(const struct pz_windows *windows, struct pz_window *window)
{
    pz_window_judge(window);
    windows->take(windows->context, window);
}

static int run_slice(const struct pz_windows *windows, unsigned first, struct pz_error *error)
{
    const struct pz_frame_options *options = &windows->frame->options;
    struct pz_slice *slice = pz_slice_open(windows->store, windows->stored, windows->nstored, first,
                                           first + SLICE_SHARDS, options->since, options->until);
    struct pz_window window;
    struct pz_slice_hour hour;
    int status;
    pz_slice_check(slice, windows->frame);
    pz_window_init(&window, windows->frame);
    while ((status = pz_slice_next(slice, &hour, error)) == 1) {
        if (pz_window_ends(&window, hour.hour)) {
            give(windows, &window);
            pz_window_clear(&window);
        }
        size_t row = pz_frame_row(windows->frame, hour.hour);
        if (windows->counted)
            pz_slice_hour_count(&hour, &windows->counted[windows->frame->hours[row].slot]);
        if (!windows->wanted || windows->wanted(windows->context, hour.hour))
            pz_window_add(&window, row, &hour);
    }
    if (status == 0 && window.nhours)
        give(windows, &window);
    pz_window_release(&window);
    pz_slice_close(slice);
    return status;
}

int pz_windows_run(const struct pz_windows *windows, struct pz_error *error)
{
    int status = 0;
    for (unsigned first = 0; status == 0 && first < PZ_SHARDS; first += SLICE_SHARDS)
        status = run_slice(windows, first, error);
    return status;
}
