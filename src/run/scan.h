/* The first half of a run: every capture gets its tally file, unless it has one already. Collective, like all of a run's
 * steps. */
#ifndef PZ_RUN_SCAN_H
#define PZ_RUN_SCAN_H

#include "capture/codec.h"
#include "mpi/share.h"
#include "run/captures.h"
#include "run/progress.h"
#include "tally/store.h"

struct pz_scan {
    const struct pz_comm *comm;
    const struct pz_store *store;
    struct pz_captures *captures;
    const char *decode; /* NULL for none */
    enum pz_inflater inflater;
    bool only_look_up; /* read no capture: it is an error if one has no tally */
    bool rescan;       /* read all captures, also those that have a tally; false once that has begun */
    bool strict;       /* the first damage ends the run */
    bool quiet;
    uint32_t progress_seconds;
    double began; /* when the whole program did, in seconds of CLOCK_MONOTONIC */
    /* Results. */
    struct pz_hours hours;   /* of all captures, merged; on rank 0 */
    size_t scanned;          /* captures; on rank 0, as are the next three */
    uint64_t bytes, packets; /* read by the scan */
    double seconds;
};

/* 0 when every readable capture has its tally (then their facts are known on rank 0), 1 when stopped, -1 with `error`
 * set. */
int pz_scan_run(struct pz_scan *scan, struct pz_error *error);
void pz_scan_release(struct pz_scan *scan);

#endif
