/* SPDX-License-Identifier: BSD-2-Clause */
// The recording: takes packets in any order, and writes each hour's in the order of their times as one capture. What it
// writes is what the truth counts.
#ifndef TELESCOPE_RECORDER_H
#define TELESCOPE_RECORDER_H

#include "scope_options.h"
#include "scope_sources.h"

#include <stdbool.h>
#include <stdint.h>

// What a packet looks like beyond its fields.
enum layout {
    SYN_48, // Windows 2000, XP: MSS, NOP, NOP, SACK permitted
    SYN_52, // Windows Vista: and window scale
    SYN_60, // Linux: and timestamps
    SYN_40, // no options
    SYN_ACK,
    RESET,
    UDP,
    ICMP
};

struct packet {
    uint32_t usec; // in its hour; the recorder sets it
    uint32_t source;
    uint32_t dst; // 24 bits
    uint32_t seq;
    uint16_t sport, dport, id, window;
    uint8_t ttl, layout;
    bool worm, copy;
};

struct later {
    int64_t usec;
    struct packet packet;
};

// What one hour holds.
struct hour {
    int64_t begin; // epoch seconds
    uint64_t packets, copies, syns;
    uint32_t heard[CLASSES];
};

struct recorder {
    const struct options *options;
    struct sources *sources;
    int64_t begin, end; // usec: the hour that is open
    struct packet *packets;
    uint32_t count, capacity;
    struct later *later; // packets of coming hours
    uint32_t nlater, later_capacity;
    uint32_t *order, *keys, *spare;
    struct rng rng;
    struct hour hour;
};

void recorder_open(struct recorder *recorder, int64_t hour);
// A packet at a time (usec); dropped where the lens doesn't hold its target.
void recorder_take(struct recorder *recorder, int64_t usec, struct packet packet);
// Writes the open hour. False where the file can't be written.
bool recorder_close(struct recorder *recorder);
void recorder_release(struct recorder *recorder);

// Writes records as a capture; order: the packets in the order of the file.
bool capture_write(const struct options *options, const struct sources *sources, int64_t hour,
                   const struct packet *packets, const uint32_t *order, uint32_t count);

#endif
