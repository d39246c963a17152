/* SPDX-License-Identifier: BSD-2-Clause */
/* What is mended of a picture that gnuplot drew: a PNG's resolution is lacking, and a PDF has the time of day. */
#ifndef PZ_REPORT_PICTURE_H
#define PZ_REPORT_PICTURE_H

#include "base/bytes.h"

/* Says how many dots an inch the picture has, so that programs show it in its size. What isn't a PNG, or says it
 * already, stays as it is. */
void pz_png_set_dpi(struct pz_buf *png, unsigned dpi);

/* Writes spaces over the date of creation, so that the same drawing has the same bytes at any time. */
void pz_pdf_drop_date(struct pz_buf *pdf);

#endif
