/* SPDX-License-Identifier: BSD-2-Clause */
// The worm: an epidemic that starts with one host and infects the first by random scanning, so only hosts at addresses
// that the worm's flawed generator reaches, and others later by other ways; and what its hosts send to the telescope.
#ifndef TELESCOPE_SCOPE_WORM_H
#define TELESCOPE_SCOPE_WORM_H

#include "scope_noise.h"

// Of the first octets that are scanned, one is the telescope's: 1 to 223 without 127.
enum { FIRST_OCTETS = 222 };

struct host {
    struct rng rng;
    uint32_t source, gateway; // gateway: its number from 1, or 0
    bool diurnal, once, silent, high, bursts;
    int64_t infected, cleaned; // usec
    double rate;               // connects a second, on average
    double loss, single, third, phase;
    struct stack stack;
    double connects; // opened until cursor
    double factor;   // of the rate in this stretch
    int64_t cursor, stretch_end, moves;
    uint32_t recent[4]; // targets, to be tried again
};

struct worm {
    const struct options *options;
    struct sources *sources;
    struct noise *noise;
    struct host *hosts; // the first is patient zero
    uint32_t count, capacity, ngateways;
    uint32_t *reach; // hosts that random scanning reaches
    uint32_t nreach;
    int64_t begin; // usec: patient zero's infection
    double mean_rate;
};

// Draws the hosts, lets the epidemic run to the calendar's end, and adds gateways' other senders to noise.
void worm_init(struct worm *worm, const struct options *options, struct sources *sources, struct noise *noise);
void worm_hour(struct worm *worm, struct recorder *recorder);
// How many hosts are infected at a time (usec).
uint32_t worm_infected(const struct worm *worm, int64_t usec);
void worm_release(struct worm *worm);

// One more host, which isn't infected yet.
struct host *worm_newcomer(struct worm *worm, struct rng *rng);

// epidemic.c: sets when each host is infected.
void epidemic_run(struct worm *worm);

#endif
