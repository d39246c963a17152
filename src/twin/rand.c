/* SPDX-License-Identifier: BSD-2-Clause */
#include "twin/rand.h"

#include "base/error.h"

#include <stdbool.h>
#include <stdlib.h>

/* Two steps are one pick. */
#define PICK_FACTOR (PZ_TWIN_RAND_FACTOR * PZ_TWIN_RAND_FACTOR)
#define PICK_TERM (PZ_TWIN_RAND_FACTOR * PZ_TWIN_RAND_TERM + PZ_TWIN_RAND_TERM)

static inline bool is_hit(uint32_t first, uint32_t octet)
{
    return (first >> 16 & 0xff) == octet;
}

/* Whether a state is a hit depends on its lowest 24 bits only, and so does the distance to the next hit: by the lowest
 * 16 at a hit, as the other 8 are the octet. Picks walk two rounds of 2^23 such states, the even and the odd ones. */
static uint32_t measure_gaps(struct pz_twin_rand *rand)
{
    uint32_t longest = 0;
    for (uint32_t odd = 0; odd < 2; odd++) {
        uint32_t state = rand->octet << 16 | odd, last = state, gap = 0;
        for (uint32_t i = 0; i < 1u << 23; i++) {
            state = state * PICK_FACTOR + PICK_TERM;
            gap++;
            if (!is_hit(state, rand->octet))
                continue;
            PZ_CHECK(gap <= UINT16_MAX);
            rand->gaps[last & 0xffff] = (uint16_t)gap;
            longest = gap > longest ? gap : longest;
            last = state;
            gap = 0;
        }
        PZ_CHECK(gap == 0);
    }
    return longest;
}

void pz_twin_rand_init(struct pz_twin_rand *rand, uint32_t octet)
{
    *rand = (struct pz_twin_rand){.octet = octet};
    rand->gaps = pz_alloc((1 << 16) * sizeof *rand->gaps);
    uint32_t longest = measure_gaps(rand);
    rand->gap_factor = pz_alloc((longest + 1) * sizeof *rand->gap_factor);
    rand->gap_term = pz_alloc((longest + 1) * sizeof *rand->gap_term);
    rand->gap_factor[0] = 1;
    for (uint32_t i = 1; i <= longest; i++) {
        rand->gap_factor[i] = rand->gap_factor[i - 1] * PICK_FACTOR;
        rand->gap_term[i] = rand->gap_term[i - 1] * PICK_FACTOR + PICK_TERM;
    }
}

void pz_twin_rand_release(struct pz_twin_rand *rand)
{
    free(rand->gap_factor);
    free(rand->gap_term);
    free(rand->gaps);
    *rand = (struct pz_twin_rand){0};
}

uint32_t pz_twin_rand_jump(uint32_t seed, uint64_t pick)
{
    uint32_t state = seed, factor = PICK_FACTOR, term = PICK_TERM; /* of 1, 2, 4, ... picks at once */
    for (; pick; pick >>= 1) {
        if (pick & 1)
            state = state * factor + term;
        term += factor * term;
        factor *= factor;
    }
    return state;
}

uint32_t pz_twin_rand_find(const struct pz_twin_rand *rand, uint32_t state, uint64_t *pick)
{
    /* Four walkers a pick apart, each four picks at a step: they don't wait for each other's multiplications. */
    enum { WALKERS = 4 };
    uint32_t walkers[WALKERS] = {pz_twin_rand_next(state)};
    for (int i = 1; i < WALKERS; i++)
        walkers[i] = walkers[i - 1] * PICK_FACTOR + PICK_TERM;
    for (;; *pick += WALKERS)
        for (uint64_t i = 0; i < WALKERS; i++) {
            if (is_hit(walkers[i], rand->octet)) {
                *pick += i;
                return walkers[i];
            }
            walkers[i] = walkers[i] * rand->gap_factor[WALKERS] + rand->gap_term[WALKERS];
        }
}
