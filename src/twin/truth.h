/* SPDX-License-Identifier: BSD-2-Clause */
/* The truth about what was captured. It is recorded packet by packet while an hour is written, and kept in a file for
 * each hour. When all hours are there, it is put together, one share of the addresses at a time.
 *
 * Only packets in the files count: not those of an outage, outside the lens, or after a tear. */
#ifndef PZ_TWIN_TRUTH_H
#define PZ_TWIN_TRUTH_H

#include "base/csv.h"
#include "twin/traffic.h"

enum { PZ_TWIN_NSHARES = 256 }; /* a share is the addresses with one first octet */

/* An hour's file begins with this, for ranks of this program on machines of a kind. A share of it is the number of its
 * scanners (4 bytes), these as struct pz_twin_scanner, and of each source and destination that met a number: the
 * source in its upper half, the destination in the lower. These ascend, and each is a varint less the one before. */
struct pz_twin_truth_head {
    uint64_t hour, npackets;              /* of the capture */
    uint64_t begins[PZ_TWIN_NSHARES + 1]; /* of each share, in bytes of the file, and the end */
};

/* Appends all of the hour: what pz_twin_traffic_record recorded, and how many packets there were. */
void pz_twin_truth_encode(struct pz_twin_traffic *traffic, uint64_t npackets, struct pz_buf *to);

struct pz_twin_count {
    uint64_t sources, scans;
};

/* What adds up over shares. It has members of 64 bits only, which ranks add up. */
struct pz_twin_hour_truth {
    uint64_t ncaptures; /* an hour without one has no row */
    uint64_t npackets;
    struct pz_twin_count all;
    struct pz_twin_count worm; /* sources from which it scans, whether or not something else does too */
    struct pz_twin_count classes[PZ_TWIN_NCLASSES];
};

struct pz_twin_truth {
    const struct pz_twin *twin;       /* borrowed */
    struct pz_twin_hour_truth *hours; /* owned: of the archive's hours */
    uint64_t zero_first_usec; /* first scan of the worm in the files from the patient zero's address; 0: none yet */
};

void pz_twin_truth_init(struct pz_twin_truth *truth, const struct pz_twin *twin);
void pz_twin_truth_release(struct pz_twin_truth *truth);

/* The file of an hour. */
struct pz_path pz_twin_truth_path(const char *folder, uint32_t hour);
/* Reads one share of every hour from the files in a folder, one of which may be missing: adds to the counts, and appends
 * the share's lines of sources.csv. Packets and captures are counted with share 0. */
int pz_twin_truth_share(struct pz_twin_truth *truth, const char *folder, uint32_t share, struct pz_buf *to,
                        struct pz_error *error);

/* sources.csv, whose rows pz_twin_truth_share appends. */
extern const struct pz_schema pz_twin_truth_sources;
/* Appends another table, from the counts of all shares, and returns its name. The last is hourly.csv. */
enum { PZ_TWIN_NTABLES = 4 };
const char *pz_twin_truth_table(const struct pz_twin_truth *truth, int table, struct pz_buf *to);
void pz_twin_truth_parameters(const struct pz_twin *twin, struct pz_buf *json);

#endif
