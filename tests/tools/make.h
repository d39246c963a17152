/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests: captures and gzip members made byte by byte, and what the reader makes of them with each inflater. */
#ifndef PZ_TESTS_MAKE_H
#define PZ_TESTS_MAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/error.h"
#include "capture/reader.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

struct maker {
    bool swapped, nano; /* big-endian; nanoseconds */
};

static inline void put16(struct pz_buf *to, uint16_t value, bool big)
{
    uint8_t bytes[2] = {(uint8_t)value, (uint8_t)(value >> 8)};
    if (big) {
        bytes[0] = (uint8_t)(value >> 8);
        bytes[1] = (uint8_t)value;
    }
    pz_buf_put(to, bytes, 2);
}

static inline void put32(struct pz_buf *to, uint32_t value, bool big)
{
    put16(to, (uint16_t)(big ? value >> 16 : value), big);
    put16(to, (uint16_t)(big ? value : value >> 16), big);
}

static inline void put_file_header(struct pz_buf *to, struct maker m, uint32_t link_type)
{
    put32(to, m.nano ? 0xa1b23c4d : 0xa1b2c3d4, m.swapped);
    put16(to, 2, m.swapped);
    put16(to, 4, m.swapped);
    put32(to, 0, m.swapped);
    put32(to, 0, m.swapped);
    put32(to, 65535, m.swapped);
    put32(to, link_type, m.swapped);
}

static inline void put_record(struct pz_buf *to, struct maker m, uint32_t second, uint32_t fraction, const void *bytes,
                              size_t nbytes)
{
    put32(to, second, m.swapped);
    put32(to, fraction, m.swapped);
    put32(to, (uint32_t)nbytes, m.swapped);
    put32(to, (uint32_t)nbytes, m.swapped);
    pz_buf_put(to, bytes, nbytes);
}

enum { SYN_BYTES = 48 };

/* An IPv4 SYN to port 445 of 44.0.0.9, as Windows sends it; source 10.0.0.`n`, port 1024 + n, sequence number n. */
static inline void make_syn(uint8_t ip[SYN_BYTES], uint8_t n)
{
    static const uint8_t syn[SYN_BYTES] = {0x45, 0,    0,   48,  0x12, 0x34, 0x40, 0,   103, 6, 0, 0,   10, 0, 0, 0,
                                           44,   0,    0,   9,   4,    0,    1,    189, 0,   0, 0, 0,   0,  0, 0, 0,
                                           0x70, 0x02, 255, 255, 0,    0,    0,    0,   2,   4, 5, 180, 1,  1, 4, 2};
    memcpy(ip, syn, SYN_BYTES);
    ip[15] = n;
    ip[21] = n;
    ip[27] = n;
}

/* `n` SYNs of sources 10.0.0.1, .2, ..., one a second from `second`, on a raw IP link. */
static inline void put_syns(struct pz_buf *to, struct maker m, uint32_t second, uint8_t n)
{
    for (uint8_t i = 1; i <= n; i++) {
        uint8_t ip[SYN_BYTES];
        make_syn(ip, i);
        put_record(to, m, second + i - 1, 0, ip, sizeof ip);
    }
}

/* One gzip member, by zlib. */
static inline void put_gzip(struct pz_buf *to, const void *bytes, size_t nbytes)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t room = deflateBound(&z, (uLong)nbytes) + 64;
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)nbytes;
    z.next_out = pz_buf_extend(to, room);
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    to->nbytes -= z.avail_out;
    deflateEnd(&z);
}

/* A path that has these bytes, until the descriptor is closed. */
static inline int make_file(const void *bytes, size_t nbytes, char path[32])
{
    int fd = memfd_create("capture", MFD_CLOEXEC);
    assert_true(fd >= 0);
    for (size_t at = 0; at < nbytes;) {
        ssize_t n = write(fd, (const uint8_t *)bytes + at, nbytes - at);
        assert_true(n > 0);
        at += (size_t)n;
    }
    snprintf(path, 32, "/proc/self/fd/%d", fd);
    return fd;
}

struct outcome {
    enum pz_read_status status;
    bool distrusted; /* the fast inflater asked for another reading */
    struct pz_buf memory;
    struct pz_packet *packets;
    size_t n;
    struct pz_damage_log log;
};

