/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/stamp.h"

static int64_t nsec_of(const struct timespec *time)
{
    return time->tv_sec * INT64_C(1000000000) + time->tv_nsec;
}

struct pz_stamp pz_stamp_of(const struct stat *info)
{
    return (struct pz_stamp){info->st_ino, nsec_of(&info->st_mtim), nsec_of(&info->st_ctim)};
}

bool pz_stamp_same(const struct pz_stamp *a, const struct pz_stamp *b)
{
    return a->inode == b->inode && a->mtime_nsec == b->mtime_nsec && a->ctime_nsec == b->ctime_nsec;
}

void pz_stamp_fields(struct pz_fields *f, struct pz_stamp *stamp)
{
    stamp->inode = pz_field_u64(f, stamp->inode);
    stamp->mtime_nsec = pz_field_i64(f, stamp->mtime_nsec);
    stamp->ctime_nsec = pz_field_i64(f, stamp->ctime_nsec);
}
