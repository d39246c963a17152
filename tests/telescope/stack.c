/* SPDX-License-Identifier: BSD-2-Clause */
#include "stack.h"

uint8_t hops_draw(struct rng *rng)
{
    double hops = rng_normal(rng, 16, 3.5);
    return (uint8_t)(hops < 8 ? 8 : hops > 27 ? 27 : hops);
}

struct stack stack_make(struct rng *rng, enum stack_kind kind)
{
    static const uint16_t windows[] = {65535, 65535, 65535, 64512, 64240, 16384, 16384, 8192};
    static const uint8_t odd_ttls[] = {255, 128, 64, 64, 32, 100};
    struct stack s = {.kind = (uint8_t)kind, .id = rng_below(rng, 65536), .ids_per_connect = 2.36};
    uint8_t hops = hops_draw(rng);
    switch (kind) {
    case WINDOWS:
        s.layout = SYN_48;
        s.window = windows[rng_below(rng, 8)];
        s.port_first = 1025;
        s.port_count = 3976;
        s.ttl = (uint8_t)(128 - hops);
        break;
    case VISTA:
        s.layout = SYN_52;
        s.window = 8192;
        s.port_first = 49152;
        s.port_count = 16384;
        s.ttl = (uint8_t)(128 - hops);
        break;
    case LINUX:
        s.layout = SYN_60;
        s.window = 5840;
        s.port_first = 32768;
        s.port_count = 28232;
        s.ttl = (uint8_t)(64 - hops);
        break;
    default:
        s.layout = SYN_40;
        s.window = (uint16_t)(1024 * (1 + rng_below(rng, 16)));
        s.ttl = odd_ttls[rng_below(rng, sizeof odd_ttls)];
        s.ttl = s.ttl > hops + 2 ? (uint8_t)(s.ttl - hops) : 2;
        // Some send all from one port.
        s.port_first = 1024 + rng_below(rng, 40000);
        s.port_count = rng_chance(rng, 0.5) ? 1 : 20000;
    }
    s.port = rng_below(rng, s.port_count);
    return s;
}

static uint16_t ip_id(const struct stack *s, struct rng *rng, double connects)
{
    if (s->kind == LINUX || s->kind == ODD) {
        return (uint16_t)rng_next(rng);
    }
    return (uint16_t)(s->id + (uint64_t)(connects * s->ids_per_connect));
}

struct packet stack_syn(const struct stack *s, struct rng *rng, uint32_t source, uint32_t dst, double connects)
{
    return (struct packet){
        .source = source,
        .dst = dst,
        .seq = (uint32_t)rng_next(rng),
        .sport = (uint16_t)(s->port_first + (s->port + (uint64_t)connects) % s->port_count),
        .dport = 445,
        .id = ip_id(s, rng, connects),
        .window = s->window,
        .ttl = s->ttl,
        .layout = s->layout,
    };
}

struct packet stack_again(const struct stack *s, struct rng *rng, struct packet first, double connects)
{
    first.id = ip_id(s, rng, connects);
    return first;
}
