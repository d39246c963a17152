/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/probe.h"

#include "base/bytes.h"

#include <string.h>

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

static bool may_begin(const struct pz_container *container, const uint8_t *b, size_t n)
{
    size_t known = n < container->nmagic ? n : container->nmagic;
    return memcmp(b, container->magic, known) == 0 &&
           (n < container->nhead || !container->begins || container->begins(b, n));
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
        bool torn;
        if (!first[b[at]])
            continue;
        *found = pz_container_member(b + at, n - at, false, &torn);
        if (*found && (*found)->nmagic)
            return at;
    }
    return n;
}

bool pz_probe_try(const struct pz_container *container, const uint8_t *b, size_t n, uint64_t *cost)
{
    /* A trial must give this many bytes: noise after a header that is there by chance gives fewer. */
    enum { ENOUGH = 64 };
    uint8_t out[1024];
    if (container->codec != &pz_codec_zlib)
        return true;
    size_t header = n >= 10 ? pz_gzip_header(b, n) : n;
    struct pz_codec_io io = {.in = b + header, .in_left = n - header, .out = out, .out_left = sizeof out};
    void *state = pz_codec_zlib.create();
    enum pz_codec_status status = pz_codec_zlib.run(state, &io);
    pz_codec_zlib.destroy(state);
    *cost += PZ_PROBE_COST + (n - io.in_left) + (sizeof out - io.out_left);
    bool failed = status == PZ_CODEC_CORRUPT || status == PZ_CODEC_CHECKSUM;
    return !failed || sizeof out - io.out_left >= ENOUGH;
}
