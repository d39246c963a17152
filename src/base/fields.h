/* SPDX-License-Identifier: BSD-2-Clause */
/* Stored numbers, which one function writes and reads, so that a layout is stated once.
 *
 * The function takes the fields in their order, each as x = pz_field_u32(f, x). Where it writes, it stores the number
 * that it is given, and gives it back. Where it reads, it gives back the stored number, whatever it is given; of bytes
 * that can't be right it gives 0, and the cursor is bad from then on. */
#ifndef PZ_BASE_FIELDS_H
#define PZ_BASE_FIELDS_H

#include "base/bytes.h"
#include "base/error.h"

struct pz_fields {
    struct pz_cursor *from; /* reads from here; NULL: writes */
    uint8_t *to, *end;      /* where the next number goes; all have room */
};

/* A layout of which there are many: inlined, so that writing and reading are two functions, each without a branch on
 * which of them it is. */
#define PZ_FIELDS static inline __attribute__((always_inline)) void

/* To read. */
static inline struct pz_fields pz_fields_from(struct pz_cursor *from)
{
    return (struct pz_fields){.from = from};
}

/* To write `most` bytes at most to the end of a buffer, which counts those that were written when that is over. */
static inline struct pz_fields pz_fields_to(struct pz_buf *buf, size_t most)
{
    uint8_t *to = pz_buf_extend(buf, most);
    return (struct pz_fields){.to = to, .end = to + most};
}
static inline void pz_fields_written(const struct pz_fields *f, struct pz_buf *buf)
{
    PZ_CHECK(f->to <= f->end);
    buf->nbytes -= (size_t)(f->end - f->to);
}

static inline uint32_t pz_field_u32(struct pz_fields *f, uint32_t value)
{
    if (f->from)
        return pz_cursor_u32(f->from);
    f->to = pz_next_u32(f->to, value);
    return value;
}
static inline uint64_t pz_field_u64(struct pz_fields *f, uint64_t value)
{
    if (f->from)
        return pz_cursor_u64(f->from);
    f->to = pz_next_u64(f->to, value);
    return value;
}
static inline int64_t pz_field_i64(struct pz_fields *f, int64_t value)
{
    return (int64_t)pz_field_u64(f, (uint64_t)value);
}

/* One that is `most` at most; else the cursor is bad. */
static inline uint64_t pz_field_within(struct pz_fields *f, uint64_t value, uint64_t most)
{
    if (value <= most)
        return value;
    f->from->bad = true;
    return 0;
}
static inline uint64_t pz_field_u64_within(struct pz_fields *f, uint64_t value, uint64_t most)
{
    value = pz_field_u64(f, value);
    return f->from ? pz_field_within(f, value, most) : value;
}
static inline uint64_t pz_field_varint(struct pz_fields *f, uint64_t value, uint64_t most)
{
    if (f->from)
        return pz_field_within(f, pz_cursor_varint(f->from), most);
    f->to = pz_next_varint(f->to, value);
    return value;
}
/* How many items follow, each of at least `nbytes`. */
static inline uint32_t pz_field_items(struct pz_fields *f, uint32_t n, size_t nbytes)
{
    n = pz_field_u32(f, n);
    return f->from ? (uint32_t)pz_field_within(f, n, pz_cursor_left(f->from) / nbytes) : n;
}
static inline void pz_field_bytes(struct pz_fields *f, void *bytes, size_t nbytes)
{
    if (f->from) {
        const uint8_t *at = pz_cursor_take(f->from, nbytes);
        if (at)
            memcpy(bytes, at, nbytes);
        return;
    }
    memcpy(f->to, bytes, nbytes);
    f->to += nbytes;
}

#endif
