/* SPDX-License-Identifier: BSD-2-Clause */
#include "scope_worm.h"

#include <stdlib.h>

static const double rate_least = 0.01, rate_most = 50;
static const double pareto_alpha = 1.3;

static double draw_rate(const struct options *o, struct rng *rng, bool *bursts)
{
    enum rate_kind kind = o->rates == RATE_MIXED ? (enum rate_kind)rng_below(rng, 3) : o->rates;
    *bursts = kind == RATE_BURSTS;
    double rate = kind == RATE_PARETO ? rng_pareto(rng, o->rate_median / 2, pareto_alpha)
                                      : rng_lognormal(rng, o->rate_median, o->rate_sigma);
    return rate < rate_least ? rate_least : rate > rate_most ? rate_most : rate;
}

static void draw_stack(struct host *h, const struct options *o)
{
    bool longer = rng_chance(&h->rng, o->longer), linux_like = rng_chance(&h->rng, 0.5);
    h->stack = stack_make(&h->rng, WINDOWS);
    h->high = rng_chance(&h->rng, o->high_ports);
    if (longer) {
        h->stack.layout = linux_like ? SYN_60 : SYN_52;
    }
    if (h->high) {
        h->stack.port_first = 49152;
        h->stack.port_count = 16384;
    }
    if (rng_chance(&h->rng, o->ttl64)) {
        h->stack.ttl = (uint8_t)(h->stack.ttl - 64);
    }
}

static void draw_host(struct host *h, const struct options *o, uint64_t index)
{
    *h = (struct host){.rng = rng_make(o->seed, 6, index), .infected = NEVER, .cleaned = NEVER, .moves = NEVER};
    h->rate = draw_rate(o, &h->rng, &h->bursts);
    draw_stack(h, o);
    h->loss = rng_between(&h->rng, o->loss.low, o->loss.high);
    h->single = o->single;
    h->third = o->third * rng_between(&h->rng, 2. / 3, 4. / 3); // 0.075: 5 to 10 %
    h->diurnal = rng_chance(&h->rng, o->diurnal);
    h->phase = phase_draw(&h->rng);
    h->once = rng_chance(&h->rng, o->once);
}

// The first is always on and scans at the median rate at least: an outbreak that took off in hours had such a one.
static void draw_first(struct host *h, const struct options *o)
{
    h->diurnal = h->once = h->bursts = false;
    h->rate = h->rate < o->rate_median ? o->rate_median : h->rate;
}

static void place_hosts(struct worm *w)
{
    const struct options *o = w->options;
    struct rng rng = rng_make(o->seed, 7, 0);
    uint32_t behind = 0, source = 0; // hosts yet to come behind the present gateway
    for (uint32_t i = 0; i < w->count; i++) {
        struct host *h = &w->hosts[i];
        // A gateway holds 2 to 200 hosts, some 43 on average: so often must one begin for the share asked for.
        double odds = o->gateways / (43 * (1 - o->gateways) + o->gateways);
        if (!behind && i && rng_chance(&rng, o->gateways < 1 ? odds : 1)) {
            behind = (uint32_t)(2 * exp(rng_unit(&rng) * log(100)));
            source = sources_add(w->sources, &rng, GATEWAY, 0);
            w->ngateways++;
        }
        if (behind) {
            behind--;
            h->gateway = w->ngateways;
            h->source = source;
            h->once = false;
            if (w->ngateways % 2) { // it gives connections ports of its own
                h->stack.port_first = 10000;
                h->stack.port_count = 50000;
            }
            continue;
        }
        h->source = sources_add(w->sources, &rng, WORM, 0);
        if (i && reachable(w->sources->list[h->source].address)) {
            w->reach[w->nreach++] = i;
        }
    }
}

struct host *worm_newcomer(struct worm *w, struct rng *rng)
{
    if (w->count == w->capacity) {
        w->capacity *= 2;
        w->hosts = grown(w->hosts, w->capacity * sizeof *w->hosts);
    }
    struct host *h = &w->hosts[w->count];
    draw_host(h, w->options, w->count++);
    h->source = sources_add(w->sources, rng, WORM, 0);
    return h;
}

// A source's truth: its first host, how many, since when.
static void owned(struct worm *w, uint32_t number, uint32_t source)
{
    struct source *s = &w->sources->list[source];
    if (w->hosts[number].infected < s->infected) {
        s->infected = w->hosts[number].infected;
        s->host = number;
    }
    s->nhosts++;
}

static int64_t move_time(struct host *h, const struct options *o, int64_t usec)
{
    return o->churn > 0 && !h->gateway ? usec + (int64_t)rng_exponential(&h->rng, 86400e6 / o->churn) : NEVER;
}

static void settle(struct worm *w)
{
    uint32_t last = 0;
    for (uint32_t i = 0; i < w->count; i++) {
        struct host *h = &w->hosts[i];
        if (h->infected == NEVER) {
            continue;
        }
        owned(w, i, h->source);
        h->cursor = h->stretch_end = h->infected;
        h->moves = move_time(h, w->options, h->infected);
        if (h->gateway > last) {
            // Behind it are others too, which were there before.
            last = h->gateway;
            double rate = rng_lognormal(&h->rng, 4, 1);
            noise_add(w->noise, h->gateway, UNIFORM, h->source, (w->options->recorded[0] - 86400) * 1000000, rate);
        }
    }
}

