/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that were built into the program. */
#ifndef PZ_REPORT_ASSETS_H
#define PZ_REPORT_ASSETS_H

#include <stddef.h>

/* The page's style. */
extern const char pz_page_style[], pz_page_style_end[];
/* The page's script. Empty where there was no Node.js at build. */
extern const char pz_page_script[], pz_page_script_end[];
/* src/report/outlines.csv; a zero follows the text. */
extern const char pz_outlines[], pz_outlines_end[];

#endif
