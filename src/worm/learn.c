/* SPDX-License-Identifier: BSD-2-Clause */
/* Learning the model of worm/features.h by expectation and maximisation. */
#include "base/error.h"
#include "base/sort.h"
#include "worm/scorer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 30, WORM_ROUNDS = 8 };

/* The weight of what is assumed, in sources: of the choices of others, of each of their stacks, of that of the worm.
 * A part of a source is added to everything, so that nothing unseen is impossible. */
static const double chosen_before = 500, others_before = 20, worms_before = 20, seen_anyway = 0.5;
/* Hours without an outbreak may hold a few hosts of the worm, as the first may come long before: this share of their
 * sources. So a few sources that look like the worm are not learned as others, but many are. Assumed. */
static const double worms_among = 1e-3;

/* Weighted counts of sources are kept where their shares belong. */
static void count(struct pz_stack *counts, const struct pz_features *features, double weight)
{
    const double n = pz_features_attempts(features);
    for (int i = 0; n > 0 && i < PZ_PATTERNS; i++)
        counts->patterns[i] += weight * features->attempts[i] / n; /* each source has one vote */
    for (int trait = 0; trait < PZ_LEVEL_TRAITS; trait++)
        counts->levels[trait][features->levels[trait]] += weight;
}

/* What is known before is as good as so many sources. */
static void make_shares(const double *counts, const double *before, double sources, double *shares, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += shares[i] = counts[i] + sources * before[i] + seen_anyway;
    for (int i = 0; i < n; i++)
        shares[i] /= sum;
}

static void make_stack(const struct pz_stack *counts, const struct pz_stack *before, double sources,
                       struct pz_stack *stack)
{
    make_shares(counts->patterns, before->patterns, sources, stack->patterns, PZ_PATTERNS);
    for (int trait = 0; trait < PZ_LEVEL_TRAITS; trait++)
        make_shares(counts->levels[trait], before->levels[trait], sources, stack->levels[trait], pz_levels_of(trait));
    stack->spread = 8;
}

/* The start of the search: by the most frequent pattern, and by whether SYNs have the worm's length. */
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

struct learnt {
    const struct pz_features *features;
    struct pz_target_logs targets;
};

static void add(struct pz_model *counts, const struct pz_features *features, int kind, int choice, double weight)
{
    count(&counts->stacks[kind], features, weight);
    counts->weights[kind][choice] += weight;
}

/* Counts begin anew. */
static void maximise(struct pz_model *model, const struct pz_model *before, struct pz_model *counts)
{
    double sum = 0;
    for (int kind = 0; kind < PZ_KINDS; kind++) {
        make_stack(&counts->stacks[kind], &before->stacks[kind], others_before, &model->stacks[kind]);
        for (int choice = 0; choice < PZ_CHOICES; choice++)
            sum += counts->weights[kind][choice] += chosen_before * before->weights[kind][choice];
    }
    for (int kind = 0; kind < PZ_KINDS; kind++)
        for (int choice = 0; choice < PZ_CHOICES; choice++)
            model->weights[kind][choice] = counts->weights[kind][choice] / sum;
    *counts = (struct pz_model){0};
}

static void expect(const struct pz_weight_logs *weights, const struct learnt *source, const double stacks[PZ_STACKS],
                   struct pz_model *counts)
{
    enum { PARTS = PZ_KINDS * PZ_CHOICES };
    const double least = 1e-6, nothing = -20; /* e to this is less */
    double logs[PARTS], worm = log(worms_among) + source->targets.worm + stacks[PZ_STACK_WORM], most = worm, sum = 0;
    for (int i = 0; i < PARTS; i++) {
        const int kind = i / PZ_CHOICES, choice = i % PZ_CHOICES;
        logs[i] = weights->choices[kind][choice] + stacks[kind] + source->targets.choices[choice];
        most = fmax(most, logs[i]);
    }
    for (int i = 0; i < PARTS; i++)
        sum += logs[i] = logs[i] - most > nothing ? exp(logs[i] - most) : 0;
    sum += exp(worm - most);
    for (int i = 0; i < PARTS; i++)
        if (logs[i] / sum > least)
            add(counts, source->features, i / PZ_CHOICES, i % PZ_CHOICES, logs[i] / sum);
}

