/* SPDX-License-Identifier: BSD-2-Clause */
/* Files on a shared file system: read whole or by pread, written to a temporary name, flushed, and published by rename,
 * so that a reader sees all of a file or none of it.
 *
 * Temporary names hold the host, the process and a counter: a second attempt at the same work, alive on a node cut off
 * from the rest, never writes into ours. */
#ifndef PZ_BASE_FILE_H
#define PZ_BASE_FILE_H

#include "base/bytes.h"
#include "base/error.h"

#include <limits.h>
#include <sys/types.h>

/* A path, or the name of a file. One that is too long for the system stays so, and opening it fails. */
struct pz_path {
    char text[PATH_MAX + 1];
};
struct pz_path pz_path(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* DIR/NAME. */
struct pz_path pz_file_join(const char *directory, const char *name);

/* Every name that pz_file_write makes for a while ends with this and a unique part. */
#define PZ_FILE_TEMPORARY ".partial-"
/* Such a name for `path`. */
struct pz_path pz_file_temporary(const char *path);

enum { PZ_FILE_PRIVATE_FOLDER = 0700 };

/* Makes a directory and its parents; `mode` for the last one, if it is new: less the umask, unless it is
 * PZ_FILE_PRIVATE_FOLDER. */
int pz_file_make_dirs(const char *path, mode_t mode, struct pz_error *error);
/* How a file appears. One that names sources is private: nobody but its owner may read it (mode 0600), whatever the
 * umask. */
enum pz_file_way {
    PZ_FILE_PUBLIC,
    PZ_FILE_PRIVATE,
    PZ_FILE_PRIVATE_NEW, /* never in place of another file of that name */
};
/* Writes the bytes to `path` so that it appears whole or not at all. The directory must exist. With PZ_FILE_PRIVATE_NEW,
 * 1 and nothing is written if there is a file of that name. Of several writers at once one succeeds, if the file system
 * has hard links. */
int pz_file_write_as(enum pz_file_way way, const char *path, const void *bytes, size_t nbytes, struct pz_error *error);
/* A public one. */
int pz_file_write(const char *path, const void *bytes, size_t nbytes, struct pz_error *error);
/* The same piece by piece, for what is large: pz_file_end publishes it, or drops it and returns -1 if `status`, of what
 * came before, is -1. It is to be called whatever pz_file_begin returned. */
struct pz_file_pieces {
    struct pz_path path, temporary;
    enum pz_file_way way;
    int fd;
};
int pz_file_begin(struct pz_file_pieces *file, const char *path, enum pz_file_way way, struct pz_error *error);
int pz_file_put(struct pz_file_pieces *file, const void *bytes, size_t nbytes, struct pz_error *error);
/* In place of the file's first bytes, after all others. */
int pz_file_put_front(struct pz_file_pieces *file, const void *bytes, size_t nbytes, struct pz_error *error);
int pz_file_end(struct pz_file_pieces *file, int status, struct pz_error *error);
/* Writes to the file that a user named in an option: `-` is standard output; a pipe or a device is written to and stays
 * what it is; a link stays, and its file is replaced; any other file appears whole or not at all, with `private` as
 * PZ_FILE_PRIVATE has it. */
int pz_file_deliver(const char *path, bool private, const void *bytes, size_t nbytes, struct pz_error *error);
/* Writes a text to standard output, and releases it. */
int pz_file_print(struct pz_buf *text, struct pz_error *error);
/* Appends to a log, in one piece. Errors are ignored. */
void pz_file_append(const char *path, const void *bytes, size_t nbytes);
/* To be called first of all. Opens /dev/null in place of a closed standard stream: otherwise the next file that is
 * opened would get its number, and messages would be written into that file. */
void pz_file_hold_standard(void);
/* Appends the file's bytes to `to`. */
int pz_file_read(const char *path, struct pz_buf *to, struct pz_error *error);
/* Reads exactly `nbytes` at `offset`; a shorter file is an error. */
int pz_file_pread(int fd, const char *path, void *to, size_t nbytes, uint64_t offset, struct pz_error *error);
/* Removes, in one directory, the temporary files of writers that died: those whose published file exists too. With
 * `all`, also those without one. Another process of this host that lives keeps its own. Errors are ignored: a file that stays does no harm. */
void pz_file_sweep(const char *directory, int all);
#endif
