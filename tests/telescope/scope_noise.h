/* SPDX-License-Identifier: BSD-2-Clause */
// The sources of TCP/445 that aren't the worm's: a population in which new ones appear all the time, and its classes.
#ifndef TELESCOPE_SCOPE_NOISE_H
#define TELESCOPE_SCOPE_NOISE_H

#include "stack.h"

#include <stdio.h>

struct noise_source {
    struct rng rng;
    uint32_t source;
    uint8_t class, syns;
    bool diurnal, mixed; // mixed: also tries other ports
    uint8_t fixed;       // half random: the octet that doesn't vary; low: the highest octets
    uint32_t base, bounds;
    int64_t begin, end, next;   // usec; next: the next attempt
    double rate;                // attempts an hour on the /8
    double attempts, elsewhere; // connects that it has opened here, and opens elsewhere a second
    double loss, phase;         // phase: the hour of the day of its noon
    struct stack stack;
};

struct noise {
    const struct options *options;
    struct sources *sources;
    struct noise_source *list; // by begin
    uint32_t count, capacity;
};

void noise_init(struct noise *noise, const struct options *options, struct sources *sources);
// A source of class at an address that is in the table already, always there.
void noise_add(struct noise *noise, uint64_t index, enum source_class class, uint32_t source, int64_t begin,
               double rate);
// Sends all that the sources send in the recorder's hour.
void noise_hour(struct noise *noise, struct recorder *recorder);
// The mix: each class's share and distributions, for a judge that may know them.
void noise_write(const struct options *options, FILE *file);
void noise_release(struct noise *noise);

// Whether a host that is on twelve hours of the day is on: phase: the hour, UTC, of its noon.
static inline bool awake(double phase, int64_t usec)
{
    double hour = (double)(usec / 1000000 % 86400) / 3600;
    double away = fabs(hour - phase);
    return (away > 12 ? 24 - away : away) < 6;
}

// Noons differ by where hosts are; their sum peaks at 14:00 UTC.
static inline double phase_draw(struct rng *rng)
{
    return fmod(14 + rng_normal(rng, 0, 4) + 48, 24);
}

#endif
