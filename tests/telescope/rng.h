/* SPDX-License-Identifier: BSD-2-Clause */
// A generator of random numbers (splitmix64) and the distributions drawn from it. Every source has a generator of its
// own, made from the run's seed, so that one source's packets don't depend on how many others there are.
#ifndef TELESCOPE_RNG_H
#define TELESCOPE_RNG_H

#include <math.h>
#include <stdint.h>

struct rng {
    uint64_t state;
};

static inline uint64_t rng_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

static inline struct rng rng_make(uint64_t seed, uint64_t stream, uint64_t index)
{
    return (struct rng){rng_mix(rng_mix(rng_mix(seed + 0x9e3779b97f4a7c15U) + stream) + index)};
}

static inline uint64_t rng_next(struct rng *rng)
{
    return rng_mix(rng->state += 0x9e3779b97f4a7c15U);
}

// Above 0, at most 1: its logarithm is finite.
static inline double rng_unit(struct rng *rng)
{
    return (double)((rng_next(rng) >> 11) + 1) * 0x1p-53;
}

static inline uint32_t rng_below(struct rng *rng, uint32_t bound)
{
    return (uint32_t)(((rng_next(rng) >> 32) * bound) >> 32);
}

static inline int rng_chance(struct rng *rng, double p)
{
    return rng_unit(rng) <= p && p > 0;
}

static inline double rng_between(struct rng *rng, double low, double high)
{
    return low + (high - low) * rng_unit(rng);
}

static inline double rng_exponential(struct rng *rng, double mean)
{
    return -mean * log(rng_unit(rng));
}

static inline double rng_normal(struct rng *rng, double mean, double deviation)
{
    double radius = sqrt(-2 * log(rng_unit(rng)));
    return mean + deviation * radius * cos(6.283185307179586 * rng_unit(rng));
}

static inline double rng_lognormal(struct rng *rng, double median, double sigma)
{
    return median * exp(rng_normal(rng, 0, sigma));
}

static inline double rng_pareto(struct rng *rng, double least, double alpha)
{
    return least * pow(rng_unit(rng), -1 / alpha);
}

#endif
