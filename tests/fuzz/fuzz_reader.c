/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole captures through both inflaters, which must agree on every count.
 *
 * The first byte says what becomes of the rest: bit 0, it is compressed first, so that a changed capture has a right
 * checksum; then the bits above cut it into members, and bit 7 damages the last one's trailer. */
#include "fuzz.h"

#include "base/bytes.h"
#include "base/error.h"
#include "capture/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

struct outcome {
    enum pz_read_status status;
    uint64_t fates[PZ_FATE_COUNT];
    uint64_t packets, sum;
    struct pz_buf log; /* encoded */
};

static void take(void *context, struct pz_packet *packets, size_t n)
{
    struct outcome *o = context;
    const struct pz_filter filter = {.port = 445};
    PZ_CHECK(n > 0 && n <= PZ_BATCH);
    pz_filter_apply(&filter, packets, n);
    o->packets += n;
    for (size_t i = 0; i < n; i++) {
        const struct pz_packet *p = &packets[i];
        PZ_CHECK(p->fate < PZ_FATE_COUNT);
        o->fates[p->fate]++;
        o->sum = o->sum * 31 + (uint64_t)p->usec + p->source + p->destination_port + p->sequence;
    }
}

static bool go_on(void *context, uint64_t offset, uint64_t records)
{
    (void)context, (void)offset, (void)records;
    return true;
}

static struct outcome read_file(const char *path, enum pz_inflater inflater)
{
    struct outcome o = {0};
    struct pz_damage_log log, copy;
    struct pz_error error;
    struct pz_input *input = pz_input_open(path, NULL, &error);
    PZ_CHECK(input);
    const struct pz_sink sink = {&o, take, go_on, NULL};
    pz_damage_log_init(&log);
    o.status = pz_capture_read(input, inflater, &sink, &log);
    pz_input_free(input);
    PZ_CHECK(o.status != PZ_READ_STOPPED);
    if (o.status == PZ_READ_DISTRUSTED) {
        PZ_CHECK(inflater == PZ_INFLATER_FASTEST);
        pz_damage_log_release(&log);
        return read_file(path, PZ_INFLATER_ZLIB);
    }
    PZ_CHECK(log.records == o.packets);
    PZ_CHECK(o.status != PZ_READ_NO_CAPTURE || o.packets == 0);
    pz_damage_log_encode(&log, &o.log);
    struct pz_cursor cursor = pz_cursor_of(o.log.bytes, o.log.nbytes);
    pz_damage_log_init(&copy);
    pz_damage_log_decode(&copy, &cursor);
    PZ_CHECK(!cursor.bad && pz_cursor_left(&cursor) == 0);
    pz_damage_log_release(&copy);
    pz_damage_log_release(&log);
    return o;
}

static void put_member(struct pz_buf *to, const uint8_t *bytes, size_t nbytes)
{
    z_stream z = {0};
    PZ_CHECK(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    size_t room = deflateBound(&z, (uLong)nbytes) + 64;
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)nbytes;
    z.next_out = pz_buf_extend(to, room);
    z.avail_out = (uInt)room;
    PZ_CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    to->nbytes -= z.avail_out;
    deflateEnd(&z);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    unsigned how = *data++;
    size--;
    struct pz_buf bytes = {0};
    if (how & 1) {
        size_t nmembers = 1 + (how >> 1 & 7), step = size / nmembers + 1;
        for (size_t at = 0; at < size || at == 0; at += step)
            put_member(&bytes, data + at, size - at < step ? size - at : step);
        if (how & 0x80)
            bytes.bytes[bytes.nbytes - 6] ^= 1;
    } else {
        pz_buf_put(&bytes, data, size);
    }
    int fd = memfd_create("capture", MFD_CLOEXEC);
    PZ_CHECK(fd >= 0);
    PZ_CHECK(bytes.nbytes == 0 || write(fd, bytes.bytes, bytes.nbytes) == (ssize_t)bytes.nbytes);
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct outcome slow = read_file(path, PZ_INFLATER_ZLIB), fast = read_file(path, PZ_INFLATER_FASTEST);
    close(fd);
    PZ_CHECK(slow.status == fast.status);
    PZ_CHECK(slow.packets == fast.packets && slow.sum == fast.sum);
    PZ_CHECK(memcmp(slow.fates, fast.fates, sizeof slow.fates) == 0);
    PZ_CHECK(slow.log.nbytes == fast.log.nbytes);
    PZ_CHECK(memcmp(slow.log.bytes, fast.log.bytes, slow.log.nbytes) == 0);
    pz_buf_release(&slow.log);
    pz_buf_release(&fast.log);
    pz_buf_release(&bytes);
    return 0;
}
