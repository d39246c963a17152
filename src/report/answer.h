/* SPDX-License-Identifier: BSD-2-Clause */
/* The answers that the page opens with: when the outbreak began, what was seen first, when the release was, the peak
 * hour, the sources in all and the worm's share of them, each with how sure it is and the figure that shows it. "None
 * in these data" and "it can't be known" are answers too. */
#ifndef PZ_REPORT_ANSWER_H
#define PZ_REPORT_ANSWER_H

#include "report/draw.h"

/* Links go to figures that were drawn. */
void pz_answer_write(struct pz_results *results, const struct pz_drawn *drawn, size_t n, struct pz_buf *html);

#endif
