/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes one hour of made-up telescope traffic as a pcap on standard output, for measurements: not a faithful twin of
 * anything, only as large, as compressible and as full of different sources as an hour of an archive.
 *
 *   make_hours KIND [PACKETS [SOURCES [SEED [HOUR]]]] | gzip > HOUR.pcap.gz
 *
 *   KIND    packets  to port 445  over     sources of these
 *   mix     8 M      a third      3,600 s  115,000, a few of them busy: the archive in November 2008
 *   peak    8 M      97 %         3,600 s  115,000, likewise: an hour of the outbreak
 *   dense   8 M      all          320 s    100,000, all alike; no SYN is sent twice: a flood
 *   modern  30 M     half         3,600 s  1.5 M, a few of them busy, most with a few SYNs: an hour of these years
 *
 * Only headers are kept, behind Ethernet, as in the archive. What isn't a SYN to port 445 is other scanning, backscatter,
 * UDP and ICMP. In mix and peak three of five scanned destinations get a second SYN about 3 s later, and most sources
 * scan with the worm's pattern; in modern one of five does, and SYNs are of many lengths and TTLs. Of the sources a few
 * send nothing to port 445 by chance. The same arguments give the same bytes. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HOUR = 1227229200, /* 2008-11-21 01:00 UTC: the hour in which the worm was first seen; HOUR counts from here */
    RECORD_MAX = 16 + 14 + 48,
    PENDING = 1 << 16, /* second SYNs that wait for their time, at most */
    NETS = 6000,       /* /16s that have sources */
};

struct kind {
    const char *name;
    uint32_t packets, sources, seconds;
    uint32_t scans, again; /* of 100 packets, of 100 SYNs */
    bool tailed, modern;   /* a few sources send most; SYNs aren't Windows' */
};

