/* SPDX-License-Identifier: BSD-2-Clause */
// Who is infected when. Time goes in steps of a minute; what depends on the hour or on the number of infected is
// reckoned once a step, and infections within a step come one after the other, at exponential times.
#include "scope_worm.h"

#include <stdlib.h>

static const int64_t step_usec = 60 * 1000000LL;
// Other ways than random scanning (shares, neighbours, carried devices) start later and double more slowly: assumed.
static const double others_after_usec = 3 * 3600e6, others_doubling_usec = 1.5 * 3600e6;
// Infected hosts are cleaned after this long, on average: assumed.
static const double cleaned_after_usec = 20 * 86400e6;

struct pressure {
    double scans, infected; // sums over the hosts that are infected and on
};

static bool is_on(const struct host *h, int64_t usec)
{
    return !h->diurnal || awake(h->phase, usec);
}

static void fall_ill(struct host *h, struct rng *rng, double usec)
{
    h->infected = (int64_t)usec;
    h->cleaned = (int64_t)(usec + rng_exponential(rng, cleaned_after_usec));
}

// Neighbours behind the same address, who are neighbours in the list too, follow within hours.
static void infect(struct worm *w, struct rng *rng, uint32_t number, double usec)
{
    struct host *h = w->hosts;
    fall_ill(&h[number], rng, usec);
    if (!h[number].gateway) {
        return;
    }
    uint32_t first = number, end = number + 1;
    while (first && h[first - 1].gateway == h[number].gateway) {
        first--;
    }
    while (end < w->count && h[end].gateway == h[number].gateway) {
        end++;
    }
    for (uint32_t i = first; i < end; i++) {
        if (h[i].infected == NEVER) {
            fall_ill(&h[i], rng, usec + rng_exponential(rng, 2 * 3600e6));
        }
    }
}

// For each that was cleaned in the last step another falls ill within a day: the worm stays for months.
static void replace_cleaned(struct worm *w, struct rng *rng, int64_t usec)
{
    for (uint32_t i = 0, count = w->count; i < count; i++) {
        if (w->hosts[i].cleaned <= usec && w->hosts[i].cleaned > usec - step_usec) {
            fall_ill(worm_newcomer(w, rng), rng, (double)usec + rng_exponential(rng, 86400e6));
        }
    }
}

static struct pressure reckon(const struct worm *w, int64_t usec)
{
    struct pressure p = {0, 0};
    for (uint32_t i = 0; i < w->count; i++) {
        const struct host *h = &w->hosts[i];
        if (h->infected <= usec && h->cleaned > usec && is_on(h, usec)) {
            p.scans += h->rate / w->mean_rate;
            p.infected += 1;
        }
    }
    return p;
}

// An infection's try: hits a host that isn't infected and is on, or is wasted.
static void hit(struct worm *w, struct rng *rng, bool scan, int64_t usec, struct pressure *p)
{
    // Newcomers, who were drawn with their infection, are behind the others in the list.
    uint32_t number = scan ? w->reach[rng_below(rng, w->nreach)] : rng_below(rng, w->options->hosts);
    struct host *h = &w->hosts[number];
    if (h->infected != NEVER || !is_on(h, usec)) {
        return;
    }
    infect(w, rng, number, (double)usec);
    p->scans += h->rate / w->mean_rate;
    p->infected += 1;
}

void epidemic_run(struct worm *w)
{
    const struct options *o = w->options;
    struct rng rng = rng_make(o->seed, 5, 0);
    int64_t end = (o->recorded[o->nrecorded - 1] + 3600) * 1000000;
    infect(w, &rng, 0, (double)w->begin);
    // Patient zero isn't cleaned while the outbreak is young.
    w->hosts[0].cleaned = w->begin + 20 * 86400 * 1000000LL;
    double scan_growth = log(2) / (o->doubling * 1e6), other_growth = log(2) / others_doubling_usec;
    for (int64_t at = w->begin; at < end; at += step_usec) {
        replace_cleaned(w, &rng, at);
        struct pressure p = reckon(w, at);
        for (double usec = (double)at;;) {
            double scans = w->nreach ? p.scans * scan_growth : 0;
            double others = usec - (double)w->begin > others_after_usec ? p.infected * other_growth : 0;
            if (scans + others <= 0) {
                break;
            }
            usec += rng_exponential(&rng, 1 / (scans + others));
            if (usec >= (double)(at + step_usec)) {
                break;
            }
            hit(w, &rng, rng_unit(&rng) * (scans + others) <= scans, (int64_t)usec, &p);
        }
    }
}
