/* Learning the model of worm/features.h by expectation and maximisation. */
#include "base/error.h"
#include "worm/features.h"

#include <math.h>
#include <stdlib.h>

enum { ROUNDS = 30 };

/* Beside what was counted, so that what was never seen isn't impossible: of a stack; and of how its sources choose, so
 * many sources that are as the model before says. */
static const double seen_anyway = 0.5, chosen_before = 500, worms_before = 20;

/* Weighted counts of a stack. */
struct counts {
    double sources, patterns[PZ_PATTERNS];
    double levels[PZ_LEVEL_TRAITS][PZ_LEVELS], id_levels[PZ_LEVELS + 1];
};

static void count(struct counts *counts, const struct pz_features *features, double weight)
{
    double n = 0;
    for (int i = 0; i < PZ_PATTERNS; i++)
        n += features->attempts[i];
    counts->sources += weight;
    for (int i = 0; n > 0 && i < PZ_PATTERNS; i++)
        counts->patterns[i] += weight * features->attempts[i] / n; /* each source has one vote */
    for (int trait = 0; trait < PZ_LEVEL_TRAITS; trait++)
        counts->levels[trait][features->levels[trait]] += weight;
    counts->id_levels[features->id_level] += weight;
}

/* The worm's stack as it is known before: as good as so many sources. */
static void count_before(struct counts *counts, const struct pz_stack *stack)
{
    counts->sources = worms_before;
    for (int i = 0; i < PZ_PATTERNS; i++)
        counts->patterns[i] = worms_before * stack->patterns[i];
    for (int trait = 0; trait < PZ_LEVEL_TRAITS; trait++)
        for (int level = 0; level < PZ_LEVELS; level++)
            counts->levels[trait][level] = worms_before * stack->levels[trait][level];
    for (int level = 0; level <= PZ_LEVELS; level++)
        counts->id_levels[level] = worms_before * stack->id_levels[level];
}

static void make_shares(const double *counts, double *shares, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += counts[i] + seen_anyway;
    for (int i = 0; i < n; i++)
        shares[i] = (counts[i] + seen_anyway) / sum;
}

static void make_stack(const struct counts *counts, struct pz_stack *stack)
{
    make_shares(counts->patterns, stack->patterns, PZ_PATTERNS);
    for (int trait = 0; trait < PZ_LEVEL_TRAITS; trait++)
        make_shares(counts->levels[trait], stack->levels[trait], PZ_LEVELS);
    make_shares(counts->id_levels, stack->id_levels, PZ_LEVELS + 1);
    stack->spread = 8;
}

/* Where the search begins: by the commonest pattern, and by whether SYNs have the worm's length. */
static int first_kind(const struct pz_features *features)
{
    int most = 0;
    for (int i = 1; i < PZ_PATTERNS; i++)
        if (features->attempts[i] > features->attempts[most])
            most = i;
    return 2 * most + (features->levels[PZ_LEVEL_LENGTH] == PZ_LEVEL_ALL);
}

_Static_assert(PZ_KINDS == 2 * PZ_PATTERNS, "a kind for each pattern, with the worm's length and without");

static enum pz_choice first_choice(const struct pz_features *features)
{
    if (features->networks > 1 || features->targets <= 1)
        return PZ_UNIFORM;
    return features->quadrants[0] == 0 || features->quadrants[0] == features->targets ? PZ_SEQUENTIAL : PZ_ONE_NETWORK;
}

struct fit {
    struct counts kinds[PZ_KINDS];
    double weights[PZ_KINDS][PZ_CHOICES];
};

static void add(struct fit *fit, const struct pz_features *features, int kind, int choice, double weight)
{
    count(&fit->kinds[kind], features, weight);
    fit->weights[kind][choice] += weight;
}

static void maximise(struct pz_model *model, const struct pz_model *before, const struct fit *fit)
{
    double sum = 0;
    for (int kind = 0; kind < PZ_KINDS; kind++) {
        make_stack(&fit->kinds[kind], &model->kinds[kind]);
        for (int choice = 0; choice < PZ_CHOICES; choice++)
            sum += fit->weights[kind][choice] + chosen_before * before->weights[kind][choice];
    }
    for (int kind = 0; kind < PZ_KINDS; kind++)
        for (int choice = 0; choice < PZ_CHOICES; choice++)
            model->weights[kind][choice] =
                (fit->weights[kind][choice] + chosen_before * before->weights[kind][choice]) / sum;
}

static void expect(const struct pz_model *model, const struct pz_target_logs *targets,
                   const struct pz_features *features, struct fit *fit)
{
    double logs[PZ_KINDS][PZ_CHOICES], most = -INFINITY, sum = 0;
    for (int kind = 0; kind < PZ_KINDS; kind++) {
        double stack = pz_features_stack(&model->kinds[kind], features);
        for (int choice = 0; choice < PZ_CHOICES; choice++) {
            logs[kind][choice] = log(model->weights[kind][choice]) + stack + targets->choices[choice];
            most = fmax(most, logs[kind][choice]);
        }
    }
    for (int kind = 0; kind < PZ_KINDS; kind++)
        for (int choice = 0; choice < PZ_CHOICES; choice++)
            sum += logs[kind][choice] = exp(logs[kind][choice] - most);
    for (int kind = 0; kind < PZ_KINDS; kind++)
        for (int choice = 0; choice < PZ_CHOICES; choice++)
            if (logs[kind][choice] / sum > 1e-6)
                add(fit, features, kind, choice, logs[kind][choice] / sum);
}

void pz_model_learn(struct pz_model *model, const struct pz_lens *lens, const struct pz_features *others,
                    size_t nothers, const struct pz_features *worms, size_t nworms)
{
    struct counts worm;
    count_before(&worm, &model->worm);
    for (size_t i = 0; i < nworms; i++)
        count(&worm, &worms[i], 1);
    make_stack(&worm, &model->worm);

    const struct pz_model before = *model;
    struct fit *fit = pz_alloc(sizeof *fit);
    struct pz_target_logs *targets = pz_alloc(nothers * sizeof *targets);
    for (size_t i = 0; i < nothers; i++) {
        struct pz_target_terms terms = pz_features_target_terms(lens, &others[i]);
        targets[i] = pz_features_targets(lens, &others[i], &terms);
    }
    for (size_t i = 0; i < nothers; i++)
        add(fit, &others[i], first_kind(&others[i]), first_choice(&others[i]), 1);
    maximise(model, &before, fit);
    for (int round = 0; round < ROUNDS; round++) {
        *fit = (struct fit){0};
        for (size_t i = 0; i < nothers; i++)
            expect(model, &targets[i], &others[i], fit);
        maximise(model, &before, fit);
    }
    free(targets);
    free(fit);
}
