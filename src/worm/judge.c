#include "worm/judge.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>

/* Attempts of a source of one pattern, and of all, up to which terms are kept: nearly all sources have fewer in a day. */
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

struct pz_judge {
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

struct pz_judge *pz_judge_new(const struct pz_model *model)
{
    struct pz_judge *judge = pz_alloc(sizeof *judge);
    judge->model = model;
    judge->weights = pz_model_weight_logs(model);
    for (int i = 0; i < STACKS; i++) {
        const struct pz_stack *stack = stack_of(model, i);
        struct stack_terms *terms = &judge->stacks[i];
        forget(terms->patterns[0], sizeof terms->patterns / sizeof(double));
        forget(terms->all, KEPT_ATTEMPTS);
        for (int level = 0; level <= PZ_LEVELS; level++)
            terms->id_levels[level] = log(stack->id_levels[level]);
        for (int trait = 0; trait < PZ_LEVEL_TRAITS; trait++)
            for (int level = 0; level < PZ_LEVELS; level++)
                terms->levels[trait][level] = log(stack->levels[trait][level]);
    }
    forget(judge->networks[0][0], sizeof judge->networks / sizeof(double));
    forget(judge->parts[0][0], sizeof judge->parts / sizeof(double));
    return judge;
}

void pz_judge_free(struct pz_judge *judge)
{
    free(judge);
}

/* log of x (x + 1) ... (x + n - 1). */
static double log_rising(double x, uint32_t n)
{
    return lgamma(n + x) - lgamma(x);
}

static inline double kept(double *numbers, double x, uint32_t n)
{
    if (n >= KEPT_ATTEMPTS)
        return log_rising(x, n);
    if (isnan(numbers[n]))
        numbers[n] = log_rising(x, n);
    return numbers[n];
}

static double log_stack(struct pz_judge *judge, int i, const struct pz_evidence *evidence)
{
    const struct pz_stack *stack = stack_of(judge->model, i);
    struct stack_terms *terms = &judge->stacks[i];
    uint64_t n = 0;
    double sum = terms->id_levels[evidence->id_level];
    for (int pattern = 0; pattern < PZ_PATTERNS; pattern++) {
        n += evidence->attempts[pattern];
        sum += kept(terms->patterns[pattern], stack->spread * stack->patterns[pattern], evidence->attempts[pattern]);
    }
    sum -= n < KEPT_ATTEMPTS ? kept(terms->all, stack->spread, (uint32_t)n)
                             : lgamma((double)n + stack->spread) - lgamma(stack->spread);
    for (int trait = 0; trait < PZ_LEVEL_TRAITS; trait++)
        sum += terms->levels[trait][evidence->levels[trait]];
    return sum;
}

static double log_networks(struct pz_judge *judge, bool worm, const struct pz_evidence *evidence)
{
    uint32_t k = evidence->targets < KEPT_TARGETS ? evidence->targets : KEPT_TARGETS;
    double *number = &judge->networks[worm][k][evidence->networks];
    if (isnan(*number))
        *number = pz_log_occupancy(k, evidence->networks, judge->lens.low + (worm ? 0 : judge->lens.high));
    return *number;
}

static double log_part(struct pz_judge *judge, uint32_t k, unsigned min, unsigned max)
{
    if (k > KEPT_TARGETS)
        return pz_log_part(k, min, max);
    double *number = &judge->parts[k][min][max];
    if (isnan(*number))
        *number = pz_log_part(k, min, max);
    return *number;
}

static struct pz_target_terms target_terms(struct pz_judge *judge, const struct pz_evidence *e)
{
    struct pz_target_terms terms = {.worm_networks = log_networks(judge, true, e),
                                    .other_networks = log_networks(judge, false, e)};
    /* Otherwise they don't count. */
    if (e->cells[0] + (uint64_t)e->cells[PZ_CELL_OCTET2] == e->targets)
        terms.octet4 = log_part(judge, e->targets, e->octet4_min, e->octet4_max);
    if (e->cells[0] == e->targets) {
        terms.octet2 = log_part(judge, e->targets, e->octet2_min, e->octet2_max);
        terms.octet3 = log_part(judge, e->targets, e->octet3_min, e->octet3_max);
    }
    return terms;
}

int32_t pz_judge_ratio(struct pz_judge *judge, const struct pz_lens *lens, const struct pz_evidence *evidence)
{
    double stacks[PZ_KINDS];
    if (lens->low != judge->lens.low || lens->high != judge->lens.high) {
        forget(judge->networks[0][0], sizeof judge->networks / sizeof(double));
        judge->lens = *lens;
    }
    for (int kind = 0; kind < PZ_KINDS; kind++)
        stacks[kind] = log_stack(judge, kind, evidence);
    struct pz_target_terms terms = target_terms(judge, evidence);
    struct pz_target_logs targets = pz_evidence_targets(lens, evidence, &terms);
    return pz_evidence_combine(&judge->weights, evidence, &targets, log_stack(judge, WORM, evidence), stacks);
}
