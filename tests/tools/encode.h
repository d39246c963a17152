/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests: a tally's file in memory. */
#ifndef PZ_TESTS_ENCODE_H
#define PZ_TESTS_ENCODE_H

#include "tally/tally_file.h"

#include <sys/mman.h>
#include <unistd.h>

/* Into an empty buffer. */
static inline void encode_tally(struct pz_tally *tally, const struct pz_damage_log *log, const struct pz_filter *filter,
                                const struct pz_identity *identity, struct pz_buf *to)
{
    struct pz_error error;
    struct pz_file_pieces file = {.fd = memfd_create("tally", MFD_CLOEXEC)};
    PZ_CHECK(file.fd >= 0 && pz_tally_encode(tally, log, filter, identity, &file, &error) == 0);
    size_t nbytes = (size_t)lseek(file.fd, 0, SEEK_END);
    PZ_CHECK(pz_file_pread(file.fd, "tally", pz_buf_extend(to, nbytes), nbytes, 0, &error) == 0);
    close(file.fd);
}

#endif
