/* SPDX-License-Identifier: BSD-2-Clause */
#include "worm/quiet.h"

enum { LEAST = 10, ALTOGETHER = 40, TIMES = 4, SHARE = 20, BEFORE = 6 };

/* Of `n` hours, all in all. */
struct sum {
    size_t n;
    uint64_t sure, good, rest;
};

static struct sum add(struct sum sum, const struct pz_quiet_hour *hour)
{
    const uint64_t *counts = hour->counts, sure = counts[PZ_CLASS_SURE];
    return (struct sum){sum.n + 1, sum.sure + sure, sum.good + sure + counts[PZ_CLASS_REACHED],
                        sum.rest + counts[PZ_CLASS_MOSTLY] + counts[PZ_CLASS_REST]};
}

static bool is_sure(const struct sum *hour, const struct sum *before)
{
    return hour->sure >= LEAST &&
           (before->n ? hour->sure * before->n >= TIMES * before->sure : hour->sure * SHARE >= hour->good + hour->rest);
}

static bool is_likely(const struct sum *hour, const struct sum *before)
{
    return before->n >= BEFORE && hour->good * before->rest >= 2 * before->good * (hour->rest + 1);
}

size_t pz_quiet_end(const struct pz_quiet_hour *hours, size_t n)
{
    const struct sum none = {0};
    struct sum before = none;
    for (size_t i = 0; i + 1 < n; i++) {
        const struct sum now = add(none, &hours[i]), next = add(none, &hours[i + 1]), both = add(now, &hours[i + 1]);
        if (is_sure(&now, &before) && is_sure(&next, &before) && both.sure >= ALTOGETHER)
            return i;
        if (hours[i].half && hours[i + 1].half && is_likely(&now, &before) && is_likely(&next, &before) &&
            both.good * before.rest >= before.good * both.rest + ALTOGETHER * before.rest)
            return i;
        before = add(before, &hours[i]);
    }
    return n;
}
