/* SPDX-License-Identifier: BSD-2-Clause */
/* The rarer kinds of pcap, by libpcap, which reads our decompressed bytes as a FILE of its own. */
#include "capture/batcher.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct source {
    const struct pz_input *input;
    struct pz_stream *stream;
    struct pz_batcher *batcher;
    const uint8_t *ahead;
    size_t nahead;
    struct pz_stream_read got; /* the latest */
    bool bad_checksum;         /* of some member */
    bool ended;                /* libpcap asked for more than there is */
};

static ssize_t give(void *cookie, char *to, size_t nbytes)
{
    struct source *s = cookie;
    if (s->nahead) {
        size_t n = s->nahead < nbytes ? s->nahead : nbytes;
        memcpy(to, s->ahead, n);
        s->ahead += n;
        s->nahead -= n;
        s->batcher->content += n;
        return (ssize_t)n;
    }
    while (s->got.event != PZ_STREAM_END && s->got.event != PZ_STREAM_BROKEN) {
        s->got = pz_stream_read(s->stream, (uint8_t *)to, nbytes);
        s->bad_checksum = s->bad_checksum || s->got.event == PZ_STREAM_CHECKSUM;
        s->batcher->offset = pz_stream_offset(s->stream);
        s->batcher->content += s->got.nbytes;
        if (s->got.nbytes)
            return (ssize_t)s->got.nbytes;
    }
    s->ended = true;
    return 0;
}

/* What went wrong, if anything did. `failed`: libpcap met something that it can't read, and said so; else NULL. */
static void tell_damage(struct source *s, const char *failed)
{
    bool rare = failed && !s->ended && s->got.event != PZ_STREAM_BROKEN;
    if (rare)
        pz_damage_log_say(s->batcher->log, failed, strlen(failed));
    if (s->got.event == PZ_STREAM_BROKEN)
        pz_batcher_damage(s->batcher, s->got.reason, NULL);
    else if (failed)
        pz_batcher_damage(s->batcher, rare ? PZ_DAMAGE_RARE_FORMAT : PZ_DAMAGE_RECORD_TORN, NULL);
    /* Which of the records came from which member isn't known here, so all of them are in doubt. */
    if (s->bad_checksum)
        pz_batcher_damage_member(s->batcher, PZ_DAMAGE_CHECKSUM, false);
}

/* libpcap was asked for nanoseconds, which it puts in tv_usec. A time of 64 bits may be anything: times outside the
 * years that count stay outside, and are clipped so that arithmetic can't overflow. */
static int64_t usec_of(struct pz_batcher *batcher, const struct timeval *time, const uint8_t *bytes)
{
    enum { NSEC_PER_SECOND = 1000000000 };
    int64_t second = time->tv_sec, nsec = time->tv_usec;
    if (second < 0 || nsec < 0)
        return 0;
    if (second >= PZ_LATEST_SECOND)
        return PZ_LATEST_SECOND * PZ_USEC_PER_SECOND;
    if (nsec >= NSEC_PER_SECOND) {
        pz_batcher_fraction(batcher, (uint32_t)second, bytes);
        nsec = NSEC_PER_SECOND - 1;
    }
    return second * PZ_USEC_PER_SECOND + nsec / 1000;
}

static enum pz_read_status read_all(pcap_t *pcap, struct source *s)
{
    const struct pz_sink *sink = s->batcher->sink;
    struct pcap_pkthdr *header;
    const u_char *bytes;
    int status;
    while ((status = pcap_next_ex(pcap, &header, &bytes)) == 1) {
        pz_batcher_record(s->batcher, usec_of(s->batcher, &header->ts, bytes), bytes, header->caplen);
        uint64_t records = s->batcher->log->records;
        if (records % 4096 == 0 && !sink->tick(sink->context, pz_input_offset(s->input), records))
            return PZ_READ_STOPPED;
    }
    tell_damage(s, status == PCAP_ERROR ? pcap_geterr(pcap) : NULL);
    return PZ_READ_DONE;
}

/* libpcap has numbers of its own for a few link types, which differ from system to system. */
static uint32_t link_of(int link_type)
{
    return link_type == DLT_RAW ? PZ_LINK_RAW : link_type == DLT_ATM_RFC1483 ? PZ_LINK_ATM : (uint32_t)link_type;
}

enum pz_read_status pz_read_with_libpcap(const struct pz_input *input, struct pz_stream *stream, const uint8_t *ahead,
                                         size_t nahead, struct pz_stream_read got, struct pz_batcher *batcher)
{
    struct source source = {input, stream, batcher, ahead, nahead, got, got.event == PZ_STREAM_CHECKSUM, false};
    batcher->content -= nahead; /* counted again as libpcap takes them */
    batcher->content_end = NULL;
    FILE *file = fopencookie(&source, "r", (cookie_io_functions_t){.read = give});
    PZ_CHECK_MEMORY(file);
    char reason[PCAP_ERRBUF_SIZE];
    pcap_t *pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, reason);
    enum pz_read_status status = PZ_READ_DONE;
    if (pcap) {
        pz_batcher_link_type(batcher, link_of(pcap_datalink(pcap)), NULL);
        status = read_all(pcap, &source);
        pcap_close(pcap); /* closes the FILE too */
    } else {
        tell_damage(&source, reason);
        fclose(file);
    }
    if (status == PZ_READ_DONE && !pz_stream_proven(stream))
        status = PZ_READ_DISTRUSTED;
    return pz_stream_distrusted(stream) ? PZ_READ_DISTRUSTED : status;
}