static const struct kind kinds[] = {
    {"mix", 8000000, 115000, 3600, 33, 60, true, false},
    {"peak", 8000000, 115000, 3600, 97, 60, true, false},
    {"dense", 8000000, 100000, 320, 100, 0, false, false},
    {"modern", 30000000, 1500000, 3600, 50, 20, true, true},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

struct host {
    uint32_t address, sequence;
    uint16_t port, id;
    uint8_t ttl;
    bool worm, bare; /* with the worm's destinations; without TCP options */
};

struct pending {
    uint64_t usec;
    uint32_t host, destination, sequence;
    uint16_t port;
};

struct hour {
    const struct kind *kind;
    uint64_t state; /* of the random numbers */
    struct host *hosts;
    uint32_t nscanners, nothers; /* hosts that scan port 445, then all others */
    uint32_t second;             /* since 1970, of the hour's start */
    uint64_t usec;               /* since then */
    struct pending pending[PENDING];
    uint32_t first, last; /* of `pending`, as a ring */
};

/* SplitMix64, https://prng.di.unimi.it/splitmix64.c */
static uint64_t next(struct hour *h)
{
    uint64_t z = h->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static uint32_t below(struct hour *h, uint32_t n)
{
    return (uint32_t)((next(h) >> 32) * n >> 32);
}

static uint8_t *put16(uint8_t *to, uint32_t value) /* network order */
{
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
    return to + 2;
}

static uint8_t *put32(uint8_t *to, uint32_t value)
{
    return put16(put16(to, value >> 16), value & 0xffff);
}

static void put_le32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}

/* The one's complement sum of RFC 1071, of an even number of bytes. */
static uint32_t sum16(const uint8_t *bytes, size_t nbytes, uint32_t sum)
{
    for (size_t i = 0; i < nbytes; i += 2)
        sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
    return sum;
}

static uint16_t checksum(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* Record header, Ethernet and IPv4; returns where the rest goes. `total` as on the wire, of which `kept` bytes follow.
 */
static uint8_t *put_ip(const struct hour *h, uint8_t *to, struct host *host, uint32_t destination, int protocol,
                       uint32_t total, uint32_t kept)
{
    static const uint8_t ethernet[] = {0, 0x1b, 0x0d, 0xe6, 0x57, 0xc0, 0, 0x18, 0x74, 0x5a, 0x80, 0x01, 8, 0};
    put_le32(to, h->second + (uint32_t)(h->usec / 1000000));
    put_le32(to + 4, (uint32_t)(h->usec % 1000000));
    put_le32(to + 8, 14 + kept);
    put_le32(to + 12, 14 + total < 60 ? 60 : 14 + total); /* the least that Ethernet sends */
    memcpy(to + 16, ethernet, sizeof ethernet);
    uint8_t *ip = to + 16 + sizeof ethernet, *at = ip;
    *at++ = 0x45;
    *at++ = 0;
    at = put16(at, total);
    at = put16(at, host->id);
    at = put16(at, protocol == 17 ? 0 : 0x4000); /* don't fragment */
    *at++ = host->ttl;
    *at++ = (uint8_t)protocol;
    at = put16(at, 0);
    at = put32(at, host->address);
    at = put32(at, destination);
    put16(ip + 10, checksum(sum16(ip, 20, 0)));
    return at;
}

static size_t put_tcp(const struct hour *h, uint8_t *to, struct host *host, uint32_t destination, uint16_t source_port,
                      uint16_t port, uint32_t sequence, uint32_t acknowledged, uint8_t flags, bool options)
{
    static const uint8_t syn_options[] = {2, 4, 5, 0xb4, 1, 1, 4, 2}; /* MSS 1460, SACK permitted */
    uint32_t nbytes = options ? 28 : 20;
    uint8_t *tcp = put_ip(h, to, host, destination, 6, 20 + nbytes, 20 + nbytes), *at = tcp;
    at = put16(at, source_port);
    at = put16(at, port);
    at = put32(at, sequence);
    at = put32(at, acknowledged);
    *at++ = (uint8_t)(nbytes / 4 << 4);
    *at++ = flags;
    at = put16(at, flags & 4 ? 0 : options ? 65535 : 16384);
    at = put16(at, 0);
    at = put16(at, 0);
    if (options) {
        memcpy(at, syn_options, sizeof syn_options);
        at += sizeof syn_options;
    }
    put16(tcp + 16, checksum(sum16(tcp, nbytes, sum16(tcp - 8, 8, 6 + nbytes))));
    return (size_t)(at - to);
}

/* Somewhere in the telescope, whose first octet the archive zeroes. */
static uint32_t some_destination(struct hour *h)
{
    return (uint32_t)(next(h) >> 40);
}

/* Where a few are busy, those with low numbers: host i of n sends in proportion to i to the power of -2/3, so the first
 * hundredth of the hosts sends a fifth of all packets. */
static uint32_t some_host(struct hour *h, uint32_t begin, uint32_t n)
{
    uint64_t part = next(h) >> 32; /* of 2^32 */
    if (h->kind->tailed)
        part = (part * part >> 32) * part >> 32;
    return begin + (uint32_t)(part * n >> 32);
}

static size_t put_syn(const struct hour *h, uint8_t *to, struct host *host, uint32_t destination, uint16_t port,
                      uint32_t sequence)
{
    return put_tcp(h, to, host, destination, port, 445, sequence, 0, 0x02, !host->bare);
}

static size_t put_scan(struct hour *h, uint8_t *to)
{
    struct pending *due = &h->pending[h->first % PENDING];
    if (h->first != h->last && due->usec <= h->usec) {
        h->first++;
        struct host *host = &h->hosts[due->host];
        host->id = (uint16_t)(host->id + 1 + below(h, 200)); /* it sends elsewhere too */
        return put_syn(h, to, host, due->destination, due->port, due->sequence);
    }
    uint32_t number = some_host(h, 0, h->nscanners);
    struct host *host = &h->hosts[number];
    uint32_t destination = some_destination(h) & (host->worm ? 0x7fff7f : 0xffffff);
    uint32_t sequence = (uint32_t)next(h);
    host->id = (uint16_t)(host->id + 1 + below(h, 2000));
    host->port = h->kind->modern ? (uint16_t)(1024 + below(h, 64512))
                                 : (uint16_t)(1025 + (host->port - 1025u + 1 + below(h, 900)) % 3975);
    if (h->last - h->first < PENDING && below(h, 100) < h->kind->again)
        h->pending[h->last++ % PENDING] =
            (struct pending){h->usec + 2840000 + below(h, 170000), number, destination, sequence, host->port};
    return put_syn(h, to, host, destination, host->port, sequence);
}

static size_t put_udp(struct hour *h, uint8_t *to, struct host *host)
{
    static const uint16_t ports[] = {1434, 1026, 1027, 137, 53, 6881, 1434, 1026};
    static const uint16_t lengths[] = {384, 495, 495, 58, 40, 103, 384, 485};
    uint32_t kind = below(h, 8), nbytes = lengths[kind];
    uint8_t *at = put_ip(h, to, host, some_destination(h), 17, 20 + nbytes, 28);
    at = put16(at, host->port);
    at = put16(at, ports[kind]);
    at = put16(at, nbytes);
    at = put16(at, (uint32_t)next(h) & 0xffff);
    return (size_t)(at - to);
}

static size_t put_icmp(struct hour *h, uint8_t *to, struct host *host)
{
    uint8_t *at = put_ip(h, to, host, some_destination(h), 1, 92, 28);
    *at++ = 8;
    *at++ = 0;
    at = put16(at, (uint32_t)next(h) & 0xffff);
    at = put16(at, 512);
    at = put16(at, host->id);
    return (size_t)(at - to);
}

static size_t put_other(struct hour *h, uint8_t *to)
{
    static const uint16_t ports[] = {135,  139,  22, 1433, 80,   2967, 5900, 23,
                                     3389, 4899, 25, 8080, 1521, 3128, 6000, 21};
    struct host *host = &h->hosts[some_host(h, h->nscanners, h->nothers)];
    host->id = (uint16_t)(host->id + 1 + below(h, 300));
    uint32_t kind = below(h, 100);
    if (kind < 48) {
        uint16_t source_port = (uint16_t)(1025 + below(h, 64000));
        return put_tcp(h, to, host, some_destination(h), source_port, ports[below(h, 16) * below(h, 16) / 16],
                       (uint32_t)next(h), 0, 0x02, below(h, 3) > 0);
    }
    if (kind < 65) /* answers to attacks with forged sources */
        return put_tcp(h, to, host, some_destination(h), below(h, 4) ? 80 : 6667, (uint16_t)(1024 + below(h, 64000)),
                       (uint32_t)next(h), (uint32_t)next(h), below(h, 3) ? 0x12 : 0x14, false);
    return kind < 93 ? put_udp(h, to, host) : put_icmp(h, to, host);
}

static void make_hosts(struct hour *h)
{
    static const uint8_t ttls[] = {128 - 11, 128 - 14, 128 - 17, 128 - 19, 128 - 22, 128 - 25, 64 - 15, 255 - 18};
    uint32_t nets[NETS];
    for (int i = 0; i < NETS; i++)
        nets[i] = (1 + below(h, 222)) << 24 | below(h, 256) << 16;
    for (uint32_t i = 0; i < h->nscanners + h->nothers; i++) {
        struct host *host = &h->hosts[i];
        uint32_t net = below(h, NETS);
        if (below(h, 2))
            net /= 8; /* networks of homes have most of the sources */
        *host = (struct host){.address = nets[net] | below(h, 65536),
                              .sequence = (uint32_t)next(h),
                              .port = (uint16_t)(1025 + below(h, 3975)),
                              .id = (uint16_t)below(h, 65536),
                              .ttl = ttls[below(h, 8)],
                              .worm = below(h, 10) < (h->kind->modern ? 1 : 8),
                              .bare = h->kind->modern && below(h, 2)};
    }
}

static uint32_t argument(int argc, char **argv, int i, uint32_t otherwise)
{
    return argc > i ? (uint32_t)strtoul(argv[i], NULL, 10) : otherwise;
}

static const struct kind *kind_of(const char *name)
{
    for (int i = 0; i < KINDS; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

int main(int argc, char **argv)
{
    static struct hour h;
    h.kind = argc > 1 && argc < 7 ? kind_of(argv[1]) : NULL;
    if (!h.kind) {
        fprintf(stderr, "usage: make_hours mix|peak|dense|modern [PACKETS [SOURCES [SEED [HOUR]]]] > PCAP\n");
        return 2;
    }
    uint32_t npackets = argument(argc, argv, 2, h.kind->packets);
    h.nscanners = argument(argc, argv, 3, h.kind->sources);
    h.nothers = h.nscanners / 2 + 1;
    h.state = argument(argc, argv, 4, 1);
    h.second = HOUR + 3600 * argument(argc, argv, 5, 0);
    h.hosts = calloc((size_t)h.nscanners + h.nothers, sizeof *h.hosts);
    if (!h.hosts || !h.nscanners || !npackets)
        return 1;
    make_hosts(&h);

    static const uint8_t header[24] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, [16] = 96, [20] = 1};
    const uint64_t length = h.kind->seconds * (uint64_t)1000000, slot = length / npackets;
    bool good = fwrite(header, sizeof header, 1, stdout) == 1;
    for (uint32_t i = 0; good && i < npackets; i++) {
        h.usec = i * length / npackets + (slot ? below(&h, (uint32_t)slot) : 0);
        uint8_t record[RECORD_MAX];
        bool scan = below(&h, 100) < h.kind->scans;
        size_t nbytes = scan ? put_scan(&h, record) : put_other(&h, record);
        good = fwrite(record, nbytes, 1, stdout) == 1;
    }
    free(h.hosts);
    if (!good || fflush(stdout) != 0) {
        perror("make_hours: standard output");
        return 1;
    }
    return 0;
}
