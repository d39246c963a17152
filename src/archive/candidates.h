/* SPDX-License-Identifier: BSD-2-Clause */
/* What find.c and walk.c have in common. */
#ifndef PZ_ARCHIVE_CANDIDATES_H
#define PZ_ARCHIVE_CANDIDATES_H

#include "archive/find.h"

#include <sys/stat.h>

/* Adds a file, with its size, or what can't be read or is not a capture, and why. The texts are copied. */
void pz_candidates_add(struct pz_candidates *candidates, const char *path, const char *label, bool named,
                       enum pz_found found, const char *why, uint64_t size);
/* A pipe, a socket or a device. It is never opened: that could block for ever. */
void pz_candidates_add_special(struct pz_candidates *candidates, const char *path, const char *label, bool named);
/* Why stat() failed for the path, in words. A dangling link has words of its own. */
const char *pz_stat_failure(const char *path, int reason);

/* Adds all files below a folder, at any depth. Links are followed, each folder is searched once. `label`: of the
 * folder, for messages about the folder itself. */
void pz_walk(const char *folder, const char *label, struct pz_candidates *candidates);

#endif
