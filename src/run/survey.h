/* SPDX-License-Identifier: BSD-2-Clause */
/* A look at captures before a scan: the head of each is read, and of the rest only the size is known. Time and memory
 * are estimates. */
#ifndef PZ_RUN_SURVEY_H
#define PZ_RUN_SURVEY_H

#include "run/captures.h"

enum { PZ_SURVEY_RECORDS = 50000 }; /* of each capture that are looked at, or a few more */

/* What the head of one capture says. */
struct pz_survey_head {
    uint64_t link_type;             /* PZ_NO_LINK if it has no header */
    uint64_t damaged;               /* 1: the head is damaged */
    uint64_t first_usec, last_usec; /* of its packets with a possible time, in the file's order; 0 for none */
    uint64_t late;                  /* 1: a packet came more than PZ_ORDER_USEC after a later one */
    uint64_t bytes, records;        /* read of the file, and what came of them */
    uint64_t cpu_nsec;              /* that this took */
    uint64_t scans[PZ_PORTS], sources[PZ_PORTS]; /* to each port; and how many addresses they came from */
    uint64_t addressed, zeroed;                  /* packets with addresses; to an address whose first octet is 0 */
    uint64_t fates[PZ_FATE_COUNT];               /* of the records, for the first port */
    uint64_t busy, one_side, one_side_2_only;    /* sources of the first port, as in reduce/anonymised.c */
};

struct pz_survey {
    const struct pz_session *session;
    struct pz_captures *captures;
    const struct pz_filter *filters; /* borrowed: of each port; they differ in nothing else */
    size_t nports;
    /* Result, owned: one a capture, in their order; filled on rank 0. */
    struct pz_survey_head *heads;
};

/* Collective. 0, 1 when stopped, -1 with `error` set. */
int pz_survey_run(struct pz_survey *survey, struct pz_error *error);
void pz_survey_release(struct pz_survey *survey);

#endif
