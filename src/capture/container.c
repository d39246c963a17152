/* SPDX-License-Identifier: BSD-2-Clause */
/* One row a container, with its magic. The codec of a library that was not found is NULL: then the container is known
 * by name and can't be read. */
#include "capture/container.h"

#include "base/bytes.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#ifdef PZ_HAVE_ZSTD
#    define ZSTD &pz_codec_zstd
#else
#    define ZSTD NULL
#endif
#ifdef PZ_HAVE_LZMA
#    define XZ &pz_codec_xz
#    define LZMA &pz_codec_lzma
#else
#    define XZ NULL
#    define LZMA NULL
#endif
#ifdef PZ_HAVE_BZIP2
#    define BZIP2 &pz_codec_bzip2
#else
#    define BZIP2 NULL
#endif
#ifdef PZ_HAVE_LZ4
#    define LZ4 &pz_codec_lz4
#    define LZ4_LEGACY &pz_codec_lz4_legacy
#else
#    define LZ4 NULL
#    define LZ4_LEGACY NULL
#endif
#if defined PZ_HAVE_ZSTD
#    define SKIPPABLE &pz_codec_zstd
#elif defined PZ_HAVE_LZ4
#    define SKIPPABLE &pz_codec_lz4
#else
#    define SKIPPABLE NULL
#endif

enum { GZIP_RESERVED = 0xe0 }; /* flags that no gzip header has, RFC 1952 section 2.3.1.2 */

static bool begins_gzip(const uint8_t *b, size_t n)
{
    (void)n;
    return !(b[3] & GZIP_RESERVED);
}

/* The size of blocks, then the mark of a block or of the end of an empty stream. */
static bool begins_bzip2(const uint8_t *b, size_t n)
{
    (void)n;
    return b[3] >= '1' && b[3] <= '9' && (!memcmp(b + 4, "1AY&SY", 6) || !memcmp(b + 4, "\x17rE8P\x90", 6));
}

/* zstd and lz4 share them: RFC 8878 section 3.1.2. */
static bool begins_skippable(const uint8_t *b, size_t n)
{
    (void)n;
    return (pz_get_le32(b) & 0xfffffff0) == 0x184d2a50;
}

/* No magic: properties that every encoder writes, a dictionary of 2^n or 2^n + 2^(n-1) bytes, a length that is unknown
 * or below 256 GiB. Plain captures don't begin so. */
static bool begins_lzma(const uint8_t *b, size_t n)
{
    (void)n;
    uint32_t dictionary = pz_get_le32(b + 1), top = dictionary;
    for (uint32_t half = top >> 1; half; half >>= 1)
        top |= half;
    top -= top >> 1; /* the highest bit alone */
    uint64_t length = pz_get_le64(b + 5);
    return b[0] == 0x5d && dictionary >= 4096 && (dictionary == top || dictionary == top + top / 2) &&
           (length == UINT64_MAX || length >> 38 == 0);
}

#define MAGIC(text) (text), sizeof(text) - 1
const struct pz_container pz_containers[] = {
    {"gzip", &pz_codec_zlib, MAGIC("\x1f\x8b\x08"), begins_gzip, 4, false},
    {"zstd", ZSTD, MAGIC("\x28\xb5\x2f\xfd"), NULL, 4, false},
    {"xz", XZ,
     MAGIC("\xfd"
           "7zXZ\0"),
     NULL, 6, false},
    {"bzip2", BZIP2, MAGIC("BZh"), begins_bzip2, 10, false},
    {"lz4", LZ4, MAGIC("\x04\x22\x4d\x18"), NULL, 4, false},
    {"lz4", LZ4_LEGACY, MAGIC("\x02\x21\x4c\x18"), NULL, 4, false},
    {"zstd or lz4", SKIPPABLE, MAGIC(""), begins_skippable, 4, false},
    {"lzma", LZMA, MAGIC(""), begins_lzma, 13, true},
    {.name = NULL},
};

/* As far as the bytes tell. */
static bool may_begin(const struct pz_container *container, const uint8_t *b, size_t n)
{
    size_t known = n < container->nmagic ? n : container->nmagic;
    return memcmp(b, container->magic, known) == 0 &&
           (n < container->nhead || !container->begins || container->begins(b, n));
}

