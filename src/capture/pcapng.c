/* SPDX-License-Identifier: BSD-2-Clause */
/* Blocks are walked in the reader's buffer. A block is whole if its length is plausible and stands at its end again.
 * Where one isn't, the walk searches byte by byte for the next whole block of a usual type. A lost block may have
 * described an interface, so from then on the numbers of interfaces in that section can't be trusted: packets of the
 * section are read only if all interfaces before them were seen (`numbered`). A block longer than the buffer is passed
 * over by its length. */
#include "capture/pcapng.h"

#include "base/error.h"
#include "capture/format.h"

#include <stdlib.h>

/* Types of blocks, section 10.1. */
enum {
    SECTION = 0x0a0d0d0a,
    INTERFACE = 1,
    PACKET = 2, /* obsolete */
    SIMPLE_PACKET = 3,
    ENHANCED_PACKET = 6,
};

enum {
    FRONT = 8,        /* bytes of a block before its body: type, length */
    ENDS = FRONT + 4, /* and with the length at its end */
    SECTION_BODY = 16,
    INTERFACE_BODY = 8,
    PACKET_BODY = PZ_PACKET_BLOCK_FRONT - FRONT,
    SIMPLE_BODY = 4,
    LONGEST = 16 << 20,        /* no block is longer, libpcap thinks too */
    MOST_INTERFACES = 1 << 16, /* a section's, so that memory is bounded */
    FOUND_MAX = 1 << 16, /* longest block that is found again: much less than the buffer, to search it in one go */
};

enum { OPTION_END = 0, OPTION_RESOLUTION = 9, OPTION_OFFSET = 14, RESOLUTION_USEC = 6, RESOLUTION_BINARY = 0x80 };

void pz_pcapng_begin(struct pz_pcapng *p)
{
    *p = (struct pz_pcapng){.interfaces = p->interfaces};
}

void pz_pcapng_release(struct pz_pcapng *p)
{
    free(p->interfaces);
    *p = (struct pz_pcapng){0};
}

static uint32_t get32(const struct pz_pcapng *p, const uint8_t *b)
{
    return pz_format_u32(b, p->swapped);
}

/* Whether a section header's block begins at `b`, by the magic number of its byte order. */
static bool is_section(const uint8_t *b, bool *swapped)
{
    *swapped = pz_get_be32(b + FRONT) == 0x1a2b3c4d;
    return pz_get_be32(b) == SECTION && (*swapped || pz_get_le32(b + FRONT) == 0x1a2b3c4d);
}

/* --- Time. */

static uint64_t power_of_ten(unsigned n)
{
    uint64_t power = 1;
    while (n-- > 0)
        power *= 10;
    return power;
}

/* Microseconds in `fraction` parts of which 2^n make a second; less than all of them. */
static uint64_t binary_usec(uint64_t fraction, unsigned n)
{
    if (n < 32)
        return (fraction * 1000000) >> n;
    uint64_t low = (fraction & UINT32_MAX) * 1000000, high = (fraction >> 32) * 1000000 + (low >> 32);
    return n - 32 < 64 ? high >> (n - 32) : 0;
}

/* Times outside the years that count stay outside, and are clipped so that arithmetic can't overflow. */
static int64_t usec_of(const struct pz_interface *interface, uint64_t ticks)
{
    unsigned n = interface->resolution & (RESOLUTION_BINARY - 1);
    uint64_t seconds = 0, usec;
    if (interface->resolution & RESOLUTION_BINARY) {
        seconds = n < 64 ? ticks >> n : 0;
        usec = binary_usec(n < 64 ? ticks - (seconds << n) : ticks, n);
    } else if (n <= 19) {
        uint64_t units = power_of_ten(n), fraction;
        seconds = ticks / units;
        fraction = ticks % units;
        usec = n <= RESOLUTION_USEC ? fraction * power_of_ten(RESOLUTION_USEC - n)
                                    : fraction / power_of_ten(n - RESOLUTION_USEC);
    } else {
        usec = n - RESOLUTION_USEC <= 19 ? ticks / power_of_ten(n - RESOLUTION_USEC) : 0;
    }
    int64_t total = (int64_t)(seconds < INT64_MAX / 2 ? seconds : INT64_MAX / 2) + interface->offset;
    if (total < 0)
        return 0;
    if (total >= PZ_LATEST_SECOND)
        return PZ_LATEST_SECOND * PZ_USEC_PER_SECOND;
    return total * PZ_USEC_PER_SECOND + (int64_t)usec;
}

/* What a block says of itself. */
struct block {
    bool swapped;
    uint32_t type, length;
};

/* --- Blocks, whole and with right lengths: `body` has `n` bytes. False if what is in it can't be. */

