/* SPDX-License-Identifier: BSD-2-Clause */
// What a run is asked for: each knob of the made-up world, with the standard mix as its default (README.md gives the
// grounds of each value), and the hours that are recorded.
#ifndef TELESCOPE_SCOPE_OPTIONS_H
#define TELESCOPE_SCOPE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum rate_kind { RATE_LOGNORMAL, RATE_PARETO, RATE_BURSTS, RATE_MIXED };

struct range {
    double low, high;
};

struct options {
    const char *out;
    uint64_t seed;
    int level;
    bool ethernet;
    uint32_t snaplen;
    int lens; // -1: the whole /8; else the second octet of the one /16 that is recorded

    uint32_t hosts;  // that the worm can infect
    uint32_t others; // sources of TCP/445 that aren't the worm's, an hour, on the /8
    double sweep_last,
        sweep_reach;   // so many more that sweep low last octets, or all that the worm can reach, as shares
    double background; // share of packets, without the worm's, that aren't TCP/445 SYNs
    bool worm;

    double begin;    // seconds after midnight at which the first host is infected; negative: drawn by the seed
    double doubling; // seconds
    enum rate_kind rates;
    double rate_median, rate_sigma; // connects a second
    struct range loss, gap;
    double single, third, ttl64, hops, longer, high_ports, repeats, gateways, churn, once, diurnal;
    double copies, disorder;

    int64_t outbreak_day; // epoch seconds of its midnight
    int64_t *recorded;    // epoch seconds of each hour that is recorded, rising
    int nrecorded;
};

// Fills options from the command line. Prints the help or an error and exits where it can't.
void options_parse(struct options *options, int argc, char **argv);
void options_release(struct options *options);

#endif
