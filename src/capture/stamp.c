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

void pz_stamp_encode(const struct pz_stamp *stamp, struct pz_buf *to)
{
    pz_buf_put_u64(to, stamp->inode);
    pz_buf_put_u64(to, (uint64_t)stamp->mtime_nsec);
    pz_buf_put_u64(to, (uint64_t)stamp->ctime_nsec);
}

struct pz_stamp pz_stamp_decode(struct pz_cursor *from)
{
    struct pz_stamp stamp = {.inode = pz_cursor_u64(from)};
    stamp.mtime_nsec = (int64_t)pz_cursor_u64(from);
    stamp.ctime_nsec = (int64_t)pz_cursor_u64(from);
    return stamp;
}
