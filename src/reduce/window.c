/* SPDX-License-Identifier: BSD-2-Clause */
/* A window gathers a source's hours until an hour of another window comes. Then features are made of each source's
 * counts, and its llr. Features need the lens and the recorded seconds of all hours of the window: these come from the
 * timeline, whether or not the source range has sources in the hour, so that all source ranges score alike. */
#include "reduce/window.h"

#include "base/error.h"
#include "worm/scorer.h"

#include <stdlib.h>
#include <string.h>

void pz_window_init(struct pz_window *window, const struct pz_timeline *timeline, struct pz_scorer *scorer,
                    void (*take)(void *context, const struct pz_window *window), void *context)
{
    *window = (struct pz_window){.take = take, .context = context, .timeline = timeline, .scorer = scorer};
    pz_table_init(&window->sources, true);
}

void pz_window_release(struct pz_window *window)
{
    for (size_t i = 0; i < window->nhours; i++)
        free(window->hours[i].members);
    free(window->hours);
    free(window->features);
    free(window->llrs);
    free(window->recorded);
    pz_table_release(&window->sources);
    *window = (struct pz_window){0};
}

void pz_window_add(struct pz_window *window, size_t row, const struct pz_range_hour *hour)
{
    struct pz_window_hour added = {row, hour->n, pz_alloc(hour->n * sizeof *added.members)};
    pz_table_merge(&window->sources, hour->rows, hour->n, added.members);
    window->number = hour->hour / window->timeline->options.window;
    window->hours = pz_room(window->hours, window->nhours, sizeof *window->hours);
    window->hours[window->nhours++] = added;
}

static enum pz_level level_of(uint64_t with, uint64_t of)
{
    return of == 0 ? PZ_LEVEL_ABSENT : with == 0 ? PZ_LEVEL_NONE : with == of ? PZ_LEVEL_ALL : PZ_LEVEL_SOME;
}

/* Where the sketch is full, the number of destinations is estimated: the k-th lowest of n random values lies at k / (n
 * + 1) of their range. */
static uint32_t estimate_targets(const struct pz_source *source)
{
    uint64_t attempts = pz_source_attempts(source);
    uint64_t targets = ((uint64_t)(PZ_SKETCH - 1) << 32) / source->destinations[PZ_SKETCH - 1];
    targets = targets < PZ_SKETCH ? PZ_SKETCH : targets;
    targets = targets > attempts ? attempts : targets;
    return targets < UINT32_MAX ? (uint32_t)targets : UINT32_MAX;
}

_Static_assert(PZ_TARGETS_EXACT == PZ_SKETCH - 1, "a sketch that isn't full has them all");

/* Divides the destinations as the scans divide; a quadrant with a scan has at least one. */
static void divide_targets(const struct pz_source *source, struct pz_features *features)
{
    const unsigned own = pz_quadrant_of(source->address & 0xffff0000);
    uint64_t scans = pz_source_scans(source) - pz_source_local(source);
    uint32_t quadrants[PZ_QUADRANTS], most = 0, rest = features->targets;
    memcpy(quadrants, source->quadrants, sizeof quadrants);
    quadrants[own] -= source->local_low;
    quadrants[own + PZ_QUADRANT_OCTET4] -= source->local_high;
    for (uint32_t quadrant = 1; quadrant < PZ_QUADRANTS; quadrant++)
        most = quadrants[quadrant] > quadrants[most] ? quadrant : most;
    for (uint32_t quadrant = 0; quadrant < PZ_QUADRANTS; quadrant++) {
        if (quadrant == most || !quadrants[quadrant])
            continue;
        uint32_t share = (uint32_t)((double)features->targets * quadrants[quadrant] / (double)scans);
        features->quadrants[quadrant] = share ? share : 1;
        rest -= features->quadrants[quadrant];
    }
    features->quadrants[most] = rest;
}

static void count_targets(const struct pz_source *source, struct pz_features *features)
{
    unsigned kept = pz_source_destinations(source);
    features->networks = (uint8_t)pz_source_networks(source);
    if (!kept) /* all are local */
        return;
    features->octet2_min = source->octet2_min;
    features->octet2_max = source->octet2_max;
    features->octet3_min = source->octet3_min;
    features->octet3_max = source->octet3_max;
    features->octet4_min = source->octet4_min;
    features->octet4_max = source->octet4_max;
    if (kept == PZ_SKETCH) {
        features->targets = estimate_targets(source);
        divide_targets(source, features);
        return;
    }
    features->targets = kept;
    for (unsigned i = 0; i < kept; i++)
        features->quadrants[pz_quadrant_of(pz_unmix32(source->destinations[i]))]++;
}

