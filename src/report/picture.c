/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/draw.h"

#include <math.h>
#include <zlib.h>

/* PNG (W3C, third edition): an 8-byte signature, then chunks: LENGTH 4, TYPE 4, data, CRC-32 of type and data 4, all
 * big-endian. The first chunk is IHDR, with 13 bytes; pHYs may follow it at once. */
enum { SIGNATURE = 8, CHUNK = 12, IHDR = 13, PHYS = 9, AFTER_HEADER = SIGNATURE + CHUNK + IHDR };

void pz_png_set_dpi(struct pz_buf *png, unsigned dpi)
{
    static const uint8_t signature[SIGNATURE] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    uint8_t chunk[CHUNK + PHYS];
    if (png->nbytes < AFTER_HEADER || memcmp(png->bytes, signature, SIGNATURE) != 0 ||
        memmem(png->bytes, png->nbytes, "pHYs", 4))
        return;
    uint32_t per_metre = (uint32_t)lround(dpi / 0.0254);
    pz_set_be32(chunk, PHYS);
    memcpy(chunk + 4, "pHYs", 4);
    pz_set_be32(chunk + 8, per_metre);
    pz_set_be32(chunk + 12, per_metre);
    chunk[16] = 1; /* the unit: a metre */
    pz_set_be32(chunk + 17, (uint32_t)crc32(0, chunk + 4, 4 + PHYS));
    size_t behind = png->nbytes - AFTER_HEADER;
    pz_buf_extend(png, sizeof chunk);
    memmove(png->bytes + AFTER_HEADER + sizeof chunk, png->bytes + AFTER_HEADER, behind);
    memcpy(png->bytes + AFTER_HEADER, chunk, sizeof chunk);
}

/* PDF 1.5 (ISO 32000), as cairo writes it: the dictionary of the document's facts isn't compressed. Spaces keep its length,
 * as the table at the file's end has the places of all objects. */
void pz_pdf_drop_date(struct pz_buf *pdf)
{
    static const char key[] = "/CreationDate (";
    uint8_t *at = pdf->nbytes ? memmem(pdf->bytes, pdf->nbytes, key, sizeof key - 1) : NULL;
    uint8_t *end = at ? memchr(at, ')', (size_t)(pdf->bytes + pdf->nbytes - at)) : NULL;
    if (end)
        memset(at, ' ', (size_t)(end + 1 - at));
}
