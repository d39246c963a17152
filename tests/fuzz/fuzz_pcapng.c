/* SPDX-License-Identifier: BSD-2-Clause */
/* pcapng files: all at once and in pieces, which must hold the same. The first byte is the length of the pieces. */
#include "fuzz.h"

#include "base/error.h"
#include "capture/pcapng.h"

#include <stdlib.h>

struct outcome {
    uint64_t packets, sum, left;
    struct pz_buf log; /* encoded */
};

static void take(void *context, struct pz_packet *packets, size_t n)
{
    struct outcome *o = context;
    const struct pz_filter filter = {.port = 445};
    pz_filter_apply(&filter, packets, n);
    o->packets += n;
    for (size_t i = 0; i < n; i++) {
        const struct pz_packet *p = &packets[i];
        PZ_CHECK(p->fate < PZ_FATE_COUNT);
        PZ_CHECK((p->usec == PZ_NO_TIME) == (p->fate == PZ_WITHOUT_TIME));
        o->sum = o->sum * 31 + (uint64_t)p->usec + p->fate + p->source + p->destination_port + p->sequence;
    }
}

static bool go_on(void *context, uint64_t offset, uint64_t records)
{
    (void)context, (void)offset, (void)records;
    return true;
}

/* As the reader does it: what isn't walked is given again, with more behind it. */
static struct outcome walk(const uint8_t *data, size_t size, size_t piece)
{
    struct outcome o = {0};
    struct pz_damage_log log;
    struct pz_batcher feed;
    struct pz_pcapng pcapng = {0};
    const struct pz_sink sink = {&o, take, go_on, NULL};
    pz_damage_log_init(&log);
    pz_batcher_init(&feed, &sink, &log);
    feed.header_nbytes = PZ_PACKET_BLOCK_FRONT;
    pz_pcapng_begin(&pcapng);
    size_t from = 0, to = 0;
    bool other = false;
    while (to < size && !other) {
        to = size - to < piece ? size : to + piece;
        uint8_t *exact = malloc(to - from); /* exactly as long, so that a sanitizer sees what reads on */
        memcpy(exact, data + from, to - from);
        feed.content = to;
        feed.content_end = exact + (to - from);
        size_t walked = pz_pcapng_walk(&pcapng, &feed, exact, to - from, to == size, &other);
        PZ_CHECK(walked <= to - from);
        PZ_CHECK(to - from - walked <= PZ_BLOCK_MAX);
        from += walked;
        free(exact);
    }
    pz_batcher_end(&feed);
    PZ_CHECK(log.records == o.packets);
    for (uint32_t i = 0; i < log.nentries; i++)
        PZ_CHECK(log.entries[i].offset <= size);
    pz_damage_log_encode(&log, &o.log);
    o.left = pcapng.lost ? 0 : size - from;
    pz_pcapng_release(&pcapng);
    pz_batcher_release(&feed);
    pz_damage_log_release(&log);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct outcome whole = walk(data + 1, size - 1, size),
                   pieces = walk(data + 1, size - 1, data[0] % 64 + 1u + size / 64);
    PZ_CHECK(whole.packets == pieces.packets && whole.sum == pieces.sum && whole.left == pieces.left);
    PZ_CHECK(whole.log.nbytes == pieces.log.nbytes);
    PZ_CHECK(memcmp(whole.log.bytes, pieces.log.bytes, whole.log.nbytes) == 0);
    pz_buf_release(&whole.log);
    pz_buf_release(&pieces.log);
    return 0;
}
