/* SPDX-License-Identifier: BSD-2-Clause */
/* The page's section on who sent the scans: the networks with the most sources, and the signs of tools. */
#ifndef PZ_REPORT_SENDERS_H
#define PZ_REPORT_SENDERS_H

#include "report/results.h"

void pz_senders_write(struct pz_results *results, struct pz_buf *html);

#endif
