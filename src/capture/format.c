/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/format.h"

#include "base/time.h"

bool pz_capture_magic(const uint8_t *b, size_t n)
{
    /* us, ns and Kuznetzov's modified pcap in either byte order; pcapng's section header. */
    static const uint32_t magics[] = {0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34, 0xd4c3b2a1,
                                      0x4d3cb2a1, 0x34cdb2a1, 0x0a0d0d0a};
    for (size_t i = 0; n >= 4 && i < sizeof magics / sizeof *magics; i++)
        if (pz_get_le32(b) == magics[i])
            return true;
    return false;
}

enum { SECTION_HEADER = 0x0a0d0d0a }; /* the same in either byte order */

/* Above it in pcap's link type: the length of a frame check sequence, and reserved bits. */
enum { LINK_TYPE_MASK = 0xffff };

struct pz_format pz_format_of(const uint8_t *b, size_t n)
{
    struct pz_format format = {.kind = PZ_FORMAT_NONE};
    if (!pz_capture_magic(b, n))
        return format;
    if (n < PZ_FORMAT_HEADER) {
        format.kind = PZ_FORMAT_SHORT;
        return format;
    }
    /* https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html, section 4 */
    format.swapped = b[0] == 0xa1;
    uint32_t magic = pz_format_u32(b, format.swapped);
    bool version_2_4 = pz_format_u16(b + 4, format.swapped) == 2 && pz_format_u16(b + 6, format.swapped) == 4;
    if (magic == SECTION_HEADER)
        format.kind = PZ_FORMAT_PCAPNG;
    else if ((magic == 0xa1b2c3d4 || magic == 0xa1b23c4d) && version_2_4)
        format.kind = PZ_FORMAT_PCAP;
    else
        format.kind = PZ_FORMAT_RARE;
    format.nano = magic == 0xa1b23c4d;
    format.link_type = pz_format_u32(b + 20, format.swapped) & LINK_TYPE_MASK;
    if (format.kind == PZ_FORMAT_PCAP)
        format.synthetic = pz_synthetic_of_header(pz_format_u32(b + PZ_FORMAT_MARK, format.swapped));
    return format;
}

void pz_format_put_header(uint32_t mark, uint32_t snaplen, uint32_t link_type, struct pz_buf *to)
{
    const uint32_t header[PZ_FORMAT_HEADER / 4] = {0xa1b2c3d4, 2 | 4 << 16, 0, mark, snaplen, link_type};
    for (size_t i = 0; i < PZ_FORMAT_HEADER / 4; i++)
        pz_buf_put_u32(to, header[i]);
}

/* Bytes that are no record look like the header of one by chance in one of 2^40 places; several in a row, never. */
enum { HEADER = 16, ENOUGH = 4, LENGTH_MAX = 262144, STEP_MAX = PZ_SECONDS_PER_HOUR };

/* Whether records follow one another from here on. */
static bool follow(const uint8_t *b, size_t n, bool swapped, bool nano, bool whole)
{
    int64_t before = -1;
    size_t at = 0;
    for (int i = 0; i < ENOUGH; i++) {
        if (at == n)
            return whole && i;
        if (n - at < HEADER)
            return false;
        int64_t second = pz_format_u32(b + at, swapped);
        uint32_t fraction = pz_format_u32(b + at + 4, swapped), captured = pz_format_u32(b + at + 8, swapped);
        uint32_t length = pz_format_u32(b + at + 12, swapped);
        bool time = second >= PZ_EARLIEST_SECOND && second < PZ_LATEST_SECOND &&
                    fraction < (nano ? 1000000000u : 1000000u) &&
                    (before < 0 || (second - before <= STEP_MAX && before - second <= STEP_MAX));
        if (!time || !captured || captured > length || length > LENGTH_MAX || captured > n - at - HEADER)
            return false;
        at += HEADER + captured;
        before = second;
    }
    return true;
}

size_t pz_records_find(const uint8_t *b, size_t n, bool swapped, bool nano, bool whole)
{
    for (size_t at = 0; at < n; at++)
        if (follow(b + at, n - at, swapped, nano, whole))
            return at;
    return n;
}
