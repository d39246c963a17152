/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests of laws: dice that fall the same every time, and packets made with them. */
#ifndef PZ_TESTS_ROLL_H
#define PZ_TESTS_ROLL_H

#include "tally/tally.h"

static const struct pz_filter filter = {.port = 445};

/* Packets of a few hours around a border, from a few sources, so that everything collides. */
static uint64_t dice = 88172645463325252u;

static inline uint32_t roll(uint32_t sides)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (uint32_t)(dice >> 32) % sides;
}

/* Time goes on by up to 3 s, steps back by up to 10 s (disorder), and jumps now and then by more than an attempt's gap.
 */
static inline int64_t roll_time(int64_t now)
{
    switch (roll(60)) {
    case 0:
        return now + (16 + (int64_t)roll(100)) * PZ_USEC_PER_SECOND;
    case 1:
    case 2:
        return now - (int64_t)roll(10 * PZ_USEC_PER_SECOND);
    case 3:
        return now; /* the same microsecond */
    default:
        return now + (int64_t)roll(3 * PZ_USEC_PER_SECOND);
    }
}

static inline void roll_packets(struct pz_packet *packets, size_t n)
{
    int64_t latest = 1227229200 * PZ_USEC_PER_SECOND + (int64_t)roll(3000) * PZ_USEC_PER_SECOND; /* 2008-11-21T01 */
    for (size_t i = 0; i < n; i++) {
        struct pz_packet *packet = &packets[i];
        *packet = (struct pz_packet){.source = roll(40) << 16 | roll(30) << 6,
                                     .destination = roll(300) << 16 | roll(256),
                                     .sequence = roll(5),
                                     .source_port = (uint16_t)(1020 + roll(10)),
                                     .protocol = 6,
                                     .tcp_flags = PZ_TCP_SYN,
                                     .has_addresses = true};
        packet->destination_port = roll(5) ? 445 : 139;
        bool again = i > 30 && roll(2);
        if (again)
            *packet = packets[i - 1 - roll(30)]; /* a SYN sent again */
        bool copy = again && roll(2) && packet->usec >= latest - 10 * PZ_USEC_PER_SECOND &&
                    packet->usec < latest + PZ_USEC_PER_SECOND;
        packet->ip_len = roll(4) ? 48 : 40;
        packet->ip_id = copy || (again && roll(2)) ? packet->ip_id : (uint16_t)(roll(2) * roll(65536));
        packet->ttl = (uint8_t)roll(256);
        packet->fate = roll(6) ? PZ_SCAN : (uint8_t)(PZ_OTHER_PROTOCOL + roll(5));
        int64_t usec =
            copy ? packet->usec + (int64_t)roll(2 * PZ_COPY_GAP_USEC) - PZ_COPY_GAP_USEC / 2 : roll_time(latest);
        latest = usec > latest ? usec : latest;
        packet->usec = roll(200) ? usec : (PZ_LATEST_SECOND + 5) * PZ_USEC_PER_SECOND;
    }
}

#endif
