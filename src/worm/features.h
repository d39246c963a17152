/* SPDX-License-Identifier: BSD-2-Clause */
/* How much a source's scans speak for the worm: a log-likelihood ratio, in natural units, of what was seen of it under
 * the worm against under all else that scans the port. docs/method.md has the mathematics.
 *
 * Pure functions of counts. Results are rounded to a thousandth, so that the last bits of a machine's logarithm don't
 * matter. */
#ifndef PZ_WORM_FEATURES_H
#define PZ_WORM_FEATURES_H

#include "worm/traits.h"

#include <stdbool.h>
#include <stddef.h>

/* How many of a source's scans have a trait. */
enum pz_level { PZ_LEVEL_NONE, PZ_LEVEL_SOME, PZ_LEVEL_ALL, PZ_LEVELS };
enum { PZ_LEVEL_LENGTH, PZ_LEVEL_TTL, PZ_LEVEL_PORT, PZ_LEVEL_TRAITS };

enum {
    PZ_NETWORKS_MAX = 8, /* stands for that many /16s or more */
    PZ_TARGETS_FEW = 3,  /* so few destinations can't tell the worm, whatever the stack */
};

/* What was seen of one source in a window of time. */
struct pz_features {
    uint32_t attempts[PZ_PATTERNS];
    uint32_t targets;                 /* distinct destinations; of many, an estimate */
    uint32_t quadrants[PZ_QUADRANTS]; /* these by worm/reachable.h */
    /* Seconds from the first scan to the last, and seconds that the telescope recorded from then on. */
    uint32_t active, silent;
    uint32_t local;   /* scans of its own network, whose destinations aren't among those above */
    uint8_t networks; /* distinct /16s among the destinations, PZ_NETWORKS_MAX at most */
    /* Of seven bits of the destinations' octets that the worm leaves to chance: of octet 3 the upper ones. */
    uint8_t octet2_min, octet2_max, octet3_min, octet3_max, octet4_min, octet4_max;
    uint8_t levels[PZ_LEVEL_TRAITS];
    uint8_t id_level; /* of attempts with two SYNs, how many had a rising ip.id; PZ_LEVELS if there are none */
};

/* The lens: how many of its /16s the worm can come to (second octet below 128), and how many it can't; and of the 128
 * values of octet 3's upper seven bits, how many it shows, or 0 where that isn't known. */
struct pz_lens {
    uint32_t low, high, octet3;
};
/* All 128 where it isn't known. */
uint32_t pz_lens_octet3(const struct pz_lens *lens);

/* A kind of network stack, and of program that uses it. */
struct pz_stack {
    double patterns[PZ_PATTERNS]; /* shares of attempts, adding up to 1 */
    double spread;                /* how alike its sources are in that: a Dirichlet's concentration */
    double levels[PZ_LEVEL_TRAITS][PZ_LEVELS];
    double id_levels[PZ_LEVELS + 1];
};

/* How other sources choose destinations: anywhere in the lens; anywhere in one /16; one address after the other; low
 * last octets anywhere; low second and last octets, which are all within the worm's reach; or any share of each cell.
 */
enum pz_choice { PZ_UNIFORM, PZ_ONE_NETWORK, PZ_SEQUENTIAL, PZ_LOW_LAST, PZ_LOW_BOTH, PZ_ANY, PZ_CHOICES };

enum { PZ_KINDS = 8 };

/* Some sources that are not the worm look like it. This is their number in an hour for each other source of the hour:
 * `mean`; `spread`, the standard deviation of that number among hours with n other sources, divided by sqrt(n); and
 * `error`, the standard deviation of the mean. Few sources send most scans, so hours scatter with the root of n. */
struct pz_ratio {
    double mean, spread, error;
};

/* What is known of a ratio before, and by `n` hours without the worm, each with such a count and that of the others. */
struct pz_ratio pz_ratio_learn(const struct pz_ratio *before, const uint64_t (*counts)[2], size_t n);

/* Whether a source's destinations, not all of them within reach, are nearer to all than to an even choice: as of an address that
 * the worm shares with another scanner. */
bool pz_features_mostly_reached(const struct pz_lens *lens, const struct pz_features *features);

