/* SPDX-License-Identifier: BSD-2-Clause */
#include "worm/scorer.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>

/* Terms are kept for up to this many attempts of one pattern, and of all: nearly all sources have fewer in a day. */
enum { KEPT_ATTEMPTS = 512 };

enum { STACKS = PZ_KINDS + 1, WORM = PZ_KINDS };

enum { KEPT_TARGETS = 64, FREE_VALUES = 128 };

/* A number that wasn't worked out yet is NaN. */
struct stack_terms {
    double patterns[PZ_PATTERNS][KEPT_ATTEMPTS]; /* log of the rising factorial from alpha */
    double all[KEPT_ATTEMPTS];                   /* of that from the spread */
    double id_levels[PZ_LEVELS + 1];
    double levels[PZ_LEVEL_TRAITS][PZ_LEVELS];
};

struct pz_scorer {
    const struct pz_model *model;
    struct pz_weight_logs weights;
    struct stack_terms stacks[STACKS];
    struct pz_lens lens; /* of these: the worm's and others', by targets and networks */
    double networks[2][KEPT_TARGETS + 1][PZ_NETWORKS_MAX + 1];
    double parts[KEPT_TARGETS + 1][FREE_VALUES][FREE_VALUES]; /* pz_log_part */
};

static void forget(double *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        numbers[i] = NAN;
}

static const struct pz_stack *stack_of(const struct pz_model *model, int stack)
{
    return stack == WORM ? &model->worm : &model->kinds[stack];
}

struct pz_scorer *pz_scorer_new(void)
{
    struct pz_scorer *scorer = pz_alloc(sizeof *scorer);
    forget(scorer->networks[0][0], sizeof scorer->networks / sizeof(double));
    forget(scorer->parts[0][0], sizeof scorer->parts / sizeof(double));
    return scorer;
}

void pz_scorer_use(struct pz_scorer *scorer, const struct pz_model *model)
{
    if (scorer->model == model)
        return;
    scorer->model = model;
    scorer->weights = pz_model_weight_logs(model);
    for (int i = 0; i < STACKS; i++) {
        const struct pz_stack *stack = stack_of(model, i);
        struct stack_terms *terms = &scorer->stacks[i];
        forget(terms->patterns[0], sizeof terms->patterns / sizeof(double));
        forget(terms->all, KEPT_ATTEMPTS);
        for (int level = 0; level <= PZ_LEVELS; level++)
            terms->id_levels[level] = pz_log_id_level(stack, (unsigned)level);
        for (int trait = 0; trait < PZ_LEVEL_TRAITS; trait++)
            for (int level = 0; level < PZ_LEVELS; level++)
                terms->levels[trait][level] = log(stack->levels[trait][level]);
    }
}

void pz_scorer_free(struct pz_scorer *scorer)
{
    free(scorer);
}

static inline double kept(double *numbers, double x, uint32_t n)
{
    if (n >= KEPT_ATTEMPTS)
        return pz_log_rising(x, n);
    if (isnan(numbers[n]))
        numbers[n] = pz_log_rising(x, n);
    return numbers[n];
}

static double log_stack(struct pz_scorer *scorer, int i, const struct pz_features *features)
{
    const struct pz_stack *stack = stack_of(scorer->model, i);
    struct stack_terms *terms = &scorer->stacks[i];
    uint64_t n = 0;
    double sum = terms->id_levels[features->id_level];
    for (int pattern = 0; pattern < PZ_PATTERNS; pattern++) {
        n += features->attempts[pattern];
        sum += kept(terms->patterns[pattern], stack->spread * stack->patterns[pattern], features->attempts[pattern]);
    }
    sum -= n < KEPT_ATTEMPTS ? kept(terms->all, stack->spread, (uint32_t)n) : pz_log_rising(stack->spread, (double)n);
    for (int trait = 0; trait < PZ_LEVEL_TRAITS; trait++)
        sum += terms->levels[trait][features->levels[trait]];
    return sum;
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

int32_t pz_scorer_llr(struct pz_scorer *scorer, const struct pz_lens *lens, const struct pz_features *features)
{
    double stacks[PZ_KINDS];
    if (lens->low != scorer->lens.low || lens->high != scorer->lens.high)
        forget(scorer->networks[0][0], sizeof scorer->networks / sizeof(double));
    scorer->lens = *lens;
    for (int kind = 0; kind < PZ_KINDS; kind++)
        stacks[kind] = log_stack(scorer, kind, features);
    struct pz_target_terms terms = target_terms(scorer, features);
    struct pz_target_logs targets = pz_features_targets(lens, features, &terms);
    return pz_features_combine(&scorer->weights, features, &targets, log_stack(scorer, WORM, features), stacks);
}
