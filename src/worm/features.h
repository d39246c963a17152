/* SPDX-License-Identifier: BSD-2-Clause */
/* How strongly the scans of a source speak for the worm: the log-likelihood ratio, in natural units, of what was
 * seen under the worm against everything else that scans the port. docs/method.md has the mathematics.
 *
 * These are pure functions of counts. Results are rounded to a thousandth, so that the last bits of a machine's
 * logarithm do not matter. */
#ifndef PZ_WORM_FEATURES_H
#define PZ_WORM_FEATURES_H

#include "worm/traits.h"

#include <stdbool.h>
#include <stddef.h>

/* How many of a source's scans have a trait. */
enum pz_level { PZ_LEVEL_NONE, PZ_LEVEL_SOME, PZ_LEVEL_ALL, PZ_LEVEL_ABSENT, PZ_LEVELS };
/* Of PZ_LEVEL_IP_ID: how many of its attempts with two SYNs had a rising ip.id; absent if there are none. */
enum { PZ_LEVEL_LENGTH, PZ_LEVEL_TTL, PZ_LEVEL_PORT, PZ_LEVEL_IP_ID, PZ_LEVEL_TRAITS };
/* Only the last trait may be absent. */
static inline int pz_levels_of(int trait)
{
    return trait == PZ_LEVEL_IP_ID ? PZ_LEVELS : PZ_LEVEL_ABSENT;
}

enum {
    PZ_NETWORKS_MAX = 8, /* stands for that many /16s or more */
    PZ_TARGETS_FEW = 3,  /* so few destinations can't tell the worm, whatever the stack */
    PZ_TARGETS_EXACT = 7 /* of more, the number is estimated, and divided among the quadrants as scans are */
};

/* What was seen of one source in a window of time. */
struct pz_features {
    uint32_t attempts[PZ_PATTERNS];
    uint32_t targets;                 /* distinct destinations; of many, an estimate */
    uint32_t quadrants[PZ_QUADRANTS]; /* these by worm/reachable.h */
    /* Seconds from the first scan to the last, and seconds that the telescope recorded after that. */
    uint32_t active, silent;
    uint32_t local;   /* scans of its own network, whose destinations do not count above */
    uint8_t networks; /* distinct /16s among the destinations, PZ_NETWORKS_MAX at most */
    /* Bounds of the seven bits of each octet that the worm leaves to chance; of octet 3 the upper ones. */
    uint8_t octet2_min, octet2_max, octet3_min, octet3_max, octet4_min, octet4_max;
    uint8_t levels[PZ_LEVEL_TRAITS];
};

double pz_features_attempts(const struct pz_features *features);

/* The lens: how many of its /16s the worm can reach (second octet below 128), how many it cannot, and how many of
 * the 128 values of the upper seven bits of octet 3 it has, or 0 if that is not known. */
struct pz_lens {
    uint32_t low, high, octet3;
};
/* All 128 where it isn't known. */
uint32_t pz_lens_octet3(const struct pz_lens *lens);

/* A kind of network stack, and of program that uses it. */
struct pz_stack {
    double patterns[PZ_PATTERNS]; /* shares of attempts, adding up to 1 */
    double spread;                /* how alike its sources are in this: the concentration of a Dirichlet distribution */
    double levels[PZ_LEVEL_TRAITS][PZ_LEVELS];
};

/* How other sources choose destinations: anywhere in the lens; anywhere in one /16; one address after the other; low
 * last octets anywhere; low second and last octets, all within the reach of the worm; or with any share in each
 * quadrant. */
enum pz_choice { PZ_UNIFORM, PZ_ONE_NETWORK, PZ_SEQUENTIAL, PZ_LOW_LAST, PZ_LOW_BOTH, PZ_ANY, PZ_CHOICES };

/* The stacks of a model: of each kind of others, and then the worm's. */
enum { PZ_KINDS = 8, PZ_STACK_WORM = PZ_KINDS, PZ_STACKS };

