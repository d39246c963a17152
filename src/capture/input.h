/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of a capture file, as they lie on disk, as a decoding command writes them, or from standard input: read
 * once, front to back, in large pieces.
 *
 * The identity of a capture is its size and a hash of its first and last 64 KiB, so that a renamed or moved file is the
 * same capture and a changed one is another. It names the capture's tally file. */
#ifndef PZ_CAPTURE_INPUT_H
#define PZ_CAPTURE_INPUT_H

#include "base/error.h"
#include "capture/stamp.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct pz_identity {
    uint64_t size;       /* of the file, bytes */
    uint64_t hash;       /* of its ends, and of the decoding command if there is one */
    uint64_t start, end; /* the part of it that was read, bytes; today always 0 and size */
};

enum { PZ_IDENTITY_TEXT = 72 };
/* The name of a capture's tally file, without an ending. */
void pz_identity_text(const struct pz_identity *identity, char text[PZ_IDENTITY_TEXT]);
void pz_identity_fields(struct pz_fields *f, struct pz_identity *identity);
/* A total order, by bytes of the fields. */
int pz_identity_compare(const struct pz_identity *a, const struct pz_identity *b);

struct pz_input;

/* Opens `path` ("-" is standard input) for one reading. `decode`, NULL for none, is a shell command that reads the file
 * on its standard input and writes what is to be read instead. NULL with `error` set if it can't be opened. Pipes and
 * devices with a name are refused, without waiting for a writer. */
struct pz_input *pz_input_open(const char *path, const char *decode, struct pz_error *error);
/* Of the file when it was opened; all zero if it can be read only once. */
struct pz_stamp pz_input_stamp(const struct pz_input *input);
/* The file was found with this stamp before it was opened: if it has another modification time or inode, it has
 * changed. */
void pz_input_expect(struct pz_input *input, const struct pz_stamp *stamp);
/* Whether it can be read only once: standard input. */
bool pz_input_passing(const struct pz_input *input);
/* False, with `error` set, if it can't be read. Standard input must be read to its end first: until then false with an
 * empty error. */
bool pz_input_identify(struct pz_input *input, struct pz_identity *identity, struct pz_error *error);
/* Up to `nbytes`; 0 at the end; -1 with `error` set where it can't be read. */
ssize_t pz_input_read(struct pz_input *input, uint8_t *to, size_t nbytes, struct pz_error *error);
/* Why a read failed; or that one did. */
const char *pz_input_failure(const struct pz_input *input);
/* The first bytes of the file itself, whatever is made of them: up to `nbytes`; returns how many. */
size_t pz_input_head(const struct pz_input *input, uint8_t *to, size_t nbytes);
/* How far reading has got, in bytes of the file; with a decoding command, as far as the command has read. For progress.
 */
uint64_t pz_input_offset(const struct pz_input *input);
/* To be asked after the last read: a decoding command that failed, a file that isn't what it was when opened (it grew,
 * it shrank, it was written to, it was removed). */
bool pz_input_filter_failed(struct pz_input *input);
bool pz_input_changed(struct pz_input *input);
void pz_input_free(struct pz_input *input);

#endif
