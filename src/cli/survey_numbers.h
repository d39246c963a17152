/* SPDX-License-Identifier: BSD-2-Clause */
/* What a survey concludes from heads and sizes, as numbers: what the captures hold, when they were recorded, and what
 * time and memory a scan needs. For the text that it prints, and for --json. */
#ifndef PZ_CLI_SURVEY_NUMBERS_H
#define PZ_CLI_SURVEY_NUMBERS_H

#include "run/survey.h"

/* Processor time of a scan as a multiple of that of reading: decompressing, decoding, and the fates of packets. `scans`:
 * to any of the ports, a packet. A further port costs as much as it has scans, and finding these among the packets. */
static inline double pz_survey_scan_time(unsigned ports, double scans)
{
    return 1.25 + 0.65 * scans + 0.04 * (ports - 1.0);
}

enum pz_survey_anonymised { PZ_SURVEY_UNKNOWN, PZ_SURVEY_NOT_ANONYMISED, PZ_SURVEY_ANONYMISED };

struct pz_survey_numbers {
    /* Sums over all captures, and the extremes. */
    size_t captures, damaged;
    uint64_t bytes, bytes_read, largest, head_bytes, head_nsec, records, addressed, zeroed, busy, one_side,
        one_side_2_only, fates[PZ_FATE_COUNT];
    uint64_t scans; /* to any of the ports */
    double rate;    /* bytes a second that a core scans, as the heads say; 0 if no head could be read */
    enum pz_survey_anonymised anonymised;
    /* When captures begin. */
    uint64_t *begins; /* usec, ascending; owned */
    size_t nbegins;
    uint64_t usual; /* usec from one to the next */
    /* What to ask a cluster for; zero if there is no rate. */
    uint64_t nodes, ranks_per_node, limit; /* seconds */
    double cpu, longest, seconds;          /* seconds */
    double scan_memory, reduce_memory;     /* bytes a rank, of which the larger counts: */
    double memory;
};

/* `cores`: of a node. To be released. */
struct pz_survey_numbers pz_survey_numbers_of(const struct pz_survey *survey, uint64_t cores);
void pz_survey_numbers_release(struct pz_survey_numbers *numbers);
/* Whether a capture seems to be missing before the `i`th begin, from 1 on: a distance much longer than the usual one. */
bool pz_survey_is_gap(const struct pz_survey_numbers *numbers, size_t i);

#endif