/* Some sources that are not the worm look like it. `mean` is their number in an hour for each other source of the
 * hour. `spread` is the standard deviation of that number among hours with n other sources, divided by sqrt(n): few
 * sources send most scans, so hours differ by the root of n. `error` is the standard deviation of the mean. */
struct pz_ratio {
    double mean, spread, error;
};

/* An hour's sources are counted by class: those that the evidence calls the worm's; of the others those that scanned
 * within reach only, those that did mostly, nearer to all than to an even choice, as at an address that the worm shares
 * with another scanner; and the rest. */
enum pz_class { PZ_CLASS_SURE, PZ_CLASS_REACHED, PZ_CLASS_MOSTLY, PZ_CLASS_REST, PZ_CLASSES };
enum pz_class pz_features_class(const struct pz_lens *lens, const struct pz_features *features, int32_t llr);

struct pz_model {
    struct pz_stack stacks[PZ_STACKS];
    double
        strange; /* share of the worm's sources with a stack like any other: a proxy's, a gateway's, a later system's */
    double weights[PZ_KINDS][PZ_CHOICES]; /* shares of other sources, adding up to 1 */
    /* Without the worm: scans of reachable destinations for each scan of another. And sources of PZ_CLASS_REACHED and
     * of PZ_CLASS_MOSTLY for each of PZ_CLASS_REST. */
    struct pz_ratio scan_ratio, source_ratio, mostly_ratio;
};

/* log of e^a + e^b. */
double pz_log_sum(double a, double b);
/* log P(`m` distinct bins | `k` draws from `bins` equally likely ones); PZ_NETWORKS_MAX stands for that many
 * or more. */
double pz_log_occupancy(uint32_t k, unsigned m, uint32_t bins);
/* pz_log_part for an octet of whose 128 values a lens shows only `shown`: within those the lens keeps the values, not
 * the source. */
double pz_log_part_within(double log_part, uint32_t k, uint32_t shown);
/* log of how many times likelier it is that `k` values stay within `min` and `max` if they are spread over only a
 * part of the 128 values than if over all: P is 1 / length^k for each part that holds them. Half of the parts begin
 * at 0 or 1 and end anywhere; the others are any. */
double pz_log_part(uint32_t k, unsigned min, unsigned max);

/* Terms of the destinations that take long to compute: logarithms, for the worm and for others. */
struct pz_target_terms {
    double worm_networks, other_networks; /* of coming to so many /16s */
    double octet2, octet3, octet4;        /* of staying within these bounds, over that of an even spread */
};
/* log P(destinations, the address is the worm's alone | worm), log P(destinations, the address is shared | worm),
 * log P(destinations | choice), up to the same constant. */
struct pz_target_logs {
    double worm, shared, choices[PZ_CHOICES];
};
struct pz_target_logs pz_features_targets(const struct pz_lens *lens, const struct pz_features *features,
                                          const struct pz_target_terms *terms);

/* The rules that others published, for one source. */
/* CAIDA 2009, as far as it was published: reachable destinations only, second SYNs, and never a third. */
bool pz_rule_strict(const struct pz_features *features);
/* CAIDA 2011 (Dainotti et al., IMC 2011): SYNs of 48 bytes. */
bool pz_rule_caida2011(const struct pz_features *features);
/* Our rule: a source of another kind passes with a probability below 1 in 1,000 (e to the minus this, in
 * thousandths). Sources of few targets never exceed the other limit. */
enum { PZ_FEATURES_RATIO_MIN = 6908, PZ_FEATURES_FEW_MAX = 6000 };

/* Learns a model: of other sources from `others`, seen when there was no worm, and of the worm from `worms`, which
 * are the worm beyond doubt. It uses expectation and maximisation from a fixed start, so the same sources in the
 * same order give the same model. */
/* `model` is what is known before. */
void pz_model_learn(struct pz_model *model, const struct pz_lens *lens, const struct pz_features *others,
                    size_t nothers, const struct pz_features *worms, size_t nworms);
/* Whether the destinations alone leave no doubt that it is the worm. */
bool pz_features_beyond_doubt(const struct pz_lens *lens, const struct pz_features *features);

#endif
