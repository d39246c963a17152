/* SPDX-License-Identifier: BSD-2-Clause */
/* What a file seems to be, by its name and its first bytes, if it is not a capture that can be read here.
 *
 * Such a file may still hold a capture. It is never read, but it must be named, with what to do about it. */
#ifndef PZ_CAPTURE_KIND_H
#define PZ_CAPTURE_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PZ_KIND_BYTES = 512 }; /* of the beginning of a file that are looked at: a tar header's mark ends at byte 262 */

/* Words to follow a name: what the bytes are, and what to do. They may begin as a capture of another format, as
 * compressed, archived or encrypted data, or with zeros. NULL for other bytes. */
const char *pz_kind_of_bytes(const uint8_t *bytes, size_t nbytes);
/* How long a path is less the suffixes of compressors, archivers and encryption. */
size_t pz_kind_stem(const char *path);
/* Whether a name ends as captures' names do, less the suffixes of compressors; no matter in which case. */
bool pz_kind_named_capture(const char *name);
/* Whether a name is that of a text or a document, compressed or not. */
bool pz_kind_named_text(const char *name);
/* Whether bytes begin as a signature of another file, which may be named after it: not a capture, whatever the name. */
bool pz_kind_is_signature(const uint8_t *bytes, size_t nbytes);

#endif
