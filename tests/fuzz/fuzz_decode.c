/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames: two bytes of link type, then the frame. The quick decoder must agree with the thorough one. */
#include "fuzz.h"

#include "base/bytes.h"
#include "base/error.h"
#include "capture/decode.h"

#include <stdlib.h>

static bool same(const struct pz_packet *a, const struct pz_packet *b)
{
    return a->source == b->source && a->destination == b->destination && a->sequence == b->sequence &&
           a->source_port == b->source_port && a->destination_port == b->destination_port && a->ip_len == b->ip_len &&
           a->ip_id == b->ip_id && a->tos == b->tos && a->ttl == b->ttl && a->protocol == b->protocol &&
           a->tcp_flags == b->tcp_flags && a->fate == b->fate && a->has_addresses == b->has_addresses;
}

static void check_plain(const uint8_t *frame, size_t nbytes, unsigned link_nbytes, const struct pz_packet *thorough)
{
    /* It may look on into what follows the frame in a buffer, and must not be led by it. */
    for (int filler = 0; filler <= 0xff; filler += 0xff) {
        uint8_t *with_room = malloc(nbytes + PZ_PLAIN_BYTES);
        memcpy(with_room, frame, nbytes);
        memset(with_room + nbytes, filler, PZ_PLAIN_BYTES);
        struct pz_packet packet = {.usec = thorough->usec};
        if (pz_decode_plain(link_nbytes, with_room, nbytes, &packet))
            PZ_CHECK(same(&packet, thorough));
        free(with_room);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    uint32_t link_type = pz_get_be16(data);
    size_t nbytes = size - 2;
    uint8_t *frame = malloc(nbytes ? nbytes : 1); /* exactly as long, so that a sanitizer sees what reads on */
    if (nbytes)
        memcpy(frame, data + 2, nbytes);
    struct pz_packet packet = {.usec = 1227286800000000};
    pz_decode(link_type, frame, nbytes, &packet);
    PZ_CHECK(packet.usec == 1227286800000000);
    PZ_CHECK(packet.fate < PZ_FATE_COUNT);
    PZ_CHECK((packet.fate == PZ_UNKNOWN_LINK) == !pz_link_known(link_type));
    PZ_CHECK(packet.has_addresses || packet.fate != PZ_SCAN);
    if (nbytes) {
        if (link_type == PZ_LINK_ETHERNET)
            check_plain(frame, nbytes, 14, &packet);
        if (link_type == PZ_LINK_RAW || link_type == PZ_LINK_IPV4)
            check_plain(frame, nbytes, 0, &packet);
    }
    const struct pz_filter filter = {.lens = 0x2c000000, .lens_mask = 0xff000000, .port = 445};
    pz_filter_apply(&filter, &packet, 1);
    PZ_CHECK(packet.fate < PZ_FATE_COUNT);
    free(frame);
    return 0;
}
