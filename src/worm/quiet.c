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
    return (struct sum){sum.n + 1, sum.sure + hour->sure, sum.good + hour->sure + hour->reached,
                        sum.rest + hour->elsewhere};
}

static bool is_sure(const struct pz_quiet_hour *hour, const struct sum *before)
{
    uint64_t all = hour->sure + hour->reached + hour->elsewhere;
    return hour->sure >= LEAST &&
           (before->n ? hour->sure * before->n >= TIMES * before->sure : hour->sure * SHARE >= all);
}

static bool is_likely(const struct pz_quiet_hour *hour, const struct sum *before)
{
    return hour->half && before->n >= BEFORE &&
           (hour->sure + hour->reached) * before->rest >= 2 * before->good * (hour->elsewhere + 1);
}

size_t pz_quiet_end(const struct pz_quiet_hour *hours, size_t n)
{
    struct sum before = {0};
    for (size_t i = 0; i + 1 < n; i++) {
        struct sum both = add(add((struct sum){0}, &hours[i]), &hours[i + 1]);
        if (is_sure(&hours[i], &before) && is_sure(&hours[i + 1], &before) && both.sure >= ALTOGETHER)
            return i;
        if (is_likely(&hours[i], &before) && is_likely(&hours[i + 1], &before) &&
            both.good * before.rest >= before.good * both.rest + ALTOGETHER * before.rest)
            return i;
        before = add(before, &hours[i]);
    }
    return n;
}
