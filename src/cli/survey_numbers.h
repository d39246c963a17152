/* SPDX-License-Identifier: BSD-2-Clause */
/* What a survey concludes from heads and sizes, as numbers: for the text that it prints, and for --json. */
#ifndef PZ_CLI_SURVEY_NUMBERS_H
#define PZ_CLI_SURVEY_NUMBERS_H

#include "cli/settings.h"
#include "run/survey.h"

/* Sums over all captures, and the extremes. */
struct pz_survey_totals {
    size_t captures, damaged, heads;
    uint64_t bytes, bytes_read, largest, head_bytes, head_nsec, records, addressed, zeroed, busy, one_side,
        one_side_2_only;
    uint64_t scans;    /* to any of the ports */
    unsigned ports;    /* that one reading counts */
    double scan_bytes; /* of memory for the capture that takes most, estimated */
};

/* Processor time of a scan as a multiple of that of reading: decompressing, decoding, and the fates of packets. `scans`:
 * to any of the ports, a packet. A further port costs as much as it has scans, and finding these among the packets. */
static inline double pz_survey_scan_time(unsigned ports, double scans)
{
    return 1.25 + 0.65 * scans + 0.04 * (ports - 1.0);
}

struct pz_survey_totals pz_survey_add_up(const struct pz_survey *survey);
/* Bytes a second that a core scans, as the heads say. */
double pz_survey_rate(const struct pz_survey_totals *totals);

/* What to ask a cluster for; all zero if no head could be read. */
struct pz_survey_request {
    uint64_t nodes, ranks_per_node, limit; /* seconds */
    uint64_t largest, bytes_read;
    double rate, cpu, longest, seconds; /* bytes a second and core; the others seconds */
    double scan_memory, reduce_memory;  /* bytes a rank, of which the larger counts: */
    double memory;
};

struct pz_survey_request pz_survey_request_of(const struct pz_survey_totals *totals, uint64_t cores);
/* The line to type, without its end. */
void pz_survey_put_sbatch(const struct pz_survey_request *request, const struct pz_ports *ports, const char *archive,
                          struct pz_buf *to);

/* When captures begin. */
struct pz_survey_span {
    uint64_t *begins; /* usec, ascending; owned, for the caller to free */
    size_t n;
    uint64_t usual; /* usec from one to the next */
};

struct pz_survey_span pz_survey_span_of(const struct pz_captures *captures, const struct pz_survey_head *heads);
/* Whether one seems to be missing before the `i`th, from 1 on: a distance much longer than the usual one. */
bool pz_survey_is_gap(const struct pz_survey_span *span, size_t i);

enum pz_survey_anonymised { PZ_SURVEY_UNKNOWN, PZ_SURVEY_NOT_ANONYMISED, PZ_SURVEY_ANONYMISED };
enum pz_survey_anonymised pz_survey_anonymised(const struct pz_survey_totals *totals);

void pz_survey_put_json(const struct pz_captures *captures, const struct pz_survey_head *heads,
                        const struct pz_survey_totals *totals, const struct pz_survey_request *request,
                        const struct pz_ports *ports, const char *archive, struct pz_buf *to);

#endif
