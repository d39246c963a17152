/* SPDX-License-Identifier: BSD-2-Clause */
/* The log-likelihood ratios of many sources. The numbers that it takes logarithms of come again and again, so each term
 * that depends on one small number is kept once it is computed. Keeping changes no ratio; it makes scoring about twenty
 * times as fast. */
#ifndef PZ_WORM_SCORER_H
#define PZ_WORM_SCORER_H

#include "worm/features.h"

struct pz_scorer;

/* Logarithms of the model's weights. */
struct pz_weight_logs {
    double usual, strange; /* stacks of the worm's */
    double kinds[PZ_KINDS], choices[PZ_KINDS][PZ_CHOICES];
};

struct pz_scorer *pz_scorer_new(void);
/* Call this before the first source, and to change the model. Terms that depend on no model are kept. The weights are
 * the scorer's. */
const struct pz_weight_logs *pz_scorer_use(struct pz_scorer *scorer, const struct pz_model *model);
void pz_scorer_free(struct pz_scorer *scorer);
/* The ratio in thousandths, from -1000 to 1000 natural units. Call this for all sources of one lens together: after a
 * change of the lens, many terms are computed again. */
int32_t pz_scorer_llr(struct pz_scorer *scorer, const struct pz_lens *lens, const struct pz_features *features);
/* Of what it is made: of destinations, which needs no model, and log P(patterns, traits | stack) of each stack. */
struct pz_target_logs pz_scorer_targets(struct pz_scorer *scorer, const struct pz_lens *lens,
                                        const struct pz_features *features);
void pz_scorer_stacks(struct pz_scorer *scorer, const struct pz_features *features, double stacks[PZ_STACKS]);

#endif
