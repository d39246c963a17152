/* SPDX-License-Identifier: BSD-2-Clause */
/* What shows that a file was written to, and distinguishes files of the same identity: the inode, and the times of the
 * last modification and of the last change. It is good for as long as the file stays where it is. The device is not in
 * it, as the nodes of a cluster number a shared file system differently. */
#ifndef PZ_CAPTURE_STAMP_H
#define PZ_CAPTURE_STAMP_H

#include "base/fields.h"

#include <stdbool.h>
#include <sys/stat.h>

struct pz_stamp {
    uint64_t inode;
    int64_t mtime_nsec, ctime_nsec; /* since 1970 */
};

struct pz_stamp pz_stamp_of(const struct stat *info);
bool pz_stamp_same(const struct pz_stamp *a, const struct pz_stamp *b);

enum { PZ_STAMP_BYTES = 24 }; /* as stored */
void pz_stamp_fields(struct pz_fields *f, struct pz_stamp *stamp);

#endif
