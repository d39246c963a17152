/* SPDX-License-Identifier: BSD-2-Clause */
/* Thread by thread, a host's picks that hit the telescope are stepped through, from the first whose packets may fall into
 * the hour. Each hit while the host is on is an attempt of one or two SYNs, under the address that it has then. */
#include "twin/worm.h"

#include "twin/spread.h"

enum {
    FIRST_PORT = 1025,
    NPORTS = 3976,            /* one counter for all connects, up to 5000 (CAIDA 2009; Windows of the time) */
    IDS_PER_CONNECT_Q8 = 604, /* 2.36 by Figure 5: both SYNs and what else the host sends */

    /* The second SYN comes 2.84 to 3.01 s after the first in all seven pairs of Figure 5: Windows' first timer of 3 s,
     * which ticks in steps. A third would come 6 s later: it is never sent. */
    LEAST_GAP_USEC = 2840000,
    GAP_SPREAD_USEC = 165000,
    MOST_GAP_USEC = LEAST_GAP_USEC + GAP_SPREAD_USEC,
    /* Assumed: now and then a connect is given up before the second SYN ("a timeout set around the first retransmit",
     * CAIDA 2009). */
    NO_SECOND_Q16 = PZ_TWIN_ONE / 25,
};

static inline void settle(struct pz_twin_hits *hits)
{
    uint32_t jitter = (uint32_t)(pz_twin_mix(hits->state + hits->pick * PZ_TWIN_STEP) >> 32);
    hits->usec = hits->origin_usec + (int64_t)(hits->pick * hits->pick_usec) + pz_twin_pick(jitter, hits->wobble_usec);
}

static void go_on(struct pz_twin_hits *hits)
{
    hits->state = pz_twin_rand_hit_after(hits->rand, hits->state, &hits->pick);
    settle(hits);
}

void pz_twin_hits_begin(struct pz_twin_hits *hits, const struct pz_twin_rand *rand, const struct pz_twin_host *host,
                        uint32_t thread, int64_t usec)
{
    uint64_t key = pz_twin_key(host->key, (uint64_t)'r' << 32 | thread);
    *hits = (struct pz_twin_hits){.rand = rand,
                                  .pick_usec = host->pick_usec,
                                  .wobble_usec = host->pick_usec / 2,
                                  .origin_usec = host->infected_usec + pz_twin_pick((uint32_t)key, host->pick_usec)};
    uint32_t seed = (uint32_t)(key >> 32);
    int64_t before = usec - hits->origin_usec - hits->wobble_usec;
    if (before > 0)
        hits->pick = (uint64_t)before / host->pick_usec;
    hits->state = pz_twin_rand_find(rand, pz_twin_rand_jump(seed, hits->pick), &hits->pick);
    settle(hits);
    while (hits->usec < usec)
        go_on(hits);
}

/* When a host is on and under which address, in the stretch of time whose packets may fall into the hour. Whether it is
 * on depends on its own clock, not on the hour: an attempt at the border of two hours is the same from both sides. */
struct presence {
    int64_t from_usec, until_usec;
    uint32_t first_slot, on;        /* a bit a slot, by the host's own clock */
    uint32_t source[2], scanner[2]; /* before and after its address changes */
    int64_t change_usec;
};

static uint32_t new_scanner(struct pz_twin_traffic *traffic, const struct pz_twin_host *host, uint32_t source)
{
    uint32_t number = pz_twin_traffic_scanner(
        traffic, pz_twin_scanner_id(host->flags & PZ_TWIN_B ? PZ_TWIN_WORM_B : PZ_TWIN_WORM_A, host->key), source);
    traffic->scanners[number].infector = host->infector;
    traffic->scanners[number].infected_usec = host->infected_usec;
    return number;
}

