/* Which files a command line means: files, folders searched at any depth, and lists of paths. Whether a file is a
 * capture is told by its contents, and not here. */
#ifndef PZ_ARCHIVE_FIND_H
#define PZ_ARCHIVE_FIND_H

#include "base/bytes.h"
#include "base/error.h"

struct pz_candidate {
    char *path;  /* owned; "-" is standard input */
    char *label; /* owned: the path below the folder that was named, or the file's own name, or as a list has it */
    uint64_t size; /* bytes; 0 where it isn't known */
    bool named;  /* by itself, and so meant to be a capture; not just met in a folder */
};

struct pz_candidates {
    struct pz_candidate *all; /* owned */
    size_t n, capacity;
};

void pz_candidates_release(struct pz_candidates *candidates);
void pz_candidates_add(struct pz_candidates *candidates, const char *path, const char *label, uint64_t size, bool named);
/* Adds what one argument means: a file, a folder, "-", or @LIST. An error if a folder or a list can't be read; a file
 * that isn't there is added all the same, for whoever opens it to say so. */
int pz_find(const char *argument, struct pz_candidates *candidates, struct pz_error *error);

void pz_candidates_encode(const struct pz_candidates *candidates, struct pz_buf *to);
void pz_candidates_decode(struct pz_candidates *candidates, struct pz_cursor *from);

#endif
