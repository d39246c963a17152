/* SPDX-License-Identifier: BSD-2-Clause */
/* What find.c and walk.c have in common. */
#ifndef PZ_ARCHIVE_CANDIDATES_H
#define PZ_ARCHIVE_CANDIDATES_H

#include "archive/find.h"

#include <sys/stat.h>

/* A regular file. */
void pz_candidates_add_file(struct pz_candidates *candidates, const char *path, const char *label, uint64_t size,
                            bool named);
/* What can't be read, for a reason in words. */
void pz_candidates_add_unreadable(struct pz_candidates *candidates, const char *path, const char *label,
                                  const char *why, bool named);
/* What is no file and no folder: a pipe, a socket, a device. Nobody opens it, as that could take forever. */
void pz_candidates_add_special(struct pz_candidates *candidates, const char *path, const char *label, bool named);
/* Not a capture, for a reason in words. */
void pz_candidates_add_other(struct pz_candidates *candidates, const char *path, const char *label, const char *why,
                             bool named);
/* Why stat() failed for the path, in words: a link that leads nowhere says so. */
const char *pz_stat_failure(const char *path, int reason);

/* Adds all files below a folder, at any depth. Links are followed, each folder is searched once. `label`: of the
 * folder, for what is said of it itself. */
void pz_walk(const char *folder, const char *label, struct pz_candidates *candidates);

#endif
