/* SPDX-License-Identifier: BSD-2-Clause */
/* First the windows before the outbreak that saw the same lens are chosen; stacks and choices are learned from their
 * sources, and the worm's from the window of the outbreak. The ratios come from the second pass over the quiet hours,
 * as counts by hour. With too few sources or hours the built-in numbers stay, and the state says why. */
#include "run/learned.h"

#include "run/quiet_job.h"
#include "worm/estimate.h"
#include "worm/model.h"

#include <stdlib.h>

enum {
    SOURCES_MIN = 100,     /* with fewer nothing is learned of stacks */
    HOURS_MIN = 12,        /* of the ratios */
    HOUR_SOURCES_MIN = 20, /* hours with fewer say little about a ratio */
    APART = 3,             /* hours before the outbreak that are left out, as the worm may be there already */
    TIMES = 10,            /* the worm is learned if TIMES as many sources are it beyond doubt as before the outbreak */
};

static struct pz_lens lens_of(const struct pz_timeline *timeline, uint32_t window)
{
    const uint32_t length = timeline->options.window;
    struct pz_lens lens = {0};
    for (size_t i = pz_timeline_from(timeline, window * length);
         i < timeline->n && timeline->hours[i].hour / length == window; i++) {
        lens.low = timeline->hours[i].lens_low > lens.low ? timeline->hours[i].lens_low : lens.low;
        lens.high = timeline->hours[i].lens_high > lens.high ? timeline->hours[i].lens_high : lens.high;
    }
    lens.octet3 = pz_timeline_octet3(timeline, window);
    return lens;
}

/* Windows with scans, before the outbreak's and of the same lens; their first and last hour, and the widest lens. */
static void find_windows(struct pz_calibrated *calibrated, const struct pz_timeline *timeline, size_t outbreak)
{
    const uint32_t length = timeline->options.window;
    const struct pz_lens lens = lens_of(timeline, timeline->hours[outbreak].hour / length);
    uint32_t last = UINT32_MAX;
    calibrated->lens = lens;
    for (size_t i = 0; i < outbreak && timeline->hours[i].hour / length < timeline->hours[outbreak].hour / length;
         i++) {
        uint32_t window = timeline->hours[i].hour / length;
        struct pz_lens other = lens_of(timeline, window);
        if (!timeline->hours[i].slot || !pz_lens_alike(&lens, &other))
            continue;
        calibrated->first = calibrated->windows ? calibrated->first : timeline->hours[i].hour;
        calibrated->last = timeline->hours[i].hour;
        calibrated->windows += window != last;
        last = window;
        calibrated->lens.low = other.low > calibrated->lens.low ? other.low : calibrated->lens.low;
        calibrated->lens.high = other.high > calibrated->lens.high ? other.high : calibrated->lens.high;
        calibrated->lens.octet3 = other.octet3 > calibrated->lens.octet3 ? other.octet3 : calibrated->lens.octet3;
    }
}

/* Features of the sources that were seen through such a lens. */
static struct pz_buf take(const struct pz_timeline *timeline, const struct pz_buf *rows, const struct pz_lens *lens,
                          bool worm)
{
    const struct pz_quiet_source *all = (const void *)rows->bytes;
    struct pz_buf taken = {0};
    for (size_t i = 0; i < rows->nbytes / sizeof *all; i++) {
        struct pz_lens other = lens_of(timeline, all[i].window);
        if (all[i].worm == worm && pz_lens_alike(lens, &other))
            pz_buf_put(&taken, &all[i].features, sizeof all[i].features);
    }
    return taken;
}