struct pz_model {
    struct pz_stack worm;
    double
        strange; /* of the worm's sources, how many have a stack like any other's: a proxy's, a gateway's, a later system's */
    struct pz_stack kinds[PZ_KINDS];      /* of other sources */
    double weights[PZ_KINDS][PZ_CHOICES]; /* shares of other sources, adding up to 1 */
    /* Without the worm: scans of reachable destinations for each scan of another; and, of the sources that the evidence
     * doesn't call the worm, those that scanned reachable destinations only for each that scanned others more, and those of
     * pz_features_mostly_reached. */
    struct pz_ratio scan_ratio, source_ratio, mostly_ratio;
};

/* log P(`m` distinct of `bins` equally likely ones | `k` draws); m is PZ_NETWORKS_MAX for that many or more. */
double pz_log_occupancy(uint32_t k, unsigned m, uint32_t bins);
/* The next, of an octet of whose 128 values a lens shows so many: within those it is the lens that keeps sources. */
double pz_log_part_within(double log_part, uint32_t k, uint32_t shown);
/* log of how many times likelier it is that `k` values stay within `min` and `max` if they are spread over a part of
 * the 128 only, than over all: P is 1 / length^k in each part that holds them. Parts begin at 0 or 1 and end anywhere
 * (half), or are any. */
double pz_log_part(uint32_t k, unsigned min, unsigned max);

/* What of the destinations takes long to work out: logarithms, for the worm and for others. */
struct pz_target_terms {
    double worm_networks, other_networks; /* of coming to so many /16s */
    double octet2, octet3, octet4;        /* of staying within these bounds, over that of an even spread */
};
struct pz_target_terms pz_features_target_terms(const struct pz_lens *lens, const struct pz_features *features);
/* log P(destinations | worm), log P(destinations | choice), up to the same constant. */
struct pz_target_logs {
    double worm, choices[PZ_CHOICES];
};
struct pz_target_logs pz_features_targets(const struct pz_lens *lens, const struct pz_features *features,
                                          const struct pz_target_terms *terms);
/* log P(ip.id level | stack, and whether there were second SYNs): without one it tells nothing. */
double pz_log_id_level(const struct pz_stack *stack, unsigned level);
/* log of x (x + 1) ... (x + n - 1). */
double pz_log_rising(double x, double n);
/* log P(patterns, traits | stack). */
double pz_features_stack(const struct pz_stack *stack, const struct pz_features *features);
/* Logarithms of the model's weights. */
struct pz_weight_logs {
    double usual, strange; /* stacks of the worm's */
    double kinds[PZ_KINDS], choices[PZ_KINDS][PZ_CHOICES];
};
struct pz_weight_logs pz_model_weight_logs(const struct pz_model *model);
/* The log-likelihood ratio, in thousandths from -1000 to 1000, of all this; `stacks` are those of others' kinds. */
int32_t pz_features_combine(const struct pz_weight_logs *weights, const struct pz_features *features,
                            const struct pz_target_logs *targets, double worm_stack, const double stacks[PZ_KINDS]);

/* The rules that others published, for one source. */
/* CAIDA 2009, as far as it was published: reachable destinations only, second SYNs, and never a third. */
bool pz_rule_strict(const struct pz_features *features);
/* CAIDA 2011 (Dainotti et al., IMC 2011): SYNs of 48 bytes. */
bool pz_rule_caida2011(const struct pz_features *features);
/* Ours: a source of other kinds passes with a probability below 1 in 1,000 (e to the minus this, in thousandths).
 * Sources of few targets stay below the other. */
enum { PZ_FEATURES_RATIO_MIN = 6908, PZ_FEATURES_FEW_MAX = 6000 };

/* Learns a model: other sources from `others`, which were seen when there was no worm, the worm from `worms`, which are
 * it beyond doubt. By expectation and maximisation from a fixed start, so the same sources in the same order give the
 * same model. */
/* `model` is what is known before. */
void pz_model_learn(struct pz_model *model, const struct pz_lens *lens, const struct pz_features *others,
                    size_t nothers, const struct pz_features *worms, size_t nworms);
/* Whether the destinations alone leave no doubt that it's the worm. */
bool pz_features_beyond_doubt(const struct pz_lens *lens, const struct pz_features *features);

#endif
