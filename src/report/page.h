/* SPDX-License-Identifier: BSD-2-Clause */
/* report.html: one file that opens without a network, with all figures, their captions and alternative texts, the
 * published numbers beside ours, and the tables. Its script, where it was built in, turns pictures into charts to zoom
 * into and maps to play; on paper and without it they stay pictures. */
#ifndef PZ_REPORT_PAGE_H
#define PZ_REPORT_PAGE_H

#include "report/draw.h"

void pz_page_write(struct pz_results *results, const struct pz_drawn *drawn, size_t n, const char *version,
                   struct pz_buf *html);
/* Whether the script was built in. */
bool pz_page_has_script(void);

#endif
