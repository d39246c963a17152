/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests of damage: captures of SYNs on a raw IP link, and what must come of their bytes. */
#ifndef PZ_TESTS_DAMAGE_H
#define PZ_TESTS_DAMAGE_H

#include "tools/make.h"

#include "capture/decode.h"

enum { HOUR = 340913, T = 1227286800 }; /* 2008-11-21T17:00:00Z */

static const struct maker usual = {false, false};

static inline struct pz_buf capture(uint32_t second, uint8_t n)
{
    struct pz_buf b = {0};
    put_file_header(&b, usual, PZ_LINK_RAW);
    put_syns(&b, usual, second, n);
    return b;
}

static inline void add(struct pz_buf *to, struct pz_buf from)
{
    pz_buf_put(to, from.bytes, from.nbytes);
    pz_buf_release(&from);
}

static inline struct pz_buf compressed(struct pz_buf plain)
{
    struct pz_buf gz = {0};
    put_gzip(&gz, plain.bytes, plain.nbytes);
    pz_buf_release(&plain);
    return gz;
}

static inline struct outcome expect(struct pz_buf bytes, enum pz_read_status status, size_t npackets,
                                    const int *damages)
{
    struct outcome o = read_bytes(&bytes);
    assert_int_equal(o.status, status);
    assert_int_equal(o.n, npackets);
    assert_damages(&o.log, damages);
    return o;
}

#define EXPECT(bytes, npackets, damages, ...)                                          \
    do {                                                                               \
        struct outcome outcome = expect((bytes), PZ_READ_DONE, (npackets), (damages)); \
        assert_hours(&outcome.log, __VA_ARGS__);                                       \
        outcome_release(&outcome);                                                     \
    } while (0)

#endif
