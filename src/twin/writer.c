/* SPDX-License-Identifier: BSD-2-Clause */
/* Records are written into a buffer of 256 KiB, which is compressed when it is full. Every field of a header comes from
 * the packet or is constant; checksums are 0. pz_twin_count_records walks a capture that was cut off with zlib alone,
 * independently of the reader that it is used to test. */
#include "twin/writer.h"

#include "base/error.h"
#include "capture/format.h"

#include <stdlib.h>
#include <zlib.h>

enum {
    PLAIN_NBYTES = 1 << 18, /* compressed at a time */
    LINKTYPE_ETHERNET = 1,
    LINKTYPE_RAW = 101,
    MOST_RECORD = 128,
    RECORD_HEADER = 16,
    ETHERNET_HEADER = 14,
    /* The archive's captures count 64 bytes on the wire for the shortest Ethernet frame: the check sequence is in it
     * (CAIDA, STARDUST documentation, pcap). */
    ETHERNET_LEAST = 60,
    ETHERNET_CHECK = 4,
    IP_HEADER = 20,
    UDP_HEADER = 8,
    ICMP_HEADER = 8,
};

static uint8_t *put_be16(uint8_t *at, uint32_t value)
{
    pz_set_be16(at, value);
    return at + 2;
}

static uint8_t *put_be32(uint8_t *at, uint32_t value)
{
    pz_set_be32(at, value);
    return at + 4;
}

static uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t nbytes)
{
    memcpy(at, bytes, nbytes);
    return at + nbytes;
}

static uint8_t *put_segment(uint8_t *at, const struct pz_twin_packet *packet)
{
    *at++ = 2; /* maximum segment size, RFC 9293 */
    *at++ = 4;
    return put_be16(at, packet->segment);
}

static uint8_t *put_options(uint8_t *at, const struct pz_twin_packet *packet)
{
    static const uint8_t sack[] = {1, 1, 4, 2}, vista[] = {1, 3, 3, 2, 1, 1, 4, 2}, wscale[] = {1, 3, 3, 5};
    switch (packet->shape) {
    case PZ_TWIN_SYN_SEGMENT:
        return put_segment(at, packet);
    case PZ_TWIN_SYN_WINDOWS:
        return put_bytes(put_segment(at, packet), sack, sizeof sack);
    case PZ_TWIN_SYN_VISTA:
        return put_bytes(put_segment(at, packet), vista, sizeof vista);
    case PZ_TWIN_SYN_LINUX:
        at = put_segment(at, packet);
        *at++ = 4; /* SACK, timestamp: a clock of 250 Hz */
        *at++ = 2;
        *at++ = 8;
        *at++ = 10;
        at = put_be32(at, packet->sequence / 3 + packet->usec / 4000);
        at = put_be32(at, 0);
        return put_bytes(at, wscale, sizeof wscale);
    default:
        /* Answers come with what their length says beyond 40 bytes: a segment size. */
        return packet->ip_len >= 44 ? put_segment(at, packet) : at;
    }
}

static uint8_t *put_tcp(uint8_t *at, const struct pz_twin_packet *packet)
{
    bool acks = packet->tcp_flags & PZ_TWIN_FLAG_ACK;
    at = put_be16(at, packet->source_port);
    at = put_be16(at, packet->destination_port);
    at = put_be32(at, packet->sequence);
    at = put_be32(at, acks ? packet->sequence * 3 + 1 : 0);
    *at++ = (uint8_t)((packet->ip_len - IP_HEADER) / 4 << 4);
    *at++ = packet->tcp_flags;
    at = put_be16(at, packet->window);
    at = put_be32(at, 0); /* checksum, urgent pointer */
    return put_options(at, packet);
}

static uint8_t *put_ip(uint8_t *at, const struct pz_twin_packet *packet, uint32_t visible)
{
    uint32_t protocol = packet->shape == PZ_TWIN_UDP ? 17 : packet->shape == PZ_TWIN_ICMP ? 1 : 6;
    bool windows_or_unix = protocol == 6 && packet->shape != PZ_TWIN_FRAGMENT && packet->shape != PZ_TWIN_SYN_PLAIN;
    uint32_t flags_offset = packet->shape == PZ_TWIN_FRAGMENT ? 185 : windows_or_unix ? 0x4000 : 0;
    *at++ = 0x45;
    *at++ = 0;
    at = put_be16(at, packet->ip_len);
    at = put_be16(at, packet->ip_id);
    at = put_be16(at, flags_offset);
    *at++ = packet->ttl;
    *at++ = (uint8_t)protocol;
    at = put_be16(at, 0);
    at = put_be32(at, packet->source);
    at = put_be32(at, packet->destination & visible);
    if (protocol == 6)
        return put_tcp(at, packet);
    at = put_be16(at, packet->source_port);
    at = put_be16(at, protocol == 17 ? packet->destination_port : 0);
    return put_be32(at, protocol == 17 ? (uint32_t)(packet->ip_len - IP_HEADER) << 16 : packet->sequence);
}

