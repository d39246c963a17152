/* SPDX-License-Identifier: BSD-2-Clause */
/* What the scans of Conficker look like. */
#ifndef PZ_WORM_CONFICKER_H
#define PZ_WORM_CONFICKER_H

#include "worm/fingerprint.h"

/* Here and not in a .c file, so that the compiler knows the numbers where every SYN is compared with them.
 *
 * CAIDA 2009: E. Aben, "Conficker/Conflicker/Downadup as seen from the UCSD Network Telescope", CAIDA, 2009. */
static const struct pz_fingerprint pz_conficker_fingerprint = {
    /* A target is built from two 15-bit random numbers, the first as octets 1 and 2, the second as octets 3 and 4, each
     * with its low byte first; so the top bits of octets 2 and 4 are always 0, and a quarter of all addresses can be
     * hit. Sources: F. Leder and T. Werner, RSA Conference 2015, HT-R01 (two 15-bit words); CAIDA 2009 (one quarter of
     * the lens, two invariant bits; all targets of its Figure 5 fit). */
    .never_set = 0x00800080,
    /* 20 bytes of IP, 28 of TCP with the options that Windows 2000 and XP send by default (maximum segment size, two
     * fillers, selective acknowledgement). A. Dainotti et al., "Analysis of Country-wide Internet Outages Caused by
     * Censorship", IMC 2011, tell the worm by it; so does the length column of CAIDA 2009, Figure 5. */
    .syn_length = 48,
    /* Begun at Windows' 128, with up to 63 routers on the way: CAIDA 2009, "within reasonable distance from Windows
     * default TTL 128". */
    .ttl_min = 65,
    .ttl_max = 128,
    /* CAIDA 2009, "in the Windows default range of 1024-5000". */
    .port_min = 1024,
    .port_max = 5000,
    /* Windows sends a SYN again 3 seconds after the first (CAIDA 2009: mostly two SYNs, sometimes one; the pairs of its
     * Figure 5 are 2.84 to 3.01 s apart). Timers of busy hosts and queues on the way move it: 2.5 to 3.6 s, rounded to
     * tenths. */
    .gap_min_usec = 2450000,
    .gap_max_usec = 3650000,
};

/* The built-in model, as worm/model.h reads it. */
extern const char pz_conficker_model[];

#endif