static bool take_section(struct pz_pcapng *p, const uint8_t *body, size_t n, bool swapped)
{
    p->n = 0;
    p->ordered = true;
    p->swapped = swapped;
    p->numbered = n >= SECTION_BODY && pz_format_u16(body + 4, swapped) == 1;
    return p->numbered;
}

static int64_t clamp_offset(uint64_t seconds)
{
    int64_t offset = (int64_t)seconds;
    const int64_t most = INT64_MAX / 2;
    return offset > most ? most : offset < -most ? -most : offset;
}

static bool read_options(const struct pz_pcapng *p, const uint8_t *b, size_t n, struct pz_interface *interface)
{
    while (n >= 4) {
        unsigned code = pz_format_u16(b, p->swapped);
        size_t length = pz_format_u16(b + 2, p->swapped), step = 4 + (length + 3) / 4 * 4;
        if (code == OPTION_END)
            return true;
        if (step > n)
            return false;
        if (code == OPTION_RESOLUTION && length == 1)
            interface->resolution = b[4];
        else if (code == OPTION_OFFSET && length == 8)
            interface->offset =
                clamp_offset((uint64_t)get32(p, b + (p->swapped ? 4 : 8)) << 32 | get32(p, b + (p->swapped ? 8 : 4)));
        else if (code == OPTION_RESOLUTION || code == OPTION_OFFSET)
            return false;
        b += step;
        n -= step;
    }
    return n == 0;
}

static bool take_interface(struct pz_pcapng *p, struct pz_batcher *batcher, const uint8_t *body, size_t n)
{
    struct pz_interface interface = {.resolution = RESOLUTION_USEC};
    if (!p->numbered)
        return true; /* its number is not known */
    p->numbered = n >= INTERFACE_BODY && p->n < MOST_INTERFACES;
    if (!p->numbered)
        return false;
    interface.link_type = pz_format_u16(body, p->swapped);
    interface.snaplen = get32(p, body + 4);
    p->numbered = read_options(p, body + INTERFACE_BODY, n - INTERFACE_BODY, &interface);
    if (!p->numbered)
        return false;
    p->interfaces = pz_room(p->interfaces, p->n, sizeof *p->interfaces);
    p->interfaces[p->n++] = interface;
    if (batcher->log->link_type == PZ_NO_LINK)
        batcher->log->link_type = interface.link_type;
    return true;
}

/* The interface of a packet; the batcher gets its link type. NULL if no such interface is known. */
static const struct pz_interface *use_interface(struct pz_pcapng *p, struct pz_batcher *batcher, uint32_t number,
                                                const uint8_t *at)
{
    if (number >= p->n) {
        pz_batcher_damage(batcher, PZ_DAMAGE_INTERFACE, at);
        return NULL;
    }
    struct pz_interface *interface = &p->interfaces[number];
    if (batcher->link_type != interface->link_type || (batcher->doubtful && !interface->told))
        pz_batcher_switch_link(batcher, interface->link_type, at, interface->told);
    interface->told = true;
    return interface;
}

static bool take_packet(struct pz_pcapng *p, struct pz_batcher *batcher, const uint8_t *body, size_t n, size_t readable,
                        bool enhanced)
{
    if (n < PACKET_BODY || get32(p, body + 12) > n - PACKET_BODY)
        return false;
    uint32_t number = enhanced ? get32(p, body) : pz_format_u16(body, p->swapped);
    const struct pz_interface *interface = use_interface(p, batcher, number, body - FRONT);
    uint64_t ticks = (uint64_t)get32(p, body + 4) << 32 | get32(p, body + 8);
    if (interface)
        pz_batcher_record_within(batcher, usec_of(interface, ticks), body + PACKET_BODY, get32(p, body + 12),
                                 readable - PACKET_BODY);
    return true;
}

/* It has no time, no interface but the first, and no captured length but what follows from the other three. */
static bool take_simple_packet(struct pz_pcapng *p, struct pz_batcher *batcher, const uint8_t *body, size_t n)
{
    if (n < SIMPLE_BODY)
        return false;
    const struct pz_interface *interface = use_interface(p, batcher, 0, body - FRONT);
    if (!interface)
        return true;
    size_t captured = get32(p, body);
    if (interface->snaplen && captured > interface->snaplen)
        captured = interface->snaplen;
    if (captured > n - SIMPLE_BODY)
        captured = n - SIMPLE_BODY;
    pz_batcher_timeless(batcher, body + SIMPLE_BODY, captured);
    return true;
}

