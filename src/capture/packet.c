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

static inline enum pz_fate fate_of(const struct pz_filter *filter, const struct pz_packet *packet)
{
    const uint8_t telling = PZ_TCP_SYN | PZ_TCP_ACK | PZ_TCP_RST | PZ_TCP_FIN;
    if (packet->usec < PZ_EARLIEST_SECOND * PZ_USEC_PER_SECOND)
        return PZ_BEFORE_2000;
    if (packet->usec >= PZ_LATEST_SECOND * PZ_USEC_PER_SECOND)
        return PZ_AFTER_2038;
    if (filter->lens_mask && (!packet->has_addresses || (packet->destination & filter->lens_mask) != filter->lens))
        return PZ_OUTSIDE_LENS;
    if (packet->fate != PZ_SCAN)
        return (enum pz_fate)packet->fate;
    if (packet->destination_port != filter->port)
        return PZ_OTHER_PORT;
    return (packet->tcp_flags & telling) == PZ_TCP_SYN ? PZ_SCAN : PZ_OTHER_FLAGS;
}

void pz_filter_apply(const struct pz_filter *filter, struct pz_packet *packets, size_t n)
{
    for (size_t i = 0; i < n; i++)
        packets[i].fate = (uint8_t)fate_of(filter, &packets[i]);
}
