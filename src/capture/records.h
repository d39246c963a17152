/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether bytes are those of a capture. */
#ifndef PZ_CAPTURE_RECORDS_H
#define PZ_CAPTURE_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first place from which several pcap records follow one another, in bytes that begin anywhere, as after damage.
 * `whole`: no more bytes follow; then fewer records will do. `n` if there is none. */
size_t pz_records_find(const uint8_t *b, size_t n, bool swapped, bool nano, bool whole);

/* Whether bytes begin as a capture does: pcap of any kind, or pcapng. */
bool pz_capture_magic(const uint8_t *bytes, size_t nbytes);

#endif
