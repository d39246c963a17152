/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/format.h"

#include "capture/stream.h"

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
