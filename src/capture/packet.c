#include "capture/packet.h"

const char *pz_fate_name(enum pz_fate fate)
{
    static const char *const names[] = {
#define PZ_FATE_NAME(name, words) words,
        PZ_FATES(PZ_FATE_NAME)
#undef PZ_FATE_NAME
    };
    return names[fate];
}

void pz_filter_apply(const struct pz_filter *filter, struct pz_packet *packets, size_t n)
{
    for (size_t i = 0; i < n; i++)
        packets[i].fate = (uint8_t)pz_filter_fate(filter, &packets[i]);
}
