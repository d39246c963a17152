/* SPDX-License-Identifier: BSD-2-Clause */
/* The first day is simulated infection by infection: the next one comes after an exponential wait at the present rate,
 * by scan or otherwise, and moves one host of a stratum from the susceptible to the infected. Later days are simulated
 * slot by slot, with as many infections and cures as published counts ask for. Random numbers are functions of keys, so a
 * longer archive begins with a shorter one. */
#include "twin/spread.h"

#include "base/error.h"
#include "base/time.h"
#include "twin/epidemic.h"

#include <stdlib.h>

#define SECONDS_PER_DAY (PZ_HOURS_PER_DAY * PZ_SECONDS_PER_HOUR)

const struct pz_twin_anchor pz_twin_anchors[PZ_TWIN_NANCHORS] = {
    {15, 112300, NULL}, {16, 113600, NULL}, {17, 0, "S6a"},
    {18, 113200, NULL}, {20, 108500, NULL}, {10 * PZ_HOURS_PER_DAY + 14, 0, "S7a"},
};

uint32_t pz_twin_anchor_sources(int i)
{
    const struct pz_twin_anchor *anchor = &pz_twin_anchors[i];
    return anchor->published ? (uint32_t)pz_outbreak_published(PZ_TWIN_WORM, anchor->published)->count
                             : anchor->assumed;
}

enum {
    SLOT_USEC = PZ_TWIN_SLOT_SECONDS * 1000000,

    /* Addresses a connect can go to: a quarter of all, less what is passed over. What is passed over isn't published in
     * detail ("less than one quarter" is scanned: RSA 2015 HT-R01); here it is first octets 0, 10, 127 and 224 up. */
    TARGETS = (1 << 30) / 256 * (256 - 35),
    /* Vulnerable hosts that a random scan reaches, and those among them that only one scan in so many infects (a
     * firewall now and then, another language of Windows). Chosen so that the 21st comes out as published: the rise to
     * 70 % of Figure 6 by 05:00, the most sources at 17:00. With the rates of host.c they make the growth too. */
    VULNERABLE = 101000,
    GUARDED = 58000,
    GUARDED_TRIES = 20,
    /* Assumed: infections by other ways than the scan, per infected host and second, Q24: one in 33 hours. */
    CARRIED_Q24 = 45,
    /* Assumed: this share of later infections is by random scan, of hosts that were newly set up or moved. */
    LATER_RANDOM_Q16 = PZ_TWIN_ONE * 2 / 5,
    B_RANDOM_Q16 = PZ_TWIN_ONE / 5,
    EVER_ON = 65536 * 74 / 100, /* places beyond are never on, see share_on.c */
};

/* Infected hosts by the second after 21 November 2008, in thousandths of those at the end of the first day: what the
 * published shape asks for ("remains relatively stable after November 21 2008 and into December 2008", the most on 1
 * December, CAIDA 2009). */
#define DAY(n) ((n)*SECONDS_PER_DAY)
static const struct pz_twin_point levels_a[] = {{DAY(1), 1000}, {DAY(2), 1010},  {DAY(10), 1130}, {DAY(14), 1120},
                                                {DAY(37), 930}, {DAY(120), 700}, {DAY(400), 400}};
/* B came on 29 December (CAIDA 2009, Figure 4). 1.27 M sources scanned in a day, 25 January 2009 (CAIDA 2009). */
static const struct pz_twin_point levels_b[] = {{DAY(38), 0},    {DAY(41), 180},   {DAY(50), 1050},
                                                {DAY(65), 1900}, {DAY(120), 2000}, {DAY(400), 1500}};

#define LEVEL(levels, second) \
    (uint64_t) pz_twin_interpolate(levels, sizeof levels / sizeof *levels, (second)-PZ_TWIN_WORM->begin)

/* Sums over the strata whose hosts are on in a slot. */
struct turnout {
    uint64_t chances, rates_q16, infected;
};

static uint32_t places_on(const struct pz_twin_epidemic *epidemic, uint32_t country, uint32_t slot)
{
    int64_t local = (int64_t)slot * PZ_TWIN_SLOT_SECONDS + epidemic->twin->world.countries[country].clock_seconds;
    return (pz_twin_share_on((uint32_t)(local / PZ_TWIN_SLOT_SECONDS)) + PZ_TWIN_PLACE_WIDTH / 2) / PZ_TWIN_PLACE_WIDTH;
}

/* How many hosts of a stratum a scan can infect, in GUARDED_TRIES-ths: a guarded host counts as one such part. */
static uint64_t chances(const struct pz_twin_stratum *stratum)
{
    return (uint64_t)stratum->susceptible * GUARDED_TRIES + stratum->guarded;
}

