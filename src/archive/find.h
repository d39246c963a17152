/* SPDX-License-Identifier: BSD-2-Clause */
/* Which files a command line means: files, folders searched at any depth, and lists of paths. Whether a file is a
 * capture is decided later, by its contents. Files that can't be opened, or must not be, are marked here. */
#ifndef PZ_ARCHIVE_FIND_H
#define PZ_ARCHIVE_FIND_H

#include "base/bytes.h"
#include "base/error.h"

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

void pz_candidates_encode(const struct pz_candidates *candidates, struct pz_buf *to);
void pz_candidates_decode(struct pz_candidates *candidates, struct pz_cursor *from);

#endif