static bool find_presence(const struct pz_twin *twin, const struct pz_twin_host *host, struct pz_twin_traffic *traffic,
                          struct presence *presence)
{
    int64_t from = traffic->start_usec - MOST_GAP_USEC, until = traffic->start_usec + PZ_USEC_PER_HOUR;
    from = from > host->infected_usec ? from : host->infected_usec;
    until = until < host->cured_usec ? until : host->cured_usec;
    if (from >= until)
        return false;
    *presence = (struct presence){.from_usec = from, .until_usec = until, .change_usec = until};
    int64_t second = from / PZ_USEC_PER_SECOND, last_second = (until - 1) / PZ_USEC_PER_SECOND;
    presence->first_slot = pz_twin_clock_slot(twin, host, second);
    uint32_t nslots = pz_twin_clock_slot(twin, host, last_second) - presence->first_slot + 1;
    for (uint32_t i = 0; i < nslots; i++)
        if (pz_twin_is_on_in(twin, host, presence->first_slot + i))
            presence->on |= 1u << i;
    if (!presence->on && !pz_twin_is_new(host, second))
        return false;
    presence->source[0] = presence->source[1] = pz_twin_host_address(host, second);
    presence->scanner[0] = presence->scanner[1] = new_scanner(traffic, host, presence->source[0]);
    int64_t change = pz_twin_host_change(host, second, last_second + 1);
    if (change <= last_second) {
        presence->change_usec = change * PZ_USEC_PER_SECOND;
        presence->source[1] = pz_twin_host_address(host, change);
        presence->scanner[1] = new_scanner(traffic, host, presence->source[1]);
    }
    return true;
}

static bool is_on(const struct pz_twin *twin, const struct pz_twin_host *host, const struct presence *presence,
                  int64_t usec)
{
    int64_t second = usec / PZ_USEC_PER_SECOND;
    return pz_twin_is_new(host, second) ||
           presence->on >> (pz_twin_clock_slot(twin, host, second) - presence->first_slot) & 1;
}

static void add_syn(const struct pz_twin_host *host, struct pz_twin_traffic *traffic, struct pz_twin_packet *packet,
                    int64_t usec, uint32_t nth)
{
    uint64_t ids = pz_twin_host_connects(host, usec) * IDS_PER_CONNECT_Q8 / 256 + (host->key >> 48);
    packet->ip_id = (uint16_t)(ids + nth); /* even if a host scans slowly, its next packet has the next number */
    pz_twin_traffic_add(traffic, packet, usec);
}

static void add_attempt(const struct pz_twin_host *host, struct pz_twin_traffic *traffic,
                        const struct presence *presence, const struct pz_twin_hits *hits)
{
    uint64_t random = pz_twin_mix(host->key ^ (uint64_t)hits->usec << 20 ^ hits->state);
    bool first_lost = (random & 255) < host->loss_q8, second_lost = (random >> 8 & 255) < host->loss_q8;
    bool second_sent = (random >> 16 & 0xffff) >= NO_SECOND_Q16;
    uint32_t gap_usec = LEAST_GAP_USEC + pz_twin_pick((uint32_t)(random >> 32), GAP_SPREAD_USEC);
    int lease = hits->usec >= presence->change_usec;
    uint64_t more = pz_twin_mix(random + PZ_TWIN_STEP);
    uint16_t port = (uint16_t)(FIRST_PORT + (pz_twin_host_connects(host, hits->usec) + (host->key & 0xffff)) % NPORTS);
    if (host->flags & PZ_TWIN_NAT_PORTS) /* assumed: routers give any port above the reserved ones */
        port = (uint16_t)(1024 + pz_twin_pick((uint32_t)(more >> 32), 65536 - 1024));
    struct pz_twin_packet packet = {.source = presence->source[lease],
                                    .destination = pz_twin_rand_target(hits->state),
                                    .sequence = (uint32_t)more,
                                    .scanner = presence->scanner[lease],
                                    .source_port = port,
                                    .destination_port = PZ_TWIN_WORM->port,
                                    .ip_len = 48,
                                    .window = host->window,
                                    .segment = host->segment,
                                    .ttl = host->ttl,
                                    .shape = PZ_TWIN_SYN_WINDOWS,
                                    .tcp_flags = PZ_TWIN_FLAG_SYN};
    if (!first_lost)
        add_syn(host, traffic, &packet, hits->usec, 0);
    if (second_sent && !second_lost)
        add_syn(host, traffic, &packet, hits->usec + gap_usec, 1);
}

void pz_twin_worm_add(const struct pz_twin *twin, const struct pz_twin_host *host, struct pz_twin_traffic *traffic)
{
    struct presence presence;
    if (!find_presence(twin, host, traffic, &presence))
        return;
    for (uint32_t thread = 0; thread < host->nthreads; thread++) {
        struct pz_twin_hits hits;
        pz_twin_hits_begin(&hits, &twin->rand, host, thread, presence.from_usec);
        for (; hits.usec < presence.until_usec; go_on(&hits))
            if (is_on(twin, host, &presence, hits.usec))
                add_attempt(host, traffic, &presence, &hits);
    }
}
