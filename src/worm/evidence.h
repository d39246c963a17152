/* How much a source's scans speak for the worm: a log-likelihood ratio, in natural units, of what was seen of it under the
 * worm against under all else that scans the port. docs/method.md has the mathematics.
 *
 * Pure functions of counts. Results are rounded to a thousandth, so that the last bits of a machine's logarithm don't
 * matter. */
#ifndef PZ_WORM_EVIDENCE_H
#define PZ_WORM_EVIDENCE_H

#include "worm/traits.h"

#include <stddef.h>

/* How many of a source's scans have a trait. */
enum pz_level { PZ_LEVEL_NONE, PZ_LEVEL_SOME, PZ_LEVEL_ALL, PZ_LEVELS };
enum { PZ_LEVEL_LENGTH, PZ_LEVEL_TTL, PZ_LEVEL_PORT, PZ_LEVEL_TRAITS };

/* More destinations than this add nothing: by then everything is said. */
enum { PZ_TARGETS_MAX = 64, PZ_NETWORKS_MAX = 8 };

/* What was seen of one source in a window of time. */
struct pz_evidence {
    uint32_t attempts[PZ_PATTERNS];
    uint8_t targets;  /* distinct destinations, PZ_TARGETS_MAX at most */
    uint8_t reached;  /* of these, how many the worm's random scan can come to */
    uint8_t networks; /* distinct /16s among all of them, PZ_NETWORKS_MAX stands for that many or more */
    uint8_t levels[PZ_LEVEL_TRAITS];
    uint8_t id_level; /* of attempts with two SYNs, how many had a rising ip.id; PZ_LEVELS if there are none */
};

/* The lens: how many of its /16s the worm can come to (second octet below 128), and how many it can't. */
struct pz_lens {
    uint32_t low, high;
};

/* A kind of network stack, and of program that uses it. */
struct pz_stack {
    double patterns[PZ_PATTERNS]; /* shares of attempts, adding up to 1 */
    double spread;                /* how alike its sources are in that: a Dirichlet's concentration */
    double levels[PZ_LEVEL_TRAITS][PZ_LEVELS];
    double id_levels[PZ_LEVELS + 1];
};

/* How other sources choose destinations: anywhere in the lens, anywhere in one /16, or one behind the other. */
enum pz_choice { PZ_UNIFORM, PZ_ONE_NETWORK, PZ_SEQUENTIAL, PZ_CHOICES };

enum { PZ_KINDS = 8 };

/* How many others come with those that look no different from the worm, hour by hour: a mean, and by how much more than by
 * chance hours scatter: n of the others bring so many times sqrt(n) more or less (a standard deviation). Few sources send
 * most scans, so that this grows with the root of n and not with n. */
struct pz_ratio {
    double mean, spread;
};

struct pz_model {
    struct pz_stack worm;
    struct pz_stack kinds[PZ_KINDS];      /* of other sources */
    double weights[PZ_KINDS][PZ_CHOICES]; /* shares of other sources, adding up to 1 */
    /* Without the worm: scans of reachable destinations for each scan of another; and, of the sources that the evidence
     * doesn't call the worm, those that scanned reachable destinations only for each that scanned another. */
    struct pz_ratio scan_ratio, source_ratio;
};

/* log P(evidence | worm), log P(evidence | kind, choice): up to a constant that is the same in all of them. */
double pz_evidence_worm(const struct pz_model *model, const struct pz_lens *lens, const struct pz_evidence *evidence);
double pz_evidence_kind(const struct pz_model *model, const struct pz_lens *lens, const struct pz_evidence *evidence,
                        int kind, enum pz_choice choice);
/* What the destinations alone contribute to these. */
double pz_evidence_worm_targets(const struct pz_lens *lens, const struct pz_evidence *evidence);
double pz_evidence_other_targets(const struct pz_lens *lens, const struct pz_evidence *evidence, enum pz_choice choice);
/* To thousandths, from -1000 to 1000. */
int32_t pz_evidence_round(double ratio);
/* The log-likelihood ratio, in thousandths; of many sources, take worm/judge.h. */
int32_t pz_evidence_ratio(const struct pz_model *model, const struct pz_lens *lens, const struct pz_evidence *evidence);

/* The rules that others published, for one source. */
/* CAIDA 2009, as far as it was published: reachable destinations only, second SYNs, and never a third. */
bool pz_rule_strict(const struct pz_evidence *evidence);
/* CAIDA 2011 (Dainotti et al., IMC 2011): SYNs of 48 bytes. */
bool pz_rule_caida2011(const struct pz_evidence *evidence);
/* Ours: a source of other kinds passes with a probability below 1 in 1,000 (e to the minus this, in thousandths). */
enum { PZ_EVIDENCE_RATIO_MIN = 6908 };

/* Learns a model: other sources from `others`, which were seen when there was no worm, the worm from `worms`, which are it
 * beyond doubt. By expectation and maximisation from a fixed start, so the same sources in the same order give the same
 * model. */
void pz_model_fit(struct pz_model *model, const struct pz_lens *lens, const struct pz_evidence *others, size_t nothers,
                  const struct pz_evidence *worms, size_t nworms);
/* Whether the destinations alone leave no doubt that it's the worm. */
bool pz_evidence_beyond_doubt(const struct pz_evidence *evidence);

#endif
