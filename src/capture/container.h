/* SPDX-License-Identifier: BSD-2-Clause */
/* Which compression a file or a member of it has, by its first bytes, where in bytes a member seems to begin, and the
 * codec that reads it where its library was found. What to say of others: kind.h. */
#ifndef PZ_CAPTURE_CONTAINER_H
#define PZ_CAPTURE_CONTAINER_H

#include "capture/codec.h"

struct pz_container {
    const char *name;
    const struct pz_codec *codec; /* NULL where it isn't built in; for gzip, that of what follows the header */
    const char *magic;            /* the first bytes of each member */
    size_t nmagic;                /* 0 where `begins` alone tells */
    /* What else must hold for bytes that begin with `magic`; NULL: nothing. `n` bytes, `nhead` at least. */
    bool (*begins)(const uint8_t *bytes, size_t n);
    size_t nhead;    /* bytes that are needed to be sure, magic included */
    bool start_only; /* it is looked for at the start of a file, and not after another member */
};

enum { PZ_CONTAINER_HEAD = 16 }; /* bytes that are enough to tell any of them */

/* All that are known, ended by one without a name. */
extern const struct pz_container pz_containers[];

/* The one with a codec whose member begins so; NULL if there is none. `start`: at the start of a file. The `n` bytes
 * that are left may be all of a header that was cut short: `torn`, if not NULL, says so. */
const struct pz_container *pz_container_member(const uint8_t *bytes, size_t n, bool start, bool *torn);
/* Bytes of the gzip header at `b`, ten of which are there; `n` if it doesn't end there. */
size_t pz_gzip_header(const uint8_t *b, size_t n);
/* The first place in `n` bytes where a member of this container may begin, or where too few bytes are left to tell
 * (`last`: there are no more); `n` if there is none. */
size_t pz_probe_next(const struct pz_container *container, const uint8_t *b, size_t n, bool last);
/* As pz_probe_next, for all containers, and only places where there are enough bytes to tell. */
size_t pz_probe_any(const uint8_t *b, size_t n, const struct pz_container **found);
/* Whether a member really begins at these bytes. The magic of a gzip header may be there by chance, so a little is
 * decompressed; what that took, in bytes of work, is added to `cost`. */
bool pz_probe_try(const struct pz_container *container, const uint8_t *b, size_t n, uint64_t *cost);

/* The names of those that are read, with ", " and a last " and " between them. The caller frees it. */
char *pz_container_names(void);

#endif
