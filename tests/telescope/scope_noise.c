/* SPDX-License-Identifier: BSD-2-Clause */
#include "scope_noise.h"

#include <stdlib.h>

// The standard mix; README.md gives the grounds.
struct noise_class {
    double share;            // of the sources heard in an hour
    double life, life_sigma; // hours, median, and sigma of the logarithm
    double rate, rate_sigma; // attempts an hour on the /8
    double stacks[STACKS];   // shares
    double one, two;         // shares of sources that send one SYN an attempt, or two; the others three
    double diurnal;          // share that is off at night
};

static const struct noise_class classes[NOISE_CLASSES] = {
    [UNIFORM] = {0.20, 1, 2, 6, 1.5, {0.50, 0.03, 0.25, 0.22}, 0.35, 0.25, 0.3},
    [SEQUENTIAL] = {0.12, 0.5, 1.5, 25, 1.5, {0.40, 0.02, 0.33, 0.25}, 0.50, 0.20, 0.2},
    [SLASH16] = {0.12, 0.5, 1.5, 15, 1.5, {0.70, 0.03, 0.15, 0.12}, 0.30, 0.30, 0.3},
    [HALF_RANDOM] = {0.08, 1, 2, 8, 1.5, {0.60, 0.02, 0.20, 0.18}, 0.35, 0.30, 0.3},
    [LOW_LAST] = {0.08, 1, 2, 8, 1.5, {0.60, 0.02, 0.20, 0.18}, 0.35, 0.30, 0.3},
    [LOW_ALL] = {0.05, 1, 2, 10, 1.5, {0.70, 0.02, 0.15, 0.13}, 0.30, 0.35, 0.3},
    [MISCONFIGURED] = {0.13, 2, 2, 6, 1.2, {0.85, 0.05, 0.10, 0}, 0.05, 0.10, 0.5},
    [SPOOFED] = {0.10, 0, 0, 0, 0, {0.30, 0, 0.20, 0.50}, 1, 0, 0},
    [BOT] = {0.12, 2, 2, 8, 1.4, {1, 0, 0, 0}, 0, 1, 0.5},
    // Added to the mix on request; their shares are options.
    [SWEEP_LAST] = {0, 1, 2, 8, 1.5, {0.60, 0.02, 0.20, 0.18}, 0.35, 0.30, 0.3},
    [SWEEP_REACH] = {0, 1, 2, 10, 1.5, {0.70, 0.02, 0.15, 0.13}, 0.30, 0.35, 0.3},
};

static const double hour_usec = 3600e6;
// Hours: a source lives between three minutes and four weeks.
static const double life_least = 0.05, life_most = 672;
static const double rate_most = 20000;
static const double noise_loss = 0.04;

static double bounded(double value, double low, double high)
{
    return value < low ? low : value > high ? high : value;
}

static double draw_life(const struct noise_class *class, struct rng *rng)
{
    return class->life > 0 ? bounded(rng_lognormal(rng, class->life, class->life_sigma), life_least, life_most) : 0;
}

static double draw_rate(const struct noise_class *class, struct rng *rng)
{
    return bounded(rng_lognormal(rng, class->rate, class->rate_sigma), 0, rate_most);
}

// In how many hours a source of a class is heard, on average, whatever the seed.
static double hours_heard(const struct noise_class *class)
{
    if (class->life <= 0) {
        return 1;
    }
    enum { DRAWS = 20000 };
    struct rng rng = rng_make(0, 1, 1);
    double sum = 0;
    for (int i = 0; i < DRAWS; i++) {
        double life = draw_life(class, &rng), rate = draw_rate(class, &rng), from = rng_unit(&rng);
        double first = bounded(1 - from, 0, life), rest = life - first;
        sum += 1 - exp(-rate * first) + floor(rest) * (1 - exp(-rate)) + 1 - exp(-rate * (rest - floor(rest)));
    }
    return sum / DRAWS * (1 - class->diurnal / 2);
}

static enum stack_kind draw_stack(const struct noise_class *class, struct rng *rng)
{
    double at = rng_unit(rng);
    for (int kind = 0; kind < STACKS - 1; kind++) {
        if ((at -= class->stacks[kind]) <= 0) {
            return (enum stack_kind)kind;
        }
    }
    return class->stacks[ODD] > 0 ? ODD : LINUX;
}