static inline void keep_packets(void *context, struct pz_packet *packets, size_t n)
{
    struct outcome *o = context;
    assert_true(n > 0 && n <= PZ_BATCH);
    pz_buf_put(&o->memory, packets, n * sizeof *packets);
}

static inline bool keep_going(void *context, uint64_t offset, uint64_t records)
{
    (void)context, (void)offset, (void)records;
    return true;
}

static inline void outcome_release(struct outcome *o)
{
    pz_buf_release(&o->memory);
    pz_damage_log_release(&o->log);
}

static inline struct outcome read_path(const char *path, const char *decode, enum pz_inflater inflater)
{
    struct outcome o = {0};
    pz_damage_log_init(&o.log);
    struct pz_error error;
    struct pz_input *input = pz_input_open(path, decode, &error);
    assert_non_null(input);
    const struct pz_sink sink = {&o, keep_packets, keep_going, NULL};
    o.status = pz_capture_read(input, inflater, &sink, &o.log);
    pz_input_free(input);
    if (o.status == PZ_READ_DISTRUSTED) {
        assert_int_equal(inflater, PZ_INFLATER_FASTEST);
        outcome_release(&o);
        o = read_path(path, decode, PZ_INFLATER_ZLIB);
        o.distrusted = true;
    }
    o.packets = (struct pz_packet *)(void *)o.memory.bytes;
    o.n = o.memory.nbytes / sizeof *o.packets;
    return o;
}

static inline bool same_packet(const struct pz_packet *a, const struct pz_packet *b)
{
    return a->usec == b->usec && a->source == b->source && a->destination == b->destination &&
           a->sequence == b->sequence && a->source_port == b->source_port &&
           a->destination_port == b->destination_port && a->ip_len == b->ip_len && a->ip_id == b->ip_id &&
           a->tos == b->tos && a->ttl == b->ttl && a->protocol == b->protocol && a->tcp_flags == b->tcp_flags &&
           a->fate == b->fate && a->has_addresses == b->has_addresses;
}

/* Reads the bytes with both inflaters, which must agree in everything, and frees them. */
static inline struct outcome read_bytes(struct pz_buf *bytes)
{
    char path[32];
    int fd = make_file(bytes->bytes, bytes->nbytes, path);
    struct outcome slow = read_path(path, NULL, PZ_INFLATER_ZLIB), fast = read_path(path, NULL, PZ_INFLATER_FASTEST);
    close(fd);
    pz_buf_release(bytes);
    assert_int_equal(slow.status, fast.status);
    assert_int_equal(slow.n, fast.n);
    for (size_t i = 0; i < slow.n; i++)
        assert_true(same_packet(&slow.packets[i], &fast.packets[i]));
    struct pz_buf a = {0}, b = {0};
    pz_damage_log_encode(&slow.log, &a);
    pz_damage_log_encode(&fast.log, &b);
    assert_int_equal(a.nbytes, b.nbytes);
    assert_memory_equal(a.bytes, b.bytes, a.nbytes);
    pz_buf_release(&a);
    pz_buf_release(&b);
    outcome_release(&slow);
    assert_int_equal(fast.log.records, fast.n);
    return fast;
}

/* That these damages, and no others, are in the damage log: reasons ended by -1, once each. */
static inline void assert_damages(const struct pz_damage_log *log, const int *reasons)
{
    uint64_t counts[PZ_DAMAGE_COUNT] = {0};
    for (; *reasons >= 0; reasons++)
        counts[*reasons]++;
    for (int i = 0; i < PZ_DAMAGE_COUNT; i++)
        if (counts[i] != log->counts[i])
            fail_msg("\"%s\": %d times, not %d", pz_damage_words((enum pz_damage_reason)i), (int)log->counts[i],
                     (int)counts[i]);
}
#define DAMAGES(...) ((const int[]){__VA_ARGS__, -1})
#define NO_DAMAGE ((const int[]){-1})

/* That these ranges of hours, and no others, are marked: pairs. */
static inline void assert_hours(const struct pz_damage_log *log, const uint32_t (*hours)[2], uint32_t n)
{
    assert_int_equal(log->nhours, n);
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(log->hours[i][0], hours[i][0]);
        assert_int_equal(log->hours[i][1], hours[i][1]);
    }
}
#define HOURS(...) \
    ((const uint32_t[][2]){__VA_ARGS__}), sizeof((const uint32_t[][2]){__VA_ARGS__}) / sizeof(uint32_t[2])
#define NO_HOURS NULL, 0

#endif