const struct pz_container *pz_container_member(const uint8_t *bytes, size_t n, bool start, bool *torn)
{
    bool cut = false;
    const struct pz_container *container = pz_containers;
    for (; container->name; container++) {
        if (!container->codec || (container->start_only && !start) || !may_begin(container, bytes, n))
            continue;
        if (n >= container->nhead)
            break;
        cut = cut || (n && container->nmagic);
    }
    if (torn)
        *torn = cut;
    return container->name ? container : NULL;
}

char *pz_container_names(void)
{
    struct pz_buf text = {0};
    const char *names[sizeof pz_containers / sizeof *pz_containers];
    size_t n = 0;
    for (const struct pz_container *container = pz_containers; container->name; container++) {
        bool again = n && strcmp(names[n - 1], container->name) == 0;
        if (container->codec && container->nmagic && !again)
            names[n++] = container->name;
    }
    for (size_t i = 0; i < n; i++)
        pz_buf_printf(&text, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " and ", names[i]);
    pz_buf_put(&text, "", 1);
    return (char *)text.bytes;
}

/* Flags of a gzip header, RFC 1952 section 2.3.1. */
enum { FHCRC = 0x02, FEXTRA = 0x04, FNAME = 0x08, FCOMMENT = 0x10 };

size_t pz_gzip_header(const uint8_t *b, size_t n)
{
    size_t at = 10;
    if (b[3] & FEXTRA)
        at += n >= 12 ? 2u + pz_get_le16(b + 10) : n;
    for (int texts = !!(b[3] & FNAME) + !!(b[3] & FCOMMENT); texts > 0; texts--) {
        while (at < n && b[at])
            at++;
        at++;
    }
    at += b[3] & FHCRC ? 2 : 0;
    return at < n ? at : n;
}

size_t pz_probe_next(const struct pz_container *container, const uint8_t *b, size_t n, bool last)
{
    for (size_t at = 0; container->nmagic && at < n; at++) {
        const uint8_t *found = memchr(b + at, container->magic[0], n - at);
        if (!found)
            return n;
        at = (size_t)(found - b);
        if (may_begin(container, found, n - at) && (!last || n - at >= container->nhead))
            return at;
    }
    return n;
}

size_t pz_probe_any(const uint8_t *b, size_t n, const struct pz_container **found)
{
    bool first[256] = {false};
    for (const struct pz_container *container = pz_containers; container->name; container++)
        if (container->codec && container->nmagic)
            first[(uint8_t)container->magic[0]] = true;
    for (size_t at = 0; at < n; at++) {
        *found = first[b[at]] ? pz_container_member(b + at, n - at, false, NULL) : NULL;
        if (*found && (*found)->nmagic)
            return at;
    }
    return n;
}

bool pz_probe_try(const struct pz_container *container, const uint8_t *b, size_t n, uint64_t *cost)
{
    enum {
        ENOUGH = 64,   /* bytes that a trial must give: noise after a header that is there by chance gives fewer */
        COST = 1 << 14 /* of a trial, in bytes of work, more than what is decompressed: it needs a decoder */
    };
    uint8_t out[1024];
    if (container->codec != &pz_codec_zlib)
        return true;
    size_t header = n >= 10 ? pz_gzip_header(b, n) : n;
    struct pz_codec_io io = {.in = b + header, .in_left = n - header, .out = out, .out_left = sizeof out};
    void *state = pz_codec_zlib.create();
    enum pz_codec_status status = pz_codec_zlib.run(state, &io);
    pz_codec_zlib.destroy(state);
    *cost += COST + (n - io.in_left) + (sizeof out - io.out_left);
    bool failed = status == PZ_CODEC_CORRUPT || status == PZ_CODEC_CHECKSUM;
    return !failed || sizeof out - io.out_left >= ENOUGH;
}

const struct pz_codec *pz_codec_gzip(enum pz_inflater inflater)
{
#ifdef PZ_HAVE_ISAL
    if (inflater == PZ_INFLATER_FASTEST)
        return &pz_codec_isal;
#endif
    (void)inflater;
    return &pz_codec_zlib;
}
