/* When an outbreak must have begun, from how it grew early. docs/method.md has the mathematics.
 *
 * Of hosts that infect others at the rate r each, n come in the time in which r times the sum of infected hosts over time
 * is n: so r is known to 1 in sqrt(n). Followed back, the number of infected hosts is W exp(r t): the first host is one,
 * and what chance makes of its first infections is W, whose distribution is Gamma's with the first host's rate (of scans,
 * relative to the mean of others) as its shape. */
#ifndef PZ_WORM_RELEASE_H
#define PZ_WORM_RELEASE_H

#include <stdbool.h>
#include <stddef.h>

/* The early growth is fitted from this many sources on, by when chance has had its say, to that many, when hosts to infect
 * aren't scarce yet; with fewer than the least nothing is stated. */
enum { PZ_RELEASE_FROM = 20, PZ_RELEASE_LEAST = 60, PZ_RELEASE_TO = 200 };

struct pz_release {
    /* Given. */
    double share;      /* of the infected hosts, how many the telescope sees */
    double first_rate; /* the first host's rate of scans relative to the mean; 0 if it isn't known */
    double first_seen; /* in hours; the release was before */
    /* Results, in hours. */
    double rate, rate_error, from, to; /* growth per hour, and the time it was fitted in */
    double count;                      /* sources by then, `share` not heeded */
    double best, earliest, latest;     /* 90 % */
    bool bound;                        /* the latest is when it was first seen */
};

/* `hours`: when each source was seen first, ascending. False if there are too few. */
bool pz_release_fit(struct pz_release *release, const double *hours, size_t n);

#endif
