/* SPDX-License-Identifier: BSD-2-Clause */
/* How likely the destinations of a source are of the worm and of others, by how they lie in the lens. docs/method.md
 * derives it. */
#include "worm/features.h"

#include <math.h>

/* Sources of the worm that share their address with others (NAT, a change of lease) also scan outside its pattern.
 * Their share of sources is not published; it is assumed, and wide. So is the share of destinations that are stray,
 * spoofed or damaged: 0.002 on average, from host to host as Beta(strays, steady), so that many hosts have none. */
static const double shared = 0.03, strays = 0.1, steady = 49.9;
/* Of others that choose evenly, this share comes to one destination again and again, with up to half of its scans: its
 * repeats count as destinations where these are estimated. Assumed. */
static const double again = 0.01;
double pz_features_attempts(const struct pz_features *features)
{
    double sum = 0;
    for (int pattern = 0; pattern < PZ_PATTERNS; pattern++)
        sum += features->attempts[pattern];
    return sum;
}

double pz_log_sum(double a, double b)
{
    double high = a > b ? a : b, low = a > b ? b : a;
    return high == -INFINITY ? high : high + log1p(exp(low - high));
}

double pz_log_occupancy(uint32_t k, unsigned m, uint32_t bins)
{
    enum { DRAWS_MAX = 64 }; /* by then everything is said */
    if (!bins)
        return -INFINITY;
    double p[PZ_NETWORKS_MAX + 1] = {1};
    for (unsigned draw = 0; draw < k && draw < DRAWS_MAX; draw++)
        for (unsigned i = PZ_NETWORKS_MAX; i + 1 > 0; i--) {
            double stays = i == PZ_NETWORKS_MAX ? 1 : fmin((double)i / bins, 1);
            double grows = i ? fmax(1 - (double)(i - 1) / bins, 0) : 0;
            p[i] = p[i] * stays + (i ? p[i - 1] * grows : 0);
        }
    return log(p[m] > 1e-12 ? p[m] : 1e-12);
}

enum { VALUES = 128 }; /* of the bits of an octet that the worm leaves to chance */

static double power(double x, uint32_t n)
{
    double product = 1;
    for (; n; n >>= 1, x *= x)
        if (n & 1)
            product *= x;
    return product;
}

double pz_log_part(uint32_t k, unsigned min, unsigned max)
{
    const double any = 0.5 / (VALUES * (VALUES + 1) / 2);
    unsigned least = max - min + 1;
    double sum = 0;
    for (unsigned length = least; length <= VALUES; length++) {
        unsigned first = max + 1 > length ? max + 1 - length : 0;
        unsigned last = min < VALUES - length ? min : VALUES - length;
        double parts = (last - first + 1) * any;
        if (first == 0)
            parts += 0.25 / VALUES;
        if (first <= 1 && last >= 1)
            parts += 0.25 / (VALUES - 1);
        sum += parts * power((double)least / length, k);
    }
    return log(sum) + k * log((double)VALUES / least);
}

double pz_log_part_within(double log_part, uint32_t k, uint32_t shown)
{
    if (shown >= VALUES)
        return log_part;
    return shown ? fmax(log_part - k * log((double)VALUES / shown), 0) : 0;
}

uint32_t pz_lens_octet3(const struct pz_lens *lens)
{
    return lens->octet3 ? lens->octet3 : VALUES;
}

/* One /16 or a few: nearly all sources that scan one /16 scan no other. */
static double log_few_networks(unsigned networks)
{
    return networks <= 1 ? log(0.95) : networks == 2 ? log(0.03) : log(0.02 / (PZ_NETWORKS_MAX - 2));
}

/* The number of orders in which the destinations may have come to their quadrants. */
static double log_orders(const struct pz_features *features)
{
    double sum = lgamma(features->targets + 1.0);
    for (int quadrant = 0; quadrant < PZ_QUADRANTS; quadrant++)
        sum -= lgamma(features->quadrants[quadrant] + 1.0);
    return sum;
}

static double log_cells(const struct pz_features *features, const double shares[PZ_QUADRANTS])
{
    double sum = 0;
    for (int quadrant = 0; quadrant < PZ_QUADRANTS; quadrant++)
        if (features->quadrants[quadrant])
            sum += features->quadrants[quadrant] * log(shares[quadrant]);
    return sum;
}

static double log_beta(double a, double b)
{
    return lgamma(a) + lgamma(b) - lgamma(a + b);
}

/* All destinations are in one quadrant except strays. */
static double log_worm_cells(const struct pz_features *features)
{
    const double strayed = (double)features->targets - features->quadrants[0];
    return log_beta(strays + strayed, steady + features->quadrants[0]) - log_beta(strays, steady) -
           strayed * log(PZ_QUADRANTS - 1);
}

enum { PARTS = 4 }; /* of the scans of one address: those of two scanners are divided in the middle of a part */

