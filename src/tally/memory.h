/* SPDX-License-Identifier: BSD-2-Clause */
/* How much memory scanning a capture takes at most. docs/architecture.md has it in words, `survey` asks for it,
 * tests/unit/test_scan_cost.c has it in numbers, and tests/system/test_memory.py holds the program to it. */
#ifndef PZ_TALLY_MEMORY_H
#define PZ_TALLY_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* What of a capture counts for that. */
struct pz_scan_load {
    unsigned ports; /* whose scans one reading counts; the next three are of all of them together */
    double source_hours;
    double syns_a_second; /* where they are densest */
    double shared_syns;   /* of these, in time that another capture has too */
    double hours;         /* that it spans */
    bool disorder;        /* packets come late by more than PZ_ORDER_USEC, or it is standard input */
};

/* In bytes: the program, buffers and staging, and staging of each further port; rows with their keys, slots and places
 * in the order of the file; open attempts of 17 s and those of 34 s at a span's ends (30 and 60 s with disorder, and
 * SYNs that wait for 15 s). */
static inline double pz_scan_memory(const struct pz_scan_load *load)
{
    return (64 << 20) + (24 << 20) * (load->ports - 1.0) + 310 * load->source_hours +
           (load->disorder ? 12000 : 5000) * load->syns_a_second + 100 * load->shared_syns +
           9216 * load->hours * load->ports;
}

#endif
