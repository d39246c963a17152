/* How many of an hour's new sources are the worm's, and how an outbreak grows. docs/method.md has the mathematics.
 *
 * What is known of an hour is a histogram of the evidence of its new sources. Where that alone says how many are the
 * worm's, it does; before, the growth of the hours that follow is followed back, so that a lone likely source long before
 * an outbreak counts for little. */
#ifndef PZ_WORM_GROWTH_H
#define PZ_WORM_GROWTH_H

#include <stddef.h>
#include <stdint.h>

/* Evidence in steps of half a natural unit, from -20 to 20. */
enum { PZ_RATIO_BINS = 81 };
unsigned pz_ratio_bin(int32_t ratio);

/* Sources by how many targets were seen of them: 1, 2, 3 to 4, 5 and more. The worm's are seen for longer than most, so
 * that one share for all would take too many sources of a single target for it. */
enum { PZ_GROUPS = 4, PZ_GROUP_BINS = PZ_GROUPS * PZ_RATIO_BINS };
unsigned pz_target_group(unsigned targets);
static inline unsigned pz_group_bin(unsigned targets, int32_t ratio)
{
    return pz_target_group(targets) * PZ_RATIO_BINS + pz_ratio_bin(ratio);
}
/* The share of the worm that makes a group's histogram likeliest, by expectation and maximisation. */
double pz_likeliest_share(const uint64_t histogram[PZ_RATIO_BINS]);

struct pz_growth {
    double *worms;                 /* owned: expected among the new sources of each hour */
    double (*in_group)[PZ_GROUPS]; /* owned: the same by group */
    double (*news)[PZ_GROUPS];     /* owned: new sources of each hour */
    double groups[PZ_GROUPS];      /* shares of the worm's early sources, adding up to 1 */
    size_t nhours;
    size_t first, last; /* hours of the early growth; first == last if there is no outbreak */
    double level, rate; /* in it, exp(level + rate * h) new sources of the worm come in hour h */
};

/* `hours`: PZ_GROUP_BINS counts of each. */
void pz_growth_fit(struct pz_growth *growth, const uint64_t *const *hours, size_t nhours);
void pz_growth_release(struct pz_growth *growth);
/* The share of the worm among a group's new sources, `part` of the way through an hour (0 to 1). */
double pz_growth_share(const struct pz_growth *growth, size_t hour, unsigned group, double part);
/* The probability of being the worm. */
double pz_growth_posterior(double share, int32_t ratio);
/* The worm's sources that are expected among an hour's new ones with evidence below `ratio`. */
double pz_growth_expected(const struct pz_growth *growth, const uint64_t *groups, size_t hour, int32_t ratio);

#endif
