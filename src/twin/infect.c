/* SPDX-License-Identifier: BSD-2-Clause */
/* One infection: a host is added with an address, a place and times; then its neighbours and the hosts behind the same
 * router may follow, each after a delay. Which hosts are kept for a scaled-down archive is decided here, by counting
 * within a stratum (a country and a place), so that a small archive has the shape of a large one. */
#include "base/error.h"
#include "base/sort.h"
#include "base/time.h"
#include "twin/epidemic.h"
#include "twin/worm.h"

#include <stdlib.h>

enum {
    SLOT_USEC = PZ_TWIN_SLOT_SECONDS * 1000000,

    /* Assumed. Each host infects a neighbour with this chance, after this mean delay: "will scan the class C network
     * (/24) that it infected a host in, and also the previous 10 class C networks" (CAIDA 2009). */
    NEIGHBOUR_Q16 = PZ_TWIN_ONE / 6,
    NEIGHBOUR_DELAY_SECONDS = 7200,
    NEIGHBOUR_NETWORKS = 11,
    /* Assumed. Half of the hosts that the worm is carried to are behind a router, and infect each other there. */
    NAT_Q16 = PZ_TWIN_ONE / 2,
    NAT_SIBLING_Q16 = PZ_TWIN_ONE * 2 / 5,
    NAT_DELAY_SECONDS = 3600,
    CORESIDENT_Q16 = PZ_TWIN_ONE / 20,
    /* Assumed: a host stays infected for one day, and then for 24 more on average. Nearly a million addresses were still
     * infected after six years (H. Asghari et al., USENIX Security 2015), but most of them were infected later. */
    SICK_DAYS = 24,
    /* Assumed: a host's addresses come from a pool of 2^8 to 2^14 addresses. */
    LEAST_BLOCK_BITS = 8,
    BLOCK_BITS_SPREAD = 7,
};

void pz_twin_epidemic_init(struct pz_twin_epidemic *epidemic, const struct pz_twin *twin, uint32_t first_slot,
                           uint32_t nslots)
{
    uint32_t nstrata = twin->world.ncountries * PZ_TWIN_PLACES;
    uint64_t key = pz_twin_key(twin->params->seed, 'e');
    *epidemic = (struct pz_twin_epidemic){.twin = twin,
                                          .rng = {.state = key},
                                          .strata = pz_alloc(nstrata * sizeof *epidemic->strata),
                                          .nstrata = nstrata,
                                          .first_slot = first_slot,
                                          .nslots = nslots,
                                          .slots = pz_alloc(nslots * sizeof *epidemic->slots)};
    for (uint32_t i = 0; i < nstrata; i++)
        epidemic->strata[i].thinning_q32 = pz_twin_key(key, i) >> 32;
}

void pz_twin_epidemic_release(struct pz_twin_epidemic *epidemic)
{
    free(epidemic->hosts);
    free(epidemic->spreaders);
    free(epidemic->strata);
    free(epidemic->slots);
    free(epidemic->start_before);
}

static struct pz_twin_host *new_host(struct pz_twin_epidemic *epidemic, const struct pz_twin_infection *infection)
{
    epidemic->hosts = pz_room(epidemic->hosts, epidemic->nhosts, sizeof *epidemic->hosts);
    epidemic->start_before = pz_room(epidemic->start_before, epidemic->nhosts, sizeof *epidemic->start_before);
    uint64_t key = pz_twin_key(epidemic->twin->params->seed, (uint64_t)'h' << 32 | epidemic->nhosts);
    struct pz_twin_host *host = &epidemic->hosts[epidemic->nhosts++];
    *host = (struct pz_twin_host){
        .key = key,
        .nat_id = pz_twin_key(key, 's'),
        .infected_usec = infection->usec,
        .country = (uint16_t)infection->country,
        .place = (uint16_t)infection->place,
        .flags = infection->flags,
        .block_bits = (uint8_t)(LEAST_BLOCK_BITS + pz_twin_below(&epidemic->rng, BLOCK_BITS_SPREAD)),
    };
    return host;
}

/* Which hosts are kept is decided by counting, stratum by stratum, and not by chance: small archives then have the shape
 * of large ones. */
static bool is_kept(struct pz_twin_epidemic *epidemic, struct pz_twin_stratum *stratum)
{
    stratum->thinning_q32 += epidemic->twin->params->scale_q32;
    bool kept = stratum->thinning_q32 >> 32;
    stratum->thinning_q32 &= UINT32_MAX;
    return kept;
}

static struct pz_twin_stratum *stratum_of(struct pz_twin_epidemic *epidemic, const struct pz_twin_host *host)
{
    return &epidemic->strata[host->country * (uint32_t)PZ_TWIN_PLACES + host->place / PZ_TWIN_PLACE_WIDTH];
}

