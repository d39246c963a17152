/* SPDX-License-Identifier: BSD-2-Clause */
/* Which files a command line means: files, folders searched at any depth, and lists of paths. Whether a file is a
 * capture is decided later, by its contents. Files that can't be opened, or must not be, are marked here. */
#ifndef PZ_ARCHIVE_FIND_H
#define PZ_ARCHIVE_FIND_H

#include "base/bytes.h"
#include "base/error.h"

#include <sys/stat.h>

enum pz_found {
    PZ_FOUND_FILE,       /* to be opened */
    PZ_FOUND_UNREADABLE, /* it may hold a capture and can't be read: `why` says so */
    PZ_FOUND_OTHER,      /* not a capture: `why` says so */
};

struct pz_candidate {
    char *path;    /* owned; "-" is standard input */
    char *label;   /* owned: the path below the folder that was named, or the file's own name, or as a list has it */
    char *why;     /* owned; empty for a file */
    uint64_t size; /* bytes, if sizes are wanted; else it may be 0 */
    enum pz_found found;
    bool named; /* by itself, and so meant to be a capture; else found in a folder */
};

struct pz_candidates {
    struct pz_candidate *all; /* owned */
    size_t n;
    /* Borrowed; NULL for none: the folders of results and of the store of this run, which are not part of the archive.
     */
    const char *out, *store;
    bool sizes; /* whether sizes are wanted: rank 0 asks the file system for each file then */
};

void pz_candidates_release(struct pz_candidates *candidates);
/* Adds what one argument means: a file, a folder, "-", or @LIST. An error only if a list can't be read or names
 * nothing; a file or a folder that can't be read is added all the same. */
int pz_find(const char *argument, struct pz_candidates *candidates, struct pz_error *error);

/* Keeps chunk `chunk` (1 to `nchunks`), for a task of a job array, and drops the others: every candidate is in exactly
 * one chunk, whatever the order of candidates, and chunks have numbers of bytes as equal as whole files allow. This is
 * arithmetic alone, so every task that is given the same files computes the same chunks without communication. */
void pz_candidates_chunk(struct pz_candidates *candidates, unsigned chunk, unsigned nchunks);

void pz_candidates_encode(const struct pz_candidates *candidates, struct pz_buf *to);
void pz_candidates_decode(struct pz_candidates *candidates, struct pz_cursor *from);

/* For walk.c. Adds a file, with its size, or what can't be read or is not a capture, and why. The texts are copied. */
void pz_candidates_add(struct pz_candidates *candidates, const char *path, const char *label, bool named,
                       enum pz_found found, const char *why, uint64_t size);
/* Adds what stat() says of a path, or why it failed (`reason` is its error, 0 for none). True, and nothing is added, if
 * it is a folder. A pipe, a socket or a device is never opened: that could block for ever. */
bool pz_candidates_add_stat(struct pz_candidates *candidates, const char *path, const char *label, bool named,
                            const struct stat *info, int reason);
/* Adds all files below a folder, at any depth. Links are followed, each folder is searched once. `label`: of the
 * folder, for messages about the folder itself. */
void pz_walk(const char *folder, const char *label, struct pz_candidates *candidates);

#endif
