/* SPDX-License-Identifier: BSD-2-Clause */
/* The llr of a source is the logarithm of how much likelier its features are of the worm than of another scanner.
 * Features are taken as independent: targets (how destinations lie in the lens), the stack, and silence. Others are a
 * mixture of kinds and of choices of targets, weighted by the model; sums of likelihoods are made from logarithms.
 * docs/method.md derives it. */
#include "worm/scorer.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Terms are kept for up to this many attempts of one pattern, and of all: nearly all sources have fewer in a day. */
enum { KEPT_ATTEMPTS = 512 };

enum { KEPT_TARGETS = 64, FREE_VALUES = 128 };

/* The probability that a source falls silent for good after few scans; a host of the worm goes on. And the mean
 * time, in seconds, until an address changes hands or a host is switched off. All assumed. */
static const double worm_stops = 0.02, other_stops = 0.5, lifetime = 6 * 3600;

/* A number that wasn't worked out yet is NaN. */
struct stack_terms {
    double patterns[PZ_PATTERNS][KEPT_ATTEMPTS]; /* log of the rising factorial from alpha */
    double all[KEPT_ATTEMPTS];                   /* of that from the spread */
    double levels[PZ_LEVEL_TRAITS][PZ_LEVELS];   /* a trait that is absent says nothing: 0 */
};

struct pz_scorer {
    struct pz_model model;
    struct pz_weight_logs weights;
    struct stack_terms stacks[PZ_STACKS];
    struct pz_lens lens; /* of these: the worm's and others', by targets and networks */
    double networks[2][KEPT_TARGETS + 1][PZ_NETWORKS_MAX + 1];
    double parts[KEPT_TARGETS + 1][FREE_VALUES][FREE_VALUES]; /* pz_log_part */
};

static void forget(double *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        numbers[i] = NAN;
}

struct pz_scorer *pz_scorer_new(void)
{
    struct pz_scorer *scorer = pz_alloc(sizeof *scorer);
    forget(scorer->networks[0][0], sizeof scorer->networks / sizeof(double));
    forget(scorer->parts[0][0], sizeof scorer->parts / sizeof(double));
    return scorer;
}

static struct pz_weight_logs weight_logs(const struct pz_model *model)
{
    struct pz_weight_logs logs = {.usual = log1p(-model->strange), .strange = log(model->strange)};
    for (int kind = 0; kind < PZ_KINDS; kind++) {
        double sum = 0;
        for (int choice = 0; choice < PZ_CHOICES; choice++) {
            sum += model->weights[kind][choice];
            logs.choices[kind][choice] = log(model->weights[kind][choice]);
        }
        logs.kinds[kind] = log(sum);
    }
    return logs;
}

const struct pz_weight_logs *pz_scorer_use(struct pz_scorer *scorer, const struct pz_model *model)
{
    if (memcmp(&scorer->model, model, sizeof *model) == 0)
        return &scorer->weights;
    scorer->model = *model;
    scorer->weights = weight_logs(model);
    for (int i = 0; i < PZ_STACKS; i++) {
        struct stack_terms *terms = &scorer->stacks[i];
        forget(terms->patterns[0], sizeof terms->patterns / sizeof(double));
        forget(terms->all, KEPT_ATTEMPTS);
        for (int trait = 0; trait < PZ_LEVEL_TRAITS; trait++) {
            const double *shares = model->stacks[i].levels[trait];
            for (int level = 0; level < PZ_LEVEL_ABSENT; level++)
                terms->levels[trait][level] = log(shares[level]) - log1p(-shares[PZ_LEVEL_ABSENT]);
        }
    }
    return &scorer->weights;
}

void pz_scorer_free(struct pz_scorer *scorer)
{
    free(scorer);
}

/* log of x (x + 1) ... (x + n - 1). */
static double log_rising(double x, double n)
{
    enum { FEW = 16 };
    double product = 1;
    if (n > FEW)
        return lgamma(n + x) - lgamma(x);
    for (int i = 0; i < (int)n; i++)
        product *= x + i;
    return log(product);
}

static inline double kept(double *numbers, double x, uint32_t n)
{
    if (n >= KEPT_ATTEMPTS)
        return log_rising(x, n);
    if (isnan(numbers[n]))
        numbers[n] = log_rising(x, n);
    return numbers[n];
}

/* The division of attempts among patterns is a Dirichlet-multinomial, as the attempts of one source are alike. */
static double log_stack(struct pz_scorer *scorer, int i, const struct pz_features *features)
{
    const struct pz_stack *stack = &scorer->model.stacks[i];
    struct stack_terms *terms = &scorer->stacks[i];
    uint64_t n = 0;
    double sum = 0;
    for (int pattern = 0; pattern < PZ_PATTERNS; pattern++) {
        n += features->attempts[pattern];
        sum += kept(terms->patterns[pattern], stack->spread * stack->patterns[pattern], features->attempts[pattern]);
    }
    sum -= n < KEPT_ATTEMPTS ? kept(terms->all, stack->spread, (uint32_t)n) : log_rising(stack->spread, (double)n);
    for (int trait = 0; trait < PZ_LEVEL_TRAITS; trait++)
        sum += terms->levels[trait][features->levels[trait]];
    return sum;
}

