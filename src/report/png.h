/* SPDX-License-Identifier: BSD-2-Clause */
/* A PNG picture's resolution, which gnuplot doesn't write. */
#ifndef PZ_REPORT_PNG_H
#define PZ_REPORT_PNG_H

#include "base/bytes.h"

/* Says how many dots an inch the picture has, so that programs show it in its size. What isn't a PNG, or says it
 * already, stays as it is. */
void pz_png_set_dpi(struct pz_buf *png, unsigned dpi);

#endif
