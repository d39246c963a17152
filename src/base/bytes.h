/* SPDX-License-Identifier: BSD-2-Clause */
/* Byte buffers that grow, and cursors that never read past their end.
 *
 * Stored numbers are little-endian on every machine. A cursor that meets its end or a bad value becomes bad and
 * stays so: it then gives zeros, and the caller asks once, at the end. */
#ifndef PZ_BASE_BYTES_H
#define PZ_BASE_BYTES_H

#include "base/error.h"

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct pz_buf {
    uint8_t *bytes; /* owned */
    size_t nbytes, capacity;
};

void pz_buf_release(struct pz_buf *buf);
/* Forgets the contents and keeps the memory. */
void pz_buf_clear(struct pz_buf *buf);
/* Room for `nbytes` more, counted as content; returns where they begin, uninitialised. */
uint8_t *pz_buf_extend(struct pz_buf *buf, size_t nbytes);
void pz_buf_put(struct pz_buf *buf, const void *bytes, size_t nbytes);
void pz_buf_put_u32(struct pz_buf *buf, uint32_t value);
void pz_buf_put_u64(struct pz_buf *buf, uint64_t value);
/* Seven bits a byte, the lowest first, all but the last byte with the top bit set: 1 to 10 bytes. */
void pz_buf_put_varint(struct pz_buf *buf, uint64_t value);
/* A length and the characters, without a final zero. */
void pz_buf_put_text(struct pz_buf *buf, const char *text);
/* A length, and what is put between the two calls; the second gets what the first returned. */
size_t pz_buf_begin_part(struct pz_buf *buf);
void pz_buf_end_part(struct pz_buf *buf, size_t begin);
void pz_buf_put_error(struct pz_buf *buf, const struct pz_error *error);
void pz_buf_printf(struct pz_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct pz_cursor {
    const uint8_t *at, *end; /* borrowed */
    bool bad;
};

struct pz_cursor pz_cursor_of(const void *bytes, size_t nbytes);
size_t pz_cursor_left(const struct pz_cursor *cursor);
/* The next `nbytes`, or NULL (and bad) if fewer are left. */
const uint8_t *pz_cursor_take(struct pz_cursor *cursor, size_t nbytes);
uint32_t pz_cursor_u32(struct pz_cursor *cursor);
uint64_t pz_cursor_u64(struct pz_cursor *cursor);
/* Bad if it doesn't end within 64 bits. */
uint64_t pz_cursor_varint(struct pz_cursor *cursor);
/* A string that the caller frees; empty when bad. */
char *pz_cursor_text(struct pz_cursor *cursor);
/* Fills `error` and returns -1, as pz_fail. */
int pz_cursor_error(struct pz_cursor *cursor, struct pz_error *error);

static inline uint16_t pz_get_be16(const uint8_t *b)
{
    return (uint16_t)(b[0] << 8 | b[1]);
}
static inline uint32_t pz_get_be32(const uint8_t *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}
static inline uint16_t pz_get_le16(const uint8_t *b)
{
    return (uint16_t)(b[1] << 8 | b[0]);
}
static inline uint32_t pz_get_le32(const uint8_t *b)
{
    return (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}
static inline uint64_t pz_get_le64(const uint8_t *b)
{
    return (uint64_t)pz_get_le32(b + 4) << 32 | pz_get_le32(b);
}
static inline void pz_set_be16(uint8_t *b, uint32_t v)
{
    b[0] = (uint8_t)(v >> 8);
    b[1] = (uint8_t)v;
}
static inline void pz_set_be32(uint8_t *b, uint32_t v)
{
    pz_set_be16(b, v >> 16);
    pz_set_be16(b + 2, v);
}
static inline void pz_set_le32(uint8_t *b, uint32_t v)
{
    v = htole32(v);
    memcpy(b, &v, sizeof v);
}
static inline void pz_set_le64(uint8_t *b, uint64_t v)
{
    v = htole64(v);
    memcpy(b, &v, sizeof v);
}

/* Write a number where there is room for it, and return where the next one goes. */
static inline uint8_t *pz_next_u32(uint8_t *to, uint32_t value)
{
    pz_set_le32(to, value);
    return to + 4;
}
static inline uint8_t *pz_next_u64(uint8_t *to, uint64_t value)
{
    pz_set_le64(to, value);
    return to + 8;
}
static inline uint8_t *pz_next_varint(uint8_t *to, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        *to++ = (uint8_t)(value | 0x80);
    *to++ = (uint8_t)value;
    return to;
}

#endif