#ifdef PZ_HAVE_ISAL
static const struct pz_twin_deflate *const compressors[] = {&pz_twin_deflate_zlib, &pz_twin_deflate_isal};
#else
static const struct pz_twin_deflate *const compressors[] = {&pz_twin_deflate_zlib, NULL};
#endif

bool pz_twin_has_isal(void)
{
    return compressors[true];
}

static void flush(struct pz_twin_writer *writer, bool last)
{
    compressors[writer->params->isal]->put(writer->deflater, writer->plain.bytes, writer->plain.nbytes, last,
                                           writer->to);
    pz_buf_clear(&writer->plain);
}

void pz_twin_writer_begin(struct pz_twin_writer *writer, const struct pz_twin_params *params, uint32_t hour,
                          struct pz_buf *to)
{
    *writer = (struct pz_twin_writer){.params = params, .start_second = hour * PZ_SECONDS_PER_HOUR, .to = to};
    writer->deflater = compressors[params->isal]->begin(params->level);
    uint32_t mark =
        pz_synthetic_mark((double)params->scale_q32 / 4294967296.0, (double)params->noise_q16 / PZ_TWIN_ONE);
    pz_format_put_header(mark, MOST_RECORD, params->link == PZ_TWIN_RAW ? LINKTYPE_RAW : LINKTYPE_ETHERNET,
                         &writer->plain);
}

void pz_twin_writer_put(struct pz_twin_writer *writer, const struct pz_twin_packet *packet)
{
    static const uint8_t ethernet[ETHERNET_HEADER] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00};
    uint8_t *begin = pz_buf_extend(&writer->plain, MOST_RECORD), *at = begin + RECORD_HEADER;
    uint32_t wire_len = packet->ip_len;
    if (writer->params->link == PZ_TWIN_ETHERNET) {
        at = put_bytes(at, ethernet, sizeof ethernet);
        wire_len += ETHERNET_HEADER;
        wire_len = (wire_len < ETHERNET_LEAST ? ETHERNET_LEAST : wire_len) + ETHERNET_CHECK;
    }
    uint32_t visible = writer->params->mask_bits < 32 ? UINT32_MAX >> writer->params->mask_bits : 0;
    at = put_ip(at, packet, visible);
    pz_set_le32(begin, writer->start_second + packet->usec / (uint32_t)PZ_USEC_PER_SECOND);
    pz_set_le32(begin + 4, packet->usec % (uint32_t)PZ_USEC_PER_SECOND);
    pz_set_le32(begin + 8, (uint32_t)(at - begin) - RECORD_HEADER);
    pz_set_le32(begin + 12, wire_len);
    writer->plain.nbytes -= MOST_RECORD - (size_t)(at - begin);
    if (writer->plain.nbytes >= PLAIN_NBYTES)
        flush(writer, false);
}

void pz_twin_writer_end(struct pz_twin_writer *writer)
{
    flush(writer, true);
    compressors[writer->params->isal]->end(writer->deflater);
    pz_buf_release(&writer->plain);
}

/* Decompresses so many bytes; false if there are fewer. */
static bool take(z_stream *stream, const uint8_t *end, uint8_t *to, uint32_t nbytes)
{
    enum { MOST_IN = 1 << 30 };
    stream->next_out = to;
    stream->avail_out = nbytes;
    for (int status = Z_OK; status == Z_OK && stream->avail_out;) {
        size_t left = (size_t)(end - stream->next_in);
        stream->avail_in = left < MOST_IN ? (uInt)left : MOST_IN;
        status = inflate(stream, Z_NO_FLUSH);
    }
    return stream->avail_out == 0;
}

uint64_t pz_twin_count_records(const uint8_t *capture, size_t nbytes)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)capture}; /* zlib only reads there */
    uint8_t bytes[MOST_RECORD];
    uint64_t nrecords = 0;
    PZ_CHECK(inflateInit2(&stream, 15 + 16) == Z_OK);
    if (take(&stream, capture + nbytes, bytes, PZ_FORMAT_HEADER))
        while (take(&stream, capture + nbytes, bytes, RECORD_HEADER) &&
               take(&stream, capture + nbytes, bytes, pz_get_le32(bytes + 8)))
            nrecords++;
    inflateEnd(&stream);
    return nrecords;
}
