/* SPDX-License-Identifier: BSD-2-Clause */
/* Which compression a file or a member of it has, by its first bytes, and the codec that reads it where its library was
 * found. What to say of others: kind.h. */
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
 * that are left may be all of a header that was cut short: then `torn` is set. */
const struct pz_container *pz_container_member(const uint8_t *bytes, size_t n, bool start, bool *torn);
/* The names of those that are read, with ", " and a last " and " between them. The caller frees it. */
char *pz_container_names(void);

#endif
