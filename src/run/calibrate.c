/* SPDX-License-Identifier: BSD-2-Clause */
/* Two passes over the stored tallies. The first gathers the features of sources in the hours of --others and --worms,
 * and learns stacks and choices from them; the second scores the others with that model and learns the ratios from the
 * counts by hour. */
#include "run/calibrate.h"

#include "run/windows.h"
#include "worm/estimate.h"
#include "worm/model.h"

#include <stdlib.h>
#include <string.h>

enum {
    /* Hours with fewer say little about a ratio. */
    HOUR_SOURCES_MIN = 20,
};

/* Two passes over the same source ranges: one learns the kinds of sources, the next counts what their ratios are. */
struct pass {
    struct pz_calibration *calibration;
    struct pz_windows windows;
    struct pz_buf others, worms; /* pz_features structs of the first pass */
    struct pz_lens lens;         /* the widest */
    bool mixed;                  /* a window has hours of both spans */
    uint64_t (*rest)[2];         /* of the second pass: for each row of the timeline, reached and other */
};

static void collect(void *context, const struct pz_window *window)
{
    struct pass *pass = context;
    /* Only hours of the two spans are read. */
    uint32_t hour = window->timeline->hours[window->hours[0].row].hour;
    bool others = pz_span_has(pass->calibration->others, hour), worms = !others;
    for (size_t i = 0; i < window->nhours; i++)
        pass->mixed |=
            pz_span_has(pass->calibration->others, window->timeline->hours[window->hours[i].row].hour) != others;
    if (others && window->lens.low + window->lens.high > pass->lens.low + pass->lens.high)
        pass->lens = window->lens;
    for (size_t i = 0; i < window->sources.n; i++) {
        const struct pz_features *features = &window->features[i];
        bool is_worm = pz_features_beyond_doubt(&window->lens, features);
        if (others && !is_worm)
            pz_buf_put(&pass->others, features, sizeof *features);
        else if (worms && is_worm)
            pz_buf_put(&pass->worms, features, sizeof *features);
    }
}

static void count_rest(void *context, const struct pz_window *window)
{
    struct pass *pass = context;
    for (size_t i = 0; i < window->nhours; i++) {
        const struct pz_window_hour *hour = &window->hours[i];
        for (size_t j = 0; j < hour->n; j++) {
            const struct pz_features *features = &window->features[hour->members[j]];
            if (window->llrs[hour->members[j]] < PZ_FEATURES_RATIO_MIN)
                pass->rest[hour->row][features->quadrants[0] < features->targets]++;
        }
    }
}

static bool is_wanted(const void *context, uint32_t hour)
{
    const struct pz_calibration *calibration = ((const struct pass *)context)->calibration;
    return pz_span_has(calibration->others, hour) || pz_span_has(calibration->worms, hour);
}

/* Of the whole hours of a span that have enough of both. */
static struct pz_ratio ratio_of(const struct pz_ratio *before, const uint64_t (*counts)[2],
                                const struct pz_timeline *timeline, const struct pz_span *span)
{
    uint64_t(*wanted)[2] = pz_alloc(timeline->n * sizeof *wanted);
    size_t n = 0;
    for (size_t i = 0; i < timeline->n; i++)
        if (pz_span_has(*span, timeline->hours[i].hour) && timeline->hours[i].status == PZ_WHOLE &&
            counts[i][0] + counts[i][1] >= HOUR_SOURCES_MIN)
            memcpy(wanted[n++], counts[i], sizeof *wanted);
    struct pz_ratio llr = pz_ratio_learn(before, (const uint64_t(*)[2])wanted, n);
    free(wanted);
    return llr;
}

static void measure_scans(struct pass *pass, const struct pz_timeline_slot *counted)
{
    struct pz_timeline whole;
    uint64_t(*counts)[2] = pz_alloc(pass->windows.timeline.n * sizeof *counts);
    pz_timeline_finish(&whole, &pass->windows.timeline, counted);
    for (size_t i = 0; i < whole.n; i++)
        for (int traits = 0; traits < PZ_TRAITS; traits++)
            counts[i][!(traits & PZ_TRAIT_REACHABLE)] += whole.slots[whole.hours[i].slot].scans_by[traits];
    struct pz_ratio *llr = &pass->calibration->model.scan_ratio;
    *llr = ratio_of(llr, (const uint64_t(*)[2])counts, &whole, &pass->calibration->others);
    free(counts);
    pz_timeline_release(&whole);
}

int pz_calibrate(struct pz_calibration *calibration, const struct pz_store *store, const struct pz_captures *captures,
                 const struct pz_hours *hours, struct pz_error *error)
{
    struct pass pass = {.calibration = calibration};
    struct pz_model before;
    pz_model_default(&before);
    calibration->model = before;
    struct pz_windows *windows = &pass.windows;
    struct pz_timeline *timeline = &windows->timeline;
    pz_windows_init(windows, store, captures, hours, 0, UINT32_MAX - 1, calibration->window);
    timeline->model = &before;
    windows->wanted = is_wanted;
    windows->take = collect;
    windows->context = &pass;
    struct pz_timeline_slot *counted = pz_alloc(timeline->nslots * sizeof *counted);
    windows->counted = counted;
    int status = pz_windows_run(windows, error);
    calibration->nothers = pass.others.nbytes / sizeof(struct pz_features);
    calibration->nworms = pass.worms.nbytes / sizeof(struct pz_features);
    if (status == 0 && !calibration->nothers)
        status = pz_fail_usage(
            error, "there is nothing to learn from: no source scanned in the hours of --others. Name the captures "
                   "of these hours");
    if (status == 0 && pass.mixed)
        status = pz_fail_usage(
            error,
            "hours of --others and of --worms lie in one window of %u hours: give other hours, or a smaller "
            "--window that keeps them apart",
            calibration->window);
    if (status == 0) {
        pz_model_learn(&calibration->model, &pass.lens, (const void *)pass.others.bytes, calibration->nothers,
                       (const void *)pass.worms.bytes, calibration->nworms);
        timeline->model = &calibration->model;
        pass.rest = pz_alloc(timeline->n * sizeof *pass.rest);
        windows->take = count_rest;
        windows->counted = NULL;
        status = pz_windows_run(windows, error);
    }
    if (status == 0) {
        struct pz_ratio *llr = &calibration->model.source_ratio;
        *llr = ratio_of(llr, (const uint64_t(*)[2])pass.rest, timeline, &calibration->others);
        measure_scans(&pass, counted);
    }
    free(pass.rest);
    free(counted);
    pz_windows_release(windows);
    pz_buf_release(&pass.others);
    pz_buf_release(&pass.worms);
    return status;
}
