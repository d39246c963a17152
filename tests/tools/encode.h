/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests: a tally's file in memory. */
#ifndef PZ_TESTS_ENCODE_H
#define PZ_TESTS_ENCODE_H

#include "tally/tally_file.h"

static inline int encode_put(void *context, const void *bytes, size_t nbytes, struct pz_error *error)
{
    (void)error;
    pz_buf_put(context, bytes, nbytes);
    return 0;
}

static inline int encode_put_front(void *context, const void *bytes, size_t nbytes, struct pz_error *error)
{
    (void)error;
    memcpy(((struct pz_buf *)context)->bytes, bytes, nbytes);
    return 0;
}

/* Into an empty buffer. */
static inline void encode_tally(struct pz_tally *tally, const struct pz_damage_log *log, const struct pz_filter *filter,
                                const struct pz_identity *identity, struct pz_buf *to)
{
    struct pz_error error;
    const struct pz_tally_sink sink = {to, encode_put, encode_put_front};
    PZ_CHECK(pz_tally_encode(tally, log, filter, identity, &sink, &error) == 0);
}

#endif
