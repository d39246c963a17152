/* SPDX-License-Identifier: BSD-2-Clause */
// The table of all source addresses, each with one owner and with what the recording heard of it: the truth.
#ifndef TELESCOPE_SCOPE_SOURCES_H
#define TELESCOPE_SCOPE_SOURCES_H

#include "rng.h"
#include "scope_options.h"

#include <stdint.h>
#include <stdio.h>

#define NEVER INT64_MAX

enum source_class {
    UNIFORM,
    SEQUENTIAL,
    SLASH16,
    HALF_RANDOM,
    LOW_LAST,
    LOW_ALL,
    MISCONFIGURED,
    SPOOFED,
    BOT,
    SWEEP_LAST, // not in the standard mix
    SWEEP_REACH,
    NOISE_CLASSES,
    WORM = NOISE_CLASSES,
    GATEWAY, // an address that several infected hosts share
    OTHER,   // never sends a TCP/445 SYN
    CLASSES
};

extern const char *const class_names[CLASSES];

struct source {
    uint32_t address;
    uint32_t host; // worm: number of the (first) host
    uint32_t nhosts;
    uint8_t class;
    int64_t infected;                // usec
    int64_t first, last, first_worm; // usec, of TCP/445 SYNs as recorded
    uint32_t syns, worm_syns, targets;
    int64_t hour; // the last hour in which it was counted
};

struct sources {
    struct source *list;
    uint32_t count, capacity;
    uint64_t *seen; // hash set of addresses, and of pairs of source and target
    uint64_t nseen, seen_capacity;
};

// Adds a source at a new address and returns its number. like: an address whose /16 it shall share, or 0.
uint32_t sources_add(struct sources *sources, struct rng *rng, enum source_class class, uint32_t like);

// Whether the worm's random scanning can reach an address.
static inline bool reachable(uint32_t address)
{
    return !(address & 0x00800080);
}

// Takes note that source was heard to try target (24 bits).
void sources_heard(struct sources *sources, uint32_t source, uint32_t target);
void sources_write(const struct sources *sources, FILE *file);
void sources_release(struct sources *sources);

// Storage that has to be had: exits where it isn't.
void *grown(void *list, size_t nbytes);

#endif
