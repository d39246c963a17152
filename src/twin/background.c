/* SPDX-License-Identifier: BSD-2-Clause */
#include "twin/noise.h"

#include <stdlib.h>

enum {
    /* The public Two Days set holds 622 MB an hour before the outbreak; at 25 to 30 compressed bytes a packet, headers
     * only, that is 20 to 25 million packets. An estimate. */
    PACKETS_PER_HOUR = 20000000,
    /* Assumed: how many addresses send them, each for a day. */
    TALKERS = 300000,
};

/* The mix of this traffic is assumed. Ports and sizes are those of the worms and the spam of 2008. */
struct sort {
    uint8_t percent, shape, tcp_flags;
    uint16_t source_port, port, ip_len; /* ports: 0 is any */
};

static const struct sort sorts[] = {
    {6, PZ_TWIN_SYN_WINDOWS, PZ_TWIN_FLAG_SYN, 0, 135, 48}, /* Blaster's port */
    {7, PZ_TWIN_SYN_WINDOWS, PZ_TWIN_FLAG_SYN, 0, 139, 48},
    {4, PZ_TWIN_SYN_WINDOWS, PZ_TWIN_FLAG_SYN, 0, 1433, 48},
    {4, PZ_TWIN_SYN_WINDOWS, PZ_TWIN_FLAG_SYN, 0, 2967, 48},
    {4, PZ_TWIN_SYN_LINUX, PZ_TWIN_FLAG_SYN, 0, 22, 60},
    {2, PZ_TWIN_SYN_PLAIN, PZ_TWIN_FLAG_SYN, 6000, 80, 40},
    {3, PZ_TWIN_SYN_PLAIN, PZ_TWIN_FLAG_SYN, 0, 5900, 40},
    {2, PZ_TWIN_SYN_SEGMENT, PZ_TWIN_FLAG_SYN, 0, 23, 44},
    {12, PZ_TWIN_UDP, 0, 0, 1434, 404}, /* Slammer: 376 bytes of payload */
    {7, PZ_TWIN_UDP, 0, 0, 1026, 510},  /* spam to the Windows messenger */
    {6, PZ_TWIN_UDP, 0, 0, 1027, 510},
    {4, PZ_TWIN_UDP, 0, 0, 137, 78},
    {2, PZ_TWIN_UDP, 0, 53, 0, 140},                                   /* answers to forged queries */
    {14, PZ_TWIN_TCP, PZ_TWIN_FLAG_SYN | PZ_TWIN_FLAG_ACK, 80, 0, 44}, /* answers to forged SYNs */
    {6, PZ_TWIN_TCP, PZ_TWIN_FLAG_RST | PZ_TWIN_FLAG_ACK, 6667, 0, 40},
    {3, PZ_TWIN_TCP, PZ_TWIN_FLAG_RST, 0, 0, 40},
    {6, PZ_TWIN_ICMP, 0, 0x0800, 0, 92}, /* Welchia's echo request */
    {3, PZ_TWIN_ICMP, 0, 0x0303, 0, 56}, /* port unreachable */
    {2, PZ_TWIN_ICMP, 0, 0x0b00, 0, 56}, /* time exceeded */
    /* What must not be taken for a scan of TCP/445, though it has the number in it. */
    {1, PZ_TWIN_TCP, PZ_TWIN_FLAG_SYN | PZ_TWIN_FLAG_ACK, 0, 445, 44},
    {1, PZ_TWIN_TCP, PZ_TWIN_FLAG_RST, 445, 445, 40},
    {1, PZ_TWIN_FRAGMENT, PZ_TWIN_FLAG_SYN, 0, 445, 40},
};

/* The kind of packet for each of 100 equally likely draws. */
static void fill_percents(uint8_t by_percent[100])
{
    uint32_t n = 0;
    for (uint8_t i = 0; i < sizeof sorts / sizeof *sorts; i++)
        for (uint32_t k = 0; k < sorts[i].percent; k++)
            by_percent[n++] = i;
    PZ_CHECK(n == 100);
}

static void add_one(const struct pz_twin *twin, const struct sort *sort, uint32_t source, uint64_t random,
                    uint64_t more, struct pz_twin_traffic *traffic)
{
    /* A source keeps its distance (TTL) and its TCP stack. */
    uint64_t stack = pz_twin_mix(source);
    uint32_t ttl = (stack & 1 ? 128u : stack & 2 ? 64u : 255u) - 5 - pz_twin_pick((uint32_t)(stack >> 32), 24);
    uint16_t any_port = (uint16_t)(1024 + pz_twin_pick((uint32_t)(more >> 8), 64000));
    struct pz_twin_packet packet = {
        .source = source,
        .destination = twin->params->lens_octet << 24 | (uint32_t)(more & 0xffffff),
        .sequence = (uint32_t)(random ^ more >> 13),
        .source_port = sort->source_port ? sort->source_port : any_port,
        .destination_port = sort->port ? sort->port : any_port,
        .ip_id = (uint16_t)(more >> 48),
        .ip_len = sort->ip_len,
        .window = sort->tcp_flags & PZ_TWIN_FLAG_RST ? 0 : 16384,
        .segment = 1460,
        .ttl = (uint8_t)ttl,
        .shape = sort->shape,
        .tcp_flags = sort->tcp_flags,
    };
    int64_t usec = traffic->start_usec + (int64_t)(((random >> 32) * (uint64_t)PZ_USEC_PER_HOUR) >> 32);
    pz_twin_traffic_add(traffic, &packet, usec);
}

bool pz_twin_background_add(const struct pz_twin *twin, struct pz_twin_traffic *traffic)
{
    enum { TICK_PACKETS = 1 << 18 };
    uint8_t by_percent[100];
    fill_percents(by_percent);
    uint64_t key = pz_twin_key(twin->params->seed, 'b');
    uint64_t scale_q32 = (twin->params->scale_q32 >> 8) * twin->params->background_q16 >> 8;
    uint32_t ntalkers = 16 + (uint32_t)((TALKERS * scale_q32) >> 32);
    uint32_t *talkers = pz_alloc(ntalkers * sizeof *talkers);
    for (uint32_t i = 0; i < ntalkers; i++) { /* each changes its address once a day, at an hour of its own */
        uint64_t day = (traffic->hour + pz_twin_key(key, i) % PZ_HOURS_PER_DAY) / PZ_HOURS_PER_DAY;
        struct pz_twin_rng rng = {.state = pz_twin_key(pz_twin_key(key, i), day)};
        talkers[i] = pz_twin_world_anywhere(&twin->world, &rng);
    }
    struct pz_twin_rng rng = {.state = pz_twin_key(pz_twin_key(key, 'p'), traffic->hour)};
    uint64_t npackets = (PACKETS_PER_HOUR * scale_q32) >> 32;
    bool goes_on = true;
    for (uint64_t i = 0; i < npackets && goes_on; i++) {
        if (i % TICK_PACKETS == 0)
            goes_on = pz_twin_traffic_goes_on(traffic, 0);
        uint64_t random = pz_twin_roll(&rng), more = pz_twin_roll(&rng);
        /* Few send much: the square of a uniform number picks who. */
        uint32_t uniform = (uint32_t)random & 0xffff;
        uint32_t who = (uint32_t)(((uint64_t)uniform * uniform * ntalkers) >> 32);
        uint32_t percent = pz_twin_pick((uint32_t)(more >> 24), 100);
        add_one(twin, &sorts[by_percent[percent]], talkers[who], random, more, traffic);
    }
    free(talkers);
    return goes_on;
}