static void begin_to_scan(struct pz_twin_epidemic *epidemic, uint32_t index)
{
    const struct pz_twin_host *host = &epidemic->hosts[index];
    struct pz_twin_stratum *stratum = stratum_of(epidemic, host);
    uint32_t n = epidemic->nspreaders++;
    epidemic->spreaders = pz_room(epidemic->spreaders, n, sizeof *epidemic->spreaders);
    uint64_t before_q16 = n ? epidemic->spreaders[n - 1].rate_until_q16 : 0;
    epidemic->spreaders[n] = (struct pz_twin_spreader){.rate_until_q16 = before_q16 + host->rate_q16, .host = index};
    stratum->rates_q16 += host->rate_q16;
    stratum->infected++;
}

/* Fills what is not set yet of the host. `leader` is a host behind the same router, or NULL. A host that is infected
 * later (`due`) begins to infect others in the slot after its infection. */
static void complete(struct pz_twin_epidemic *epidemic, struct pz_twin_host *host, const struct pz_twin_host *leader,
                     bool due)
{
    uint32_t index = (uint32_t)(host - epidemic->hosts);
    uint64_t sick_usec = PZ_HOURS_PER_DAY * PZ_USEC_PER_HOUR;
    sick_usec += pz_twin_wait(&epidemic->rng, SICK_DAYS * PZ_HOURS_PER_DAY * PZ_SECONDS_PER_HOUR) * PZ_USEC_PER_SECOND;
    host->cured_usec = host->infected_usec + (int64_t)sick_usec;
    pz_twin_host_draw(host);
    if (leader) {
        host->lease_origin = leader->lease_origin;
        host->lease_seconds = leader->lease_seconds;
        host->flags |= leader->flags & PZ_TWIN_KEPT;
    } else if (is_kept(epidemic, stratum_of(epidemic, host)))
        host->flags |= PZ_TWIN_KEPT;
    if (due) {
        uint32_t start = (uint32_t)(host->infected_usec / SLOT_USEC) - epidemic->first_slot + 1;
        if (start < epidemic->nslots) {
            epidemic->start_before[index] = epidemic->slots[start].last_start;
            epidemic->slots[start].last_start = index + 1;
        }
    } else
        begin_to_scan(epidemic, index);
    uint64_t cure = (uint64_t)host->cured_usec / SLOT_USEC - epidemic->first_slot;
    if (cure < epidemic->nslots)
        epidemic->slots[cure].ncures++;
}

void pz_twin_epidemic_begin_slot(struct pz_twin_epidemic *epidemic, uint32_t slot)
{
    uint32_t *last_start = &epidemic->slots[slot - epidemic->first_slot].last_start;
    for (uint32_t at = *last_start; at; at = epidemic->start_before[at - 1])
        begin_to_scan(epidemic, at - 1);
    *last_start = 0;
}

static bool is_not_after(const void *item, const void *at)
{
    return ((const struct pz_twin_spreader *)item)->rate_until_q16 <= *(const uint64_t *)at;
}

const struct pz_twin_host *pz_twin_epidemic_infector(struct pz_twin_epidemic *epidemic, int64_t usec)
{
    enum { TRIES = 100 }; /* about half of the hosts are on */
    const struct pz_twin_host *host = NULL;
    for (int i = 0; i < TRIES; i++) {
        const struct pz_twin_spreader *first = epidemic->spreaders;
        uint32_t last = epidemic->nspreaders - 1;
        uint64_t at = pz_twin_below64(&epidemic->rng, first[last].rate_until_q16);
        host = &epidemic->hosts[first[pz_lower_bound(&at, first, last, sizeof *first, is_not_after)].host];
        if (usec >= host->infected_usec && usec < host->cured_usec &&
            pz_twin_is_on(epidemic->twin, host, usec / PZ_USEC_PER_SECOND))
            break;
    }
    return host;
}

static uint32_t address_of(const struct pz_twin_host *host, int64_t usec)
{
    return pz_twin_host_address(host, usec / PZ_USEC_PER_SECOND);
}

static int64_t delayed(struct pz_twin_epidemic *epidemic, int64_t usec, uint32_t mean_seconds)
{
    return usec + (int64_t)pz_twin_wait(&epidemic->rng, mean_seconds) * PZ_USEC_PER_SECOND;
}

