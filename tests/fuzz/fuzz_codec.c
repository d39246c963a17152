/* SPDX-License-Identifier: BSD-2-Clause */
/* Members of any compression, whole and in pieces: what comes of a file mustn't depend on how much room there is, but
 * where data are corrupt: libbz2 notices that sooner or later.
 *
 * The first byte says which magic number replaces the first bytes of the rest, so that each codec is reached; the
 * second says how small the pieces are. */
#include "fuzz.h"

#include "base/bytes.h"
#include "base/error.h"
#include "capture/container.h"
#include "capture/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MOST = 1 << 22 }; /* bytes that are decompressed; a few bytes may hold gigabytes */

/* All bytes and events, mixed into one number; 0 if not all was read, or something is corrupt. */
static uint64_t read_all(const char *path, size_t room)
{
    static uint8_t out[1 << 16];
    struct pz_error error;
    struct pz_input *input = pz_input_open(path, NULL, &error);
    PZ_CHECK(input);
    struct pz_stream *stream = pz_stream_open(input, PZ_INFLATER_ZLIB);
    uint64_t sum = 0xcbf29ce484222325u, nbytes = 0, offset = 0;
    bool corrupt = false;
    struct pz_stream_read got;
    do {
        got = pz_stream_read(stream, out, room);
        PZ_CHECK(got.nbytes <= room);
        PZ_CHECK(pz_stream_offset(stream) >= offset || got.reason == PZ_DAMAGE_TORN);
        offset = pz_stream_offset(stream);
        for (size_t i = 0; i < got.nbytes; i++)
            sum = (sum ^ out[i]) * 0x100000001b3u;
        nbytes += got.nbytes;
        corrupt = corrupt || (got.event == PZ_STREAM_BROKEN && got.reason == PZ_DAMAGE_CORRUPT);
        if (got.event != PZ_STREAM_MORE)
            sum = (sum ^ (unsigned)got.event ^ got.reason << 8) * 0x100000001b3u;
    } while (got.event != PZ_STREAM_END && nbytes < MOST);
    sum = got.event == PZ_STREAM_END && !corrupt ? sum ^ pz_stream_padding(stream) : 0;
    pz_stream_free(stream);
    pz_input_free(input);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    size_t n = 0;
    while (pz_containers[n].name)
        n++;
    const struct pz_container *container = data[0] < n ? &pz_containers[data[0]] : NULL;
    size_t room = (size_t)32 << data[1] % 12;
    int fd = memfd_create("members", MFD_CLOEXEC);
    PZ_CHECK(fd >= 0);
    data += 2;
    size -= 2;
    size_t magic = container && container->nmagic <= size ? container->nmagic : 0;
    if (magic)
        PZ_CHECK(write(fd, container->magic, magic) == (ssize_t)magic);
    PZ_CHECK(write(fd, data + magic, size - magic) == (ssize_t)(size - magic));
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    uint64_t whole = read_all(path, 1 << 16), pieces = read_all(path, room);
    PZ_CHECK(whole == pieces || !whole || !pieces);
    close(fd);
    return 0;
}
