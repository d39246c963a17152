/* pz_evidence_ratio for many sources: what it takes the logarithm of comes again and again, so all that depends on one small
 * number is kept once it was worked out. The same ratios, some twenty times as fast. */
#ifndef PZ_WORM_JUDGE_H
#define PZ_WORM_JUDGE_H

#include "worm/evidence.h"

struct pz_judge;

/* Borrows the model, which must not change meanwhile. */
struct pz_judge *pz_judge_new(const struct pz_model *model);
void pz_judge_free(struct pz_judge *judge);
/* Sources of one lens after the other: with another, much is worked out anew. */
int32_t pz_judge_ratio(struct pz_judge *judge, const struct pz_lens *lens, const struct pz_evidence *evidence);

#endif