void pz_scorer_stacks(struct pz_scorer *scorer, const struct pz_features *features, double stacks[PZ_STACKS])
{
    for (int i = 0; i < PZ_STACKS; i++)
        stacks[i] = log_stack(scorer, i, features);
}

static double log_networks(struct pz_scorer *scorer, bool worm, const struct pz_features *features)
{
    uint32_t k = features->targets < KEPT_TARGETS ? features->targets : KEPT_TARGETS;
    double *number = &scorer->networks[worm][k][features->networks];
    if (isnan(*number))
        *number = pz_log_occupancy(k, features->networks, scorer->lens.low + (worm ? 0 : scorer->lens.high));
    return *number;
}

static double log_part(struct pz_scorer *scorer, uint32_t k, unsigned min, unsigned max)
{
    if (k > KEPT_TARGETS)
        return pz_log_part(k, min, max);
    double *number = &scorer->parts[k][min][max];
    if (isnan(*number))
        *number = pz_log_part(k, min, max);
    return *number;
}

static struct pz_target_terms target_terms(struct pz_scorer *scorer, const struct pz_features *e)
{
    struct pz_target_terms terms = {.worm_networks = log_networks(scorer, true, e),
                                    .other_networks = log_networks(scorer, false, e)};
    /* Otherwise they don't count. */
    if (e->quadrants[0] + (uint64_t)e->quadrants[PZ_QUADRANT_OCTET2] == e->targets)
        terms.octet4 = log_part(scorer, e->targets, e->octet4_min, e->octet4_max);
    if (e->quadrants[0] == e->targets) {
        terms.octet2 = pz_log_part_within(log_part(scorer, e->targets, e->octet2_min, e->octet2_max), e->targets,
                                          scorer->lens.low);
        terms.octet3 = pz_log_part_within(log_part(scorer, e->targets, e->octet3_min, e->octet3_max), e->targets,
                                          pz_lens_octet3(&scorer->lens));
    }
    return terms;
}

struct pz_target_logs pz_scorer_targets(struct pz_scorer *scorer, const struct pz_lens *lens,
                                        const struct pz_features *features)
{
    if (lens->low != scorer->lens.low || lens->high != scorer->lens.high)
        forget(scorer->networks[0][0], sizeof scorer->networks / sizeof(double));
    scorer->lens = *lens;
    const struct pz_target_terms terms = target_terms(scorer, features);
    return pz_features_targets(lens, features, &terms);
}

/* log P(no scan since | active for this long) for the worm, less that for others. Either the source stopped, or its
 * next scan is still to come; at the pace of its earlier scans that has the probability (active / (active +
 * silent))^gaps. */
static double log_silence(const struct pz_features *features)
{
    const double attempts = pz_features_attempts(features), active = fmax(features->active, 1),
                 silent = features->silent;
    if (attempts < 2)
        return 0;
    double awaited = exp((attempts - 1) * log(active / (active + silent))), ended = 1 - exp(-active / lifetime);
    double worm = worm_stops + (1 - worm_stops) * ended, other = other_stops + (1 - other_stops) * ended;
    return log(worm + (1 - worm) * awaited) - log(other + (1 - other) * awaited);
}

/* log of the sum of e to the power of each; -INFINITY counts for nothing. */
static double log_total(const double *logs, int n)
{
    const double least = -45; /* e to this is nothing beside 1 */
    double high = -INFINITY, sum = 0;
    for (int i = 0; i < n; i++)
        high = logs[i] > high ? logs[i] : high;
    for (int i = 0; i < n; i++)
        if (logs[i] - high > least)
            sum += exp(logs[i] - high);
    return high + log(sum);
}

int32_t pz_scorer_llr(struct pz_scorer *scorer, const struct pz_lens *lens, const struct pz_features *features)
{
    const struct pz_weight_logs *weights = &scorer->weights;
    double stacks[PZ_STACKS], others[PZ_KINDS * PZ_CHOICES], other_stacks[PZ_KINDS];
    int n = 0;
    if (!features->targets) /* all were local, of which nothing is known */
        return 0;
    const struct pz_target_logs targets = pz_scorer_targets(scorer, lens, features);
    pz_scorer_stacks(scorer, features, stacks);
    for (int kind = 0; kind < PZ_KINDS; kind++) {
        for (int choice = 0; choice < PZ_CHOICES; choice++)
            others[n++] = weights->choices[kind][choice] + stacks[kind] + targets.choices[choice];
        other_stacks[kind] = weights->kinds[kind] + stacks[kind];
    }
    /* The stack of a shared address is like any other's: as much the other scanner's as the worm's, it tells nothing. */
    const double other_stack = log_total(other_stacks, PZ_KINDS),
                 own_stack = pz_log_sum(weights->usual + stacks[PZ_STACK_WORM], weights->strange + other_stack),
                 worm = pz_log_sum(targets.worm + own_stack, targets.shared + other_stack);
    double ratio = worm - log_total(others, n) + log_silence(features);
    int32_t rounded = (int32_t)lround(1000 * fmax(fmin(ratio, 1000), -1000));
    return features->targets <= PZ_TARGETS_FEW && rounded > PZ_FEATURES_FEW_MAX ? PZ_FEATURES_FEW_MAX : rounded;
}