void pz_learned_stacks(struct pz_calibrated *calibrated, const struct pz_timeline *timeline, size_t outbreak,
                       struct pz_kept *kept)
{
    calibrated->outbreak = timeline->hours[outbreak].hour;
    calibrated->state = PZ_UNCALIBRATED_NO_QUIET_HOURS;
    pz_topk_finish(&kept->others);
    find_windows(calibrated, timeline, outbreak);
    if (!calibrated->lens.high)
        calibrated->model = calibrated->half;
    struct pz_buf quiet = take(timeline, &kept->others.rows, &calibrated->lens, false);
    struct pz_buf worms = take(timeline, &kept->late, &calibrated->lens, true);
    calibrated->sources = quiet.nbytes / sizeof(struct pz_features);
    calibrated->worms = worms.nbytes / sizeof(struct pz_features);
    if (calibrated->worms * calibrated->windows < TIMES * kept->early_worms)
        calibrated->worms = 0;
    if (calibrated->sources >= SOURCES_MIN) {
        pz_model_learn(&calibrated->model, &calibrated->lens, (const void *)quiet.bytes, calibrated->sources,
                       (const void *)worms.bytes, calibrated->worms);
        calibrated->state = PZ_CALIBRATED;
        calibrated->digest = pz_model_settle(&calibrated->model);
    } else {
        calibrated->windows = 0;
        calibrated->sources = calibrated->worms = 0;
    }
    pz_buf_release(&quiet);
    pz_buf_release(&worms);
}

/* Counts of an hour: of sources that look like the worm, and of others. */
struct counts {
    uint64_t (*sources)[2], (*mostly)[2], (*scans)[2];
    size_t n;
};

static void add_hour(struct counts *counts, const struct pz_timeline *whole, size_t row, const uint64_t *sums)
{
    const struct pz_timeline_hour *hour = &whole->hours[row];
    uint64_t reached = 0;
    for (int traits = 0; traits < PZ_TRAITS; traits++)
        reached += traits & PZ_TRAIT_REACHABLE ? whole->slots[hour->slot].scans_by[traits] : 0;
    counts->sources[counts->n][0] = sums[PZ_CLASS_REACHED];
    counts->sources[counts->n][1] = sums[PZ_CLASS_REST];
    counts->mostly[counts->n][0] = sums[PZ_CLASS_MOSTLY];
    counts->mostly[counts->n][1] = sums[PZ_CLASS_REST];
    counts->scans[counts->n][0] = reached;
    counts->scans[counts->n][1] = hour->scans - reached;
    counts->n++;
}

void pz_learned_ratios(struct pz_calibrated *calibrated, const struct pz_timeline *timeline, size_t outbreak,
                       const struct pz_result *counted)
{
    struct pz_timeline whole;
    struct counts counts = {pz_alloc(outbreak * sizeof *counts.sources), pz_alloc(outbreak * sizeof *counts.mostly),
                            pz_alloc(outbreak * sizeof *counts.scans), 0};
    double sure = 0, others = 0;
    uint32_t first = 0, last = 0;
    pz_timeline_finish(&whole, timeline, (const struct pz_timeline_slot *)counted->sums);
    for (size_t row = 0; row < outbreak; row++) {
        const struct pz_timeline_hour *hour = &timeline->hours[row];
        const struct pz_lens lens = {.low = hour->lens_low, .high = hour->lens_high};
        const uint64_t *sums = pz_accumulator_sums(&counted->parts[0], row, PZ_CLASSES);
        if (!hour->slot || hour->status == PZ_DAMAGED || sums[PZ_CLASS_REST] < HOUR_SOURCES_MIN ||
            hour->hour + APART > timeline->hours[outbreak].hour || !pz_lens_alike(&lens, &calibrated->lens))
            continue;
        first = counts.n ? first : hour->hour;
        last = hour->hour;
        sure += (double)sums[PZ_CLASS_SURE];
        others += (double)sums[PZ_CLASS_REST];
        add_hour(&counts, &whole, row, sums);
    }
    if (counts.n >= HOURS_MIN) {
        struct pz_model *model = &calibrated->model;
        model->source_ratio = pz_ratio_learn(&model->source_ratio, (const uint64_t(*)[2])counts.sources, counts.n);
        model->mostly_ratio = pz_ratio_learn(&model->mostly_ratio, (const uint64_t(*)[2])counts.mostly, counts.n);
        model->scan_ratio = pz_ratio_learn(&model->scan_ratio, (const uint64_t(*)[2])counts.scans, counts.n);
        calibrated->sure = sure / others;
        calibrated->hours = (uint32_t)counts.n;
        calibrated->first = first;
        calibrated->last = last;
        calibrated->state = PZ_CALIBRATED;
        calibrated->digest = pz_model_settle(&calibrated->model);
    }
    free(counts.sources);
    free(counts.mostly);
    free(counts.scans);
    pz_timeline_release(&whole);
}