/* Neighbours of the host at `index`, and theirs. */
static void infect_neighbours(struct pz_twin_epidemic *epidemic, uint32_t index)
{
    while (pz_twin_chance(&epidemic->rng, NEIGHBOUR_Q16)) {
        struct pz_twin_host parent = epidemic->hosts[index]; /* a copy: the array may move */
        struct pz_twin_infection infection = {.usec = delayed(epidemic, parent.infected_usec, NEIGHBOUR_DELAY_SECONDS),
                                              .country = parent.country,
                                              .place = parent.place,
                                              .flags = parent.flags & PZ_TWIN_B};
        uint32_t network = (parent.address & ~255u) - 256 * pz_twin_below(&epidemic->rng, NEIGHBOUR_NETWORKS);
        uint32_t address = network | (1 + pz_twin_below(&epidemic->rng, 254));
        if (!pz_twin_world_usable(&epidemic->twin->world, address))
            return;
        index = epidemic->nhosts;
        struct pz_twin_host *host = new_host(epidemic, &infection);
        host->address = address;
        host->infector = address_of(&parent, infection.usec);
        if (host->block_bits > parent.block_bits)
            host->block_bits = parent.block_bits; /* a larger block might leave the country */
        complete(epidemic, host, NULL, true);
    }
}

/* Others behind the same router as the host at `index`. */
static void infect_siblings(struct pz_twin_epidemic *epidemic, uint32_t index)
{
    int64_t usec = epidemic->hosts[index].infected_usec;
    while (pz_twin_chance(&epidemic->rng, NAT_SIBLING_Q16)) {
        struct pz_twin_host leader = epidemic->hosts[index];
        usec = delayed(epidemic, usec, NAT_DELAY_SECONDS);
        struct pz_twin_infection infection = {.usec = usec,
                                              .country = leader.country,
                                              .place = leader.place,
                                              .flags = leader.flags & (PZ_TWIN_B | PZ_TWIN_NAT)};
        struct pz_twin_host *host = new_host(epidemic, &infection);
        host->nat_id = leader.nat_id;
        host->address = leader.address;
        host->block_bits = leader.block_bits;
        host->infector = address_of(&leader, usec);
        complete(epidemic, host, &leader, true);
    }
}

/* The host itself, at an address of its own. */
static uint32_t infect_one(struct pz_twin_epidemic *epidemic, const struct pz_twin_infection *infection, bool reachable)
{
    uint32_t infector = infection->infector ? address_of(infection->infector, infection->usec) : 0;
    struct pz_twin_host *host = new_host(epidemic, infection);
    uint32_t block_bits = host->block_bits;
    host->address =
        pz_twin_world_address(&epidemic->twin->world, infection->country, reachable, &epidemic->rng, &block_bits);
    host->block_bits = (uint8_t)block_bits;
    host->infector = infector;
    complete(epidemic, host, NULL, false);
    return (uint32_t)(host - epidemic->hosts);
}

void pz_twin_infect_random(struct pz_twin_epidemic *epidemic, struct pz_twin_infection infection)
{
    infect_neighbours(epidemic, infect_one(epidemic, &infection, true));
}

void pz_twin_infect_carried(struct pz_twin_epidemic *epidemic, struct pz_twin_infection infection)
{
    if (pz_twin_chance(&epidemic->rng, NAT_Q16)) {
        infection.flags |= PZ_TWIN_NAT;
        if (pz_twin_chance(&epidemic->rng, CORESIDENT_Q16))
            infection.flags |= PZ_TWIN_CORESIDENT;
        infect_siblings(epidemic, infect_one(epidemic, &infection, false));
    } else
        infect_neighbours(epidemic, infect_one(epidemic, &infection, false));
}

/* From the release to the first attempt of any thread that reaches the telescope. */
static int64_t usec_to_first_hit(const struct pz_twin *twin, const struct pz_twin_host *host)
{
    int64_t first = INT64_MAX;
    for (uint32_t thread = 0; thread < host->nthreads; thread++) {
        struct pz_twin_hits hits;
        pz_twin_hits_begin(&hits, &twin->rand, host, thread, host->infected_usec);
        if (hits.usec - host->infected_usec < first)
            first = hits.usec - host->infected_usec;
    }
    return first;
}

void pz_twin_infect_zero(struct pz_twin_epidemic *epidemic)
{
    const struct pz_twin_infection infection = {.usec = PZ_TWIN_FIRST_SCAN_USEC,
                                                .country =
                                                    pz_twin_world_country(&epidemic->twin->world, &epidemic->rng),
                                                .flags = PZ_TWIN_ZERO | PZ_TWIN_KEPT};
    infect_one(epidemic, &infection, false);
    /* Its draws are those of a host infected at its first scan; from there the clock is turned back. */
    struct pz_twin_host *zero = epidemic->hosts;
    zero->infected_usec -= usec_to_first_hit(epidemic->twin, zero);
    zero->lease_seconds = 0;
}