/* `readable` bytes may be looked at from `b` on. */
static bool take_block(struct pz_pcapng *p, struct pz_batcher *batcher, const uint8_t *b, size_t readable,
                       const struct block *block)
{
    const uint8_t *body = b + FRONT;
    size_t n = block->length - ENDS;
    switch (block->type) {
    case SECTION:
        return take_section(p, body, n, block->swapped);
    case INTERFACE:
        return take_interface(p, batcher, body, n);
    case PACKET:
    case ENHANCED_PACKET:
        return take_packet(p, batcher, body, n, readable - FRONT, block->type == ENHANCED_PACKET);
    case SIMPLE_PACKET:
        return take_simple_packet(p, batcher, body, n);
    default:
        return true;
    }
}

/* --- Walking. */

enum sort { WHOLE, WAIT, LONG, OTHER, BROKEN };

static bool is_looked_into(uint32_t type)
{
    return type == SECTION || type == INTERFACE || type == PACKET || type == SIMPLE_PACKET || type == ENHANCED_PACKET;
}

static enum sort sort_of(const struct pz_pcapng *p, const uint8_t *b, size_t n, struct block *block)
{
    bool section = is_section(b, &block->swapped);
    if (!section)
        block->swapped = p->swapped;
    block->type = pz_format_u32(b, block->swapped);
    block->length = pz_format_u32(b + 4, block->swapped);
    bool looked_into = is_looked_into(block->type);
    enum pz_format_kind kind = looked_into ? PZ_FORMAT_NONE : pz_format_of(b, n).kind;
    if (kind == PZ_FORMAT_PCAP || kind == PZ_FORMAT_SHORT)
        return kind == PZ_FORMAT_PCAP ? OTHER : WAIT;
    if (!section && (!p->ordered || block->type == SECTION))
        return BROKEN;
    uint32_t most = looked_into ? PZ_BLOCK_MAX : LONGEST;
    if (block->length < ENDS || block->length % 4 || block->length > most)
        return BROKEN;
    if (block->length > n)
        return block->length > PZ_BLOCK_MAX ? LONG : WAIT;
    return pz_format_u32(b + block->length - 4, block->swapped) == block->length ? WHOLE : BROKEN;
}

/* The first byte, from `at` on, at which a block of a usual type begins that is whole and has right lengths; where
 * more bytes may make it one, and there are more, that too. */
static size_t find_block(struct pz_pcapng *p, const uint8_t *b, size_t at, size_t n, bool last)
{
    for (; n - at >= ENDS; at++) {
        struct block block;
        bool section = is_section(b + at, &block.swapped);
        uint32_t type = p->ordered ? pz_format_u32(b + at, p->swapped) : 0;
        if (!section && (type < INTERFACE || type > ENHANCED_PACKET))
            continue;
        enum sort sort = sort_of(p, b + at, n - at, &block);
        if (block.length > FOUND_MAX)
            continue;
        p->lost = sort != WHOLE;
        if (sort == WHOLE || (sort == WAIT && !last))
            return at;
    }
    return at;
}

void pz_pcapng_lose(struct pz_pcapng *p)
{
    p->lost = true;
    p->numbered = false;
    p->long_length = 0;
}

static void lose(struct pz_pcapng *p, struct pz_batcher *batcher, const uint8_t *at)
{
    pz_batcher_damage(batcher, PZ_DAMAGE_BLOCK, at);
    pz_pcapng_lose(p);
}

/* Goes on in a block that is longer than the buffer. Returns how many bytes it took. */
static size_t pass_over(struct pz_pcapng *p, struct pz_batcher *batcher, const uint8_t *b, size_t n)
{
    size_t step = n < p->long_left ? n : p->long_left;
    p->long_left -= (uint32_t)step;
    if (p->long_left || n - step < 4)
        return step;
    if (pz_format_u32(b + step, p->swapped) != p->long_length)
        lose(p, batcher, b + step);
    p->long_length = 0;
    return step + 4;
}

size_t pz_pcapng_walk(struct pz_pcapng *p, struct pz_batcher *batcher, const uint8_t *b, size_t n, bool last,
                      bool *other)
{
    *other = false;
    size_t at = p->long_length ? pass_over(p, batcher, b, n) : 0;
    while (!p->long_length) {
        if (p->lost)
            at = find_block(p, b, at, n, last);
        if (p->lost || n - at < ENDS)
            break;
        struct block block;
        switch (sort_of(p, b + at, n - at, &block)) {
        case WHOLE:
            if (!take_block(p, batcher, b + at, n - at, &block))
                pz_batcher_damage(batcher, PZ_DAMAGE_BLOCK, b + at);
            at += block.length;
            break;
        case WAIT:
            return at;
        case OTHER:
            *other = true;
            return at;
        case LONG:
            p->long_length = block.length;
            p->long_left = block.length - 4;
            at += pass_over(p, batcher, b + at, n - at);
            break;
        case BROKEN:
            if (block.type == SECTION)
                p->n = 0;
            lose(p, batcher, b + at);
            at++;
            break;
        }
    }
    return at;
}