static double elsewhere(int part)
{
    return (part + 0.5) / PARTS;
}

/* Such a part of the destinations is anywhere, and the rest in one quadrant. */
static double log_mixed_cells(const struct pz_features *features, const double evenly[PZ_QUADRANTS], int rest, int part)
{
    double mixed[PZ_QUADRANTS];
    for (int quadrant = 0; quadrant < PZ_QUADRANTS; quadrant++)
        mixed[quadrant] = elsewhere(part) * evenly[quadrant] + (quadrant == rest ? 1 - elsewhere(part) : 0);
    return log_cells(features, mixed);
}

/* The worm's where another scanner shares its address, in any part. */
static double log_shared_cells(const struct pz_features *features, const double evenly[PZ_QUADRANTS])
{
    double sum = -INFINITY;
    for (int part = 0; part < PARTS; part++)
        sum = pz_log_sum(sum, log_mixed_cells(features, evenly, 0, part) - log(PARTS));
    return sum;
}

/* How much likelier it is of `distinct` destinations than of as many as there are attempts that their number is estimated
 * as it is: from the lowest so many of their random values. */
static double log_estimated(const struct pz_features *features, double distinct, double attempts)
{
    enum { LOWEST = PZ_TARGETS_EXACT + 1 };
    const double fewer = fmax(distinct, LOWEST);
    double product = 1;
    for (int i = 0; i < LOWEST; i++)
        product *= (fewer - i) / (attempts - i);
    return log(product) + (fewer - attempts) * log1p(-(double)PZ_TARGETS_EXACT / features->targets);
}

/* Anywhere; or one destination again and again, and otherwise anywhere, which is the likelier the fewer destinations
 * there are for the attempts. */
static double log_even_cells(const struct pz_features *features, const double evenly[PZ_QUADRANTS])
{
    const double even = log_cells(features, evenly), attempts = pz_features_attempts(features) - features->local;
    if (features->targets <= PZ_TARGETS_EXACT || attempts <= features->targets)
        return even;
    double sum = log(1 - again) + even, all = log(1 - again);
    for (int part = PARTS / 2; part < PARTS; part++) {
        const double weight =
            log(again / (PARTS / 2)) + log_estimated(features, elsewhere(part) * attempts + 1, attempts);
        all = pz_log_sum(all, weight);
        for (int quadrant = 0; quadrant < PZ_QUADRANTS; quadrant++)
            if (evenly[quadrant] > 0)
                sum =
                    pz_log_sum(sum, weight + log(evenly[quadrant]) + log_mixed_cells(features, evenly, quadrant, part));
    }
    return sum - all;
}

/* `k` targets form `runs` runs of neighbours. How much likelier is it that their octet 3 spreads over `width` of
 * `values` values than for `k` independent draws? A run within reach stays in one value, so runs spread as that many
 * draws. */
static double run_spread(uint32_t k, uint32_t runs, double width, double values)
{
    if (runs >= k)
        return 1;
    if (runs == 1)
        return width <= 1;
    double fewer = (double)runs * (runs - 1) / ((double)k * (k - 1));
    return fmin(fewer * power(values / fmin(width, values), k - runs), 1);
}

/* One address after the other: all in reach, all out of reach, or across a border; longer sweeps cross more often.
 * Some sources begin again elsewhere, where each run is within reach only by chance: half of them never do, half of
 * the others once, and so on. */
static double log_sequential(const struct pz_lens *lens, const struct pz_features *features, double low)
{
    enum { RUNS_MAX = 16 };
    const double none = 1e-9;
    const double k = features->targets, in_reach = k <= 1 ? 0.5 : 0.5 * fmax(1 - k / 128, 0.1);
    if (features->quadrants[0] == 0)
        return log(1 - low + low * in_reach);
    if (features->quadrants[0] < features->targets)
        return log(fmax(low * (1 - 2 * in_reach), 0.01) / (k > 1 ? k - 1 : 1));
    const uint32_t least = features->networks > 1 ? features->networks : 1;
    const double width = features->octet3_max - features->octet3_min + 1;
    double sum = 0, chance = 0.5 * power(fmax(low, none) / 2, least - 1);
    for (uint32_t runs = least; runs <= RUNS_MAX; runs++, chance *= fmax(low, none) / 4)
        sum += chance * run_spread(features->targets, runs, width, pz_lens_octet3(lens));
    return log(low > 0 ? low * in_reach : none) + log(sum);
}

