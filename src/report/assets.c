/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/assets.h"

/* The assembler includes the files: a compiler takes minutes and gigabytes for arrays of a megabyte, and #embed is not
 * in C11. */
#define PUT(name, file)                                      \
    __asm__(".section .rodata\n"                             \
            ".global " #name ", " #name "_end\n" #name ":\n" \
            ".incbin \"" file "\"\n" #name "_end:\n"         \
            ".byte 0\n"                                      \
            ".previous\n")

PUT(pz_page_style, PZ_PAGE_STYLE);
PUT(pz_page_script, PZ_PAGE_SCRIPT);
PUT(pz_outlines, PZ_OUTLINES);
