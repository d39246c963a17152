/* SPDX-License-Identifier: BSD-2-Clause */
/* Text put into HTML. */
#ifndef PZ_REPORT_HTML_H
#define PZ_REPORT_HTML_H

#include "base/bytes.h"

/* Text in an element or in an attribute with double quotes. */
void pz_html_text(struct pz_buf *to, const char *text, size_t nbytes);
void pz_html_base64(struct pz_buf *to, const uint8_t *bytes, size_t nbytes);

#endif