static struct turnout count_turnout(const struct pz_twin_epidemic *epidemic, uint32_t slot)
{
    struct turnout turnout = {0};
    for (uint32_t country = 0; country < epidemic->twin->world.ncountries; country++) {
        uint32_t non = places_on(epidemic, country, slot), first = country * PZ_TWIN_PLACES;
        for (uint32_t i = first; i < first + non; i++) {
            turnout.chances += chances(&epidemic->strata[i]);
            turnout.rates_q16 += epidemic->strata[i].rates_q16;
            turnout.infected += epidemic->strata[i].infected;
        }
    }
    return turnout;
}

/* Returns by how much the chances of all fell. */
static uint64_t one_by_scan(struct pz_twin_epidemic *epidemic, uint32_t slot, int64_t usec, uint64_t total)
{
    uint64_t at = pz_twin_below64(&epidemic->rng, total);
    uint32_t country = 0, place = 0, non = places_on(epidemic, 0, slot);
    struct pz_twin_stratum *stratum;
    for (;; place++) {
        while (place == non) {
            non = places_on(epidemic, ++country, slot);
            place = 0;
        }
        stratum = &epidemic->strata[country * PZ_TWIN_PLACES + place];
        if (at < chances(stratum))
            break;
        at -= chances(stratum);
    }
    bool guarded = at < stratum->guarded;
    stratum->guarded -= guarded;
    stratum->susceptible -= !guarded;
    struct pz_twin_infection infection = {.usec = usec,
                                          .country = country,
                                          .place = place * PZ_TWIN_PLACE_WIDTH +
                                                   pz_twin_below(&epidemic->rng, PZ_TWIN_PLACE_WIDTH),
                                          .infector = pz_twin_epidemic_infector(epidemic, usec)};
    pz_twin_infect_random(epidemic, infection);
    return guarded ? 1 : GUARDED_TRIES;
}

static void one_carried(struct pz_twin_epidemic *epidemic, uint32_t slot, int64_t usec)
{
    const struct pz_twin_host *infector = pz_twin_epidemic_infector(epidemic, usec);
    uint32_t on = places_on(epidemic, infector->country, slot) * PZ_TWIN_PLACE_WIDTH;
    struct pz_twin_infection infection = {
        .usec = usec, .country = infector->country, .place = pz_twin_below(&epidemic->rng, on), .infector = infector};
    pz_twin_infect_carried(epidemic, infection);
}

/* The first day, infection by infection: random scans find the vulnerable in proportion to both, hosts that are off
 * neither scan nor catch it, and the vulnerable run out. */
static void play_first_day(struct pz_twin_epidemic *epidemic, uint32_t first_slot, uint32_t end_slot)
{
    for (uint32_t slot = first_slot; slot < end_slot; slot++) {
        pz_twin_epidemic_begin_slot(epidemic, slot);
        int64_t usec = (int64_t)slot * SLOT_USEC, end = usec + SLOT_USEC;
        if (slot == first_slot)
            usec = epidemic->hosts[0].infected_usec;
        struct turnout on = count_turnout(epidemic, slot);
        for (;;) {
            uint64_t by_scan_q24 = on.rates_q16 * on.chances / (TARGETS / 256 * GUARDED_TRIES);
            uint64_t carried_q24 = on.infected * CARRIED_Q24;
            if (by_scan_q24 + carried_q24 == 0)
                break;
            usec += (int64_t)(pz_twin_exponential_q24(&epidemic->rng) * (uint64_t)PZ_USEC_PER_SECOND /
                              (by_scan_q24 + carried_q24));
            if (usec >= end)
                break; /* an exponential wait has no memory: it is drawn anew in the next slot */
            if (pz_twin_below64(&epidemic->rng, by_scan_q24 + carried_q24) < by_scan_q24) {
                on.chances -= one_by_scan(epidemic, slot, usec, on.chances);
            } else
                one_carried(epidemic, slot, usec);
            on.infected++;
            on.rates_q16 += epidemic->hosts[epidemic->spreaders[epidemic->nspreaders - 1].host].rate_q16;
        }
    }
}

