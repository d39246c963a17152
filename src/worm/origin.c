/* SPDX-License-Identifier: BSD-2-Clause */
#include "worm/origin.h"

#include <math.h>

static const double inside = 0.9;
/* The rate of a host varies over time by a quarter (one standard deviation, assumed): a Gamma distribution of this
 * shape. */
static const double steadiness = 16;
/* The standard deviation of the logarithm of hosts' rates: assumed, as in docs/twin.md. It matters only if the first
 * host's own rate is not known. */
static const double rate_spread = 1.4;

/* The mean of the logarithm of a Gamma(x) variable, and its variance: the first two derivatives of lgamma. */
static double digamma(double x)
{
    double sum = 0;
    for (; x < 8; x++)
        sum -= 1 / x;
    return sum + log(x) - 1 / (2 * x) - 1 / (12 * x * x) + 1 / (120 * x * x * x * x);
}

static double trigamma(double x)
{
    double sum = 0;
    for (; x < 8; x++)
        sum += 1 / (x * x);
    return sum + 1 / x + 1 / (2 * x * x) + 1 / (6 * x * x * x) - 1 / (30 * x * x * x * x * x);
}

static double normal_below(double z)
{
    return erfc(-z / sqrt(2)) / 2;
}

bool pz_origin_fit(struct pz_origin *release, const double *hours, size_t n)
{
    size_t first = PZ_ORIGIN_FROM, last = n < PZ_ORIGIN_TO ? n : PZ_ORIGIN_TO;
    if (n < PZ_ORIGIN_LEAST)
        return false;
    double exposure = 0; /* hours of all infected hosts */
    for (size_t i = first; i < last; i++)
        exposure += (double)i * (hours[i] - hours[i - 1]);
    double births = (double)(last - first);
    release->from = hours[first - 1];
    release->to = hours[last - 1];
    release->count = (double)last;
    release->rate = exposure > 0 ? births / exposure : 1e3;
    release->rate_error = release->rate / sqrt(births);
    double shape = release->first_rate > 0 ? release->first_rate : 1;
    double luck = digamma(shape), variance = trigamma(shape);
    if (!(release->first_rate > 0)) { /* a host like any: the mean lies above most */
        luck -= rate_spread * rate_spread / 2;
        variance += rate_spread * rate_spread;
    }
    double back = (log(release->count / release->share) - luck) / release->rate;
    double relative = release->rate_error / release->rate;
    release->best = release->to - back;
    release->deviation = sqrt(variance / (release->rate * release->rate) + back * back * relative * relative);
    return true;
}

/* The probability that the first host seen is the first that there was, if the telescope sees all hosts. The first
 * host infects others at the rate of growth times its own rate over the mean, and these are seen at the mean rate.
 * So another host is seen before it with growth / (its rate + the mean). */
static double first_is_first(const struct pz_origin_first *first)
{
    double growth = first->grown ? first->growth.rate : 0;
    double mean = first->growth.first_rate > 0 ? first->rate / first->growth.first_rate : first->rate;
    return (first->rate + mean) / (first->rate + mean + growth);
}

/* The probability that the release was before `t`, if the first host was seen: then none of its scans between the
 * release and its first scan was recorded. Its rate follows a Gamma distribution whose shape is the number of its
 * attempts, and it varies over time. Without that evidence every time is equally likely, so in a gap in the record
 * all times are. */
static double itself_before(const struct pz_origin_first *first, double t)
{
    const double rate = first->rate, shape = 1 / (1 / steadiness + 1 / fmax(first->attempts, 1));
    const double in_gap = first->gap_until - first->gap_from;
    const double lit = in_gap > 0 ? first->seen - first->gap_until : 0; /* between the gap and its first scan */
    const double density = rate * pow(1 + rate * lit / shape, -shape - 1);
    double recorded = first->seen - t, gap = in_gap; /* of the time from `t` on; and of the gap, hours before `t` */
    if (in_gap > 0 && t < first->gap_until) {
        gap = fmax(t - first->gap_from, 0);
        recorded = lit + fmax(first->gap_from - t, 0);
    }
    return (pow(1 + rate * recorded / shape, -shape) + gap * density) / (1 + in_gap * density);
}

/* The probability that the release was before `t`, if this source was the first that was seen. */
static double released_before(const struct pz_origin_first *first, double share, double t)
{
    const double least = 1e-300; /* if the growth rules out every time, all are equally likely */
    if (t >= first->seen)
        return 1;
    double itself = itself_before(first, t), grown = itself;
    if (first->grown) {
        const struct pz_origin *growth = &first->growth;
        grown = (normal_below((t - growth->best) / growth->deviation) + least) /
                (normal_below((first->seen - growth->best) / growth->deviation) + least);
    }
    double part = first_is_first(first) * share;
    return part * itself + (1 - part) * grown;
}

static double mixed_before(const struct pz_origin_first *firsts, size_t n, double share, double t)
{
    double sum = 0, all = 0;
    for (size_t i = 0; i < n; i++) {
        sum += firsts[i].chance * released_before(&firsts[i], share, t);
        all += firsts[i].chance;
    }
    return sum / all;
}

/* The time that so much lies before, by halving. */
static double quantile(const struct pz_origin_first *firsts, size_t n, double share, double part)
{
    const double longest = 100 * 24;
    double high = firsts[0].seen, low = high;
    for (size_t i = 1; i < n; i++) {
        high = fmax(high, firsts[i].seen);
        low = fmin(low, firsts[i].seen);
    }
    low -= longest;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (mixed_before(firsts, n, share, middle) < part)
            low = middle;
        else
            high = middle;
    }
    return high;
}

struct pz_origin_interval pz_origin_interval(const struct pz_origin_first *firsts, size_t n, double share)
{
    enum { STEPS = 20 };
    struct pz_origin_interval found = {-INFINITY, quantile(firsts, n, share, 0.5), INFINITY};
    for (int step = 0; step <= STEPS; step++) {
        double below = (1 - inside) * step / STEPS;
        double from = quantile(firsts, n, share, below), until = quantile(firsts, n, share, below + inside);
        if (until - from <= found.latest - found.earliest) {
            found.earliest = from;
            found.latest = until;
        }
    }
    return found;
}
