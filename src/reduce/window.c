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

static void count_targets(const struct pz_source *source, struct pz_evidence *evidence)
{
    unsigned kept = pz_source_destinations(source);
    uint64_t attempts = pz_source_attempts(source), targets = kept;
    if (kept == PZ_SKETCH) {
        /* The k-th lowest of n random values lies at k / (n + 1) of their range. */
        targets = ((uint64_t)(PZ_SKETCH - 1) << 32) / source->destinations[PZ_SKETCH - 1];
        targets = targets < PZ_SKETCH ? PZ_SKETCH : targets;
        targets = targets > attempts ? attempts : targets;
        targets = targets > PZ_TARGETS_MAX ? PZ_TARGETS_MAX : targets;
        uint64_t reached = targets * source->reached / attempts;
        if (reached == 0 && source->reached)
            reached = 1;
        evidence->reached = (uint8_t)reached;
    } else {
        for (unsigned i = 0; i < kept; i++)
            evidence->reached += pz_worm_reaches(pz_unmix32(source->destinations[i]));
    }
    evidence->targets = (uint8_t)targets;
    evidence->networks = (uint8_t)pz_source_networks(source);
}

struct pz_evidence pz_source_evidence(const struct pz_source *source)
{
    struct pz_evidence evidence = {0};
    uint64_t scans = pz_source_scans(source), twice = pz_source_attempts(source) - source->attempts[PZ_ONE_SYN];
    for (int pattern = 0; pattern < PZ_PATTERNS; pattern++)
        evidence.attempts[pattern] = source->attempts[pattern];
    count_targets(source, &evidence);
    evidence.levels[PZ_LEVEL_LENGTH] = (uint8_t)level_of(source->with_length, scans);
    evidence.levels[PZ_LEVEL_TTL] = (uint8_t)level_of(source->with_ttl, scans);
    evidence.levels[PZ_LEVEL_PORT] = (uint8_t)level_of(source->with_port, scans);
    evidence.id_level = twice ? (uint8_t)level_of(source->id_rises, twice) : PZ_LEVELS;
    return evidence;
}

/* The lens is all hours' of the window, whether or not this slice has sources in them: slices must judge alike. */
static void see_lens(struct pz_window *window)
{
    const struct pz_frame *frame = window->frame;
    uint32_t length = frame->options.window;
    for (size_t i = pz_frame_from(frame, window->number * length); i < frame->n; i++) {
        const struct pz_frame_hour *hour = &frame->hours[i];
        if (hour->hour / length != window->number)
            break;
        window->lens.low = hour->lens_low > window->lens.low ? hour->lens_low : window->lens.low;
        window->lens.high = hour->lens_high > window->lens.high ? hour->lens_high : window->lens.high;
    }
}

void pz_window_judge(struct pz_window *window)
{
    see_lens(window);
    if (!window->judge)
        window->judge = pz_judge_new(window->frame->model);
    size_t n = window->sources.n;
    window->evidence = pz_realloc(window->evidence, n * sizeof *window->evidence);
    window->ratios = pz_realloc(window->ratios, n * sizeof *window->ratios);
    for (size_t i = 0; i < n; i++) {
        window->evidence[i] = pz_source_evidence(pz_table_row(&window->sources, i));
        window->ratios[i] = pz_judge_ratio(window->judge, &window->lens, &window->evidence[i]);
    }
}
