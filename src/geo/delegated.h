/* SPDX-License-Identifier: BSD-2-Clause */
/* The registries' delegated files, line by line: registry|cc|type|start|value|date|status[|extensions], the "RIR
 * statistics exchange format" (ftp.apnic.net/stats/apnic/README.TXT). The value counts addresses and need not be a
 * power of two. */
#ifndef PZ_GEO_DELEGATED_H
#define PZ_GEO_DELEGATED_H

#include <stdbool.h>
#include <stdint.h>

struct pz_delegated {
    bool is_header;                      /* version|registry|serial|records|startdate|enddate|UTCoffset */
    bool is_held;                        /* IPv4 addresses that are assigned or allocated */
    bool is_good;                        /* of those: start and value are an address and a number */
    const char *registry, *serial;       /* of a header */
    const char *country, *start, *value; /* of what is held */
    uint32_t first;
    uint64_t count;
};

/* Cuts the next line off the text; false at its end. Comments and summaries are neither header nor held. */
bool pz_delegated_next(char **at, struct pz_delegated *line);

#endif
