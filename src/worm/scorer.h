/* SPDX-License-Identifier: BSD-2-Clause */
/* The log-likelihood ratios of many sources. The numbers that it takes logarithms of come again and again, so each term
 * that depends on one small number is kept once it is computed. Keeping changes no ratio; it makes scoring about twenty
 * times as fast. */
#ifndef PZ_WORM_SCORER_H
#define PZ_WORM_SCORER_H

#include "worm/features.h"

struct pz_scorer;

struct pz_scorer *pz_scorer_new(void);
/* Call this before the first source, and to change the model. The model is borrowed, and must not change meanwhile.
 * Terms that depend on no model are kept. */
void pz_scorer_use(struct pz_scorer *scorer, const struct pz_model *model);
void pz_scorer_free(struct pz_scorer *scorer);
/* Call this for all sources of one lens together: after a change of the lens, many terms are computed again. */
int32_t pz_scorer_llr(struct pz_scorer *scorer, const struct pz_lens *lens, const struct pz_features *features);

#endif
