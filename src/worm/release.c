#include "worm/release.h"

#include <math.h>

/* Nine in ten: so much lies below the mean plus this many standard deviations and above it less as many. */
static const double inside = 0.9, sigmas = 1.6449;
/* How rates of hosts differ, as the standard deviation of their logarithm: assumed, as in docs/twin.md. It matters only
 * where the first host's own rate isn't known. */
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

/* The z that so much lies below, by halving. */
static double normal_quantile(double share)
{
    double low = -40, high = 40;
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;
        if (normal_below(middle) < share)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static void state_interval(struct pz_release *release, double sd)
{
    double seen = (release->first_seen - release->best) / sd;
    release->bound = seen < sigmas;
    double upper = release->bound ? seen : sigmas;
    /* Of what is possible, before the first sighting, nine tenths. */
    double possible = normal_below(seen), lower = normal_below(upper) - inside * possible;
    release->latest = release->best + upper * sd;
    release->earliest = release->best + normal_quantile(fmax(lower, 1e-300)) * sd;
    release->best = fmin(release->best, release->first_seen);
}

bool pz_release_fit(struct pz_release *release, const double *hours, size_t n)
{
    size_t first = PZ_RELEASE_FROM, last = n < PZ_RELEASE_TO ? n : PZ_RELEASE_TO;
    if (n < PZ_RELEASE_LEAST)
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
    state_interval(release, sqrt(variance / (release->rate * release->rate) + back * back * relative * relative));
    return true;
}
