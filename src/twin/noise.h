/* SPDX-License-Identifier: BSD-2-Clause */
/* Other scanners of TCP/445, and all other traffic that a telescope hears. Everything about them is assumed, except the
 * number of sources. Each kind of scanner is there because it could be taken for the worm.
 *
 * Noise hosts come and go, hour by hour, by chance of their own: they are drawn from the hour in which they came, so
 * that any hour finds the ones still there without a list. */
#ifndef PZ_TWIN_NOISE_H
#define PZ_TWIN_NOISE_H

#include "twin/traffic.h"

/* Sources expected in an hour at the published level. "about 1000-2000 unique source IP addresses per hour" at the end
 * of October and "approximately 2000" before the outbreak, never above 3,222: CAIDA 2009. */
uint32_t pz_twin_noise_expected(uint32_t hour);
/* The following return false if the traffic's watch asked to give up. */
bool pz_twin_noise_add(const struct pz_twin *twin, struct pz_twin_traffic *traffic);
/* Traffic that is no scan of TCP/445. */
bool pz_twin_background_add(const struct pz_twin *twin, struct pz_twin_traffic *traffic);
/* The other scanner at an infected host's address, see PZ_TWIN_CORESIDENT. */
void pz_twin_coresident_add(const struct pz_twin *twin, const struct pz_twin_host *host,
                            struct pz_twin_traffic *traffic);

#endif
