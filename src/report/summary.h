/* summary.json: what was read, counted and set aside, capture by capture. It holds no clock, host, rank or machine's
 * path, so that equal runs write equal bytes; and no address of a source or of the telescope. */
#ifndef PZ_REPORT_SUMMARY_H
#define PZ_REPORT_SUMMARY_H

#include "capture/input.h"
#include "capture/ledger.h"
#include "capture/packet.h"
#include "reduce/frame.h"

struct pz_summary_input {
    const char *label;
    const struct pz_identity *identity;
    const char *state;              /* "read", "duplicate", "no capture", "unreadable" */
    const char *why;                /* of an unreadable one; else empty */
    const char *original;           /* of a duplicate: the label of the capture that counts; else NULL */
    const struct pz_ledger *ledger; /* NULL if it wasn't read */
    const uint64_t *fates;          /* PZ_FATE_COUNT of them */
};

struct pz_summary {
    const char *version;
    const struct pz_filter *filter;
    const struct pz_frame_options *options;
    bool decoded; /* by a command, which is not told: it may hold a key */
    const struct pz_summary_input *inputs;
    size_t ninputs, passed_over;
};

void pz_summary_write(const struct pz_summary *summary, struct pz_buf *json);

#endif