struct pz_target_logs pz_features_targets(const struct pz_lens *lens, const struct pz_features *features,
                                          const struct pz_target_terms *terms)
{
    const uint32_t *quadrants = features->quadrants;
    const uint32_t all = lens->low + lens->high;
    const double low = all ? (double)lens->low / all : 0.5;
    const double evenly[PZ_QUADRANTS] = {low / 2, (1 - low) / 2, low / 2, (1 - low) / 2};
    const double low_network[PZ_QUADRANTS] = {0.5, 0, 0.5, 0}, high_network[PZ_QUADRANTS] = {0, 0.5, 0, 0.5};
    const double low_last[PZ_QUADRANTS] = {low, 1 - low, 0, 0};
    const double none = log(1e-9), orders = log_orders(features), few = log_few_networks(features->networks);
    const double worm = orders + terms->worm_networks;
    struct pz_target_logs logs = {.worm = log(1 - shared) + worm + log_worm_cells(features),
                                  .shared = log(shared) + worm + log_shared_cells(features, evenly)};
    double *choices = logs.choices;
    choices[PZ_UNIFORM] = orders + log_even_cells(features, evenly) + terms->other_networks;
    choices[PZ_ONE_NETWORK] = pz_log_sum(pz_log_sum(log(low) + orders + log_cells(features, low_network),
                                                    log1p(-low) + orders + log_cells(features, high_network)),
                                         none) +
                              few;
    choices[PZ_SEQUENTIAL] = log_sequential(lens, features, low) + few;
    choices[PZ_LOW_LAST] = orders + log_cells(features, low_last) + terms->other_networks + terms->octet4;
    /* Half of these sweepers also stay in a part of octet 3. If no second octet is high, the others are those above. */
    choices[PZ_LOW_BOTH] = -INFINITY;
    if (quadrants[0] == features->targets)
        choices[PZ_LOW_BOTH] = terms->worm_networks + terms->octet2 + terms->octet4 +
                               (lens->high ? pz_log_sum(log(0.5), log(0.5) + terms->octet3) : terms->octet3);
    /* The mean over all shares of high octets: a beta function. */
    choices[PZ_ANY] =
        orders + log_beta(quadrants[2] + 1.0 + quadrants[3], quadrants[0] + 1.0 + quadrants[1]) - log(PZ_NETWORKS_MAX);
    if (lens->low && lens->high)
        choices[PZ_ANY] += log_beta(quadrants[1] + 1.0 + quadrants[3], quadrants[0] + 1.0 + quadrants[2]);
    return logs;
}

/* Not all, but nearer to all than to an even choice. */
static bool mostly_reached(const struct pz_lens *lens, const struct pz_features *features)
{
    enum { LEAST = 20 }; /* attempts: the quadrants divide as these do */
    const uint64_t all = 4 * (uint64_t)(lens->low + lens->high),
                   even = 2 * (uint64_t)lens->low; /* of these an even choice reaches */
    return features->targets > PZ_TARGETS_EXACT && pz_features_attempts(features) >= LEAST &&
           features->quadrants[0] < features->targets &&
           2 * all * features->quadrants[0] >= (all + even) * features->targets;
}

enum pz_class pz_features_class(const struct pz_lens *lens, const struct pz_features *features, int32_t llr)
{
    if (llr >= PZ_FEATURES_RATIO_MIN)
        return PZ_CLASS_SURE;
    if (features->quadrants[0] == features->targets)
        return PZ_CLASS_REACHED;
    return mostly_reached(lens, features) ? PZ_CLASS_MOSTLY : PZ_CLASS_REST;
}

bool pz_rule_strict(const struct pz_features *features)
{
    return features->quadrants[0] == features->targets && features->attempts[PZ_TWO_IN_TIME] > 0 &&
           features->attempts[PZ_THREE_OR_MORE] == 0;
}

bool pz_rule_caida2011(const struct pz_features *features)
{
    return features->levels[PZ_LEVEL_LENGTH] != PZ_LEVEL_NONE;
}

/* Whether values fill the 128 to both ends. */
static bool fills(unsigned min, unsigned max)
{
    enum { END = 12 };
    return min < END && max >= 128 - END;
}

bool pz_features_beyond_doubt(const struct pz_lens *lens, const struct pz_features *features)
{
    /* On a whole /8: twelve targets in at least eight networks, all within reach. A uniform scanner does that with
     * 4^-12, and no sweeper of low octets fills both octets. On a /16, where every other address is within reach,
     * the same would take twice as many targets, which few sources show there: 2^-14 is enough. */
    enum { LEAST = 12, LEAST_NARROW = 14, MANY_NETWORKS = 64, MANY_VALUES = 100 };
    bool wide = lens->low >= MANY_NETWORKS, third = pz_lens_octet3(lens) >= MANY_VALUES;
    return features->targets >= (wide ? LEAST : LEAST_NARROW) && features->quadrants[0] == features->targets &&
           (!third || fills(features->octet3_min, features->octet3_max)) &&
           fills(features->octet4_min, features->octet4_max) &&
           (!wide || (features->networks == PZ_NETWORKS_MAX && fills(features->octet2_min, features->octet2_max)));
}
