/* SPDX-License-Identifier: BSD-2-Clause */
// All that a telescope hears that is no TCP/445 SYN: replies to forged packets, pings' answers, other scans, UDP.
#ifndef TELESCOPE_SCOPE_BACKGROUND_H
#define TELESCOPE_SCOPE_BACKGROUND_H

#include "recorder.h"

struct background {
    uint32_t first, count; // its sources, in a row in the table
};

void background_init(struct background *background, const struct options *options, struct sources *sources);
// Sends count packets within the recorder's hour.
void background_hour(const struct background *background, struct recorder *recorder, uint32_t count);

#endif
