/* SPDX-License-Identifier: BSD-2-Clause */
#include "twin/host.h"

#include "base/time.h"
#include "twin/rand.h"

enum {
    DISCARDED_OCTETS = 35, /* first octets that the worm passes over: 0, 10, 127, 224 to 255; see epidemic.h */

    /* Connects per second. One host is known: 33.8 (2278 source ports in 67.5 s of CAIDA's Figure 5); SRI's infected
     * host made few (CAIDA 2009). The distribution is assumed. */
    MEDIAN_RATE_Q16 = 205000, /* 2.8 */
    SIGMA_RATE_Q16 = 91750,   /* 1.4 */
    LEAST_RATE_Q16 = 1311,    /* 0.02 */
    MOST_RATE_Q16 = 100 * 65536,
    ZERO_RATE_Q16 = 2215117, /* the patient zero scans as the host of Figure 5 does: 33.8 */

    /* A connect is given up after the second SYN and before a third, which would come 9 s after the first (Figure 5).
     */
    LEAST_HOLD_USEC = 4000000,
    HOLD_SPREAD_USEC = 4000000,
};

static void draw_pace(struct pz_twin_host *host, struct pz_twin_rng *rng)
{
    uint64_t rate_q16 = pz_twin_lognormal(rng, MEDIAN_RATE_Q16, SIGMA_RATE_Q16);
    if (host->flags & PZ_TWIN_ZERO)
        rate_q16 = ZERO_RATE_Q16;
    rate_q16 = rate_q16 < LEAST_RATE_Q16 ? LEAST_RATE_Q16 : rate_q16 > MOST_RATE_Q16 ? MOST_RATE_Q16 : rate_q16;
    uint64_t hold_usec = LEAST_HOLD_USEC + pz_twin_below(rng, HOLD_SPREAD_USEC);
    uint64_t nthreads = (rate_q16 * hold_usec / PZ_USEC_PER_SECOND + PZ_TWIN_ONE / 2) / PZ_TWIN_ONE;
    nthreads = nthreads ? nthreads : 1;
    host->rate_q16 = (uint32_t)rate_q16;
    host->nthreads = (uint16_t)nthreads;
    uint64_t connect_usec = nthreads * PZ_USEC_PER_SECOND * PZ_TWIN_ONE / rate_q16;
    /* An address that is passed over costs a thread no time. */
    host->pick_usec = (uint32_t)(connect_usec * (256 - DISCARDED_OCTETS) / 256);
}

static void draw_stack(struct pz_twin_host *host, struct pz_twin_rng *rng)
{
    /* Windows of p0f's signatures with an initial TTL of 128 and options MSS, NOP, NOP, SACK: Windows 2000, XP, 2003.
     */
    static const uint16_t windows[] = {65535, 65535, 65535, 65535, 64512, 16384, 16384, 8192};
    static const uint16_t segments[] = {1460, 1460, 1460, 1452, 1440, 1414, 1400, 1360};
    host->window = windows[pz_twin_below(rng, 8)];
    host->segment = segments[pz_twin_below(rng, 8)];
    /* Sent as 128 and near to it on arrival (CAIDA 2009); 25 hops for the host of Figure 5. The spread is assumed. */
    uint32_t hops = 8 + pz_twin_below(rng, 11) + pz_twin_below(rng, 11);
    host->ttl = (uint8_t)(128 - hops - ((host->flags & PZ_TWIN_NAT) ? 1 : 0));
    /* Of Figure 5's 11 whole attempts 4 lack a SYN; "an occasional single" one, says the text. */
    host->loss_q8 = host->flags & PZ_TWIN_ZERO ? 0 : (uint8_t)(8 + pz_twin_below(rng, 48));
    if ((host->flags & PZ_TWIN_NAT) && pz_twin_chance(rng, PZ_TWIN_ONE / 2))
        host->flags |= PZ_TWIN_NAT_PORTS;
}

/* Assumed: of 10 hosts, 2 keep their address, 1 gets a new one every week, 3 every day, and 4, which dial in, every 2 to
 * 10 hours. */
static void draw_lease(struct pz_twin_host *host, struct pz_twin_rng *rng)
{
    enum { HOUR = PZ_SECONDS_PER_HOUR };
    uint32_t kind = pz_twin_below(rng, 10);
    uint32_t hours = 2 * HOUR + pz_twin_below(rng, 8 * HOUR);
    host->lease_seconds = kind < 2 ? 0 : kind < 3 ? 7 * 24 * HOUR : kind < 6 ? 24 * HOUR : hours;
    if (host->lease_seconds) /* the first lease ends at any time within its length */
        host->lease_origin = host->infected_usec / PZ_USEC_PER_SECOND - pz_twin_below(rng, host->lease_seconds);
}

void pz_twin_host_draw(struct pz_twin_host *host)
{
    struct pz_twin_rng rng = {.state = host->key};
    draw_pace(host, &rng);
    draw_stack(host, &rng);
    draw_lease(host, &rng);
}

uint32_t pz_twin_host_address(const struct pz_twin_host *host, int64_t second)
{
    if (!host->lease_seconds || second < host->lease_origin)
        return host->address;
    uint64_t lease = (uint64_t)(second - host->lease_origin) / host->lease_seconds;
    if (!lease)
        return host->address;
    uint32_t mask = (1u << host->block_bits) - 1;
    uint32_t low = (uint32_t)pz_twin_key(host->nat_id, lease) & mask;
    if ((low & 255) == 0 || (low & 255) == 255)
        low ^= 0x5a & mask; /* .0 and .255 are given to no host */
    return (host->address & ~mask) | low;
}

int64_t pz_twin_host_change(const struct pz_twin_host *host, int64_t from, int64_t until)
{
    if (!host->lease_seconds || until <= host->lease_origin)
        return until;
    int64_t leases = (until - 1 - host->lease_origin) / host->lease_seconds;
    int64_t change = host->lease_origin + leases * host->lease_seconds;
    return leases > 0 && change > from ? change : until;
}

uint64_t pz_twin_host_connects(const struct pz_twin_host *host, int64_t usec)
{
    uint64_t elapsed = (uint64_t)(usec - host->infected_usec);
    uint64_t whole = elapsed / PZ_USEC_PER_SECOND * host->rate_q16;
    return (whole + elapsed % PZ_USEC_PER_SECOND * host->rate_q16 / PZ_USEC_PER_SECOND) / PZ_TWIN_ONE;
}
