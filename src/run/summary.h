/* SPDX-License-Identifier: BSD-2-Clause */
/* summary.json: what was read, counted and set aside, capture by capture. It holds no clock, host, rank or machine's
 * path, so that equal runs write equal bytes; and no address of a source or of the telescope. */
#ifndef PZ_RUN_SUMMARY_H
#define PZ_RUN_SUMMARY_H

#include "run/scan.h"
#include "run/tables.h"

/* A run that is done. All borrowed. */
struct pz_summary {
    const char *version, *commit; /* of the program */
    const struct pz_scan *scan;
    const struct pz_tables *tables; /* one a port */
    struct pz_manifest *files;      /* that were written; they are put in order */
};

void pz_summary_write(const struct pz_summary *summary, struct pz_buf *json);

#endif
