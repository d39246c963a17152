/* SPDX-License-Identifier: BSD-2-Clause */
/* summary.json: what was read, counted and set aside, capture by capture. It holds no clock, host, rank or machine's
 * path, so that equal runs write equal bytes; and no address of a source or of the telescope. */
#ifndef PZ_REPORT_SUMMARY_H
#define PZ_REPORT_SUMMARY_H

#include "capture/damage_log.h"
#include "capture/input.h"
#include "capture/packet.h"
#include "reduce/recorded.h"
#include "report/manifest.h"

enum pz_input_fate { PZ_INPUT_READ, PZ_INPUT_DUPLICATE, PZ_INPUT_NOT_A_CAPTURE, PZ_INPUT_UNREADABLE, PZ_INPUT_FATES };

struct pz_summary_input {
    const char *label;
    const struct pz_identity *identity;
    enum pz_input_fate fate;
    const char *why;                 /* what is wrong with it; empty for nothing */
    const char *original;            /* of a duplicate: the label of the capture that counts; else NULL */
    const char *overlaps;            /* the label of an earlier capture that it overlaps in time; else NULL */
    const struct pz_damage_log *log; /* NULL if it wasn't read */
    const uint64_t *fates[PZ_PORTS]; /* for each port, PZ_FATE_COUNT of them */
    uint64_t packets;                /* a digest of them */
};

struct pz_summary {
    const char *version, *commit;
    const struct pz_filter *filters; /* one a port */
    size_t nports;
    const struct pz_timeline_options *options;
    const struct pz_calibrated *calibrated[PZ_PORTS]; /* for each port */
    const struct pz_geo *countries, *networks;        /* empty if none were given */
    const struct pz_recorded *recorded;
    bool pseudonyms, accept_anonymised;
    bool decoded; /* by the command of --decode, which is not written: it may hold a key */
    const struct pz_summary_input *inputs;
    size_t ninputs;
    struct pz_manifest *tables; /* put in order */
};

void pz_summary_write(const struct pz_summary *summary, struct pz_buf *json);

#endif
