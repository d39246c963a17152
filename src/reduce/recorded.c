/* SPDX-License-Identifier: BSD-2-Clause */
#include "reduce/recorded.h"

#include <stdlib.h>

void pz_recorded_of(struct pz_recorded *recorded, const struct pz_timeline *timeline)
{
    *recorded = (struct pz_recorded){.outages = pz_alloc((timeline->n + 1) * sizeof *recorded->outages)};
    for (size_t i = 0; i < timeline->n; i++) {
        const struct pz_timeline_hour *hour = &timeline->hours[i];
        struct pz_outage *last = recorded->noutages ? &recorded->outages[recorded->noutages - 1] : NULL;
        recorded->hours[hour->status] += hour->nhours;
        if (hour->status != PZ_MISSING)
            continue;
        if (last && last->until == hour->hour)
            last->until += hour->nhours;
        else
            recorded->outages[recorded->noutages++] = (struct pz_outage){hour->hour, hour->hour + hour->nhours};
    }
}

void pz_recorded_release(struct pz_recorded *recorded)
{
    free(recorded->outages);
    *recorded = (struct pz_recorded){0};
}
