/* SPDX-License-Identifier: BSD-2-Clause */
/* The name that was probably meant where one is mistyped. */
#ifndef PZ_CLI_NEAREST_H
#define PZ_CLI_NEAREST_H

#include <stddef.h>

struct pz_nearest {
    const char *name; /* the nearest so far, borrowed; NULL if none is near */
    unsigned away;    /* how many letters differ, are missing, too many, or swapped with the next */
};
/* Considers `name` for the first `length` bytes of `typed`. Of names equally near the first stays. */
void pz_nearest_try(struct pz_nearest *nearest, const char *name, const char *typed, size_t length);

#endif
