/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run found when it looked at files, kept in the store until a run ends, so that a run that was stopped needn't
 * open thousands of files again.
 *
 * An answer holds as long as the file's size and stamp are the same. A file that changed within seconds of the look is
 * looked at again, as its time stamp may be too coarse to show a change. */
#ifndef PZ_RUN_LOOKED_H
#define PZ_RUN_LOOKED_H

#include "archive/find.h"
#include "capture/stamp.h"

struct pz_looked {
    struct pz_looked_entry {
        uint64_t size;
        struct pz_stamp stamp;
        uint8_t *answer; /* owned; NULL if nothing is known */
        size_t nbytes;
    } * all; /* owned: one a candidate */
    size_t n;
};

/* Reads what the folder's file says of the candidates; nothing, if there is no such file or it is of another --decode.
 */
void pz_looked_read(struct pz_looked *looked, const char *store, const char *decode,
                    const struct pz_candidates *candidates);
void pz_looked_release(struct pz_looked *looked);
/* Of a candidate, if the file is still what it was: the bytes that pz_looked_put was given, or NULL. */
const uint8_t *pz_looked_answer(const struct pz_looked *looked, const struct pz_candidates *candidates, size_t i,
                                size_t *nbytes);
/* For other ranks. */
void pz_looked_encode(const struct pz_looked *looked, struct pz_buf *to);
void pz_looked_decode(struct pz_looked *looked, struct pz_cursor *from);

/* Begins the file's bytes, adds what was found of a file, and writes it. An error of writing is ignored: then the next
 * run looks again. */
void pz_looked_begin(struct pz_buf *file, const char *decode);
void pz_looked_put(struct pz_buf *file, const char *path, uint64_t size, const struct pz_stamp *stamp,
                   const uint8_t *answer, size_t nbytes);
void pz_looked_write(const struct pz_buf *file, const char *store);
void pz_looked_remove(const char *store);

#endif
