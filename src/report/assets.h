/* The page's style and script as they were built into the program. */
#ifndef PZ_REPORT_ASSETS_H
#define PZ_REPORT_ASSETS_H

#include <stddef.h>

extern const char pz_page_style[], pz_page_style_end[];
/* Empty where there was no Node.js at build. */
extern const char pz_page_script[], pz_page_script_end[];

#endif
