/* SPDX-License-Identifier: BSD-2-Clause */
/* The worm's random numbers: the C library's rand() of Windows, and how its picks hit the telescope.
 *
 * A thread of the worm draws two 15-bit numbers for each target. So in the address, the first number as octets 1 and 2
 * and the second as octets 3 and 4, low byte first, the top bits of octets 2 and 4 are 0: that is not imposed here; it
 * follows. Of 256 picks one falls into a telescope of 2^24 addresses; the ones between are stepped over, exactly, by a
 * table of the distances from hit to hit. */
#ifndef PZ_TWIN_RAND_H
#define PZ_TWIN_RAND_H

#include <stdint.h>

/* rand() of Microsoft's C library: x -> 214013 x + 2531011 mod 2^32, bits 16 to 30 are the number. Constants: general
 * knowledge; that Witty's generator has the same and that 15 bits of it come out: A. Kumar, V. Paxson, N. Weaver,
 * "Exploiting Underlying Structure for Detailed Reconstruction of an Internet-scale Event", IMC 2005. That Conficker
 * builds an address of two such numbers: F. Leder, T. Werner, RSA Conference 2015, HT-R01. A state of its own for each
 * thread: the 12 targets of CAIDA's Figure 5 do not fit a shared one. */
#define PZ_TWIN_RAND_FACTOR 214013u
#define PZ_TWIN_RAND_TERM 2531011u

static inline uint32_t pz_twin_rand_next(uint32_t state)
{
    return state * PZ_TWIN_RAND_FACTOR + PZ_TWIN_RAND_TERM;
}

/* The target of a pick, from the state that its first rand() left. */
static inline uint32_t pz_twin_rand_target(uint32_t first)
{
    uint32_t second = pz_twin_rand_next(first);
    return (first >> 16 & 0xff) << 24 | (first >> 24 & 0x7f) << 16 | (second >> 16 & 0xff) << 8 | (second >> 24 & 0x7f);
}

struct pz_twin_rand {
    uint32_t octet;                  /* the telescope's first */
    uint32_t *gap_factor, *gap_term; /* owned: n picks at once */
    uint16_t *gaps;                  /* owned: picks to the next hit, by the low 16 bits of the state at a hit */
};

void pz_twin_rand_init(struct pz_twin_rand *rand, uint32_t octet);
void pz_twin_rand_release(struct pz_twin_rand *rand);
/* A thread's state before its pick number `pick`, from that before pick 0. */
uint32_t pz_twin_rand_jump(uint32_t seed, uint64_t pick);
/* The first hit at or after the pick that begins at `state`: the state its first rand() leaves. Adds to `pick` how many
 * picks come before it. */
uint32_t pz_twin_rand_find(const struct pz_twin_rand *rand, uint32_t state, uint64_t *pick);

/* From hit to hit. */
static inline uint32_t pz_twin_rand_hit_after(const struct pz_twin_rand *rand, uint32_t first, uint64_t *pick)
{
    uint32_t gap = rand->gaps[first & 0xffff];
    *pick += gap;
    return first * rand->gap_factor[gap] + rand->gap_term[gap];
}

#endif
