/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of IPv4 addresses in text files: an address, a prefix (1.2.3.0/24) or a range (1.2.3.4-1.2.3.9) a line, in the
 * first column of a CSV or followed by a comment. */
#ifndef PZ_REPORT_ADDRESS_LIST_H
#define PZ_REPORT_ADDRESS_LIST_H

#include "base/error.h"
#include "geo/geo.h"

#include "tally/roaring_names.h"
#include <stdint.h>

struct pz_address_list {
    roaring_bitmap_t *set;   /* owned by the caller */
    struct pz_geo_file file; /* what it was read of; not of pz_address_list_read */
    bool text;               /* not a bitmap, of which the next three are 0 */
    uint64_t lines;          /* with an address, a prefix or a range */
    uint64_t nipv6;          /* lines */
    uint64_t nheadings;      /* lines: the names of a CSV's columns */
};

/* Reads `text`, which ends with a zero and is changed. Blank lines and comments (#, ; or //) are skipped. 0, or -1 with
 * `error` set, which names `path` and the line but never quotes it. */
int pz_address_list_read(struct pz_address_list *list, const char *path, char *text, struct pz_error *error);

#endif
