/* SPDX-License-Identifier: BSD-2-Clause */
/* How much memory scanning a capture takes at most. docs/architecture.md has it in words, `survey` asks for it, and
 * tests/system/test_memory.py holds the program to it. */
#ifndef PZ_TALLY_MEMORY_H
#define PZ_TALLY_MEMORY_H

/* What of a capture counts for that. */
struct pz_scan_load {
    double source_hours;
    double syns_a_second; /* to the port, where they are densest */
    double shared_syns;   /* of these, in time that another capture has too */
    double hours;         /* that it spans */
};

/* In bytes: the program, buffers and staging; rows with their keys, slots and places in the order of the file; SYNs
 * that wait for 15 s, attempts that are open for 15 s, and boundary rows of 30 s at each end of a span. */
static inline double pz_scan_memory(const struct pz_scan_load *load)
{
    return (64 << 20) + 350 * load->source_hours + 4000 * load->syns_a_second + 100 * load->shared_syns +
           9216 * load->hours;
}

#endif
