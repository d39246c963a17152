/* SPDX-License-Identifier: BSD-2-Clause */
/* The packets of one hour while they are made: gathered in any order, taken out in the order of time.
 *
 * What the telescope can't have captured (other hours, outages, outside its lens) is dropped on the way in. Memory is
 * 40 bytes a packet, and given back piece by piece as the packets are taken out. */
#ifndef PZ_TWIN_TRAFFIC_H
#define PZ_TWIN_TRAFFIC_H

#include "base/bytes.h"
#include "base/sort.h"
#include "base/time.h"
#include "twin/twin.h"

/* What a packet looks like. */
enum pz_twin_shape {
    PZ_TWIN_SYN_PLAIN,   /* no options: 40 bytes */
    PZ_TWIN_SYN_SEGMENT, /* maximum segment size: 44 */
    PZ_TWIN_SYN_WINDOWS, /* MSS, NOP, NOP, SACK: 48, Windows 2000, XP and 2003 */
    PZ_TWIN_SYN_VISTA,   /* with a window scale: 52 */
    PZ_TWIN_SYN_LINUX,   /* with timestamps: 60 */
    PZ_TWIN_TCP,         /* any flags, no options */
    PZ_TWIN_UDP,
    PZ_TWIN_ICMP,
    PZ_TWIN_FRAGMENT, /* a later one, of TCP */
    PZ_TWIN_NSHAPES
};

enum { PZ_TWIN_FLAG_FIN = 1, PZ_TWIN_FLAG_SYN = 2, PZ_TWIN_FLAG_RST = 4, PZ_TWIN_FLAG_ACK = 16 };

struct pz_twin_packet {
    uint32_t key_usec;            /* place in the file: the time, moved a little where clocks are in disorder */
    uint32_t usec;                /* after the hour's start */
    uint32_t source, destination; /* host order, in the clear */
    uint32_t sequence;
    uint32_t scanner;                       /* whose scan it is, see below; 0 if it is not a scan */
    uint16_t source_port, destination_port; /* ICMP: type and code in the first */
    uint16_t ip_id, ip_len;                 /* total length on the wire */
    uint16_t window, segment;
    uint8_t ttl, shape, tcp_flags, spare;
};

/* A scanner at an address, for the truth. Several can share an address. */
struct pz_twin_scanner {
    uint64_t host; /* class in the highest byte, and what tells hosts of it apart: pz_twin_scanner_id */
    uint32_t source, hour;
    uint32_t nscans;     /* as captured */
    uint32_t first_usec; /* of the first of them, in the hour */
    uint32_t infector;   /* of a host with the worm: the address of the host that infected it, or 0, and when it did */
    int64_t infected_usec;
};

/* The kinds of scanners of TCP/445. PZ_TWIN_CLASSES lists all; the order is that of the stored numbers. */
#define PZ_TWIN_CLASSES(_)                                                                                      \
    _(WORM_A, "worm_a")                                                                                         \
    _(WORM_B, "worm_b")                                                                                         \
    _(UNIFORM, "uniform")             /* any address, tools that send SYNs of their own */                      \
    _(SEQUENTIAL, "sequential")       /* address by address */                                                  \
    _(ONE_SLASH16, "one_slash16")     /* any address of one /16 */                                              \
    _(WINDOWS_THREE, "windows_three") /* Windows' own connects to a few addresses, three SYNs each */           \
    _(LINUX, "linux")                 /* a few addresses, many SYNs each, other options */                      \
    _(SASSER, "sasser")               /* an older worm through the same port: Windows' connects, three SYNs */  \
    _(WINDOWS_48, "windows_48")       /* bots: the same 48 bytes, and connects given up after the second SYN */ \
    _(RANDOM_OCTETS, "random_octets") /* each octet random, newer Windows */                                    \
    _(SWEEP_LAST, "sweep_last")       /* any address whose last octet is low; only with --sweep-last */         \
    _(MIXED, "mixed")                 /* not of a host: of an address that several hosts share */

enum pz_twin_class {
#define PZ_TWIN_CLASS_ENUM(name, words) PZ_TWIN_##name,
    PZ_TWIN_CLASSES(PZ_TWIN_CLASS_ENUM)
#undef PZ_TWIN_CLASS_ENUM
        PZ_TWIN_NCLASSES
};
const char *pz_twin_class_name(enum pz_twin_class class);

