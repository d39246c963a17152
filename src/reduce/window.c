#include "reduce/window.h"

#include "base/error.h"
#include "worm/judge.h"

#include <stdlib.h>

void pz_window_init(struct pz_window *window, const struct pz_frame *frame)
{
    *window = (struct pz_window){.frame = frame};
    pz_table_init(&window->sources, true);
}

/* All but the judge. */
static void release(struct pz_window *window)
{
    for (size_t i = 0; i < window->nhours; i++)
        free(window->hours[i].members);
    free(window->hours);
    free(window->evidence);
    free(window->ratios);
    free(window->recorded);
    pz_table_release(&window->sources);
}

void pz_window_release(struct pz_window *window)
{
    release(window);
    pz_judge_free(window->judge);
    *window = (struct pz_window){0};
}

void pz_window_clear(struct pz_window *window)
{
    const struct pz_frame *frame = window->frame;
    struct pz_judge *judge = window->judge;
    release(window);
    pz_window_init(window, frame);
    window->judge = judge;
}

bool pz_window_ends(const struct pz_window *window, uint32_t hour)
{
    return window->nhours && hour / window->frame->options.window != window->number;
}

void pz_window_add(struct pz_window *window, size_t row, const struct pz_slice_hour *hour)
{
    struct pz_window_hour added = {row, hour->n, pz_alloc(hour->n * sizeof *added.members)};
    pz_table_merge(&window->sources, hour->rows, hour->n, added.members);
    window->number = hour->hour / window->frame->options.window;
    window->hours = pz_realloc(window->hours, (window->nhours + 1) * sizeof *window->hours);
    window->hours[window->nhours++] = added;
}

static enum pz_level level_of(uint64_t with, uint64_t of)
{
    return with == 0 ? PZ_LEVEL_NONE : with == of ? PZ_LEVEL_ALL : PZ_LEVEL_SOME;
}

/* Of many destinations a number is estimated: the k-th lowest of n random values lies at k / (n + 1) of their range. */
static uint32_t estimate_targets(const struct pz_source *source)
{
    uint64_t attempts = pz_source_attempts(source);
    uint64_t targets = ((uint64_t)(PZ_SKETCH - 1) << 32) / source->destinations[PZ_SKETCH - 1];
    targets = targets < PZ_SKETCH ? PZ_SKETCH : targets;
    targets = targets > attempts ? attempts : targets;
    return targets < UINT32_MAX ? (uint32_t)targets : UINT32_MAX;
}

/* They divide as the scans do; what was seen at all is one at least. */
static void divide_targets(const struct pz_source *source, struct pz_evidence *evidence)
{
    uint64_t scans = pz_source_scans(source);
    uint32_t most = 0, rest = evidence->targets;
    for (uint32_t cell = 1; cell < PZ_CELLS; cell++)
        most = source->cells[cell] > source->cells[most] ? cell : most;
    for (uint32_t cell = 0; cell < PZ_CELLS; cell++) {
        if (cell == most || !source->cells[cell])
            continue;
        uint32_t share = (uint32_t)((double)evidence->targets * source->cells[cell] / (double)scans);
        evidence->cells[cell] = share ? share : 1;
        rest -= evidence->cells[cell];
    }
    evidence->cells[most] = rest;
}

static void count_targets(const struct pz_source *source, struct pz_evidence *evidence)
{
    unsigned kept = pz_source_destinations(source);
    evidence->networks = (uint8_t)pz_source_networks(source);
    evidence->octet2_min = source->octet2_min;
    evidence->octet2_max = source->octet2_max;
    evidence->octet3_min = source->octet3_min;
    evidence->octet3_max = source->octet3_max;
    evidence->octet4_min = source->octet4_min;
    evidence->octet4_max = source->octet4_max;
    if (kept == PZ_SKETCH) {
        evidence->targets = estimate_targets(source);
        divide_targets(source, evidence);
        return;
    }
    evidence->targets = kept;
    for (unsigned i = 0; i < kept; i++)
        evidence->cells[pz_cell_of(pz_unmix32(source->destinations[i]))]++;
}

struct pz_evidence pz_source_evidence(const struct pz_source *source, uint32_t silent)
{
    struct pz_evidence evidence = {.silent = silent};
    uint64_t scans = pz_source_scans(source), twice = pz_source_attempts(source) - source->attempts[PZ_ONE_SYN];
    uint64_t active = (uint64_t)(source->last_usec - source->first_usec) / PZ_USEC_PER_SECOND;
    evidence.active = active < UINT32_MAX ? (uint32_t)active : UINT32_MAX;
    for (int pattern = 0; pattern < PZ_PATTERNS; pattern++)
        evidence.attempts[pattern] = source->attempts[pattern];
    count_targets(source, &evidence);
    evidence.levels[PZ_LEVEL_LENGTH] = (uint8_t)level_of(source->with_length, scans);
    evidence.levels[PZ_LEVEL_TTL] = (uint8_t)level_of(source->with_ttl, scans);
    evidence.levels[PZ_LEVEL_PORT] = (uint8_t)level_of(source->with_port, scans);
    evidence.id_level = twice ? (uint8_t)level_of(source->id_rises, twice) : PZ_LEVELS;
    return evidence;
}

/* The lens and what was recorded are all hours' of the window, whether or not this slice has sources in them: slices must
 * judge alike. */
static void see_hours(struct pz_window *window)
{
    const struct pz_frame *frame = window->frame;
    const uint32_t length = frame->options.window;
    window->recorded = pz_alloc((length + 1) * sizeof *window->recorded);
    for (size_t i = pz_frame_from(frame, window->number * length); i < frame->n; i++) {
        const struct pz_frame_hour *hour = &frame->hours[i];
        if (hour->hour / length != window->number)
            break;
        window->lens.low = hour->lens_low > window->lens.low ? hour->lens_low : window->lens.low;
        window->lens.high = hour->lens_high > window->lens.high ? hour->lens_high : window->lens.high;
        window->recorded[hour->hour % length] += hour->covered_seconds;
    }
    for (uint32_t i = length; i--;)
        window->recorded[i] += window->recorded[i + 1];
}

/* Seconds recorded after the source's last scan; within its hour as if all outages came first. */
static uint32_t recorded_after(const struct pz_window *window, const struct pz_source *source)
{
    const uint32_t length = window->frame->options.window;
    uint32_t at = pz_hour_of(source->last_usec) % length, later = window->recorded[at + 1];
    uint32_t in_hour = window->recorded[at] - later;
    uint32_t left = PZ_SECONDS_PER_HOUR - (uint32_t)(source->last_usec % PZ_USEC_PER_HOUR / PZ_USEC_PER_SECOND);
    return later + (left < in_hour ? left : in_hour);
}

void pz_window_judge(struct pz_window *window)
{
    see_hours(window);
    if (!window->judge)
        window->judge = pz_judge_new(window->frame->model);
    size_t n = window->sources.n;
    window->evidence = pz_realloc(window->evidence, n * sizeof *window->evidence);
    window->ratios = pz_realloc(window->ratios, n * sizeof *window->ratios);
    for (size_t i = 0; i < n; i++) {
        const struct pz_source *source = pz_table_row(&window->sources, i);
        window->evidence[i] = pz_source_evidence(source, recorded_after(window, source));
        window->ratios[i] = pz_judge_ratio(window->judge, &window->lens, &window->evidence[i]);
    }
}
