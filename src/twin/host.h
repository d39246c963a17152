/* SPDX-License-Identifier: BSD-2-Clause */
/* A host with the worm: what it is, where it lives, and its counters, all as functions of time.
 *
 * A host that is off for the night only sends nothing: its threads, ports and identifiers go on counting. So any hour
 * can be made without the one before. */
#ifndef PZ_TWIN_HOST_H
#define PZ_TWIN_HOST_H

#include "twin/random.h"
#include "twin/world.h"

enum pz_twin_host_flag {
    PZ_TWIN_ZERO = 1,        /* the patient */
    PZ_TWIN_KEPT = 2,        /* among the thinned hosts that are there to be observed */
    PZ_TWIN_NAT = 4,         /* behind a router that other hosts may share: one more hop */
    PZ_TWIN_NAT_PORTS = 8,   /* ... that assigns its own source ports */
    PZ_TWIN_B = 16,          /* variant B */
    PZ_TWIN_CORESIDENT = 32, /* another scanner has the same address */
};

struct pz_twin_host {
    uint64_t key;    /* names all its draws */
    uint64_t nat_id; /* hosts with the same one share their addresses */
    int64_t infected_usec, cured_usec;
    int64_t lease_origin;   /* second from which leases are counted */
    uint32_t address;       /* its first */
    uint32_t infector;      /* address of the host that infected it; 0 for the patient zero */
    uint32_t rate_q16;      /* connects per second */
    uint32_t pick_usec;     /* between two picks of one thread */
    uint32_t lease_seconds; /* between two addresses; 0: it keeps its own */
    uint16_t nthreads;
    uint16_t country, place;  /* see spread.h */
    uint16_t window, segment; /* TCP window and maximum segment size */
    uint8_t block_bits;       /* its addresses lie in an aligned block of 2^n */
    uint8_t ttl;              /* as it arrives */
    uint8_t loss_q8;          /* chance of a packet to be lost on its way */
    uint8_t flags;
};

/* Draws what a host is from its key: rate, threads, stack, path, how it gets addresses. Its address, place, times and
 * flags must be set before. */
void pz_twin_host_draw(struct pz_twin_host *host);
uint32_t pz_twin_host_address(const struct pz_twin_host *host, int64_t second);
/* When its address changes in a stretch of at most 2 hours, in seconds; `until` if it doesn't. It does once at most. */
int64_t pz_twin_host_change(const struct pz_twin_host *host, int64_t from, int64_t until);
/* How many connects it has made at a time after its infection. */
uint64_t pz_twin_host_connects(const struct pz_twin_host *host, int64_t usec);

#endif