static inline uint64_t pz_twin_scanner_id(enum pz_twin_class class, uint64_t host)
{
    return (uint64_t) class << 56 | (host & (UINT64_MAX >> 8));
}
static inline enum pz_twin_class pz_twin_scanner_class(uint64_t id)
{
    return (enum pz_twin_class)(id >> 56);
}

enum {
    PZ_TWIN_BUCKET_BITS = 22, /* a bucket holds 4.2 s: of the busiest hour at full scale 40,000 packets, 1.6 MB */
    PZ_TWIN_NBUCKETS = (int)((uint64_t)PZ_USEC_PER_HOUR >> PZ_TWIN_BUCKET_BITS) + 1,
    PZ_TWIN_CHUNK = 512, /* packets */
};

struct pz_twin_chunk {
    struct pz_twin_chunk *before;
    uint32_t npackets;
    struct pz_twin_packet packets[PZ_TWIN_CHUNK];
};

struct pz_twin_traffic {
    const struct pz_twin_watch *watch; /* borrowed; NULL for none */
    uint32_t hour;
    int64_t start_usec; /* of the hour, since 1970 */
    uint64_t key;       /* names the draws of this hour */
    uint32_t disorder_usec;
    struct pz_twin_lens whole;                             /* telescope */
    const struct pz_twin_lens *views[PZ_SECONDS_PER_HOUR]; /* what is captured in each second; NULL if nothing is */
    struct pz_twin_chunk *buckets[PZ_TWIN_NBUCKETS];       /* owned, the last chunk first */
    struct pz_twin_scanner *scanners;                      /* owned; number 0 is not a scanner */
    uint32_t nscanners;
    uint64_t *met; /* owned: source (upper half) and destination of each scan that is recorded */
    size_t nmet;
};

void pz_twin_traffic_init(struct pz_twin_traffic *traffic, const struct pz_twin_params *params, uint32_t hour,
                          const struct pz_twin_watch *watch);
void pz_twin_traffic_release(struct pz_twin_traffic *traffic);
/* Whether the telescope captures nothing all hour long. */
bool pz_twin_traffic_is_dark(const struct pz_twin_traffic *traffic);
/* To be asked now and then, with how many packets are written; false to give up. */
bool pz_twin_traffic_goes_on(const struct pz_twin_traffic *traffic, uint64_t npackets);
/* The number of a new scanner. */
uint32_t pz_twin_traffic_scanner(struct pz_twin_traffic *traffic, uint64_t host, uint32_t source);
/* Room for one packet at the end of a bucket. */
struct pz_twin_packet *pz_twin_traffic_slot(struct pz_twin_traffic *traffic, uint32_t bucket);

/* Adds a packet that arrives at `usec` since 1970, if it is captured. Its times are filled in. */
static inline void pz_twin_traffic_add(struct pz_twin_traffic *traffic, struct pz_twin_packet *packet, int64_t usec)
{
    uint64_t in_hour = (uint64_t)(usec - traffic->start_usec);
    if (in_hour >= (uint64_t)PZ_USEC_PER_HOUR)
        return;
    const struct pz_twin_lens *view = traffic->views[in_hour / (uint64_t)PZ_USEC_PER_SECOND];
    if (!view || (packet->destination & view->mask) != view->address)
        return;
    packet->usec = packet->key_usec = (uint32_t)in_hour;
    if (traffic->disorder_usec) {
        uint64_t random = pz_twin_key(traffic->key, (uint64_t)packet->source << 32 | packet->usec);
        uint64_t later = in_hour + pz_twin_pick((uint32_t)random, traffic->disorder_usec);
        packet->key_usec = (uint32_t)(later < (uint64_t)PZ_USEC_PER_HOUR ? later : (uint64_t)PZ_USEC_PER_HOUR - 1);
    }
    *pz_twin_traffic_slot(traffic, packet->key_usec >> PZ_TWIN_BUCKET_BITS) = *packet;
}

/* The packets of a bucket, in the order of the file, each the value of its time. The caller frees the array; the packets
 * are valid until pz_twin_traffic_drop. */
struct pz_keyed *pz_twin_traffic_sort(const struct pz_twin_traffic *traffic, uint32_t bucket, size_t *n);
void pz_twin_traffic_drop(struct pz_twin_traffic *traffic, uint32_t bucket);
/* Records a packet that is in the capture, for the truth. */
void pz_twin_traffic_record(struct pz_twin_traffic *traffic, const struct pz_twin_packet *packet);

#endif
