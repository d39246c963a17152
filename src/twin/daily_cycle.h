/* SPDX-License-Identifier: BSD-2-Clause */
/* When computers are switched on: by hour of the day and day of the week, where they stand.
 *
 * A host has a place in its country, from 0 (never off) to 65535 (on only when most are), and is on while the share of
 * hosts that are on is above its place. So the number of hosts that are on is not random, every host has one session a
 * day, and mornings and evenings follow the country's clock. */
#ifndef PZ_TWIN_DAILY_CYCLE_H
#define PZ_TWIN_DAILY_CYCLE_H

#include <stdint.h>

enum {
    PZ_TWIN_SLOT_SECONDS = 600, /* the share changes in steps of this */
    PZ_TWIN_SLOTS_PER_DAY = 24 * 3600 / PZ_TWIN_SLOT_SECONDS,
};

/* The share of a country's hosts that are on, Q16 (random.h), in a slot. Slots are counted from 1970 on, in local time. */
uint32_t pz_twin_share_on(uint32_t local_slot);

#endif
