/* SPDX-License-Identifier: BSD-2-Clause */
/* When an outbreak must have begun, from how it grew early. docs/method.md has the mathematics.
 *
 * Of hosts that infect others at the rate r each, n come in the time in which r times the sum of infected hosts over
 * time is n: so r is known to 1 in sqrt(n). Followed back, the number of infected hosts is W exp(r t): the first host
 * is one, and what chance makes of its first infections is W, whose distribution is Gamma's with the first host's rate
 * (of scans, relative to the mean of others) as its shape.
 *
 * Where the telescope sees all hosts, the first that it sees is most likely the first that there was: then the release
 * was only so long before as the first of its scans takes to come here. */
#ifndef PZ_WORM_ORIGIN_H
#define PZ_WORM_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

/* The early growth is fitted from this many sources on, by when chance has had its say, to that many, when hosts to
 * infect aren't scarce yet; with fewer than the least nothing is stated. */
enum { PZ_ORIGIN_FROM = 20, PZ_ORIGIN_LEAST = 60, PZ_ORIGIN_TO = 200 };

struct pz_origin {
    /* Given. */
    double share;      /* of the infected hosts, how many the telescope sees */
    double first_rate; /* the first host's rate of scans relative to the mean; 0 if it isn't known */
    /* Results, in hours. */
    double rate, rate_error, from, to; /* growth per hour, and the time it was fitted in */
    double count;                      /* sources by then, `share` not heeded */
    double best, deviation;            /* of the release; that it was before the first sighting is not heeded */
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
/* Nine in ten of what lies before the first sightings, each with its chance: the shortest interval, and the middle. */
struct pz_origin_interval {
    double earliest, best, latest;
};
struct pz_origin_interval pz_origin_interval(const struct pz_origin_first *firsts, size_t n, double share);

#endif
