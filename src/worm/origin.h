/* SPDX-License-Identifier: BSD-2-Clause */
/* When an outbreak must have begun, from its early growth. docs/method.md has the mathematics.
 *
 * If each host infects others at the rate r, n hosts come in the time in which r times the sum of infected hosts
 * over time is n. So r is known to 1 in sqrt(n). Traced back, the number of infected hosts is W exp(r t). The first
 * host is one; W stands for chance in its first infections. W has a Gamma distribution whose shape is the rate of
 * the first host's scans, relative to the mean of others.
 *
 * If the telescope sees all hosts, the first host that it sees is most likely the first that there was. Then the
 * release came only as long before as the first of its scans takes to reach the telescope. */
#ifndef PZ_WORM_ORIGIN_H
#define PZ_WORM_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

/* The early growth is fitted from this many sources on, when chance matters less, up to that many, when hosts to
 * infect are still plenty. With fewer sources than the least nothing is stated. */
enum { PZ_ORIGIN_FROM = 20, PZ_ORIGIN_LEAST = 60, PZ_ORIGIN_TO = 200 };

struct pz_origin {
    /* Given. */
    double share;      /* of the infected hosts, how many the telescope sees */
    double first_rate; /* the first host's rate of scans relative to the mean; 0 if it isn't known */
    /* Results, in hours. */
    double rate, rate_error, from, to; /* growth per hour, and the time it was fitted in */
    double count;                      /* sources by then, `share` not heeded */
    double best, deviation;            /* of the release, without the condition that it was before the first sighting */
};

/* `hours`: when each source was seen first, ascending. False if there are too few. */
bool pz_origin_fit(struct pz_origin *release, const double *hours, size_t n);

/* A source that may have been the first. */
struct pz_origin_first {
    double chance;
    double seen;                /* in hours */
    double rate, attempts;      /* that came from it: in an hour, and altogether */
    double gap_from, gap_until; /* the last gap in the record before it was seen, in hours; both 0 if there is none */
    struct pz_origin growth;
    bool grown; /* whether there is a growth to follow back */
};
/* The shortest interval with nine tenths of the probability before the first sightings, each weighted by its
 * probability; and the median. */
struct pz_origin_interval {
    double earliest, best, latest;
};
struct pz_origin_interval pz_origin_interval(const struct pz_origin_first *firsts, size_t n, double share);

#endif
