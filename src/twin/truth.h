/* SPDX-License-Identifier: BSD-2-Clause */
/* The truth about what was captured. It is recorded packet by packet while an hour is written, and kept in a file for
 * each hour. When all hours are there, it is put together, one share of the addresses at a time.
 *
 * Only packets in the files count: not those of an outage, outside the lens, or after a tear. */
#ifndef PZ_TWIN_TRUTH_H
#define PZ_TWIN_TRUTH_H

#include "base/csv.h"
#include "twin/traffic.h"

/* One hour, while it is written. */
struct pz_twin_recorder {
    uint64_t npackets;
    uint64_t *targets; /* owned: scanner (upper half) and destination of each scan */
    size_t ntargets;
};

void pz_twin_recorder_release(struct pz_twin_recorder *recorder);
void pz_twin_record(struct pz_twin_recorder *recorder, struct pz_twin_traffic *traffic,
                    const struct pz_twin_packet *packet);
/* All of the hour as bytes. `key` names the parameters that the capture depends on. */
void pz_twin_recorder_encode(struct pz_twin_recorder *recorder, const struct pz_twin_traffic *traffic, uint64_t key,
                             uint32_t hour, struct pz_buf *to);

/* An hour's bytes:
 *
 *     OFFSET SIZE MEANING
 *     0      4    "PZTW"
 *     4      4    the hour, since 1970
 *     8      8    key of the parameters
 *     16     8    packets
 *     24     2056 257 offsets from the start of the rows: where each share begins, and the end
 *     2080        rows, in order of the source address; numbers are varints unless said otherwise:
 *                 source less the one before in the share; scans; scans by the worm; microseconds of the first;
 *                 hosts at the address, and the number of each (8 bytes); destinations, and each less the one before
 *
 * A share is the addresses with one first octet. */
enum { PZ_TWIN_NSHARES = 256, PZ_TWIN_TRUTH_ROWS = 2080 };

/* What adds up over shares. */
struct pz_twin_totals {
    uint32_t first_hour, nhours;
    uint64_t *numbers;        /* owned: nhours times PZ_TWIN_NTOTALS */
    uint64_t zero_first_usec; /* first scan in the files from the patient zero's address; 0: none in this share */
};
enum pz_twin_total {
    PZ_TWIN_TOTAL_SOURCES,
    PZ_TWIN_TOTAL_SCANS,
    PZ_TWIN_TOTAL_WORM_SOURCES, /* from which the worm scans, whether or not something else does too */
    PZ_TWIN_TOTAL_WORM_SCANS,
    PZ_TWIN_TOTAL_PACKETS,
    PZ_TWIN_TOTAL_WRITTEN, /* whether there is a file: an hour without one has no row */
    PZ_TWIN_TOTAL_CLASSES, /* from here: sources and scans of each class */
    PZ_TWIN_NTOTALS = PZ_TWIN_TOTAL_CLASSES + 2 * PZ_TWIN_NCLASSES
};

void pz_twin_totals_init(struct pz_twin_totals *totals, uint32_t first_hour, uint32_t nhours);
void pz_twin_totals_release(struct pz_twin_totals *totals);

/* Finds infected hosts by the numbers that the hours' bytes hold. */
struct pz_twin_truth_index {
    uint64_t id;
    uint32_t host;
};
/* The caller frees. */
struct pz_twin_truth_index *pz_twin_truth_index_of(const struct pz_twin *twin);

/* Reads one share of every hour and appends its lines of sources.csv. `path` gives the file of an hour, which may be
 * missing. Packets and files are counted with share 0. */
int pz_twin_truth_share(const struct pz_twin *twin, const struct pz_twin_truth_index *index, uint32_t number,
                        struct pz_path (*path)(void *context, uint32_t hour), void *context,
                        struct pz_twin_totals *totals, struct pz_buf *to, struct pz_error *error);
/* Whether the bytes at the start of a file are those of this hour, made with these parameters. */
bool pz_twin_truth_is(const struct pz_buf *bytes, uint32_t hour, uint64_t key);

/* The tables, from totals of all shares. */
void pz_twin_truth_hourly(const struct pz_twin_totals *totals, struct pz_buf *to);
void pz_twin_truth_classes(const struct pz_twin_totals *totals, struct pz_buf *to);
void pz_twin_truth_worm(const struct pz_twin_totals *totals, struct pz_buf *to);
/* sources.csv, whose rows pz_twin_truth_share appends. */
extern const struct pz_schema pz_twin_truth_sources;
void pz_twin_truth_zero(const struct pz_twin *twin, const struct pz_twin_totals *totals, struct pz_buf *to);
void pz_twin_truth_parameters(const struct pz_twin *twin, struct pz_buf *json);

#endif
