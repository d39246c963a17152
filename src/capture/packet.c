#include "capture/packet.h"

#include "base/time.h"

const char *pz_fate_name(enum pz_fate fate)
{
    static const char *const names[] = {
#define PZ_FATE_NAME(name, words) words,
        PZ_FATES(PZ_FATE_NAME)
#undef PZ_FATE_NAME
    };
    return names[fate];
}

/* Packets are as good as random, so a branch on what they are costs more than the few operations that it saves: only what
 * is the same for nearly all of them is branched on. */
static inline unsigned fate_of(const struct pz_filter *filter, const struct pz_packet *packet)
{
    const uint8_t telling = PZ_TCP_SYN | PZ_TCP_ACK | PZ_TCP_RST | PZ_TCP_FIN;
    if (packet->usec < PZ_EARLIEST_SECOND * PZ_USEC_PER_SECOND)
        return PZ_BEFORE_2000;
    if (packet->usec >= PZ_LATEST_SECOND * PZ_USEC_PER_SECOND)
        return PZ_AFTER_2038;
    if (filter->lens_mask && (!packet->has_addresses || (packet->destination & filter->lens_mask) != filter->lens))
        return PZ_OUTSIDE_LENS;
    unsigned other_port = packet->destination_port != filter->port;
    unsigned other_flags = (packet->tcp_flags & telling) != PZ_TCP_SYN;
    unsigned fate = other_port * PZ_OTHER_PORT | (other_flags & ~other_port) * PZ_OTHER_FLAGS;
    return packet->fate | (fate & (0u - (packet->fate == PZ_SCAN)));
}

_Static_assert(PZ_SCAN == 0, "a fate is put together by OR");

void pz_filter_apply(const struct pz_filter *filter, struct pz_packet *packets, size_t n)
{
    for (size_t i = 0; i < n; i++)
        packets[i].fate = (uint8_t)fate_of(filter, &packets[i]);
}
