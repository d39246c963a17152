/* SPDX-License-Identifier: BSD-2-Clause */
#include "scope_background.h"
#include "stack.h"

void background_init(struct background *b, const struct options *options, struct sources *sources)
{
    *b = (struct background){.first = sources->count, .count = 5000};
    struct rng rng = rng_make(options->seed, 10, 0);
    for (uint32_t i = 0; i < b->count; i++) {
        sources_add(sources, &rng, OTHER, 0);
    }
}

static struct packet draw(struct rng *rng, uint32_t source)
{
    static const uint16_t scanned[] = {22, 80, 135, 139, 1433, 2967, 5900, 25};
    static const uint16_t udp[] = {1434, 1434, 1026, 1027, 137, 53};
    static const uint16_t served[] = {80, 80, 80, 6667, 445, 22};
    // A source keeps to its kind.
    struct rng own = rng_make(11, 0, source);
    uint32_t kind = rng_below(&own, 100);
    struct stack stack = stack_make(&own, kind < 50 ? WINDOWS : LINUX);
    struct packet p = stack_syn(&stack, rng, source, (uint32_t)rng_next(rng) & 0xffffff, rng_below(rng, 65536));
    p.dport = scanned[rng_below(&own, 8)];
    if (kind >= 45) {
        p.layout = kind < 70 ? UDP : kind < 85 ? SYN_ACK : kind < 92 ? RESET : ICMP;
    }
    if (p.layout == UDP) {
        p.dport = udp[rng_below(&own, 6)];
    } else if (p.layout == SYN_ACK || p.layout == RESET) {
        p.sport = served[rng_below(&own, 6)];
        p.dport = (uint16_t)(1024 + rng_below(rng, 60000));
    }
    return p;
}

void background_hour(const struct background *b, struct recorder *recorder, uint32_t count)
{
    struct rng rng = rng_make(recorder->options->seed, 12, (uint64_t)recorder->begin);
    for (uint32_t i = 0; i < count; i++) {
        // Rank r sends about 1/r of the packets.
        uint32_t rank = (uint32_t)(exp(rng_unit(&rng) * log(b->count)) - 1) % b->count;
        int64_t usec = recorder->begin + (int64_t)(rng_unit(&rng) * 3599e6);
        recorder_take(recorder, usec, draw(&rng, b->first + rank));
    }
}
