/* SPDX-License-Identifier: BSD-2-Clause */
/* Chance for the twin: numbers that are functions of a key, the same on every machine.
 *
 * All arithmetic is on integers and fixed-point fractions (Q16: 65536 is 1), because the last bit of a library's log()
 * or exp() would move a packet. A generator begins at a key made of what names the draw (seed, host, hour), so that any
 * hour can be made without those before it. */
#ifndef PZ_TWIN_RANDOM_H
#define PZ_TWIN_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PZ_TWIN_ONE 65536u /* 1 in Q16 */

struct pz_twin_rng {
    uint64_t state;
};

/* The step and the finaliser of splitmix64: G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number
 * Generators", OOPSLA 2014; the finaliser's constants are D. Stafford's variant 13. */
#define PZ_TWIN_STEP 0x9e3779b97f4a7c15u

static inline uint64_t pz_twin_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* A key below `key`, for what `name` says. */
static inline uint64_t pz_twin_key(uint64_t key, uint64_t name)
{
    return pz_twin_mix(key ^ pz_twin_mix(name + PZ_TWIN_STEP));
}

static inline uint64_t pz_twin_roll(struct pz_twin_rng *rng)
{
    rng->state += PZ_TWIN_STEP;
    return pz_twin_mix(rng->state);
}

/* One of 0 to n-1 from 32 random bits; the bias of at most n in 2^32 is left in. */
static inline uint32_t pz_twin_pick(uint32_t random, uint32_t n)
{
    return (uint32_t)(((uint64_t)random * n) >> 32);
}

static inline uint32_t pz_twin_below(struct pz_twin_rng *rng, uint32_t n)
{
    return pz_twin_pick((uint32_t)(pz_twin_roll(rng) >> 32), n);
}

/* One of 0 to n-1, for n up to 2^48. */
uint64_t pz_twin_below64(struct pz_twin_rng *rng, uint64_t n);

/* True with a probability in Q16. */
static inline bool pz_twin_chance(struct pz_twin_rng *rng, uint32_t probability_q16)
{
    return (uint32_t)(pz_twin_roll(rng) >> 48) < probability_q16;
}

/* An exponential variable of mean 1, Q24. */
uint64_t pz_twin_exponential_q24(struct pz_twin_rng *rng);
/* An exponential variable of the given mean, which must be below 2^40. */
uint64_t pz_twin_wait(struct pz_twin_rng *rng, uint64_t mean);
/* median * exp(sigma * z) for a normal z: heavy-tailed. `sigma_q16` up to 4; results are cut off at 2^31. */
uint64_t pz_twin_lognormal(struct pz_twin_rng *rng, uint64_t median, uint32_t sigma_q16);
/* A line through points, in order of `at`; level before the first and after the last. */
struct pz_twin_point {
    int64_t at, value;
};
int64_t pz_twin_interpolate(const struct pz_twin_point *points, size_t n, int64_t at);
/* exp(-x), both Q16. */
uint32_t pz_twin_exp_minus_q16(uint64_t x_q16);

#endif
