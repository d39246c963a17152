/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/recapture.h"

#include <math.h>

/* The interval is nearly that of M. Sadinle, "Transformed Logit Confidence Intervals for Small Populations in Single
 * Capture-Recapture Estimation" (2009). Those in neither list are only_ours x only_others / both; the logarithm of that
 * is nearly normal, with the sum of the reciprocals of all four as its variance. Half is added to each, so that none is
 * 0: he adds nothing to those in neither, and then has no upper bound where no address is in one list only. */
struct pz_recapture pz_recapture_of(uint64_t ours, uint64_t others, uint64_t both)
{
    const double z = 1.96;
    double seen = (double)(ours + others - both), in_both = (double)both + 0.5, only_ours = (double)(ours - both) + 0.5,
           only_others = (double)(others - both) + 0.5;
    double neither = only_ours * only_others / in_both + 0.5;
    double factor = exp(z * sqrt(1 / in_both + 1 / only_ours + 1 / only_others + 1 / neither));
    return (struct pz_recapture){
        .best = ((double)ours + 1) * ((double)others + 1) / ((double)both + 1) - 1,
        .low = fmax(seen, floor(seen - 0.5 + neither / factor)),
        .high = ceil(seen - 0.5 + neither * factor),
    };
}