struct pz_features pz_source_features(const struct pz_source *source, uint32_t silent)
{
    const uint64_t local = pz_source_local(source);
    struct pz_features features = {.silent = silent, .local = local < UINT32_MAX ? (uint32_t)local : UINT32_MAX};
    uint64_t scans = pz_source_scans(source), twice = pz_source_attempts(source) - source->attempts[PZ_ONE_SYN];
    uint64_t active = (uint64_t)(source->last_usec - source->first_usec) / PZ_USEC_PER_SECOND;
    features.active = active < UINT32_MAX ? (uint32_t)active : UINT32_MAX;
    for (int pattern = 0; pattern < PZ_PATTERNS; pattern++)
        features.attempts[pattern] = source->attempts[pattern];
    count_targets(source, &features);
    features.levels[PZ_LEVEL_LENGTH] = (uint8_t)level_of(source->with_length, scans);
    features.levels[PZ_LEVEL_TTL] = (uint8_t)level_of(source->with_ttl, scans);
    features.levels[PZ_LEVEL_PORT] = (uint8_t)level_of(source->with_port, scans);
    features.levels[PZ_LEVEL_IP_ID] = (uint8_t)level_of(source->id_rises, twice);
    return features;
}

/* /16s of the Internet with a low second octet, and with a high one: if the lens is the whole Internet, /16s without a
 * packet count too. */
enum { EVERYWHERE = 32768 };

/* Of all hours of the window, whether or not this source range has sources in them: source ranges must score alike. */
static void see_hours(struct pz_window *window)
{
    const struct pz_timeline *timeline = window->timeline;
    const uint32_t length = timeline->options.window;
    window->recorded = pz_alloc((length + 1) * sizeof *window->recorded);
    for (size_t i = pz_timeline_from(timeline, window->number * length); i < timeline->n; i++) {
        const struct pz_timeline_hour *hour = &timeline->hours[i];
        if (hour->hour / length != window->number)
            break;
        uint32_t low = hour->everywhere ? EVERYWHERE : hour->lens_low,
                 high = hour->everywhere ? EVERYWHERE : hour->lens_high;
        window->lens.low = low > window->lens.low ? low : window->lens.low;
        window->lens.high = high > window->lens.high ? high : window->lens.high;
        window->recorded[hour->hour % length] += hour->covered_seconds;
    }
    for (uint32_t i = length; i--;)
        window->recorded[i] += window->recorded[i + 1];
    window->lens.octet3 = pz_timeline_octet3(timeline, window->number);
}

/* Seconds recorded after the source's last scan. In the hour of that scan, outages are taken to come before it. */
static uint32_t recorded_after(const struct pz_window *window, const struct pz_source *source)
{
    const uint32_t length = window->timeline->options.window;
    uint32_t at = pz_hour_of(source->last_usec) % length, later = window->recorded[at + 1];
    uint32_t in_hour = window->recorded[at] - later;
    uint32_t left = PZ_SECONDS_PER_HOUR - (uint32_t)(source->last_usec % PZ_USEC_PER_HOUR / PZ_USEC_PER_SECOND);
    return later + (left < in_hour ? left : in_hour);
}

static void score(struct pz_window *window)
{
    see_hours(window);
    pz_scorer_use(window->scorer, pz_timeline_model(window->timeline, &window->lens));
    size_t n = window->sources.n;
    window->features = pz_realloc(window->features, n * sizeof *window->features);
    window->llrs = pz_realloc(window->llrs, n * sizeof *window->llrs);
    for (size_t i = 0; i < n; i++) {
        const struct pz_source *source = pz_table_row(&window->sources, i);
        window->features[i] = pz_source_features(source, recorded_after(window, source));
        window->llrs[i] = pz_scorer_llr(window->scorer, &window->lens, &window->features[i]);
    }
}

void pz_window_end(struct pz_window *window)
{
    const struct pz_window begun = *window;
    if (!window->nhours)
        return;
    score(window);
    window->take(window->context, window);
    pz_window_release(window);
    pz_window_init(window, begun.timeline, begun.scorer, begun.take, begun.context);
}

int pz_window_next(struct pz_window *window, struct pz_range *range, struct pz_range_hour *hour, size_t *row,
                   struct pz_error *error)
{
    int status = pz_range_next(range, hour, error);
    if (status != 1)
        return status;
    *row = pz_timeline_row(window->timeline, hour->hour);
    PZ_CHECK(*row != PZ_NO_ROW); /* an hour with sources has packets */
    if (hour->hour / window->timeline->options.window != window->number)
        pz_window_end(window);
    return 1;
}
