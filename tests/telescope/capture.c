/* SPDX-License-Identifier: BSD-2-Clause */
#include "recorder.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { MOST = 14 + 60, RECORD = 16, CHUNK = 1 << 16 };

static const uint8_t options_48[] = {2, 4, 5, 0xb4, 1, 1, 4, 2};
static const uint8_t options_52[] = {2, 4, 5, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2};
static const uint8_t options_60[] = {2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 3, 6};

static const struct {
    const uint8_t *options;
    uint8_t length, protocol, flags; // of the IP packet
} layouts[] = {
    [SYN_48] = {options_48, 48, 6, 2},
    [SYN_52] = {options_52, 52, 6, 2},
    [SYN_60] = {options_60, 60, 6, 2},
    [SYN_40] = {NULL, 40, 6, 2},
    [SYN_ACK] = {options_48, 44, 6, 0x12},
    [RESET] = {NULL, 40, 6, 0x14},
    [UDP] = {NULL, 28, 17, 0},
    [ICMP] = {NULL, 28, 1, 0},
};

static uint8_t *put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
    return at + 2;
}

static uint8_t *put32(uint8_t *at, uint32_t value)
{
    return put16(put16(at, value >> 16), value);
}

static uint8_t *put32_little(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
    at[2] = (uint8_t)(value >> 16);
    at[3] = (uint8_t)(value >> 24);
    return at + 4;
}

// The Slammer worm's 404 bytes; else as long as the headers that are kept.
static uint32_t ip_length(const struct packet *p)
{
    if (p->layout == UDP) {
        return p->dport == 1434 ? 404 : 300 + p->window % 200U;
    }
    return p->layout == ICMP ? 56 : layouts[p->layout].length;
}

static void put_ip(uint8_t *at, const struct packet *p, uint32_t address)
{
    uint8_t *start = at;
    at = put16(at, 0x4500);
    at = put16(at, ip_length(p));
    at = put16(at, p->id);
    at = put16(at, layouts[p->layout].protocol == 6 ? 0x4000 : 0); // don't fragment
    at = put16(at, (uint32_t)p->ttl << 8 | layouts[p->layout].protocol);
    at = put16(at, 0);
    at = put32(at, address);
    put32(at, p->dst); // the first octet is masked
    uint32_t sum = 0;
    for (int i = 0; i < 20; i += 2) {
        sum += (uint32_t)(start[i] << 8 | start[i + 1]);
    }
    sum = (sum & 0xffff) + (sum >> 16);
    put16(start + 10, ~(sum + (sum >> 16)) & 0xffff);
}

static void put_tcp(uint8_t *at, const struct packet *p)
{
    uint32_t header = layouts[p->layout].length - 20U;
    at = put16(at, p->sport);
    at = put16(at, p->dport);
    at = put32(at, p->seq);
    at = put32(at, layouts[p->layout].flags & 0x10 ? p->seq * 2654435761U : 0);
    at = put16(at, header / 4 << 12 | layouts[p->layout].flags);
    at = put16(at, p->window);
    at = put32(at, 0); // checksum and urgent pointer: not made
    if (layouts[p->layout].options) {
        memcpy(at, layouts[p->layout].options, header - 20);
    }
}

// Of ICMP: destination unreachable, or an echo reply; the packet that it quotes is not kept.
static void put_icmp(uint8_t *at, const struct packet *p)
{
    at = put16(at, p->dport & 1 ? 0x0301 : 0);
    put16(put32(at, 0), p->sport);
}

static uint8_t *put_record(uint8_t *at, const struct options *o, int64_t hour, const struct packet *p, uint32_t address)
{
    uint32_t link = o->ethernet ? 14 : 0;
    uint32_t wire = link + ip_length(p);
    wire = o->ethernet && wire < 60 ? 60 : wire; // Ethernet's shortest frame
    // Headers only: what the layout has, without payload.
    uint32_t kept = link + layouts[p->layout].length;
    kept = kept < o->snaplen ? kept : o->snaplen;
    at = put32_little(at, (uint32_t)(hour + p->usec / 1000000));
    at = put32_little(at, p->usec % 1000000);
    at = put32_little(at, kept);
    at = put32_little(at, wire);
    uint8_t *frame = at;
    if (o->ethernet) {
        static const uint8_t ethernet[14] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};
        memcpy(at, ethernet, sizeof ethernet);
        at += sizeof ethernet;
    }
    put_ip(at, p, address);
    if (layouts[p->layout].protocol == 6) {
        put_tcp(at + 20, p);
    } else if (p->layout == UDP) {
        put32(put16(put16(at + 20, p->sport), p->dport), (ip_length(p) - 20) << 16);
    } else {
        put_icmp(at + 20, p);
    }
    return frame + kept;
}

bool capture_write(const struct options *o, const struct sources *sources, int64_t hour, const struct packet *packets,
                   const uint32_t *order, uint32_t count)
{
    char path[4096], mode[8];
    snprintf(path, sizeof path, "%s/captures/telescope.%" PRId64 ".pcap.gz", o->out, hour);
    snprintf(mode, sizeof mode, "wb%d", o->level);
    gzFile file = gzopen(path, mode);
    if (!file) {
        return false;
    }
    gzbuffer(file, 4 * CHUNK);
    static uint8_t chunk[CHUNK + RECORD + MOST];
    uint8_t *at = put32_little(chunk, 0xa1b2c3d4);
    at = put32_little(at, 0x00040002); // version 2.4
    at = put32_little(put32_little(at, 0), 0);
    at = put32_little(at, o->snaplen);
    at = put32_little(at, o->ethernet ? 1 : 101);
    bool good = true;
    for (uint32_t i = 0; i < count; i++) {
        const struct packet *p = &packets[order[i]];
        at = put_record(at, o, hour, p, sources->list[p->source].address);
        if (at - chunk >= CHUNK) {
            good &= gzwrite(file, chunk, (unsigned)(at - chunk)) > 0;
            at = chunk;
        }
    }
    good &= at == chunk || gzwrite(file, chunk, (unsigned)(at - chunk)) > 0;
    return (gzclose(file) == Z_OK) & good;
}
