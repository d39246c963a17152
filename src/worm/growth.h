/* SPDX-License-Identifier: BSD-2-Clause */
/* How many of the new sources of an hour are the worm's, whether and when an outbreak began, and which source was
 * the first. docs/method.md has the mathematics.
 *
 * An hour is known by a histogram of the evidence of its new sources, and by the times of those that the evidence
 * calls the worm's. If an outbreak is found among these, its early growth is traced back: it says how many sources
 * of the worm to expect at any time before. If none is found, one rate over all hours is weighed against none. */
#ifndef PZ_WORM_GROWTH_H
#define PZ_WORM_GROWTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Evidence in steps of half a natural unit, from -20 to 20. */
enum { PZ_LLR_BINS = 81 };
unsigned pz_llr_bin(int32_t llr);
int32_t pz_llr_of_bin(unsigned bin); /* its middle */

/* Sources by their number of targets: 1, 2, 3 to 4, 5 and more. The worm's sources are seen for longer than most, so
 * one share for all would take too many sources of a single target for the worm's. */
enum { PZ_GROUPS = 4, PZ_GROUP_BINS = PZ_GROUPS * PZ_LLR_BINS };
unsigned pz_target_group(unsigned targets);
static inline unsigned pz_group_bin(unsigned targets, int32_t llr)
{
    return pz_target_group(targets) * PZ_LLR_BINS + pz_llr_bin(llr);
}
/* The share of the worm that makes a group's histogram likeliest, by expectation and maximisation. */
double pz_likeliest_share(const uint64_t histogram[PZ_LLR_BINS]);
/* The probability of being the worm. */
double pz_growth_posterior(double share, int32_t llr);

/* Sources whose evidence speaks for the worm, by its strength. From PZ_SURE on, the rule `evidence` calls them the
 * worm. */
enum { PZ_STRENGTHS = 6, PZ_SURE = 2, PZ_STRENGTH_MINUTES = 60, PZ_STRENGTH_BINS = PZ_STRENGTHS * PZ_STRENGTH_MINUTES };
enum { PZ_GROWTH_LLR_MIN = 2303 }; /* of the least: ten to one */
/* From 0 on, of a ratio of PZ_GROWTH_LLR_MIN or more. */
unsigned pz_strength(int32_t llr);

/* An hour, or a stretch of hours without a record. */
struct pz_growth_hour {
    uint32_t hour, nhours, covered_seconds; /* hour: since 1970 */
    const uint64_t *groups;                 /* PZ_GROUP_BINS: sources whose first scan of all came in it */
    const uint64_t *strengths;              /* PZ_STRENGTH_BINS: by strength and minute of their onset */
    const uint64_t *minutes;                /* PZ_STRENGTH_MINUTES: as `groups`, by minute; NULL if that isn't known */
    bool fresh;                             /* whether sources that are seen first in it are new */
};

/* A source that may be the first, by its onset. */
struct pz_growth_source {
    const void *row; /* what the caller knows of it */
    double onset;    /* hours since 1970 */
    int32_t llr;
    unsigned targets;
    bool old;           /* it was seen long before its onset, so it is not the first */
    bool shared;        /* others scan from its address too: its onset may be theirs */
    double now;         /* for worm/growth.c */
    double worm, first; /* results: the probability of being the worm, and of being the first */
};

/* A source that the evidence is sure of. */
struct pz_growth_event {
    double t; /* hours since 1970; within a minute, evenly */
    unsigned strength, minute;
    size_t hour; /* a row of the hours */
};

struct pz_growth {
    const struct pz_growth_hour *hours; /* borrowed */
    size_t nhours;
    /* Owned: the number of the worm's sources, by their evidence, among those first seen in each hour. */
    double (*in_group)[PZ_GROUPS];
    double (*news)[PZ_GROUPS]; /* owned: all of them */
    double groups[PZ_GROUPS];  /* how the worm's early sources divide, adding up to 1 */
    bool found;                /* an outbreak; then: */
    unsigned from;             /* the lowest strength of sources that show it: PZ_SURE, or less if these are too few */
    double begin, end; /* hours since 1970: its first source is searched for in this time, until it is well under way */
    double gap;        /* hours without a record from `end` on in which it grew; 0 if it grew on record */
    double rate, level; /* new sources of the worm an hour at t, before `end`: exp(level + rate * (t - end)) */
    double strength_worms[PZ_STRENGTHS],
        strength_others[PZ_STRENGTHS]; /* shares of the worm's early sources, of others */
    struct pz_growth_event *events;    /* owned, ascending: from begin to end */
    size_t nevents;
    /* Results of pz_growth_rank: the probabilities that no source is the first, that one is the first that is not
     * listed, and that one is the first that cannot be known, as no outbreak is found. */
    double none, left_out, unknown;
};

/* A source counts as new if it was not seen in this many hours before its hour. */
enum { PZ_GROWTH_BREAK_HOURS = 3 };

void pz_growth_fit(struct pz_growth *growth, const struct pz_growth_hour *hours, size_t nhours);
void pz_growth_release(struct pz_growth *growth);
/* The probabilities of sources, which ascend by onset; all others are known by the hours' histograms. */
void pz_growth_rank(struct pz_growth *growth, struct pz_growth_source *sources, size_t n);

/* The probability, before anything is seen, that the worm is about in a day. Assumed. */
#define PZ_GROWTH_ABOUT 0.01

/* For worm/first.c: the odds, apart from its evidence, that a source first seen at `t`, in hour `h`, is the worm;
 * and e to the evidence. */
double pz_growth_odds(const struct pz_growth *growth, size_t h, double t, unsigned group);
double pz_growth_likelier(int32_t llr);
/* The same for what is first seen in that minute of hour `h` and has a strength, for each source of the worm that comes
 * an hour, if of the others the share `alike` does what the worm does, beside what was measured of them. */
double pz_growth_strength_odds(const struct pz_growth *growth, size_t h, unsigned minute, unsigned strength,
                               double alike);
/* log P(events | that share, no worm) - log P(events | no such share, no worm). */
double pz_growth_alike(const struct pz_growth *growth, double alike);
/* If an outbreak was found, the probabilities of being its first, of `none` and `left_out`. */
void pz_growth_first(struct pz_growth *growth, struct pz_growth_source *sources, size_t n);
/* If none was, the same, and `unknown`. */
void pz_growth_steady(struct pz_growth *growth, struct pz_growth_source *sources, size_t n);

#endif
