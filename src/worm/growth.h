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

struct pz_growth {
    double *worms;       /* owned: expected among the new sources of each hour */
    double *news;        /* owned: new sources of each hour */
    size_t nhours;
    size_t first, last;  /* hours of the early growth; first == last if there is no outbreak */
    double level, rate;  /* in it, exp(level + rate * h) new sources of the worm come in hour h */
};

/* `hours`: a histogram each `stride` numbers. */
void pz_growth_fit(struct pz_growth *growth, const uint64_t *hours, size_t stride, size_t nhours);
void pz_growth_release(struct pz_growth *growth);
/* The share of the worm among new sources, `part` of the way through an hour (0 to 1). */
double pz_growth_share(const struct pz_growth *growth, size_t hour, double part);
/* The probability of being the worm. */
double pz_growth_posterior(double share, int32_t ratio);
/* The worm's sources that are expected among an hour's new ones with evidence below `ratio`. */
double pz_growth_expected(const struct pz_growth *growth, const uint64_t *histogram, size_t hour, int32_t ratio);

#endif
