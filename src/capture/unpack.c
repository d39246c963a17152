/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/unpack.h"

#include "base/file.h"
#include "capture/container.h"

enum { STEP = 1 << 18 };

/* Appends what a member decompresses to, and moves past it. False if it is damaged or ends too early. */
static bool unpack_member(const struct pz_container *container, struct pz_cursor *from, struct pz_buf *to)
{
    size_t left = pz_cursor_left(from),
           header = container->codec == &pz_codec_zlib ? pz_gzip_header(from->at, left) : 0;
    struct pz_codec_io io = {.in = from->at + header, .in_left = left - header};
    void *state = container->codec->create();
    enum pz_codec_status status;
    bool stuck;
    do {
        size_t in_left = io.in_left;
        io.out = pz_buf_extend(to, STEP);
        io.out_left = STEP;
        status = container->codec->run(state, &io);
        to->nbytes -= io.out_left;
        stuck = io.out_left == STEP && io.in_left == in_left;
    } while (status == PZ_CODEC_MORE && !stuck);
    container->codec->destroy(state);
    from->at = io.in;
    return status == PZ_CODEC_END;
}

static bool is_zero(const struct pz_cursor *from)
{
    for (const uint8_t *at = from->at; at < from->end; at++)
        if (*at)
            return false;
    return true;
}

int pz_unpack_file(const char *path, struct pz_buf *to, struct pz_error *error)
{
    struct pz_buf packed = {0};
    if (pz_file_read(strcmp(path, "-") == 0 ? "/dev/stdin" : path, &packed, error) != 0)
        return -1;
    struct pz_cursor from = pz_cursor_of(packed.bytes, packed.nbytes);
    bool good = true;
    const struct pz_container *container = pz_container_member(from.at, packed.nbytes, true, NULL);
    if (!container) {
        *to = packed;
        return 0;
    }
    while (container && good) {
        good = unpack_member(container, &from, to);
        container = pz_container_member(from.at, pz_cursor_left(&from), false, NULL);
    }
    good = good && is_zero(&from); /* tapes pad with zeros */
    pz_buf_release(&packed);
    return good ? 0 : pz_fail(error, "%s can't be read to its end: its compressed data are broken", path);
}
