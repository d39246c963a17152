/* SPDX-License-Identifier: BSD-2-Clause */
// A sending host's TCP/IP stack: what its SYNs look like, and its counters, which other traffic of the host drives on.
#ifndef TELESCOPE_STACK_H
#define TELESCOPE_STACK_H

#include "recorder.h"

enum stack_kind { WINDOWS, VISTA, LINUX, ODD, STACKS };

struct stack {
    uint8_t kind, layout, ttl; // as it arrives
    uint16_t window;
    uint32_t port_first, port_count; // the range of source ports
    uint32_t port, id;               // where the counters began
    double ids_per_connect;
};

struct stack stack_make(struct rng *rng, enum stack_kind kind);

// The packet of a SYN to dst by a host that has opened this many connections before.
struct packet stack_syn(const struct stack *stack, struct rng *rng, uint32_t source, uint32_t dst, double connects);
// The same SYN sent again when the host had opened this many.
struct packet stack_again(const struct stack *stack, struct rng *rng, struct packet first, double connects);

// Hops from the source to the telescope.
uint8_t hops_draw(struct rng *rng);

#endif