static void draw_habits(struct noise_source *n, const struct noise_class *class)
{
    double syns = rng_unit(&n->rng);
    n->stack = stack_make(&n->rng, draw_stack(class, &n->rng));
    // Raw senders don't send again.
    n->syns = n->stack.kind == ODD || syns <= class->one ? 1 : syns <= class->one + class->two ? 2 : 3;
    n->diurnal = rng_chance(&n->rng, class->diurnal);
    n->phase = phase_draw(&n->rng);
    n->loss = rng_between(&n->rng, 0, noise_loss);
    // Who scans the whole net sends one in 222 to the telescope (worm.h); who sits in it, nearly all.
    bool inside = n->class == SEQUENTIAL || n->class == SLASH16 || n->class == MISCONFIGURED;
    n->elsewhere = n->rate / 3600 * (inside ? 0.1 : 221) * rng_lognormal(&n->rng, 1, 0.3);
    n->base = rng_below(&n->rng, 1 << 24);
    double which = rng_unit(&n->rng);
    n->fixed = which <= 0.5 ? 2 : which <= 0.75 ? 3 : 4;
    for (int shift = 0; shift < 24; shift += 8) {
        n->bounds |= (20 + rng_below(&n->rng, 108)) << shift;
    }
}

static struct noise_source *append(struct noise *noise)
{
    if (noise->count == noise->capacity) {
        noise->capacity = noise->capacity ? noise->capacity * 2 : 1024;
        noise->list = grown(noise->list, noise->capacity * sizeof *noise->list);
    }
    return &noise->list[noise->count++];
}

// Whether some recorded hour holds a part of it.
static bool is_recorded(const struct options *o, int64_t begin, int64_t end)
{
    for (int i = 0; i < o->nrecorded; i++) {
        int64_t hour = o->recorded[i] * 1000000;
        if (hour + (int64_t)hour_usec > begin) {
            return hour <= end;
        }
    }
    return false;
}

static void arrive(struct noise *noise, int class, double per_hour)
{
    const struct options *o = noise->options;
    struct rng arrivals = rng_make(o->seed, 2, (uint64_t) class);
    double from = (double)o->recorded[0] * 1e6 - (classes[class].life > 0 ? life_most * hour_usec : 0);
    double until = (double)(o->recorded[o->nrecorded - 1] + 3600) * 1e6;
    uint64_t index = 0;
    for (double at = from; per_hour > 0; index++) {
        at += rng_exponential(&arrivals, hour_usec / per_hour);
        if (at >= until) {
            return;
        }
        struct rng rng = rng_make(o->seed, 3 + (uint64_t) class * 16, index);
        int64_t begin = (int64_t)at, end = begin + (int64_t)(draw_life(&classes[class], &rng) * hour_usec);
        if (!is_recorded(o, begin, end)) {
            continue;
        }
        struct noise_source *n = append(noise);
        *n = (struct noise_source){.rng = rng, .class = (uint8_t) class, .begin = begin, .end = end, .next = begin};
        n->rate = draw_rate(&classes[class], &n->rng);
        draw_habits(n, &classes[class]);
        if (class != SPOOFED) {
            n->next += (int64_t)rng_exponential(&n->rng, hour_usec / n->rate);
        }
        n->source = sources_add(noise->sources, &n->rng, (enum source_class) class, 0);
    }
}

static double share_of(const struct options *options, int class)
{
    return class == SWEEP_LAST    ? options->sweep_last
           : class == SWEEP_REACH ? options->sweep_reach
                                  : classes[class].share;
}

void noise_init(struct noise *noise, const struct options *options, struct sources *sources)
{
    *noise = (struct noise){.options = options, .sources = sources};
    for (int class = 0; class < NOISE_CLASSES; class ++) {
        arrive(noise, class, options->others * share_of(options, class) / hours_heard(&classes[class]));
    }
}

void noise_add(struct noise *noise, uint64_t index, enum source_class class, uint32_t source, int64_t begin,
               double rate)
{
    struct noise_source *n = append(noise);
    *n = (struct noise_source){.rng = rng_make(noise->options->seed, 4, index),
                               .class = (uint8_t) class,
                               .source = source,
                               .begin = begin,
                               .end = NEVER,
                               .next = begin,
                               .rate = rate};
    draw_habits(n, &classes[class]);
    n->stack = stack_make(&n->rng, WINDOWS);
    n->mixed = true;
}

