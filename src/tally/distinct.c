/* SPDX-License-Identifier: BSD-2-Clause */
#include "tally/distinct.h"

#include <math.h>

void pz_distinct_merge(struct pz_distinct *into, const struct pz_distinct *other)
{
    for (int i = 0; i < PZ_DISTINCT; i++)
        into->runs[i] = other->runs[i] > into->runs[i] ? other->runs[i] : into->runs[i];
}

/* Mixing is one to one, so there are no collisions to correct for. */
uint64_t pz_distinct_count(const struct pz_distinct *distinct)
{
    const double classes = PZ_DISTINCT, bias = 0.7213 / (1 + 1.079 / classes);
    double sum = 0, empty = 0;
    for (int i = 0; i < PZ_DISTINCT; i++) {
        sum += ldexp(1, -distinct->runs[i]);
        empty += !distinct->runs[i];
    }
    double estimate = bias * classes * classes / sum;
    if (estimate <= 2.5 * classes && empty > 0) /* few: the empty classes tell more */
        estimate = classes * log(classes / empty);
    return (uint64_t)llround(estimate);
}

bool pz_distinct_possible(const struct pz_distinct *distinct)
{
    for (int i = 0; i < PZ_DISTINCT; i++)
        if (distinct->runs[i] > PZ_DISTINCT_RUN_MAX)
            return false;
    return true;
}
