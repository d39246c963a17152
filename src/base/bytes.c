/* SPDX-License-Identifier: BSD-2-Clause */
/* A buffer doubles when it is full. A cursor checks each step against its end, so that a decoder needs one check, at
 * its end. */
#include "base/bytes.h"

#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void pz_buf_release(struct pz_buf *buf)
{
    free(buf->bytes);
    *buf = (struct pz_buf){0};
}

void pz_buf_clear(struct pz_buf *buf)
{
    buf->nbytes = 0;
}

/* What is large is copied to huge pages: realloc would copy it to small ones. */
static uint8_t *grown(const struct pz_buf *buf, size_t capacity)
{
    enum { LARGE = 1 << 22 };
    if (capacity < LARGE)
        return pz_realloc(buf->bytes, capacity);
    uint8_t *bytes = pz_alloc_lines(capacity);
    if (buf->nbytes)
        memcpy(bytes, buf->bytes, buf->nbytes);
    free(buf->bytes);
    return bytes;
}

uint8_t *pz_buf_extend(struct pz_buf *buf, size_t nbytes)
{
    if (buf->capacity - buf->nbytes < nbytes || !buf->bytes) {
        PZ_CHECK(nbytes < SIZE_MAX / 4 && buf->nbytes < SIZE_MAX / 4);
        size_t capacity = buf->capacity ? buf->capacity : 256;
        while (capacity - buf->nbytes < nbytes)
            capacity *= 2;
        buf->bytes = grown(buf, capacity);
        buf->capacity = capacity;
    }
    uint8_t *at = buf->bytes + buf->nbytes;
    buf->nbytes += nbytes;
    return at;
}

void pz_buf_put(struct pz_buf *buf, const void *bytes, size_t nbytes)
{
    if (nbytes)
        memcpy(pz_buf_extend(buf, nbytes), bytes, nbytes);
}

void pz_buf_put_u32(struct pz_buf *buf, uint32_t value)
{
    pz_set_le32(pz_buf_extend(buf, 4), value);
}

void pz_buf_put_u64(struct pz_buf *buf, uint64_t value)
{
    pz_set_le64(pz_buf_extend(buf, 8), value);
}

void pz_buf_put_varint(struct pz_buf *buf, uint64_t value)
{
    uint8_t bytes[10];
    pz_buf_put(buf, bytes, (size_t)(pz_next_varint(bytes, value) - bytes));
}

void pz_buf_put_text(struct pz_buf *buf, const char *text)
{
    size_t length = strlen(text);
    pz_buf_put_u32(buf, (uint32_t)length);
    pz_buf_put(buf, text, length);
}

size_t pz_buf_begin_part(struct pz_buf *buf)
{
    pz_buf_extend(buf, 4);
    return buf->nbytes;
}

void pz_buf_end_part(struct pz_buf *buf, size_t begin)
{
    pz_set_le32(buf->bytes + begin - 4, (uint32_t)(buf->nbytes - begin));
}

void pz_buf_put_error(struct pz_buf *buf, const struct pz_error *error)
{
    pz_buf_put_u32(buf, (uint32_t)error->exit);
    pz_buf_put_text(buf, error->text);
}

void pz_buf_printf(struct pz_buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    PZ_CHECK(length >= 0);
    char *at = (char *)pz_buf_extend(buf, (size_t)length + 1);
    vsnprintf(at, (size_t)length + 1, format, again);
    buf->nbytes--; /* the final zero is not content */
    va_end(again);
    va_end(args);
}

struct pz_cursor pz_cursor_of(const void *bytes, size_t nbytes)
{
    static const uint8_t none[1];
    const uint8_t *at = bytes ? bytes : none; /* no arithmetic on NULL, be it with 0 */
    return (struct pz_cursor){.at = at, .end = at + nbytes};
}

size_t pz_cursor_left(const struct pz_cursor *cursor)
{
    return (size_t)(cursor->end - cursor->at);
}

const uint8_t *pz_cursor_take(struct pz_cursor *cursor, size_t nbytes)
{
    if (cursor->bad || pz_cursor_left(cursor) < nbytes) {
        cursor->bad = true;
        return NULL;
    }
    const uint8_t *at = cursor->at;
    cursor->at += nbytes;
    return at;
}

uint32_t pz_cursor_u32(struct pz_cursor *cursor)
{
    const uint8_t *at = pz_cursor_take(cursor, 4);
    return at ? pz_get_le32(at) : 0;
}

uint64_t pz_cursor_u64(struct pz_cursor *cursor)
{
    const uint8_t *at = pz_cursor_take(cursor, 8);
    return at ? pz_get_le64(at) : 0;
}

uint64_t pz_cursor_varint(struct pz_cursor *cursor)
{
    uint64_t value = 0;
    for (unsigned shift = 0; !cursor->bad && shift < 64; shift += 7) {
        const uint8_t *at = pz_cursor_take(cursor, 1);
        if (!at || (shift == 63 && *at > 1))
            break;
        value |= (uint64_t)(*at & 0x7f) << shift;
        if (*at < 0x80)
            return value;
    }
    cursor->bad = true;
    return 0;
}

char *pz_cursor_text(struct pz_cursor *cursor)
{
    size_t length = pz_cursor_u32(cursor);
    const uint8_t *at = pz_cursor_take(cursor, length);
    if (!at)
        return pz_strdup("");
    char *text = pz_alloc(length + 1);
    memcpy(text, at, length);
    return text;
}

int pz_cursor_error(struct pz_cursor *cursor, struct pz_error *error)
{
    enum pz_exit exit = (enum pz_exit)pz_cursor_u32(cursor);
    char *words = pz_cursor_text(cursor);
    pz_fail(error, "%s", words);
    error->exit = exit;
    free(words);
    return -1;
}