// Of the mask, octets 2 to 4 are random, the others the source's.
static uint32_t target(struct noise_source *n)
{
    uint32_t random = (uint32_t)rng_next(&n->rng) & 0xffffff;
    uint32_t kept = 0;
    switch (n->class) {
    case SEQUENTIAL:
        return n->base = (n->base + 1) & 0xffffff;
    case SLASH16:
        kept = 0xff0000;
        break;
    case HALF_RANDOM:
        kept = 0xff0000U >> 8 * (n->fixed - 2);
        break;
    case LOW_LAST:
        return (random & 0xffff00) | (1 + rng_below(&n->rng, n->bounds & 255));
    case LOW_ALL:
        return rng_below(&n->rng, n->bounds >> 16) << 16 | rng_below(&n->rng, n->bounds >> 8 & 255) << 8 |
               rng_below(&n->rng, n->bounds & 255);
    case SWEEP_LAST:
        return random & 0xffff7f;
    case SWEEP_REACH:
        return random & 0x7fff7f;
    case MISCONFIGURED:
        kept = 0xffffff;
        break;
    default:
        break;
    }
    return (n->base & kept) | (random & ~kept);
}

static void attempt(struct noise_source *n, struct recorder *recorder, int64_t usec)
{
    // Stacks of 2008 wait three seconds, then six.
    int64_t times[3] = {usec, usec + (int64_t)(rng_between(&n->rng, 2.8, 3.05) * 1e6), 0};
    times[2] = times[1] + (int64_t)(rng_between(&n->rng, 5.8, 6.1) * 1e6);
    double connects = n->attempts++ + (double)(usec - n->begin) * 1e-6 * n->elsewhere;
    struct packet first = stack_syn(&n->stack, &n->rng, n->source, target(n), connects);
    if (n->mixed && rng_chance(&n->rng, 0.5)) {
        first.dport = rng_chance(&n->rng, 0.5) ? 80 : 139;
    }
    for (int i = 0; i < n->syns; i++) {
        double then = connects + (double)(times[i] - usec) * 1e-6 * n->elsewhere;
        if (!rng_chance(&n->rng, n->loss) || n->class == SPOOFED) {
            recorder_take(recorder, times[i], i ? stack_again(&n->stack, &n->rng, first, then) : first);
        }
    }
}

void noise_hour(struct noise *noise, struct recorder *recorder)
{
    for (uint32_t i = 0; i < noise->count; i++) {
        struct noise_source *n = &noise->list[i];
        if (n->end < recorder->begin || n->begin >= recorder->end) {
            continue;
        }
        if (n->next < recorder->begin && n->class != SPOOFED) {
            n->next = recorder->begin + (int64_t)rng_exponential(&n->rng, hour_usec / n->rate);
        }
        while (n->next < recorder->end && n->next <= n->end) {
            if (!n->diurnal || awake(n->phase, n->next)) {
                attempt(n, recorder, n->next);
            }
            n->next =
                n->class == SPOOFED ? NEVER : n->next + 1 + (int64_t)rng_exponential(&n->rng, hour_usec / n->rate);
        }
    }
}

void noise_write(const struct options *options, FILE *file)
{
    fputs(
        "class,share,arrivals_per_hour,life_hours,life_sigma,rate_per_hour,rate_sigma,windows,vista,linux,odd,one_syn,"
        "two_syns,diurnal\n",
        file);
    for (int i = 0; i < NOISE_CLASSES; i++) {
        const struct noise_class *c = &classes[i];
        fprintf(file, "%s,%g,%.3f,%g,%g,%g,%g,%g,%g,%g,%g,%g,%g,%g\n", class_names[i], share_of(options, i),
                options->others * share_of(options, i) / hours_heard(c), c->life, c->life_sigma, c->rate, c->rate_sigma,
                c->stacks[0], c->stacks[1], c->stacks[2], c->stacks[3], c->one, c->two, c->diurnal);
    }
}

void noise_release(struct noise *noise)
{
    free(noise->list);
}
