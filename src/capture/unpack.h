/* SPDX-License-Identifier: BSD-2-Clause */
/* A file that is read whole, such as a list of addresses: plain, or compressed in any way that captures may be. Unlike a
 * capture it counts only if all of it can be read. */
#ifndef PZ_CAPTURE_UNPACK_H
#define PZ_CAPTURE_UNPACK_H

#include "base/bytes.h"
#include "base/error.h"

/* Appends the file's bytes, decompressed; `path` may name a pipe, and "-" is standard input. `to` must be empty. */
int pz_unpack_file(const char *path, struct pz_buf *to, struct pz_error *error);

#endif
