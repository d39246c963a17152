/* SPDX-License-Identifier: BSD-2-Clause */
/* report.html: one file that opens without a network, with all figures, their captions and alternative texts, the
 * published numbers next to ours, and the tables. Its script, where it was built in, turns pictures into charts to zoom
 * into and maps to play; without it, and on paper, they stay pictures. */
#ifndef PZ_REPORT_PAGE_H
#define PZ_REPORT_PAGE_H

#include "base/csv.h"
#include "report/draw.h"

/* What the page has of a port. */
struct pz_page_port {
    struct pz_results *results;
    struct pz_drawn *drawn;
    size_t n;
};

struct pz_page_options {
    const char *version;
    const struct pz_schema *const *others; /* borrowed: tables that no job makes; ended by NULL */
};

/* Of several ports the page shows one at a time, the first at first. */
void pz_page_write(const struct pz_page_port *ports, size_t nports, const struct pz_page_options *options,
                   struct pz_buf *html);
/* Whether the script was built in. */
bool pz_page_has_script(void);

#endif
