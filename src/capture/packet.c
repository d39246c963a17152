/* SPDX-License-Identifier: BSD-2-Clause */
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

#define TUNNEL "packets in a tunnel are not read: unpack them first, with a command for --decode"

/* The fates that hide what a packet is. */
static const struct {
    const char *words, *remedy;
} hiding[PZ_FATE_COUNT] = {
    [PZ_IP_IN_IP] = {"IP in IP", TUNNEL},
    [PZ_IPV6_IN_IP] = {"IPv6 in IP", TUNNEL},
    [PZ_GRE] = {"GRE", TUNNEL},
    [PZ_ESP] = {"ESP (IPsec)", "encrypted packets cannot be read"},
    [PZ_AH] = {"AH (IPsec)", TUNNEL},
    [PZ_VXLAN] = {"VXLAN", TUNNEL},
    [PZ_GENEVE] = {"Geneve", TUNNEL},
    [PZ_GTP] = {"GTP", TUNNEL},
    [PZ_TEREDO] = {"Teredo", TUNNEL},
    [PZ_IPV6] = {"IPv6", "only IPv4 is read"},
    [PZ_NOT_IP] = {"not IP", "only IPv4 is read; docs/captures.md lists what may come before it"},
    [PZ_BAD_IP_HEADER] = {"impossible IP headers", "the link type that the file names may be wrong"},
    [PZ_CUT_SHORT] = {"cut off before the TCP flags", "34 bytes from each IP header on are needed"},
    [PZ_WITHOUT_TIME] = {"without a time", "they belong to no hour"},
    [PZ_OUTSIDE_LENS] = {"outside the lens", "is --lens right?"},
};

const char *pz_fate_words(enum pz_fate fate)
{
    return hiding[fate].words;
}

const char *pz_fate_remedy(enum pz_fate fate)
{
    return hiding[fate].remedy;
}

enum pz_fate pz_fates_hide(const uint64_t fates[PZ_FATE_COUNT])
{
    uint64_t records = 0, hidden = 0;
    int most = PZ_SCAN;
    for (int fate = 0; fate < PZ_FATE_COUNT; fate++) {
        records += fates[fate];
        if (!hiding[fate].words || fate == PZ_OUTSIDE_LENS)
            continue;
        hidden += fates[fate];
        if (fates[fate] && (most == PZ_SCAN || fates[fate] > fates[most]))
            most = fate;
    }
    if (records && fates[PZ_OUTSIDE_LENS] == records)
        return PZ_OUTSIDE_LENS;
    return hidden && hidden >= records - records / 10 ? (enum pz_fate)most : PZ_SCAN;
}
