/* SPDX-License-Identifier: BSD-2-Clause */
/* Which hosts are switched on, and how many. */
#include "base/time.h"
#include "twin/noise.h"
#include "twin/spread.h"

/* Shares on the hour, in percent. That there is a cycle with its peak at 14:00 to 15:00 UTC is published (CAIDA 2009,
 * Figure 3); the curve of one country is assumed: office and home computers of 2008, a third of them never off. */
static const uint8_t by_hour[] = {53, 46, 41, 37, 35, 34, 34, 36, 42, 51, 60, 66, 69,
                                  71, 72, 73, 74, 74, 74, 74, 74, 73, 70, 63, 53};
/* Assumed: fewer hosts are on at weekends. 1 January 1970 was a Thursday. */
static const uint8_t by_day[] = {99, 98, 88, 86, 100, 100, 100};

uint32_t pz_twin_share_on(uint32_t local_slot)
{
    enum { SLOTS_PER_HOUR = 3600 / PZ_TWIN_SLOT_SECONDS };
    uint32_t day = local_slot / PZ_TWIN_SLOTS_PER_DAY % 7;
    uint32_t hour = local_slot % PZ_TWIN_SLOTS_PER_DAY / SLOTS_PER_HOUR, part = local_slot % SLOTS_PER_HOUR;
    uint32_t percent_6 = by_hour[hour] * (SLOTS_PER_HOUR - part) + by_hour[hour + 1] * part;
    return percent_6 * by_day[day] * (PZ_TWIN_ONE / 100) / (SLOTS_PER_HOUR * 100);
}

static int64_t clock_offset(const struct pz_twin *twin, const struct pz_twin_host *host)
{
    /* Each host's clock is a bit off, so that not all of a country go on and off at once. */
    return twin->world.countries[host->country].clock_seconds + (int64_t)(host->key % PZ_TWIN_SLOT_SECONDS);
}

uint32_t pz_twin_clock_slot(const struct pz_twin *twin, const struct pz_twin_host *host, int64_t second)
{
    return (uint32_t)((second + clock_offset(twin, host)) / PZ_TWIN_SLOT_SECONDS);
}

bool pz_twin_is_on_in(const struct pz_twin *twin, const struct pz_twin_host *host, uint32_t slot)
{
    enum { DAYS_MOVE = 4096 }; /* from day to day a host's place changes a little */
    if (host->flags & PZ_TWIN_ZERO)
        return true;
    uint32_t today = (uint32_t)pz_twin_key(host->key, slot / PZ_TWIN_SLOTS_PER_DAY) % (2 * DAYS_MOVE);
    int32_t place = (int32_t)(host->place + today) - DAYS_MOVE;
    place = place < 0 ? -place : place > 65535 ? 2 * 65535 - place : place;
    int64_t second = (int64_t)slot * PZ_TWIN_SLOT_SECONDS - clock_offset(twin, host);
    uint64_t attendance_q16 = (uint64_t)pz_twin_interpolate(twin->attendance_q16, PZ_TWIN_NANCHORS, second);
    return (uint64_t)place << 16 < pz_twin_share_on(slot) * attendance_q16;
}

bool pz_twin_is_on(const struct pz_twin *twin, const struct pz_twin_host *host, int64_t second)
{
    return pz_twin_is_new(host, second) || pz_twin_is_on_in(twin, host, pz_twin_clock_slot(twin, host, second));
}

/* For how many seconds of a stretch a host is on. */
static uint32_t seconds_on(const struct pz_twin *twin, const struct pz_twin_host *host, int64_t from, int64_t until)
{
    int64_t infected = host->infected_usec / PZ_USEC_PER_SECOND, cured = host->cured_usec / PZ_USEC_PER_SECOND;
    int64_t seconds = 0, at = from > infected ? from : infected;
    until = until < cured ? until : cured;
    for (int64_t end; at < until; at = end) {
        int64_t not_new = infected + PZ_SECONDS_PER_HOUR;
        uint32_t slot = pz_twin_clock_slot(twin, host, at);
        end = at < not_new ? not_new : (slot + INT64_C(1)) * PZ_TWIN_SLOT_SECONDS - clock_offset(twin, host);
        end = end < until ? end : until;
        if (at < not_new || pz_twin_is_on_in(twin, host, slot))
            seconds += end - at;
    }
    return (uint32_t)seconds;
}

/* How often a host is expected to be heard in `seconds`, Q16. */
static uint64_t expected_q16(const struct pz_twin_host *host, uint32_t seconds)
{
    uint64_t heard_q16 = PZ_TWIN_ONE - (uint32_t)(host->loss_q8 * host->loss_q8); /* not both SYNs lost */
    uint64_t hits_q16 = (uint64_t)host->nthreads * seconds * (PZ_USEC_PER_SECOND / 256) * PZ_TWIN_ONE / host->pick_usec;
    return hits_q16 * heard_q16 / PZ_TWIN_ONE;
}

/* Sources expected in an hour, Q16: each address counts once, however many hosts share it. */
static uint64_t expected_sources_q16(const struct pz_twin *twin, uint32_t hour)
{
    uint64_t sources_q16 = 0;
    int64_t start = (int64_t)hour * PZ_SECONDS_PER_HOUR, end = start + PZ_SECONDS_PER_HOUR;
    for (uint32_t i = 0; i < twin->nhosts;) {
        const struct pz_twin_host *leader = &twin->hosts[i];
        int64_t change = pz_twin_host_change(leader, start, end);
        uint64_t heard_q16[2] = {0, 0}; /* before and after its address changes */
        for (; i < twin->nhosts && twin->hosts[i].nat_id == leader->nat_id; i++) {
            const struct pz_twin_host *host = &twin->hosts[i];
            heard_q16[0] += expected_q16(host, seconds_on(twin, host, start, change));
            heard_q16[1] += expected_q16(host, seconds_on(twin, host, change, end));
        }
        for (int lease = 0; lease < 2; lease++)
            sources_q16 += PZ_TWIN_ONE - pz_twin_exp_minus_q16(heard_q16[lease]);
    }
    return sources_q16;
}

void pz_twin_set_share_on(struct pz_twin *twin)
{
    for (int i = 0; i < PZ_TWIN_NANCHORS; i++) {
        const uint32_t hour = pz_twin_anchor_hour(i);
        uint64_t noise = pz_twin_noise_expected(hour);
        uint64_t wanted_q16 = (pz_twin_anchor_sources(i) - noise) * (twin->params->scale_q32 >> 16);
        uint32_t low = PZ_TWIN_ONE / 2, high = 2 * PZ_TWIN_ONE;
        while (high - low > 64) {
            uint32_t middle = (low + high) / 2;
            for (int k = i; k < PZ_TWIN_NANCHORS; k++)
                twin->attendance_q16[k].value = middle;
            if (expected_sources_q16(twin, hour) < wanted_q16)
                low = middle;
            else
                high = middle;
        }
        twin->attendance_q16[i].value = (low + high) / 2;
    }
}
