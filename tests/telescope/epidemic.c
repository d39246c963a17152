// Who is infected when. Time goes in steps of a minute; what depends on the hour or on the number of infected is
// reckoned once a step, and infections within a step come one after the other, at exponential times.
#include "worm.h"

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

static void infect(struct worm *w, struct rng *rng, uint32_t number, int64_t usec)
{
    struct host *h = &w->hosts[number];
    h->infected = usec;
    h->cleaned = usec + (int64_t)rng_exponential(rng, cleaned_after_usec);
    // Neighbours behind the same address follow within hours.
    for (uint32_t i = 0; h->gateway && i < w->count; i++) {
        struct host *other = &w->hosts[i];
        if (other->gateway == h->gateway && other->infected == NEVER) {
            other->infected = usec + (int64_t)rng_exponential(rng, 2 * 3600e6);
            other->cleaned = other->infected + (int64_t)rng_exponential(rng, cleaned_after_usec);
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
    uint32_t number = scan ? w->reach[rng_below(rng, w->nreach)] : rng_below(rng, w->count);
    struct host *h = &w->hosts[number];
    if (h->infected != NEVER || !is_on(h, usec)) {
        return;
    }
    infect(w, rng, number, usec);
    p->scans += h->rate / w->mean_rate;
    p->infected += 1;
}

void epidemic_run(struct worm *w)
{
    const struct options *o = w->options;
    struct rng rng = rng_make(o->seed, 5, 0);
    int64_t end = (o->recorded[o->nrecorded - 1] + 3600) * 1000000;
    infect(w, &rng, 0, w->begin);
    // Patient zero isn't cleaned while the outbreak is young.
    w->hosts[0].cleaned = w->begin + 20 * 86400 * 1000000LL;
    double scan_growth = log(2) / (o->doubling * 1e6), other_growth = log(2) / others_doubling_usec;
    for (int64_t at = w->begin; at < end; at += step_usec) {
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
