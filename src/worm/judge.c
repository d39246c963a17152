#include "worm/judge.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>

/* Attempts of a source of one pattern, and of all, up to which terms are kept: nearly all sources have fewer in a day. */
enum { KEPT_ATTEMPTS = 512 };

enum { STACKS = PZ_KINDS + 1, WORM = PZ_KINDS };

/* A number that wasn't worked out yet is NaN. */
struct stack_terms {
    double patterns[PZ_PATTERNS][KEPT_ATTEMPTS]; /* log of the rising factorial from alpha */
    double all[KEPT_ATTEMPTS];                   /* of that from the spread */
    double id_levels[PZ_LEVELS + 1];
    double levels[PZ_LEVEL_TRAITS][PZ_LEVELS];
};

struct pz_judge {
    const struct pz_model *model;
    struct pz_lens lens; /* of the targets below */
    struct stack_terms stacks[STACKS];
    double log_weights[PZ_KINDS][PZ_CHOICES];
    /* By targets, how many of them are within reach, and networks; the worm's behind the choices of others. */
    double targets[PZ_TARGETS_MAX + 1][PZ_TARGETS_MAX + 1][PZ_NETWORKS_MAX + 1][PZ_CHOICES + 1];
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
    for (int kind = 0; kind < PZ_KINDS; kind++)
        for (int choice = 0; choice < PZ_CHOICES; choice++)
            judge->log_weights[kind][choice] = log(model->weights[kind][choice]);
    forget(judge->targets[0][0][0], sizeof judge->targets / sizeof(double));
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

static const double *log_targets(struct pz_judge *judge, const struct pz_lens *lens, const struct pz_evidence *evidence)
{
    if (lens->low != judge->lens.low || lens->high != judge->lens.high) {
        forget(judge->targets[0][0][0], sizeof judge->targets / sizeof(double));
        judge->lens = *lens;
    }
    double *targets = judge->targets[evidence->targets][evidence->reached][evidence->networks];
    if (isnan(targets[PZ_CHOICES])) {
        for (int choice = 0; choice < PZ_CHOICES; choice++)
            targets[choice] = pz_evidence_other_targets(lens, evidence, (enum pz_choice)choice);
        targets[PZ_CHOICES] = pz_evidence_worm_targets(lens, evidence);
    }
    return targets;
}

/* log of the sum of e to the power of each; -INFINITY counts for nothing. */
static double log_sum(const double *logs, int n)
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

int32_t pz_judge_ratio(struct pz_judge *judge, const struct pz_lens *lens, const struct pz_evidence *evidence)
{
    const double *targets = log_targets(judge, lens, evidence);
    double others[PZ_KINDS * PZ_CHOICES];
    int n = 0;
    for (int kind = 0; kind < PZ_KINDS; kind++) {
        double stack = log_stack(judge, kind, evidence);
        for (int choice = 0; choice < PZ_CHOICES; choice++)
            others[n++] = judge->log_weights[kind][choice] + stack + targets[choice];
    }
    double ratio = targets[PZ_CHOICES] + log_stack(judge, WORM, evidence) - log_sum(others, n);
    return pz_evidence_round(ratio);
}
