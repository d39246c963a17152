/* pcapng and the rarer kinds of pcap, by libpcap, which reads our decompressed bytes as a FILE of its own. */
#include "capture/feed.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct source {
    struct pz_stream *stream;
    struct pz_feed *feed;
    const uint8_t *ahead;
    size_t nahead;
    struct pz_stream_read got; /* the latest */
    bool told;                 /* damage of the stream is in the ledger */
};

static ssize_t give(void *cookie, char *to, size_t nbytes)
{
    struct source *s = cookie;
    if (s->nahead) {
        size_t n = s->nahead < nbytes ? s->nahead : nbytes;
        memcpy(to, s->ahead, n);
        s->ahead += n;
        s->nahead -= n;
        return (ssize_t)n;
    }
    while (s->got.event != PZ_STREAM_END && s->got.event != PZ_STREAM_BROKEN) {
        s->got = pz_stream_read(s->stream, (uint8_t *)to, nbytes);
        s->feed->offset = pz_stream_offset(s->stream);
        if (s->got.nbytes)
            return (ssize_t)s->got.nbytes;
    }
    return 0;
}

/* Damage that the stream met. A checksum can only be told of the whole capture here. */
static void tell_damage(struct source *s)
{
    if (s->got.event == PZ_STREAM_BROKEN)
        pz_feed_damage(s->feed, s->got.reason);
    else if (s->got.event == PZ_STREAM_CHECKSUM)
        pz_feed_damage_member(s->feed, s->got.reason);
    else
        return;
    s->told = true;
}

static enum pz_read_status read_all(pcap_t *pcap, struct source *s)
{
    const struct pz_sink *sink = s->feed->sink;
    struct pcap_pkthdr *header;
    const u_char *bytes;
    int status;
    while ((status = pcap_next_ex(pcap, &header, &bytes)) == 1) {
        /* libpcap was asked for nanoseconds, which it keeps where the microseconds used to be. */
        int64_t usec = (int64_t)header->ts.tv_sec * PZ_USEC_PER_SECOND + header->ts.tv_usec / 1000;
        pz_feed_record(s->feed, usec, bytes, header->caplen);
        if (s->feed->ledger->records % 4096 == 0 && !sink->tick(sink->context, s->feed->offset, s->feed->ledger->records))
            return PZ_READ_STOPPED;
    }
    tell_damage(s);
    if (status == PCAP_ERROR && !s->told)
        pz_feed_damage(s->feed, PZ_DAMAGE_RARE_FORMAT);
    return PZ_READ_DONE;
}

enum pz_read_status pz_read_rare(struct pz_stream *stream, const uint8_t *ahead, size_t nahead,
                                 struct pz_stream_read got, struct pz_feed *feed)
{
    struct source source = {stream, feed, ahead, nahead, got, false};
    FILE *file = fopencookie(&source, "r", (cookie_io_functions_t){.read = give});
    PZ_CHECK(file);
    char reason[PCAP_ERRBUF_SIZE];
    pcap_t *pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, reason);
    enum pz_read_status status = PZ_READ_DONE;
    if (pcap) {
        pz_feed_link_type(feed, (uint32_t)pcap_datalink(pcap));
        status = read_all(pcap, &source);
        pcap_close(pcap); /* closes the FILE too */
    } else {
        tell_damage(&source);
        if (!source.told)
            pz_feed_damage(feed, PZ_DAMAGE_RARE_FORMAT);
        fclose(file);
    }
    return pz_stream_distrusted(stream) ? PZ_READ_DISTRUSTED : status;
}