void worm_init(struct worm *w, const struct options *o, struct sources *sources, struct noise *noise)
{
    *w = (struct worm){.options = o, .sources = sources, .noise = noise};
    if (!o->worm) {
        return;
    }
    w->count = w->capacity = o->hosts;
    w->hosts = grown(NULL, w->count * sizeof *w->hosts);
    w->reach = grown(NULL, w->count * sizeof *w->reach);
    for (uint32_t i = 0; i < w->count; i++) {
        draw_host(&w->hosts[i], o, i);
        w->mean_rate += w->hosts[i].rate / w->count;
    }
    draw_first(&w->hosts[0], o);
    struct rng rng = rng_make(o->seed, 8, 0);
    double begin = o->begin >= 0 ? o->begin : rng_between(&rng, 3600, 7200);
    w->begin = o->outbreak_day * 1000000 + (int64_t)(begin * 1e6);
    place_hosts(w);
    epidemic_run(w);
    settle(w);
}

// The rate holds for a stretch of minutes, then changes a little; with bursts, it's a few minutes of much and then
// nothing for longer.
static void next_stretch(struct host *h)
{
    h->cursor = h->stretch_end;
    if (h->bursts) {
        bool on = h->factor <= 0;
        h->factor = on ? 7 : 0;
        h->stretch_end += (int64_t)(rng_exponential(&h->rng, on ? 4 * 60e6 : 24 * 60e6));
    } else {
        h->factor = rng_lognormal(&h->rng, 1, 0.2);
        h->stretch_end += (int64_t)(rng_between(&h->rng, 2 * 60e6, 20 * 60e6));
    }
    h->stretch_end += 1000000;
}

static uint32_t draw_target(struct host *h, const struct options *o)
{
    uint32_t *recent = &h->recent[rng_below(&h->rng, 4)];
    if (*recent && rng_chance(&h->rng, o->repeats)) {
        return *recent;
    }
    return *recent = (uint32_t)rng_next(&h->rng) & 0x7fff7f;
}

static void attempt(struct host *h, const struct options *o, struct recorder *recorder, int64_t usec)
{
    double rate = h->rate * h->factor;
    double kind = rng_unit(&h->rng);
    int syns = kind <= h->single ? 1 : kind <= h->single + h->third ? 3 : 2;
    int64_t times[3] = {usec, usec + (int64_t)(rng_between(&h->rng, o->gap.low, o->gap.high) * 1e6), 0};
    times[2] = times[1] + (int64_t)(rng_between(&h->rng, 5.8, 6.1) * 1e6);
    struct packet first = stack_syn(&h->stack, &h->rng, h->source, draw_target(h, o), h->connects);
    first.worm = true;
    if (rng_chance(&h->rng, o->hops)) {
        first.ttl = (uint8_t)(first.ttl - 3 + (int)rng_below(&h->rng, 7));
    }
    h->connects += 1;
    for (int i = 0; i < syns; i++) {
        double connects = h->connects + rate * (double)(times[i] - usec) * 1e-6;
        if (!rng_chance(&h->rng, h->loss)) {
            recorder_take(recorder, times[i], i ? stack_again(&h->stack, &h->rng, first, connects) : first);
        }
    }
}

// Hours that weren't recorded: the counters went on, unseen.
static void skip(struct host *h, int64_t begin)
{
    if (h->cursor < begin) {
        h->connects += floor((double)(begin - h->cursor) * 1e-6 * h->rate);
        h->cursor = begin;
        h->stretch_end = h->stretch_end > begin ? h->stretch_end : begin;
    }
}

static void move(struct worm *w, uint32_t number, int64_t usec)
{
    struct host *h = &w->hosts[number];
    uint32_t like = w->sources->list[h->source].address;
    h->source = sources_add(w->sources, &h->rng, WORM, like);
    owned(w, number, h->source);
    h->moves = move_time(h, w->options, usec);
}

static void send_hour(struct worm *w, uint32_t number, struct recorder *recorder)
{
    struct host *h = &w->hosts[number];
    skip(h, recorder->begin);
    int64_t end = recorder->end < h->cleaned ? recorder->end : h->cleaned;
    while (h->cursor < end && !h->silent) {
        if (h->cursor >= h->stretch_end) {
            next_stretch(h);
            continue;
        }
        double rate = h->rate * h->factor;
        int64_t until = h->stretch_end < end ? h->stretch_end : end;
        double wait = rate > 0 ? rng_exponential(&h->rng, FIRST_OCTETS / rate * 1e6) : 1e15;
        int64_t at = wait < (double)(until - h->cursor) ? h->cursor + (int64_t)wait : until;
        h->connects += rate * (double)(at - h->cursor) * 1e-6;
        h->cursor = at;
        if (at == until || (h->diurnal && !awake(h->phase, at))) {
            continue;
        }
        while (h->moves <= at) {
            move(w, number, at);
        }
        attempt(h, w->options, recorder, at);
        if (h->once) {
            h->silent = true;
        }
    }
}

void worm_hour(struct worm *w, struct recorder *recorder)
{
    for (uint32_t i = 0; i < w->count; i++) {
        struct host *h = &w->hosts[i];
        if (!h->silent && h->infected < recorder->end && h->cleaned > recorder->begin) {
            send_hour(w, i, recorder);
        }
    }
}

uint32_t worm_infected(const struct worm *w, int64_t usec)
{
    uint32_t infected = 0;
    for (uint32_t i = 0; i < w->count; i++) {
        infected += w->hosts[i].infected <= usec && w->hosts[i].cleaned > usec;
    }
    return infected;
}

void worm_release(struct worm *w)
{
    free(w->hosts);
    free(w->reach);
}
