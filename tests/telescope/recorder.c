/* SPDX-License-Identifier: BSD-2-Clause */
#include "recorder.h"

#include <stdlib.h>
#include <string.h>

static void push(struct recorder *r, struct packet packet)
{
    if (r->count == r->capacity) {
        r->capacity = r->capacity ? r->capacity * 2 : 1 << 16;
        r->packets = grown(r->packets, r->capacity * sizeof *r->packets);
        r->order = grown(r->order, r->capacity * sizeof *r->order);
        r->spare = grown(r->spare, r->capacity * sizeof *r->spare);
        r->keys = grown(r->keys, r->capacity * sizeof *r->keys);
    }
    r->packets[r->count++] = packet;
}

void recorder_take(struct recorder *r, int64_t usec, struct packet packet)
{
    if (r->options->lens >= 0 && packet.dst >> 16 != (uint32_t)r->options->lens) {
        return;
    }
    if (usec >= r->end) {
        if (r->nlater == r->later_capacity) {
            r->later_capacity = r->later_capacity ? r->later_capacity * 2 : 1024;
            r->later = grown(r->later, r->later_capacity * sizeof *r->later);
        }
        r->later[r->nlater++] = (struct later){usec, packet};
    } else if (usec >= r->begin) {
        packet.usec = (uint32_t)(usec - r->begin);
        push(r, packet);
    }
}

void recorder_open(struct recorder *r, int64_t hour)
{
    r->begin = hour * 1000000;
    r->end = r->begin + 3600000000;
    r->count = 0;
    r->rng = rng_make(r->options->seed, 9, (uint64_t)hour);
    r->hour = (struct hour){.begin = hour};
    struct later *later = r->later;
    uint32_t nlater = r->nlater;
    r->later = NULL;
    r->nlater = r->later_capacity = 0;
    for (uint32_t i = 0; i < nlater; i++) {
        recorder_take(r, later[i].usec, later[i].packet);
    }
    free(later);
}

// Copies come 1 to 40 microseconds after: a mirrored port that saw a packet twice.
static void add_copies(struct recorder *r)
{
    if (r->options->copies <= 0) {
        return;
    }
    for (uint32_t i = 0, count = r->count; i < count; i++) {
        if (rng_chance(&r->rng, r->options->copies)) {
            struct packet copy = r->packets[i];
            copy.copy = true;
            copy.usec += 1 + rng_below(&r->rng, 40);
            if (copy.usec < 3600000000U) {
                push(r, copy);
            }
        }
    }
}

// Least digit first, three digits of 11 bits: stable, so equal times stay in the order in which they were made.
static void sort(struct recorder *r)
{
    for (uint32_t i = 0; i < r->count; i++) {
        r->order[i] = i;
    }
    for (int shift = 0; shift < 33; shift += 11) {
        uint32_t starts[2049] = {0};
        for (uint32_t i = 0; i < r->count; i++) {
            starts[(r->keys[i] >> shift & 2047) + 1]++;
        }
        for (int d = 0; d < 2048; d++) {
            starts[d + 1] += starts[d];
        }
        for (uint32_t i = 0; i < r->count; i++) {
            r->spare[starts[r->keys[r->order[i]] >> shift & 2047]++] = r->order[i];
        }
        uint32_t *swapped = r->order;
        r->order = r->spare;
        r->spare = swapped;
    }
}

static void sort_packets(struct recorder *r)
{
    for (uint32_t i = 0; i < r->count; i++) {
        r->keys[i] = r->packets[i].usec;
    }
    if (r->options->disorder > 0) {
        for (uint32_t i = 0; i < r->count; i++) {
            if (rng_chance(&r->rng, r->options->disorder)) {
                uint32_t back = rng_below(&r->rng, 50000);
                r->keys[i] -= back < r->keys[i] ? back : r->keys[i];
            }
        }
    }
    sort(r);
}

static void account_packet(struct recorder *r, const struct packet *p)
{
    struct source *source = &r->sources->list[p->source];
    int64_t usec = r->begin + p->usec;
    r->hour.packets++;
    r->hour.copies += p->copy;
    if (p->layout > SYN_40 || p->dport != 445) {
        return;
    }
    r->hour.syns++;
    if (source->hour != r->begin) {
        source->hour = r->begin;
        r->hour.heard[source->class]++;
    }
    source->first = source->first < usec ? source->first : usec;
    source->last = source->last != NEVER && source->last > usec ? source->last : usec;
    source->syns++;
    if (p->worm) {
        source->first_worm = source->first_worm < usec ? source->first_worm : usec;
        source->worm_syns++;
    }
    sources_heard(r->sources, p->source, p->dst);
}

bool recorder_close(struct recorder *r)
{
    add_copies(r);
    sort_packets(r);
    for (uint32_t i = 0; i < r->count; i++) {
        account_packet(r, &r->packets[i]);
    }
    return capture_write(r->options, r->sources, r->hour.begin, r->packets, r->order, r->count);
}

void recorder_release(struct recorder *r)
{
    free(r->packets);
    free(r->later);
    free(r->order);
    free(r->keys);
    free(r->spare);
}
