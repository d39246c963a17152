/* SPDX-License-Identifier: BSD-2-Clause */
#include "twin/daily_cycle.h"

#include "twin/random.h"

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
