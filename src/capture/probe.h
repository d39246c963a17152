/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside src/capture: where in bytes a member seems to begin, and whether it is one. */
#ifndef PZ_CAPTURE_PROBE_H
#define PZ_CAPTURE_PROBE_H

#include "capture/container.h"

enum {
    PZ_PROBE_BYTES = 1 << 17, /* of a member's beginning that are looked at: a block of zstd */
    PZ_PROBE_COST = 1 << 14   /* of a trial, in bytes of work, more than what is decompressed: it needs a decoder */
};

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

#endif