/* By all that a stack's likelihood depends on. */
static int compare_stacks(const void *a, const void *b)
{
    const struct pz_features *x = ((const struct learnt *)a)->features, *y = ((const struct learnt *)b)->features;
    for (int i = 0; i < PZ_PATTERNS; i++)
        if (x->attempts[i] != y->attempts[i])
            return PZ_ORDER(x->attempts[i], y->attempts[i]);
    return memcmp(x->levels, y->levels, sizeof x->levels);
}

static int compare_whole(const void *a, const void *b)
{
    const struct learnt *x = a, *y = b;
    int stacks = compare_stacks(a, b);
    return stacks ? stacks : PZ_ORDER(x->features, y->features);
}

/* Sources that differ only in their destinations come one after the other: their stacks are worked out once. */
static void expect_all(struct pz_scorer *scorer, const struct pz_model *model, const struct learnt *sources, size_t n,
                       struct pz_model *counts)
{
    const struct pz_weight_logs *weights = pz_scorer_use(scorer, model);
    double stacks[PZ_STACKS];
    for (size_t i = 0; i < n; i++) {
        if (!i || compare_stacks(&sources[i - 1], &sources[i]) != 0)
            pz_scorer_stacks(scorer, sources[i].features, stacks);
        expect(weights, &sources[i], stacks, counts);
    }
}

/* `usual`: for each source, the probability that its stack is that of the worm; NULL if all are. */
static void fit_worm(struct pz_model *model, const struct pz_model *before, const struct pz_features *worms, size_t n,
                     const double *usual)
{
    struct pz_stack counts = {0};
    for (size_t i = 0; i < n; i++)
        count(&counts, &worms[i], usual ? usual[i] : 1);
    make_stack(&counts, &before->stacks[PZ_STACK_WORM], worms_before, &model->stacks[PZ_STACK_WORM]);
}

/* After the others are learned: how many of the worm's sources have a stack like theirs. */
static void fit_strange(struct pz_scorer *scorer, struct pz_model *model, const struct pz_model *before,
                        const struct pz_features *worms, size_t n)
{
    double *usual = pz_alloc(n * sizeof *usual);
    for (int round = 0; round < WORM_ROUNDS; round++) {
        const struct pz_weight_logs *weights = pz_scorer_use(scorer, model);
        double strange = worms_before * before->strange, stacks[PZ_STACKS];
        for (size_t i = 0; i < n; i++) {
            double others = 0;
            pz_scorer_stacks(scorer, &worms[i], stacks);
            for (int kind = 0; kind < PZ_KINDS; kind++)
                others += exp(weights->kinds[kind] + stacks[kind] - stacks[PZ_STACK_WORM]);
            usual[i] = (1 - model->strange) / (1 - model->strange + model->strange * others);
            strange += 1 - usual[i];
        }
        fit_worm(model, before, worms, n, usual);
        model->strange = strange / (worms_before + (double)n);
    }
    free(usual);
}

void pz_model_learn(struct pz_model *model, const struct pz_lens *lens, const struct pz_features *others,
                    size_t nothers, const struct pz_features *worms, size_t nworms)
{
    const struct pz_model known = *model;
    fit_worm(model, &known, worms, nworms, NULL);
    const struct pz_model before = *model;
    struct pz_scorer *scorer = pz_scorer_new();
    struct pz_model counts = {0};
    struct learnt *sources = pz_alloc(nothers * sizeof *sources);
    for (size_t i = 0; i < nothers; i++) {
        sources[i] = (struct learnt){&others[i], pz_scorer_targets(scorer, lens, &others[i])};
        add(&counts, &others[i], first_kind(&others[i]), first_choice(&others[i]), 1);
    }
    if (nothers)
        qsort(sources, nothers, sizeof *sources, compare_whole);
    maximise(model, &before, &counts);
    for (int round = 0; round < ROUNDS; round++) {
        expect_all(scorer, model, sources, nothers, &counts);
        maximise(model, &before, &counts);
    }
    fit_strange(scorer, model, &known, worms, nworms);
    pz_scorer_free(scorer);
    free(sources);
}