/* As many infections in a slot as make the number of the infected what it should be. */
static void play_later(struct pz_twin_epidemic *epidemic, uint32_t first_slot)
{
    uint64_t at_first = epidemic->nhosts;
    int64_t infected[2] = {epidemic->nhosts, 0}; /* A and B */
    for (uint32_t slot = first_slot; slot < epidemic->first_slot + epidemic->nslots; slot++) {
        pz_twin_epidemic_begin_slot(epidemic, slot);
        int64_t second = (int64_t)slot * PZ_TWIN_SLOT_SECONDS;
        uint64_t wanted[2] = {LEVEL(levels_a, second) * at_first / 1000, LEVEL(levels_b, second) * at_first / 1000};
        int64_t cured = epidemic->slots[slot - epidemic->first_slot].ncures;
        int64_t cured_b = infected[1] * cured / (infected[0] + infected[1] + 1);
        infected[0] -= cured - cured_b;
        infected[1] -= cured_b;
        for (int b = 0; b < 2; b++)
            while (infected[b] < (int64_t)wanted[b]) {
                int64_t usec = (int64_t)slot * SLOT_USEC + pz_twin_below(&epidemic->rng, SLOT_USEC);
                uint32_t country = pz_twin_world_country(&epidemic->twin->world, &epidemic->rng);
                struct pz_twin_infection infection = {.usec = usec,
                                                      .country = country,
                                                      .place = pz_twin_below(&epidemic->rng, EVER_ON),
                                                      .infector = pz_twin_epidemic_infector(epidemic, usec),
                                                      .flags = b ? PZ_TWIN_B : 0};
                uint32_t before = epidemic->nhosts;
                if (pz_twin_chance(&epidemic->rng, b ? B_RANDOM_Q16 : LATER_RANDOM_Q16))
                    pz_twin_infect_random(epidemic, infection);
                else
                    pz_twin_infect_carried(epidemic, infection);
                infected[b] += epidemic->nhosts - before;
            }
    }
}

static void spread_vulnerable(struct pz_twin_epidemic *epidemic)
{
    const struct pz_twin_world *world = &epidemic->twin->world;
    uint64_t total = world->weight * PZ_TWIN_PLACES, until = 0;
    for (uint32_t i = 0; i < epidemic->nstrata; i++) {
        uint64_t from = until;
        until += world->countries[i / PZ_TWIN_PLACES].weight;
        epidemic->strata[i].susceptible = (uint32_t)(VULNERABLE * until / total - VULNERABLE * from / total);
        epidemic->strata[i].guarded = (uint32_t)(GUARDED * until / total - GUARDED * from / total);
    }
}

/* The hosts that are there to be observed, and that were infected before the archive's end. */
static void keep(struct pz_twin *twin, struct pz_twin_epidemic *epidemic)
{
    int64_t end_usec = twin->params->end_hour * PZ_USEC_PER_HOUR;
    uint32_t n = 0;
    for (uint32_t i = 0; i < epidemic->nhosts; i++)
        if (epidemic->hosts[i].flags & PZ_TWIN_KEPT)
            epidemic->hosts[n++] = epidemic->hosts[i];
    twin->hosts = pz_realloc(epidemic->hosts, (n ? n : 1) * sizeof *twin->hosts);
    twin->nhosts = n;
    epidemic->hosts = NULL;
    pz_twin_set_share_on(twin); /* needs those of the published hours, wherever the archive ends */
    for (n = 0; n < twin->nhosts && twin->hosts[n].infected_usec < end_usec;)
        n++;
    for (uint32_t i = n; i < twin->nhosts; i++)
        if (twin->hosts[i].infected_usec < end_usec)
            twin->hosts[n++] = twin->hosts[i];
    twin->nhosts = n;
}

void pz_twin_outbreak(struct pz_twin *twin)
{
    enum { SLOTS_PER_HOUR = PZ_SECONDS_PER_HOUR / PZ_TWIN_SLOT_SECONDS };
    uint32_t end_hour = twin->params->end_hour;
    const uint32_t first_hour = pz_outbreak_hour(PZ_TWIN_WORM), last_anchor = pz_twin_anchor_hour(PZ_TWIN_NANCHORS - 1);
    for (int i = 0; i < PZ_TWIN_NANCHORS; i++)
        twin->attendance_q16[i] = (struct pz_twin_point){
            .at = pz_twin_anchor_hour(i) * INT64_C(3600) + PZ_SECONDS_PER_HOUR / 2, .value = PZ_TWIN_ONE};
    if (end_hour <= first_hour)
        return;
    if (end_hour <= last_anchor)
        end_hour = last_anchor + 1;
    uint32_t first_slot = first_hour * SLOTS_PER_HOUR;
    struct pz_twin_epidemic epidemic;
    pz_twin_epidemic_init(&epidemic, twin, first_slot, end_hour * SLOTS_PER_HOUR - first_slot);
    spread_vulnerable(&epidemic);
    pz_twin_infect_zero(&epidemic);
    uint32_t release_slot = (uint32_t)(epidemic.hosts[0].infected_usec / SLOT_USEC);
    uint32_t second_day = first_slot + PZ_TWIN_SLOTS_PER_DAY;
    play_first_day(&epidemic, release_slot, second_day);
    play_later(&epidemic, second_day);
    keep(twin, &epidemic);
    pz_twin_epidemic_release(&epidemic);
}
